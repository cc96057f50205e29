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
from types import MappingProxyType
from typing import Any

from roob.orm.exceptions import SchemaError

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
    """The words of one database."""

    name: str
    placeholder: str
    begin: str
    auto_increment: str
    table_options: str
    storage: Mapping[str, Storage]
    next_key: Callable[[str, str], str]


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _sqlite_next_key(table: str, key: str) -> str:
    """NULL, for which AUTOINCREMENT puts the next number, until numbers run out.

    A row saved with the largest key of all would end AUTOINCREMENT for good; from
    then on the numbers go on from the largest key in the lower half.
    """
    largest = f"SELECT max({key}) FROM {table} WHERE {key} < {2**62}"
    exhausted = f"name = '{table[1:-1]}' AND seq = {2**63 - 1}"
    return f"(SELECT ifnull(({largest}), 0) + 1 FROM sqlite_sequence WHERE {exhausted})"


SQLITE = SqlDialect(
    name="sqlite",
    placeholder="?",
    begin="BEGIN IMMEDIATE",
    auto_increment="INTEGER PRIMARY KEY AUTOINCREMENT",
    table_options=" STRICT",
    next_key=_sqlite_next_key,
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
            "decimal": Storage("TEXT", str, lambda python_type: python_type),
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
