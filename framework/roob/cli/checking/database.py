"""``roob check``, of models and database: can tables be made, and are they there?"""

from collections.abc import Iterator

import click

from roob.cli import project
from roob.cli.checking.findings import Finding, skipped, well, wrong
from roob.orm.database import Database
from roob.orm.dialects import SQLITE
from roob.orm.exceptions import OrmError
from roob.orm.schema.definition import creation
from roob.orm.schema.differences import Diff
from roob.orm.table import Table
from roob.trace.text import counted

_CREATE, _APPLY = "roob createdb", "roob migrate apply"
_CORRECT = "correct it there"
_CONNECT = "see that it runs, and that DATABASE_URL names it"


def of_models() -> Iterator[Finding]:
    """Whether the models can be imported, and be tables."""
    if project.name_of_models() is None:
        yield skipped("models: the project names none ([tool.roob] models)")
        return
    try:
        tables = _tables()
    except (click.ClickException, OrmError) as error:
        yield wrong(f"models: {_said(error)}", _CORRECT)
        return
    names = ", ".join(table.__schema__.name for table in tables)
    yield well(
        f"models: {counted(len(tables), 'table')}" + (f", {names}" * bool(names))
    )


def _tables() -> list[type[Table]]:
    tables = project.tables()
    creation(tables, SQLITE)
    return tables


def of_database() -> Iterator[Finding]:
    """Whether the database answers, and has what the models say."""
    if project.name_of_database() is None:
        yield skipped("database: the project names none ([tool.roob] database)")
        return
    try:
        tables = _tables()
    except (click.ClickException, OrmError):
        yield skipped("database: not looked at, for the models cannot be imported")
        return
    try:
        with project.database() as db:
            yield from _of(db, tables)
    except (click.ClickException, OrmError) as error:
        yield wrong(f"database: {_said(error)}", _remedy(error))


def _remedy(error: click.ClickException | OrmError) -> str:
    """What to do: the database is not as it should be, or the code that names it."""
    is_orms = isinstance(error, OrmError) or isinstance(error.__cause__, OrmError)
    return _CONNECT if is_orms else _CORRECT


def _said(error: click.ClickException | OrmError) -> str:
    said = error.format_message() if isinstance(error, click.ClickException) else error
    return project.without_password(str(said))


def _of(db: Database, tables: list[type[Table]]) -> Iterator[Finding]:
    if db.file is not None and not db.file.exists():  # to look would make it
        yield wrong(f"database: the file {db.file} is not there", _CREATE)
        return
    db.ping()
    yield well(f"database: {db.dialect.name} answers")
    pending = project.pending(db)
    if pending:
        waiting = counted(len(pending), "migration")
        yield wrong(f"database: {waiting} pending, {', '.join(pending)}", _APPLY)
        return
    yield _of_diff(db.diff(tables))


def _of_diff(diff: Diff) -> Finding:
    if not diff:
        return well("database: it is as the models say")
    if project.only_creates(diff):
        names = project.created_by(diff)
        noun = "table" if len(names) == 1 else "tables"
        return wrong(f"database: it lacks the {noun} {', '.join(names)}", _CREATE)
    words = f"database: it is not as the models say\n{project.described(diff)}"
    return wrong(words, "roob migrate make, and then roob migrate apply")
