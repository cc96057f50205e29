"""How a database spells things: the words a statement is made of, and nothing run.

Identifiers get their quotes in `quote`, the one place; values never come by here
but to be encoded for, or decoded from, the storage type of their column.
"""

# ruff: noqa: S608 - every name in a text went through `quote`, no value is in one

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from roob.orm.exceptions import ConfigurationError, SchemaError

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


def quote(identifier: str) -> str:
    """Quote a name as SQL takes it, keywords too: `order -> "order"`.

    Raises:
        SchemaError: not a letter or underscore, then at most 62 more and digits.
    """
    if IDENTIFIER.fullmatch(identifier):
        return f'"{identifier}"'
    raise SchemaError(
        f"{identifier!r} cannot name a table or column; use ASCII letters, digits "
        "and underscores, 63 at most, and no digit first"
    )


@dataclass(frozen=True)
class Storage:
    """How a kind of column is kept: `Storage("TEXT", str, lambda uuid: uuid)`.

    `encode` turns a value into what the driver takes.  `decoder` makes, for the
    column's type, the function that turns it back.  None stands for no change.
    """

    sql_type: str
    encode: Callable[[Any], object] | None = None
    decoder: Callable[[Any], Callable[[Any], object]] | None = None


@dataclass(frozen=True)
class SqlDialect:
    """The words of one database.

    Six of them number rows, each made from a table's and its key's quoted names:
    `next_key` stands for a key that the database gives, with `numbered_suffix` at the
    statement's end, and `free_key` for one beyond all keys that were set by hand.
    An upsert cannot be tried again with that, so it takes `upsert_key` at once.
    For many rows `skip_taken`, where there is one, and then `draw_keys` run: it takes
    how many numbers there shall be and gives them.

    Where `takes_arrays`, a batch is one statement with an array for each column; else
    it is one statement run with each row.

    `schema_lock` comes first in a transaction that changes tables.  `isolation_levels`
    has the BEGIN of each level that can be asked for.

    `match` is the operator that heeds upper and lower case, `pattern` turns LIKE's
    pattern into its own.  `aggregate` writes a function of a kind of values.
    `snapshot` before the first step of an order makes the rows of a stream those of
    the moment when it begins, whatever its reader writes meanwhile.
    `explain` comes before a statement whose plan is asked for.
    """

    name: str
    placeholder: str
    begin: str
    auto_increment: str
    table_options: str
    storage: Mapping[str, Storage]
    next_key: Callable[[str, str], str]
    upsert_key: Callable[[str, str], str]
    numbered_suffix: Callable[[str], str]
    free_key: Callable[[str, str], str]
    skip_taken: Callable[[str, str], str | None]
    draw_keys: Callable[[str, str], str]
    takes_arrays: bool
    schema_lock: str
    isolation_levels: Mapping[str, str]
    match: str
    pattern: Callable[[str], str]
    aggregate: Callable[[str, str, str], str]
    snapshot: str
    explain: str

    def begin_at(self, isolation: str | None) -> str:
        """Write the BEGIN of an isolation level: `"serializable" -> "BEGIN ..."`.

        Raises:
            ConfigurationError: the level is none of `ISOLATION_LEVELS`.
        """
        if isolation is None:
            return self.begin
        if isolation in self.isolation_levels:
            return self.isolation_levels[isolation]
        known = ", ".join(ISOLATION_LEVELS)
        raise ConfigurationError(f"no isolation {isolation!r}; known are: {known}")


ISOLATION_LEVELS = ("read committed", "repeatable read", "serializable")

# Rows may be given any key by hand.  Numbers go on beyond such keys, but for those in
# the upper half, which would leave no numbers above them.
NUMBERS_END = 2**62
LARGEST_KEY = 2**63 - 1
LARGEST_BATCH = 2**32


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _plain_digits(value: Decimal) -> str:
    """Write a number as NUMERIC keeps it, zero without a sign: `1E+3 -> "1000"`."""
    return format(value if value else abs(value), "f")


