"""``roob createdb``: the database gets the tables that the models say."""

from contextlib import suppress
from pathlib import Path

import click

from roob.cli import project
from roob.cli.migrate import name_for, tell
from roob.orm.database import Database
from roob.orm.exceptions import OrmError
from roob.orm.schema.changes import CreateTable
from roob.orm.schema.differences import Diff
from roob.orm.schema.migration_files import MigrationFile, write_migration
from roob.orm.schema.migrations import Migrations
from roob.orm.table import Table


@click.command()
def createdb() -> None:
    """Make the tables that the models say in the database.

    By migrations: those that are pending are applied, and what the models have
    beyond them is written as the next one and applied. An SQLite file is made where
    it is missing; a server's database has to be there. Tables that are there already
    are never changed: that is for roob migrate.
    """
    tables = project.tables()
    if not tables:
        raise click.ClickException(
            "there are no models yet: write some with roob addmodelview, as in "
            "roob addmodelview employees name:str office_number:int"
        )
    with project.refusals(), project.database() as db:
        migrations = Migrations(db, project.folder())
        made = [*_applied(db, migrations), *_created(db, migrations, tables)]
    if not made:
        click.echo("The database is as the models say.")


def _applied(db: Database, migrations: Migrations) -> list[MigrationFile]:
    files = migrations.apply() if project.has_history(db) else []
    for file in files:
        tell("applied", [file])
        _tell_tables(file)
    return files


def _created(
    db: Database, migrations: Migrations, tables: list[type[Table]]
) -> list[MigrationFile]:
    diff = db.diff(tables)
    if not diff:
        return []
    _refuse_changes(diff)
    path = write_migration(project.folder(), name_for(diff), diff)
    files = _applied_or_withdrawn(migrations, path)
    for file in files:
        tell("created", [file])
        _tell_tables(file)
    for hint in diff.hints:
        click.echo(f" hint: {hint}")
    return files


def _refuse_changes(diff: Diff) -> None:
    if not project.only_creates(diff):
        raise click.ClickException(
            "the database has tables that are not as the models say:\n"
            f"{project.described(diff)}\n"
            "Write that as a migration with roob migrate make, read it, and then "
            "roob migrate apply"
        )


def _applied_or_withdrawn(migrations: Migrations, path: Path) -> list[MigrationFile]:
    """Apply a file that was just written, and leave none that cannot be applied.

    It would be tried again and again, whatever the models say by then. Where nobody
    can say whether it was applied it stays.
    """
    try:
        return migrations.apply()
    except OrmError:
        with suppress(OrmError):
            if migrations.status()[-1].applied_at is None:
                path.unlink()
        raise


def _tell_tables(file: MigrationFile) -> None:
    for change in file.changes():
        if isinstance(change, CreateTable):
            click.echo(f" created table {change.definition.name}")
        else:
            click.echo(f" {change}")
