"""How schema work reaches the database: one function that runs a statement."""

from collections.abc import Sequence
from typing import Any, Protocol

from roob.orm.dialects import SqlDialect
from roob.orm.joins import Record


class Execute(Protocol):
    """Runs a statement and returns its records, as `Database.execute` does."""

    def __call__(self, sql: str, params: Sequence[Any] = (), /) -> Sequence[Record]: ...


def kind_named(sql_type: str, dialect: SqlDialect) -> str:
    """Find the kind that a dialect keeps in a type: `"BIGINT" -> "int"`.

    Where several kinds share a type it is the first; a type of no kind stays.
    """
    for kind, storage in dialect.storage.items():
        if storage.sql_type.upper() == sql_type.upper():
            return kind
    return sql_type
