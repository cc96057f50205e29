"""The models that a project has already, read without being imported.

Their code may need a database, or be broken; a reference needs a class's name alone.
"""

import ast
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click

from roob.cli.making.naming import is_name


@dataclass(frozen=True)
class Model:
    """A class of rows: ``Model("posts", "Post")``, which is in ``models/posts.py``."""

    module: str
    name: str


def names_of_models(folder: Path) -> list[str]:
    """The modules in a folder of models: ``["comments", "posts"]``."""
    return sorted(path.stem for path in folder.glob("*.py") if is_name(path.stem))


def model_in(path: Path) -> Model:
    """The model of a module: the class of the table that the module is named after.

    Where no class is of that table, the only one that is a table.

    Raises:
        click.ClickException: there is none, or several might be meant.
    """
    found = list(_tables(_parsed(path)))
    named = [name for name, table in found if table == path.stem]
    candidates = named or [name for name, _ in found]
    if len(candidates) != 1:
        many = " and ".join(candidates) or "none"
        raise click.ClickException(
            f"{path}: a reference needs a file with one Table; here is {many}"
        )
    return Model(path.stem, candidates[0])


def module_with(name: str, folder: Path) -> Path | None:
    """The first module of models that has a class of that name.

    One that cannot be read has none.
    """
    for module in names_of_models(folder):
        path = folder / f"{module}.py"
        with suppress(click.ClickException):
            if name in _classes(_parsed(path)):
                return path
    return None


def _classes(module: ast.Module) -> list[str]:
    return [node.name for node in module.body if isinstance(node, ast.ClassDef)]


def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError) as error:
        raise click.ClickException(f"{path} cannot be read: {error}") from error


def _tables(module: ast.Module) -> Iterator[tuple[str, object]]:
    """The classes of tables, each with its table's name: ``("Post", "posts")``."""
    for node in module.body:
        if isinstance(node, ast.ClassDef) and any(map(_is_table, node.bases)):
            yield node.name, _table_name(node)


def _table_name(node: ast.ClassDef) -> object:
    for word in node.keywords:
        if word.arg == "table_name" and isinstance(word.value, ast.Constant):
            return word.value.value
    return node.name.lower()


def _is_table(base: ast.expr) -> bool:
    return ast.unparse(base).rpartition(".")[2] == "Table"
