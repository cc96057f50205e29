"""SQLite changes a table by making it anew: its ALTER TABLE knows few changes.

Twelve steps of https://www.sqlite.org/lang_altertable.html#otheralter; `migrations`
does the first and the last ones, around the transaction.
"""

# ruff: noqa: S608 - every name in a text went through `quote`, no value is in one

from collections.abc import Iterator, Mapping

from roob.orm.dialects import SQLITE, quote
from roob.orm.exceptions import MigrationError
from roob.orm.schema.definition import (
    TableDefinition,
    create_index,
    create_table,
    fitted,
    quoted_list,
)
from roob.orm.schema.literals import text_literal


def rebuilt(
    old: TableDefinition, new: TableDefinition, values: Mapping[str, str]
) -> Iterator[str]:
    """Write what turns one table into the other, its rows kept.

    `values` are the expressions of columns that do not come over as they are.

    Raises:
        MigrationError: the table has what a definition cannot say.
    """
    if old.extras:
        raise MigrationError(
            f"table {old.name} cannot be rebuilt, since {'; '.join(old.extras)}; "
            "change it with RunSql"
        )
    name, passing = quote(old.name), fitted(f"roob_new_{old.name}")
    yield create_table(new, SQLITE, name=passing)
    yield _copy(new, name, passing, values)
    if old.is_numbered and new.is_numbered:
        yield from _keep_counter(old.name, passing)
    yield f"DROP TABLE {name}"
    # Without this SQLite would look for the table in views while it is not there.
    yield "PRAGMA legacy_alter_table = ON"
    yield f"ALTER TABLE {quote(passing)} RENAME TO {name}"
    yield "PRAGMA legacy_alter_table = OFF"
    yield from (create_index(new.name, index) for index in new.indexes)
    yield from old.beside


def _copy(
    new: TableDefinition, name: str, passing: str, values: Mapping[str, str]
) -> str:
    names = [column.name for column in new.columns]
    sources = ", ".join(values.get(name) or quote(name) for name in names)
    return (
        f"INSERT INTO {quote(passing)} ({quoted_list(names)}) "
        f"SELECT {sources} FROM {name}"
    )


def _keep_counter(name: str, passing: str) -> Iterator[str]:
    """Hand AUTOINCREMENT's note on, so that no number comes twice."""
    old, new = text_literal(name), text_literal(passing)
    yield f"DELETE FROM sqlite_sequence WHERE name = {new}"
    yield (
        "INSERT INTO sqlite_sequence (name, seq) "
        f"SELECT {new}, seq FROM sqlite_sequence WHERE name = {old}"
    )