def _largest_key(table: str, key: str) -> str:
    """The largest key below the upper half, 0 where there is none."""
    return (
        f"(SELECT coalesce(max({key}), 0) FROM {table} "
        f"WHERE {key} BETWEEN 0 AND {NUMBERS_END - 1})"
    )


def _sqlite_next_key(table: str, key: str) -> str:
    """NULL, for which AUTOINCREMENT puts the next number, until numbers run out.

    A row saved with the largest key of all ends AUTOINCREMENT for good, and to try it
    would undo the whole transaction.  https://sqlite.org/autoinc.html
    """
    exhausted = f"name = '{table[1:-1]}' AND seq = {LARGEST_KEY}"
    free = _sqlite_free_key(table, key)
    return f"(SELECT {free} FROM sqlite_sequence WHERE {exhausted})"


def _sqlite_free_key(table: str, key: str) -> str:
    return f"({_largest_key(table, key)} + 1)"


def _sqlite_draw_keys(table: str, key: str) -> str:
    """Count on from AUTOINCREMENT's own note, where that leaves room for a batch."""
    noted = (
        f"(SELECT seq FROM sqlite_sequence WHERE name = '{table[1:-1]}' "
        f"AND seq <= {LARGEST_KEY - LARGEST_BATCH})"
    )
    start = f"coalesce({noted}, {_largest_key(table, key)})"
    return (
        f"WITH RECURSIVE drawn (number) AS (SELECT {start} + 1 "
        "UNION ALL SELECT number + 1 FROM drawn LIMIT ?) SELECT number FROM drawn"
    )


GLOB_WORDS = MappingProxyType({"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"})


def _glob_pattern(like: str) -> str:
    """Say the same to GLOB, since LIKE of SQLite takes A for a: `a%` is `a*`."""
    parts = re.findall(r"\\.|[^\\]", like, re.DOTALL)
    return "".join(_glob_word(part) for part in parts)


def _glob_word(part: str) -> str:
    if part[0] != "\\":
        return GLOB_WORDS.get(part, part)
    return part[1] if part[1] not in "*?[" else f"[{part[1]}]"


def _sqlite_aggregate(function: str, kind: str, sql: str) -> str:
    """Sum decimals up exactly; what a function returns has lost its collation."""
    if kind != "decimal" or function == "count":
        return f"{function}({sql})"
    if function == "avg":
        return f"avg(CAST({sql} AS REAL))"
    return f"{'decimal_' if function == 'sum' else ''}{function}({sql}) COLLATE decimal"


def _postgres_aggregate(function: str, kind: str, sql: str) -> str:
    """Give the types that SQLite gives: a sum of ints is one, a mean is a float."""
    if function == "avg":
        return f"CAST(avg({sql}) AS DOUBLE PRECISION)"
    if function == "sum" and kind == "int":
        return f"CAST(sum({sql}) AS BIGINT)"
    return f"{function}({sql})"


SQLITE = SqlDialect(
    name="sqlite",
    placeholder="?",
    begin="BEGIN IMMEDIATE",
    auto_increment="INTEGER PRIMARY KEY AUTOINCREMENT",
    table_options=" STRICT",
    next_key=_sqlite_next_key,
    upsert_key=_sqlite_next_key,
    numbered_suffix=lambda _: "",
    free_key=_sqlite_free_key,
    skip_taken=lambda _table, _key: None,
    draw_keys=_sqlite_draw_keys,
    takes_arrays=False,
    schema_lock="",  # BEGIN IMMEDIATE is one
    isolation_levels=MappingProxyType(
        dict.fromkeys(ISOLATION_LEVELS, "BEGIN IMMEDIATE")
    ),
    match="GLOB",
    pattern=_glob_pattern,
    aggregate=_sqlite_aggregate,
    snapshot="+",  # no index has this order, so all rows are sorted before the first
    explain="EXPLAIN QUERY PLAN",
    storage=MappingProxyType(
        {
            "int": Storage("INTEGER"),
            "float": Storage("REAL"),
            "bool": Storage("INTEGER", decoder=lambda python_type: python_type),
            "str": Storage("TEXT"),
            "bytes": Storage("BLOB"),
            "datetime": Storage(
                "TEXT",
                lambda moment: moment.astimezone(UTC).isoformat(
                    timespec="microseconds"
                ),
                lambda python_type: python_type.fromisoformat,
            ),
            "date": Storage(
                "TEXT",
                lambda day: day.isoformat(),
                lambda python_type: python_type.fromisoformat,
            ),
            # The collation is Roob's own: it orders and compares texts as numbers.
            "decimal": Storage(
                "TEXT COLLATE decimal", _plain_digits, lambda _: Decimal
            ),
            "uuid": Storage("TEXT", str, lambda python_type: python_type),
            "enum": Storage(
                "TEXT",
                lambda member: member.name,
                lambda python_type: python_type.__getitem__,
            ),
            "json": Storage("TEXT", _as_json, lambda _: json.loads),
        }
    ),
)


