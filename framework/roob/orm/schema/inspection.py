"""A live database says what its tables are, in the same data as the classes do."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from roob.orm.dialects import SqlDialect
from roob.orm.schema.catalog import postgresql_tables
from roob.orm.schema.definition import TableDefinition
from roob.orm.schema.execution import Execute
from roob.orm.schema.pragmas import sqlite_tables

Reader = Callable[[Execute, SqlDialect], Iterator[TableDefinition]]

READERS: Mapping[str, Reader] = MappingProxyType(
    {"sqlite": sqlite_tables, "postgresql": postgresql_tables}
)


def live_tables(execute: Execute, dialect: SqlDialect) -> dict[str, TableDefinition]:
    """Read the definitions of all tables of a database, by name.

    Tables of PostgreSQL are those of the first schema of the search path.
    """
    return {table.name: table for table in READERS[dialect.name](execute, dialect)}
