"""``roob migrate``: the project's migrations are made, applied, listed and undone."""

from collections.abc import Mapping
from types import MappingProxyType

import click

from roob.cli import project
from roob.cli.main import Group
from roob.orm.database import Database
from roob.orm.schema.changes import AddColumn, Change, DropColumn, RetypeColumn
from roob.orm.schema.differences import Diff
from roob.orm.schema.migration_files import MigrationFile, write_migration
from roob.orm.schema.migrations import Migrations, MigrationStatus

_MOST_NAMES = 3
_WORDS: Mapping[type, str] = MappingProxyType(
    {AddColumn: "add", DropColumn: "drop", RetypeColumn: "retype"}
)


@click.group(
    cls=Group, invoke_without_command=True, subcommand_metavar="COMMAND [ARGS]..."
)
@click.pass_context
def migrate(context: click.Context) -> None:
    """Change tables and keep their rows, by numbered files.

    \b
    roob migrate make           write what the models say and the database does not
    roob migrate apply          apply what is pending

    The files lie in the folder migrations, or in [tool.roob] migrations.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@migrate.command()
@click.argument("name", required=False)
def make(name: str | None) -> None:
    """Write the next migration: what the models say and the database does not.

    Without NAME it is named for what it changes. The file is yours to read and to
    edit until it is applied.
    """
    tables = project.tables()
    with project.refusals(), project.database() as db:
        _refuse_pending(project.pending(db))
        diff = db.diff(tables)
        if not diff:
            click.echo("The database is as the models say: there is nothing to make.")
            return
        path = write_migration(project.folder(), name or name_for(diff), diff)
    click.echo(f" created {path}")
    click.echo(project.described(diff))


def _refuse_pending(pending: list[str]) -> None:
    if pending:
        raise click.ClickException(
            f"{', '.join(pending)} waits to be applied, and a migration is made from "
            "what the database lacks: first roob migrate apply, or delete the file "
            "where it is not wanted"
        )


def name_for(diff: Diff) -> str:
    """What a migration is about: ``"create employees"``, ``"add pages to book"``."""
    if len(diff.changes) == 1 and type(diff.changes[0]) in _WORDS:
        return _name_of_one(diff.changes[0])
    names = list(dict.fromkeys(map(_table_of, diff.changes)))
    several = (
        f"{len(names)} tables" if len(names) > _MOST_NAMES else " and ".join(names)
    )
    return f"{'create' if project.only_creates(diff) else 'change'} {several}"


def _name_of_one(change: Change) -> str:
    column = getattr(change, "column", "")
    preposition = "to" if isinstance(change, AddColumn) else "of"
    name = getattr(column, "name", column)
    return f"{_WORDS[type(change)]} {name} {preposition} {_table_of(change)}"


def _table_of(change: Change) -> str:
    definition = getattr(change, "definition", None)
    return str(getattr(change, "table", "") if definition is None else definition.name)


@migrate.command("apply")
@click.option("--to", type=click.IntRange(0), help="The number of the last to apply.")
def apply_(to: int | None) -> None:
    """Apply the migrations that are pending, each as a whole or not at all."""
    with project.refusals(), project.database() as db:
        files = applied(db, to)
    tell("applied", files)
    if not files:
        click.echo("Nothing is pending.")


def applied(db: Database, to: int | None = None) -> list[MigrationFile]:
    """Apply what is pending, and print each change; what was applied.

    Raises:
        OrmError: see ``Migrations.apply``.
    """
    return _migrations(db).apply(to) if project.has_history(db) else []


def _migrations(db: Database) -> Migrations:
    return Migrations(db, project.folder(), report=click.echo)


def tell(verb: str, files: list[MigrationFile]) -> None:
    """Name migrations: `` applied migrations/0001_create_book.py``."""
    for file in files:
        click.echo(f" {verb} {file.path}")


@migrate.command()
@click.option("--to", type=click.IntRange(0), help="Undo all after this number.")
def undo(to: int | None) -> None:
    """Undo the last migration; rows of what it made are gone.

    With --to all after that number, so that --to 0 undoes everything.
    """
    with project.refusals(), project.database() as db:
        files = _migrations(db).undo(to) if project.has_history(db) else []
    tell("undone", files)
    if not files:
        click.echo("There is nothing to undo.")


@migrate.command()
def status() -> None:
    """List the migrations, and when each was applied to this database."""
    with project.refusals(), project.database() as db:
        found = _migrations(db).status() if project.has_history(db) else []
    if not found:
        click.echo("There are no migrations yet: roob createdb writes the first.")
        return
    click.echo("\n".join(rows(found)))


def rows(found: list[MigrationStatus]) -> list[str]:
    """A table: ``["number  name  applied at (UTC)", "0001  ...  pending"]``."""
    cells = [("number", "name", "applied at (UTC)"), *map(_cells, found)]
    width = max(len(name) for _, name, _ in cells)
    return [f"{number:6}  {name:{width}}  {when}" for number, name, when in cells]


def _cells(each: MigrationStatus) -> tuple[str, str, str]:
    when = f"{each.applied_at:%Y-%m-%d %H:%M:%S}" if each.applied_at else "pending"
    return f"{each.number:04}", each.name, when
