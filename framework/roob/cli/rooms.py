"""``roob rooms``: a folder of Python as a house, each module with its own words."""

import ast
from collections.abc import Iterator
from pathlib import Path
from warnings import catch_warnings

import click

_INDENT = "  "


@click.command()
@click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default="."
)
def rooms(folder: Path) -> None:
    """Draw FOLDER: its modules, each with its docstring's first sentence and lines."""
    for line in drawing(folder):
        click.echo(line)


def drawing(folder: Path) -> list[str]:
    """One line a folder or a module, those inside it indented."""
    rows = [*_rows(folder, 0)]
    width = max((len(name) for name, _, _ in rows), default=0)
    return [
        f"{name:{width}}  {lines:>10}  {words}".rstrip() for name, lines, words in rows
    ]


def _rows(folder: Path, depth: int) -> Iterator[tuple[str, str, str]]:
    words, _ = _told(folder / "__init__.py")
    yield f"{_INDENT * depth}{folder.name or folder.resolve().name}/", "", words
    for path in sorted(folder.glob("*.py")):
        words, lines = _told(path)
        if path.stem != "__init__" and lines:
            yield f"{_INDENT * (depth + 1)}{path.stem}", f"{lines} lines", words
    for inner in sorted(path for path in folder.iterdir() if is_house(path)):
        yield from _rows(inner, depth + 1)


def is_house(path: Path) -> bool:
    """Whether a folder has Python that is the project's own."""
    hidden = path.name.startswith((".", "__"))
    is_foreign = hidden or (path / "pyvenv.cfg").exists() or path.name == "node_modules"
    return path.is_dir() and not is_foreign and any(path.rglob("*.py"))


def _told(path: Path) -> tuple[str, int]:
    """The first line of a module's docstring, and how many lines it has."""
    if not path.is_file():
        return "", 0
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        with catch_warnings(action="ignore"):  # of its odd escapes
            docstring = ast.get_docstring(ast.parse(text)) or ""
    except (SyntaxError, ValueError):
        docstring = "(this is no Python that can be read here)"
    return docstring.partition("\n\n")[0].replace("\n", " "), len(text.splitlines())
