"""Copies of the skeleton: what is filled in, and written as a whole or not at all.

The skeleton's files have their own names, with two exceptions. ``name.jinja`` is
filled in, where the others are copied as they are; ``dot-name`` becomes ``.name``,
which tools would obey in the skeleton already.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from roob.cli.making import layout

SKELETON = Path(__file__).parents[1] / "skeleton"
_FILLED = ".jinja"


@dataclass(frozen=True)
class NewFile:
    """A file to be written: ``NewFile("views/fred.py", b"...")``."""

    path: str
    content: bytes


def new_file(path: str, source: str, values: Mapping[str, object]) -> NewFile:
    """The file that a source of the skeleton becomes, at a path.

    ``("views/fred.py", "view/views/view.py.jinja", {"name": "fred"})``.
    """
    if not source.endswith(_FILLED):
        return NewFile(path, (SKELETON / source).read_bytes())
    text = _sources().get_template(source).render(values)
    return NewFile(path, text.encode())


@cache
def _sources() -> Environment:
    sources = Environment(
        loader=FileSystemLoader(SKELETON),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - it writes code, where & is no &amp;
    )
    sources.globals["layout"] = layout
    return sources


def files_of(folder: str, values: Mapping[str, object]) -> list[NewFile]:
    """All files that a folder of the skeleton becomes, sorted by path."""
    found = [
        new_file(_target(path.relative_to(SKELETON / folder)), _source(path), values)
        for path in (SKELETON / folder).rglob("*")
        if path.is_file() and not _is_left_behind(path.relative_to(SKELETON))
    ]
    return sorted(found, key=lambda file: file.path)


def _source(path: Path) -> str:
    return path.relative_to(SKELETON).as_posix()


def _target(path: Path) -> str:
    names = [f".{n[4:]}" if n.startswith("dot-") else n for n in path.parts]
    return "/".join(names).removesuffix(_FILLED)


def _is_left_behind(path: Path) -> bool:
    """Whether a tool has put it there: bytecode, caches."""
    return any(name.startswith((".", "__pycache__")) for name in path.parts)


def write_folder(files: Iterable[NewFile], target: Path) -> None:
    """Make a folder of files: all of it, or nothing.

    Raises:
        click.ClickException: the name is taken, or the disk refuses.
    """
    refuse_existing(target)
    with _explained(), _folder_beside(target) as folder, ExitStack() as undo:
        whole = Path(folder, target.name)
        for file in files:
            _write(whole / file.path, file.content)
        # Taken like this it is ours; else the name of a folder that is empty, and
        # that another has just made, would be renamed over.
        _make_folder(target, undo)
        whole.rename(target)
        undo.pop_all()


def write_files(files: Sequence[NewFile], root: Path = Path()) -> None:
    """Add files to a folder: all of them, or none; no file is ever overwritten.

    Raises:
        click.ClickException: one is there already, or the disk refuses.
    """
    for file in files:
        refuse_existing(root / file.path)
    with _explained(), _folder_beside(root / "new") as folder, ExitStack() as undo:
        waiting = [Path(folder, str(number)) for number, _ in enumerate(files)]
        for path, file in zip(waiting, files, strict=True):
            _write(path, file.content)
        for path, file in zip(waiting, files, strict=True):
            _put(path, root / file.path, undo)
        undo.pop_all()


def refuse_existing(path: Path) -> None:
    """Refuse to write where something is, be it a link that leads nowhere.

    Raises:
        click.ClickException: names it.
    """
    if path.is_symlink() or path.exists():
        kind = "Directory" if path.is_dir() else "File"
        raise click.ClickException(f"{kind} '{path.as_posix()}' already exists")


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        raise click.ClickException(
            f"Nothing was written: {error.strerror or error}{where}"
        ) from error


def _folder_beside(target: Path) -> TemporaryDirectory[str]:
    """A folder on the target's own disk, where a rename is one step."""
    return TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if content.startswith(b"#!"):
        mode = path.stat().st_mode
        path.chmod(mode | (mode & 0o444) >> 2)  # whoever may read it may run it


def _put(source: Path, target: Path, undo: ExitStack) -> None:
    for folder in reversed(target.parents):
        if not folder.exists():
            _make_folder(folder, undo)
    try:
        target.hardlink_to(source)
    except FileExistsError:
        refuse_existing(target)
        raise
    except OSError:  # no links on this disk, or a folder that is on another
        _copy(source, target, undo)
    else:
        undo.callback(target.unlink, missing_ok=True)


def _copy(source: Path, target: Path, undo: ExitStack) -> None:
    with target.open("xb") as copy, source.open("rb") as original:
        undo.callback(target.unlink, missing_ok=True)
        shutil.copyfileobj(original, copy)


def _make_folder(folder: Path, undo: ExitStack) -> None:
    try:
        folder.mkdir()
    except FileExistsError:
        refuse_existing(folder)
        raise
    undo.callback(_remove_empty, folder)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # another has put something into it: it stays
        folder.rmdir()
