"""The working directory's project: where its database, models and migrations are."""

import pkgutil
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import click

from roob.cli.finding import import_here, load, settings
from roob.orm.database import Database
from roob.orm.exceptions import OrmError
from roob.orm.schema.changes import AddConstraint, CreateTable
from roob.orm.schema.definition import definitions_of, in_order
from roob.orm.schema.differences import Diff
from roob.orm.schema.inspection import live_tables
from roob.orm.schema.migrations import AppliedMigration, Migrations
from roob.orm.table import Table

# None where a message tells how a URL is written: user:password@host.
_PASSWORD = re.compile(r"(\w://[^\s/:@]*):(?!password@)[^\s/@]*@")


@contextmanager
def refusals() -> Iterator[None]:
    """What the ORM refuses ends a command, without a password in its words.

    Raises:
        click.ClickException: the ORM raised an error.
    """
    try:
        yield
    except OrmError as error:
        raise click.ClickException(without_password(str(error))) from error


def without_password(text: str) -> str:
    """``"postgres://ada:secret@host" -> "postgres://ada:***@host"``."""
    return _PASSWORD.sub(r"\1:***@", text)


def name_of_database() -> str | None:
    """``"dbconfig:db"``, by the settings or as there is such a file; else None."""
    is_usual = Path("dbconfig.py").is_file()
    name = settings().get("database") or ("dbconfig:db" if is_usual else None)
    return None if name is None else str(name)


def name_of_models() -> str | None:
    """``"models"``, by the settings or as there is such a package; else None."""
    is_usual = Path("models").is_dir() or Path("models.py").is_file()
    name = settings().get("models") or ("models" if is_usual else None)
    return None if name is None else str(name)


def folder() -> Path:
    """The folder of migrations, which need not be there yet."""
    return Path(str(settings().get("migrations") or "migrations"))


def database() -> Database:
    """The project's database, which is not opened by that.

    Raises:
        click.ClickException: there is no project here, or it names no database.
    """
    name = name_of_database()
    if name is None:
        _refuse_no_project()
        raise click.ClickException(
            "the project names no database: write [tool.roob] database = "
            '"module:attribute" into pyproject.toml'
        )
    with refusals():
        found = load(name)
    if not isinstance(found, Database):
        raise click.ClickException(f"{name} is no database: it is {found!r}")
    return found


def _refuse_no_project() -> None:
    if not settings():
        raise click.ClickException(
            f"there is no project in {Path.cwd()}: its pyproject.toml has no "
            "[tool.roob]. Go to the project's folder, or make one: "
            "roob createproject myproject"
        )


def tables() -> list[type[Table]]:
    """The project's tables, each after those that it refers to.

    Raises:
        click.ClickException: a module of them cannot be imported, or a table not be.
    """
    name = name_of_models()
    modules = [*_modules(import_here(name))] if name else []
    found = [table for module in modules for table in _tables_in(module)]
    with refusals():
        return in_order_of_references(found)


def _modules(module: ModuleType) -> Iterator[ModuleType]:
    """A module, and all below it where it is a package."""
    yield module
    for each in pkgutil.iter_modules(getattr(module, "__path__", ())):
        yield from _modules(import_here(f"{module.__name__}.{each.name}"))


def _tables_in(module: ModuleType) -> Iterator[type[Table]]:
    """What is defined there, without bases that have no key and hold no rows."""
    for thing in vars(module).values():
        is_table = isinstance(thing, type) and issubclass(thing, Table)
        if is_table and thing.__module__ == module.__name__ and thing.__schema__.keys:
            yield thing


def in_order_of_references(found: list[type[Table]]) -> list[type[Table]]:
    """Tables in the order in which they can be made.

    Raises:
        SchemaError: one cannot be.
        click.ClickException: two classes are the same table.
    """
    by_name: dict[str, type[Table]] = {}
    for table in found:
        other = by_name.setdefault(table.__schema__.name, table)
        if other is not table:
            raise click.ClickException(
                f"{_place(other)} and {_place(table)} are both the table "
                f"{table.__schema__.name}; give one of them another table_name"
            )
    ordered = [each.name for each, _ in in_order(definitions_of(found).values())]
    return [by_name[name] for name in ordered if name in by_name]


def _place(table: type[Table]) -> str:
    return f"{table.__module__}.{table.__qualname__}"


def has_history(db: Database) -> bool:
    """Whether there are migrations: in the folder, or noted in the database.

    Raises:
        OrmError: the database cannot be read.
    """
    noted = AppliedMigration.__schema__.name
    return folder().is_dir() or noted in live_tables(db.execute, db.dialect)


def pending(db: Database) -> list[str]:
    """The migrations that wait: ``["0002_add_pages.py"]``.

    Raises:
        OrmError: the database cannot be read, or its history is another.
    """
    if not has_history(db):
        return []
    status = Migrations(db, folder()).status()
    return [f"{m.number:04}_{m.name}.py" for m in status if m.applied_at is None]


def created_by(diff: Diff) -> list[str]:
    """The tables that a diff makes, by name."""
    changes = diff.changes
    return [each.definition.name for each in changes if isinstance(each, CreateTable)]


def only_creates(diff: Diff) -> bool:
    """Whether tables that are there stay as they are; references close circles."""
    new = created_by(diff)
    others = [each for each in diff.changes if not isinstance(each, CreateTable)]
    return all(isinstance(e, AddConstraint) and e.table in new for e in others)


def described(diff: Diff) -> str:
    """A diff's changes and hints, each in an indented line."""
    return "\n".join(f"  {line}" for line in str(diff).splitlines())