def _counter(table: str, key: str) -> str:
    """The counter behind an identity column, as a call that finds it."""
    return f"pg_get_serial_sequence('{table}', '{key[1:-1]}')"


def _postgresql_free_key(table: str, key: str) -> str:
    """Draw a number, and where keys lie beyond it move the counter beyond them.

    It never goes back, so no number that another transaction drew comes again.
    """
    counter, largest = _counter(table, key), _largest_key(table, key)
    return (
        f"(SELECT CASE WHEN drawn > largest THEN drawn "
        f"ELSE setval({counter}, largest + 1) END "
        f"FROM (SELECT nextval({counter}) AS drawn, {largest} AS largest) AS numbers)"
    )


def _postgresql_skip_taken(table: str, key: str) -> str:
    counter, largest = _counter(table, key), _largest_key(table, key)
    return (
        f"SELECT setval({counter}, largest) FROM (SELECT {largest} AS largest) AS keys "
        f"WHERE largest > coalesce(pg_sequence_last_value({counter}), 0)"
    )


POSTGRESQL = SqlDialect(
    name="postgresql",
    placeholder="%s",
    # As SQLite's: what a transaction read is what it changes, or it fails as a whole.
    begin="BEGIN ISOLATION LEVEL SERIALIZABLE",
    auto_increment="BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
    table_options="",
    next_key=lambda _table, _key: "DEFAULT",
    upsert_key=_postgresql_free_key,
    numbered_suffix=lambda key: f" ON CONFLICT ({key}) DO NOTHING RETURNING {key}",
    free_key=_postgresql_free_key,
    skip_taken=_postgresql_skip_taken,
    draw_keys=lambda table, key: (
        f"SELECT nextval({_counter(table, key)}) FROM generate_series(1, %s::bigint)"
    ),
    takes_arrays=True,
    schema_lock="SELECT pg_advisory_xact_lock(7237101)",  # one number for all of Roob
    isolation_levels=MappingProxyType(
        {level: f"BEGIN ISOLATION LEVEL {level.upper()}" for level in ISOLATION_LEVELS}
    ),
    match="LIKE",
    pattern=lambda like: like,
    aggregate=_postgres_aggregate,
    snapshot="",  # a cursor's rows are such already
    explain="EXPLAIN",
    storage=MappingProxyType(
        {
            "int": Storage("BIGINT"),
            "float": Storage("DOUBLE PRECISION", float),
            "bool": Storage("BOOLEAN"),
            "str": Storage('TEXT COLLATE "C"'),
            "bytes": Storage("BYTEA"),
            "datetime": Storage("TIMESTAMPTZ", lambda moment: moment.astimezone(UTC)),
            "date": Storage("DATE"),
            "decimal": Storage("NUMERIC"),
            "uuid": Storage("UUID"),
            "enum": Storage(
                'TEXT COLLATE "C"',
                lambda member: member.name,
                lambda python_type: python_type.__getitem__,
            ),
            "json": Storage("JSON", _as_json, lambda _: json.loads),
        }
    ),
)
