"""PostgreSQL says what its tables are: by its catalogs.

https://www.postgresql.org/docs/current/catalogs.html
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType

from roob.orm.dialects import SqlDialect
from roob.orm.joins import Record
from roob.orm.schema.definition import (
    CheckDefinition,
    ColumnDefinition,
    ForeignKeyDefinition,
    IndexDefinition,
    TableDefinition,
    UniqueDefinition,
)
from roob.orm.schema.execution import Execute, kind_named

TABLES = (
    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') "
    "AND relnamespace = current_schema()::regnamespace ORDER BY relname"
)
COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attcollation <> t.typcollation THEN o.collname END,
    a.attnotnull, a.attidentity <> ''
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation o ON o.oid = a.attcollation
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
    AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""
CONSTRAINTS = """
SELECT c.relname, k.conname, k.contype::text, ARRAY(
        SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY
            AS u (number, place)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number
        ORDER BY u.place),
    f.relname, ARRAY(
        SELECT a.attname::text FROM unnest(k.confkey) AS u (number)
        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number),
    k.confdeltype::text, pg_get_expr(k.conbin, k.conrelid)
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
LEFT JOIN pg_class f ON f.oid = k.confrelid
WHERE c.relnamespace = current_schema()::regnamespace
ORDER BY c.relname, k.oid
"""
INDEXES = """
SELECT c.relname, i.relname, ARRAY(
        SELECT a.attname::text FROM unnest(x.indkey) WITH ORDINALITY
            AS u (number, place)
        JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = u.number
        ORDER BY u.place)
FROM pg_index x
JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_am m ON m.oid = i.relam
WHERE c.relnamespace = current_schema()::regnamespace AND NOT x.indisunique
    AND x.indpred IS NULL AND x.indexprs IS NULL AND m.amname = 'btree'
    AND 0 = ALL (x.indoption::int2[])
ORDER BY c.relname, i.oid
"""
ON_DELETE: Mapping[str, str] = MappingProxyType(
    {
        "a": "NO ACTION",
        "r": "RESTRICT",
        "c": "CASCADE",
        "n": "SET NULL",
        "d": "SET DEFAULT",
    }
)
TYPE_NAMES: Mapping[str, str] = MappingProxyType(
    {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}
)


def postgresql_tables(
    execute: Execute, dialect: SqlDialect
) -> Iterator[TableDefinition]:
    """Read the tables of the first schema of the search path."""
    columns, constraints, indexes = (
        _by_table(execute(sql)) for sql in (COLUMNS, CONSTRAINTS, INDEXES)
    )
    for (name,) in execute(TABLES):
        yield _table(
            dialect,
            name,
            columns.get(name, []),
            constraints.get(name, []),
            indexes.get(name, []),
        )


def _by_table(records: Sequence[Record]) -> dict[str, list[Record]]:
    groups = groupby(records, key=itemgetter(0))
    return {name: [record[1:] for record in group] for name, group in groups}


def _table(
    dialect: SqlDialect,
    name: str,
    columns: list[Record],
    constraints: list[Record],
    indexes: list[Record],
) -> TableDefinition:
    of_kind = {kind: [c for c in constraints if c[1] == kind] for kind in "pucf"}
    key = [column for _, _, names, *_ in of_kind["p"] for column in names]
    numbered = [column for column, *_, is_identity in columns if is_identity]
    return TableDefinition(
        name=name,
        columns=tuple(_column(dialect, *column[:4]) for column in columns),
        primary_key=key[0] if len(key) == 1 else "",
        is_numbered=bool(key) and numbered == key,
        uniques=tuple(UniqueDefinition(u[0], tuple(u[2])) for u in of_kind["u"]),
        indexes=tuple(IndexDefinition(i, tuple(names)) for i, names in indexes),
        checks=tuple(CheckDefinition(c[0], c[-1]) for c in of_kind["c"]),
        foreign_keys=tuple(_foreign_key(*f) for f in of_kind["f"] if len(f[2]) == 1),
    )


def _foreign_key(
    name: str,
    _kind: str,
    columns: list[str],
    table: str,
    keys: list[str],
    action: str,
    _check: None,
) -> ForeignKeyDefinition:
    return ForeignKeyDefinition(columns[0], table, keys[0], ON_DELETE[action], name)


def _column(
    dialect: SqlDialect,
    name: str,
    type_name: str,
    collation: str | None,
    required: bool,
) -> ColumnDefinition:
    upper = type_name.upper()
    sql_type = TYPE_NAMES.get(upper, upper)
    if collation:
        sql_type += f' COLLATE "{collation}"'
    return ColumnDefinition(name, kind_named(sql_type, dialect), nullable=not required)
