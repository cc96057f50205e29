"""A value stands in a table's own text: CREATE TABLE takes no parameters.

Only checks and the fillings of new columns come by here, after their column has
checked and encoded them; a query's values are parameters, always.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from roob.orm.dialects import SqlDialect
from roob.orm.exceptions import SchemaError

Writer = Callable[[Any], str]


def literal(value: object, dialect: SqlDialect) -> str:
    """Write an encoded value as SQL: `"it's" -> "'it''s'"`, `None -> "NULL"`.

    Raises:
        SchemaError: the dialect has no words for such a value.
    """
    if value is None:
        return "NULL"
    for python_type, write in WRITERS[dialect.name].items():
        if isinstance(value, python_type):
            return write(value)
    raise SchemaError(f"{dialect.name} has no literal for a {type(value).__name__}")


def text_literal(text: str) -> str:
    """Quote a text: `it's -> 'it''s'`.

    Raises:
        SchemaError: it holds a NUL, which would end the statement.
    """
    if "\0" in text:
        raise SchemaError(f"no literal holds a NUL: {text!r}")
    return "'" + text.replace("'", "''") + "'"


# Subclasses come before their bases: bool is an int, datetime is a date.
WRITERS: Mapping[str, Mapping[type, Writer]] = MappingProxyType(
    {
        "sqlite": MappingProxyType(
            {
                bool: lambda flag: "1" if flag else "0",
                int: int.__repr__,
                float: float.__repr__,
                str: text_literal,
                bytes: lambda data: f"X'{data.hex()}'",
            }
        ),
        "postgresql": MappingProxyType(
            {
                bool: lambda flag: "TRUE" if flag else "FALSE",
                int: int.__repr__,
                float: lambda number: f"'{number!r}'::double precision",
                str: text_literal,
                bytes: lambda data: rf"'\x{data.hex()}'::bytea",
                datetime: lambda moment: f"'{moment.isoformat()}'::timestamptz",
                date: lambda day: f"'{day.isoformat()}'::date",
                Decimal: lambda number: f"'{number:f}'::numeric",
                UUID: lambda uuid: f"'{uuid}'::uuid",
            }
        ),
    }
)
