"""Migrations lie in a folder, numbered: `0001_create_author.py`, one list in each.

A file is a module with `CHANGES`, a list of what `changes` has to offer, of `RunSql`
and of `RunPython`.  `write_migration` writes it from a diff.
"""

import re
import runpy
from collections.abc import Iterator, Sequence
from dataclasses import MISSING as NO_DEFAULT
from dataclasses import Field, dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from roob.orm.exceptions import MigrationError
from roob.orm.schema.changes import Change
from roob.orm.schema.differences import Diff

NAME = re.compile(r"([0-9]{4,9})_([a-z0-9_]+)\.py")
WIDTH = 88


@dataclass(frozen=True)
class MigrationFile:
    """One migration, as it lies in its folder."""

    path: Path
    number: int
    name: str

    @property
    def label(self) -> str:
        """The file's name: `"0001_create_author.py"`."""
        return self.path.name

    @cached_property
    def checksum(self) -> str:
        """The SHA-256 of its text, with line ends as Unix has them."""
        text = self.path.read_bytes().replace(b"\r\n", b"\n")
        return sha256(text).hexdigest()

    def changes(self) -> list[Change]:
        """Run the module and return its list.

        Raises:
            MigrationError: it cannot be run, or has no list of changes.
        """
        try:
            found = runpy.run_path(str(self.path)).get("CHANGES")
        except Exception as error:
            raise MigrationError(f"{self.label} cannot be read: {error}") from error
        if not isinstance(found, list) or not all(map(_is_change, found)):
            raise MigrationError(f"{self.label} has no CHANGES, a list of changes")
        return found


def _is_change(found: object) -> bool:
    return hasattr(found, "inverse")


def migration_files(folder: Path) -> list[MigrationFile]:
    """List the migrations of a folder by their numbers, which count from 1.

    Other files are left alone, unless their names begin with a digit.

    Raises:
        MigrationError: a number is missing or comes twice, or a name is no such name.
    """
    if not folder.is_dir():
        raise MigrationError(f"there is no folder of migrations at {folder}")
    files = sorted(map(_file, folder.glob("[0-9]*")), key=lambda file: file.number)
    for expected, file in enumerate(files, 1):
        if file.number != expected:
            problem = "is missing" if file.number > expected else "comes twice"
            number = min(file.number, expected)
            raise MigrationError(f"{file.label}: number {number:04} {problem}")
    return files


def _file(path: Path) -> MigrationFile:
    match = NAME.fullmatch(path.name)
    if match is None:
        raise MigrationError(f"{path.name} is not named as 0001_create_author.py is")
    return MigrationFile(path, int(match[1]), match[2])


def write_migration(folder: Path, name: str, diff: Diff) -> Path:
    """Write a diff as the next file: `"Create author" -> 0001_create_author.py`.

    Raises:
        MigrationError: the diff is empty, or the name has no letter or digit.
    """
    slug = "_".join(re.findall(r"[a-z0-9]+", name.lower()))
    if not diff or not slug:
        raise MigrationError("there is nothing to write" if slug else "give it a name")
    folder.mkdir(parents=True, exist_ok=True)
    number = len(migration_files(folder)) + 1
    path = folder / f"{number:04}_{slug}.py"
    path.write_text(migration_text(name, diff), encoding="utf-8")
    return path


def migration_text(name: str, diff: Diff) -> str:
    """Write the module: its imports, hints as comments, and the list."""
    changes = "\n".join(f"    {_source(c, 4)}," for c in diff.changes)
    imports = "\n".join(_imports(changes, diff.changes))
    hints = "".join(f"# {hint}\n" for hint in diff.hints)
    return (
        f'"""{_docstring(name)}"""\n\n{imports}\n\n{hints}CHANGES = [\n{changes}\n]\n'
    )


def _docstring(name: str) -> str:
    plain = re.sub(r'["\\\s]+', " ", name).strip()
    return f"{plain[:1].upper()}{plain[1:]}."


STANDARD_NAMES = (
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("decimal", "Decimal"),
    ("uuid", "UUID"),
)


def _imports(source: str, changes: Sequence[object]) -> Iterator[str]:
    for module, name in STANDARD_NAMES:
        if re.search(rf"(?<![\w\"]){name}[(.]", source):
            yield f"from {module} import {name}"
    classes = {kind for change in changes for kind in _classes(change)}
    modules = sorted({kind.__module__ for kind in classes})
    for module in modules:
        names = sorted(kind.__name__ for kind in classes if kind.__module__ == module)
        line = f"from {module} import {', '.join(names)}"
        listed = "".join(f"    {name},\n" for name in names)
        yield line if len(line) <= WIDTH else f"from {module} import (\n{listed})"


def _classes(value: object) -> Iterator[type]:
    if isinstance(value, tuple):
        for each in value:
            yield from _classes(each)
    elif is_dataclass(value):
        yield type(value)
        for each in fields(value):
            yield from _classes(getattr(value, each.name))


def _source(value: Any, indent: int, label: str = "") -> str:
    """Write a value as Python does, on several lines where one is too long."""
    if is_dataclass(value):
        head = f"{label}{type(value).__name__}("
        return _enclosed(head, _arguments(value), ")", indent)
    if isinstance(value, tuple):
        return _enclosed(f"{label}(", [("", each) for each in value], ")", indent)
    if isinstance(value, dict):
        parts = [(f"{_plain_source(key)}: ", each) for key, each in value.items()]
        return _enclosed(f"{label}{{", parts, "}", indent)
    return label + _plain_source(value)


def _plain_source(value: Any) -> str:
    if isinstance(value, datetime | date):
        return f'{type(value).__name__}.fromisoformat("{value.isoformat()}")'
    if isinstance(value, Decimal | UUID):
        return f'{type(value).__name__}("{value}")'
    is_simple = isinstance(value, str) and value.isprintable()
    if is_simple and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return repr(value)


def _arguments(value: Any) -> list[tuple[str, Any]]:
    """List what makes a dataclass, without what is as it is by default."""
    given = [(each, getattr(value, each.name)) for each in fields(value) if each.repr]
    return [
        ("" if _is_required(each) else f"{each.name}=", part)
        for each, part in given
        if _is_required(each) or part != each.default
    ]


def _is_required(each: "Field[Any]") -> bool:
    return each.default is NO_DEFAULT


def _enclosed(head: str, parts: list[tuple[str, Any]], end: str, indent: int) -> str:
    texts = [_source(part, indent + 4, label) for label, part in parts]
    is_pair = head.endswith(("=(", " (")) or head == "("
    comma = "," if is_pair and len(parts) == 1 else ""
    line = f"{head}{', '.join(texts)}{comma}{end}"
    if "\n" not in line and len(line) + indent < WIDTH:
        return line
    inside = "".join(f"{' ' * (indent + 4)}{text},\n" for text in texts)
    return f"{head}\n{inside}{' ' * indent}{end}"
