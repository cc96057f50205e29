"""SQLite says what its tables are: by its PRAGMAs, and the text of each table.

https://www.sqlite.org/pragma.html#pragma_table_xinfo
"""

from collections.abc import Iterator, Sequence
from functools import partial

from roob.orm.column import OnDelete
from roob.orm.dialects import SqlDialect
from roob.orm.joins import Record
from roob.orm.schema.create_text import checks_of, collation_of, column_words, words_of
from roob.orm.schema.definition import (
    CheckDefinition,
    ColumnDefinition,
    ForeignKeyDefinition,
    IndexDefinition,
    TableDefinition,
    UniqueDefinition,
    unique_name,
)
from roob.orm.schema.execution import Execute, kind_named

TABLES = (
    "SELECT name, sql FROM sqlite_master WHERE type = 'table' "
    r"AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND sql NOT LIKE 'CREATE VIRTUAL%' "
    "ORDER BY name"
)
COLUMNS = (
    'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?) '
    "ORDER BY cid"
)
FOREIGN_KEYS = (
    'SELECT id, "from", "table", "to", on_delete, on_update '
    "FROM pragma_foreign_key_list(?) ORDER BY id DESC"
)
INDEXES = (
    'SELECT name, "unique", origin, partial FROM pragma_index_list(?) '
    "WHERE origin <> 'pk' ORDER BY seq DESC"
)
INDEX_COLUMNS = (
    'SELECT name, "desc", coll FROM pragma_index_xinfo(?) WHERE "key" ORDER BY seqno'
)
BESIDE = (
    "SELECT name, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL "
    "AND type IN ('index', 'trigger') ORDER BY type, name"
)


def sqlite_tables(execute: Execute, dialect: SqlDialect) -> Iterator[TableDefinition]:
    """Read the tables of a database, its own ones left out."""
    for name, sql in execute(TABLES):
        yield _table(execute, dialect, name, sql)


def _table(
    execute: Execute, dialect: SqlDialect, name: str, sql: str
) -> TableDefinition:
    records, words = execute(COLUMNS, (name,)), column_words(sql)
    keys = [column for column, *_, key, _ in records if key]
    foreign_keys = execute(FOREIGN_KEYS, (name,))
    indexes = {
        i.name: (i, is_unique) for i, is_unique in _indexes(execute, name, words)
    }
    beside = [(n, text) for n, text in execute(BESIDE, (name,)) if n not in indexes]
    make_column = partial(_column, dialect, words)
    return TableDefinition(
        name=name,
        columns=tuple(make_column(record) for record in records),
        primary_key=keys[0] if len(keys) == 1 else "",
        is_numbered=any("AUTOINCREMENT" in _upper(words[key]) for key in keys),
        uniques=tuple(
            _unique(name, i) for i, is_unique in indexes.values() if is_unique
        ),
        indexes=tuple(i for i, is_unique in indexes.values() if not is_unique),
        checks=tuple(CheckDefinition(*check) for check in checks_of(sql)),
        foreign_keys=tuple(_foreign_key(execute, r) for r in foreign_keys),
        extras=tuple(_extras(sql, records, foreign_keys)),
        beside=tuple(text for _, text in beside),
    )


def _column(
    dialect: SqlDialect, words: dict[str, list[str]], record: Record
) -> ColumnDefinition:
    name, sql_type, is_not_null, _, key, _ = record
    collation = collation_of(words[name])
    full_type = f"{sql_type} COLLATE {collation}" if collation else sql_type
    return ColumnDefinition(
        name, kind_named(full_type, dialect), nullable=not (is_not_null or key)
    )


def _indexes(
    execute: Execute, table: str, words: dict[str, list[str]]
) -> Iterator[tuple[IndexDefinition, bool]]:
    """Yield what a definition can say; the rest stands beside the table."""
    for name, is_unique, _, is_partial in execute(INDEXES, (table,)):
        columns = execute(INDEX_COLUMNS, (name,))
        is_plain = all(_is_plain(words, *column) for column in columns)
        if is_plain and not is_partial:
            names = tuple(column for column, *_ in columns)
            yield IndexDefinition(name, names), bool(is_unique)


def _is_plain(
    words: dict[str, list[str]], column: str | None, is_descending: int, collation: str
) -> bool:
    if column is None or is_descending:
        return False
    return collation.upper() == (collation_of(words[column]) or "BINARY").upper()


def _unique(table: str, index: IndexDefinition) -> UniqueDefinition:
    """Name a constraint as Roob would, since SQLite does not tell its name."""
    return UniqueDefinition(unique_name(table, "_".join(index.columns)), index.columns)


def _foreign_key(execute: Execute, record: Record) -> ForeignKeyDefinition:
    _, column, table, key, on_delete, _ = record
    if key is None:  # the other table's primary key, left unsaid
        key = next((r[0] for r in execute(COLUMNS, (table,)) if r[4]), "")
    return ForeignKeyDefinition(column, table, key, on_delete)


def _extras(
    sql: str, columns: Sequence[Record], foreign_keys: Sequence[Record]
) -> Iterator[str]:
    """Say what a definition cannot, and a rebuilt table would lose."""
    for name, _, _, default, _, hidden in columns:
        if default is not None:
            yield f"{name} has the default {default}"
        if hidden:
            yield f"{name} is generated"
    if sum(bool(key) for *_, key, _ in columns) > 1:
        yield "its primary key has several columns"
    ids = [record[0] for record in foreign_keys]
    for number, column, *_, on_update in foreign_keys:
        if on_update != OnDelete.NO_ACTION or ids.count(number) > 1:
            yield f"{column} is part of a foreign key of another kind"
    if "WITHOUT" in _upper(words_of(sql)):
        yield "it is WITHOUT ROWID"


def _upper(words: list[str]) -> list[str]:
    return [word.upper() for word in words]
