"""A column: the first thing a query meets, and what refuses a value before any SQL.

On a class the attribute is the column (`Author.name`).  On a row it is the value:
columns define no `__set__`, so a value lies in the row's own `__dict__` and costs
what any attribute costs.  Values are checked when a row is saved, all of them.
"""

import copy
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, Flag, StrEnum
from types import MappingProxyType
from typing import Any, Generic, Literal, Self, TypeVar, overload
from uuid import UUID

from roob.orm.exceptions import InvalidValueError, NotLoadedError, SchemaError

T = TypeVar("T")

SMALLEST_INT, LARGEST_INT = -(2**63), 2**63 - 1
LONGEST_SHOWN = 80  # characters of a refused value in a message


class _Json:
    """The marker behind `JSON`."""


JSON: type[Any] = _Json
"""A column's type for any JSON value: `settings = Column(JSON)`."""


class OnDelete(StrEnum):
    """What becomes of a row when the row it refers to is deleted."""

    NO_ACTION = "NO ACTION"
    RESTRICT = "RESTRICT"
    CASCADE = "CASCADE"
    SET_NULL = "SET NULL"


class _Missing(Enum):
    """The default of `default`, since `None` is a default like any other."""

    MISSING = "missing"


MISSING = _Missing.MISSING


def _instance_complaint(value: object, python_type: type) -> str | None:
    if isinstance(value, python_type):
        return None
    return f"is not of type {python_type.__name__}"


def _int_complaint(value: object, _: type) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return "is not of type int"
    if SMALLEST_INT <= value <= LARGEST_INT:
        return None
    return "does not fit into 64 bits"


def _float_complaint(value: object, _: type) -> str | None:
    if isinstance(value, float):
        return None if math.isfinite(value) else "is not a finite number"
    if _int_complaint(value, int):
        return "is not of type float"
    return None if float(value) == value else "is not exact as a float"  # type: ignore[arg-type]


def _str_complaint(value: object, _: type) -> str | None:
    if not isinstance(value, str):
        return "is not of type str"
    return None if value.isascii() else _encoding_complaint(value)


def _encoding_complaint(value: str) -> str | None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        return f"has a lone surrogate at position {error.start}"
    return None


def _datetime_complaint(value: object, _: type) -> str | None:
    if not isinstance(value, datetime):
        return "is not of type datetime"
    if value.utcoffset() is None:
        return "has no time zone; use datetime.now(UTC)"
    try:
        value.astimezone(UTC)
    except OverflowError:
        return "leaves the years 1 to 9999 in UTC"
    return None


def _date_complaint(value: object, _: type) -> str | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return None
    return "is not of type date"


def _decimal_complaint(value: object, _: type) -> str | None:
    if not isinstance(value, Decimal):
        return "is not of type Decimal"
    return None if value.is_finite() else "is not a finite number"


def _json_complaint(value: object, python_type: type) -> str | None:
    if python_type is not JSON and not isinstance(value, python_type):
        return f"is not of type {python_type.__name__}"
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        same = bool(json.loads(text) == value)
    except (TypeError, ValueError, RecursionError) as error:
        return f"is not JSON: {error}"
    return _encoding_complaint(text) if same else "would not come back the same as JSON"


@dataclass(frozen=True)
class Kind:
    """A family of Python types that databases keep in one way.

    `complaint(value, python_type)` is None for a value that fits, else why not.
    """

    name: str
    complaint: Callable[[Any, type], str | None]


ENUM = Kind("enum", _instance_complaint)
JSON_KIND = Kind("json", _json_complaint)
KINDS: Mapping[type, Kind] = MappingProxyType(
    {
        int: Kind("int", _int_complaint),
        float: Kind("float", _float_complaint),
        bool: Kind("bool", _instance_complaint),
        str: Kind("str", _str_complaint),
        bytes: Kind("bytes", _instance_complaint),
        datetime: Kind("datetime", _datetime_complaint),
        date: Kind("date", _date_complaint),
        Decimal: Kind("decimal", _decimal_complaint),
        UUID: Kind("uuid", _instance_complaint),
        JSON: JSON_KIND,
        dict: JSON_KIND,
        list: JSON_KIND,
    }
)


def kind_of(python_type: object) -> Kind:
    """Find the family of a column's type: `bool -> Kind("bool", ...)`.

    Raises:
        SchemaError: no column keeps such a type.
    """
    if isinstance(python_type, type) and issubclass(python_type, Enum):
        if not issubclass(python_type, Flag):
            return ENUM
    elif isinstance(python_type, type) and python_type in KINDS:
        return KINDS[python_type]
    known = ", ".join(sorted(known.__name__ for known in KINDS if known is not JSON))
    raise SchemaError(
        f"no column keeps {python_type!r}; known are {known}, JSON and Enum classes"
    )


def shown(value: object) -> str:
    """Write a value as a message shows it, cut short: `'abc' -> "'abc'"`."""
    try:
        text = repr(value)
    except ValueError:  # an int of more digits than Python turns into text
        return f"<{type(value).__name__}>"
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "..."


class Column(Generic[T]):
    """A value of one type in every row: `age = Column(int, nullable=True)`.

    `default` is a value, or a callable that is asked for each new row.  A column is
    NOT NULL unless `nullable=True`.  `unique` and `index` become constraints.

    - `datetime` values carry a time zone and come back in UTC.
    - `float` takes finite numbers; a database may turn -0.0 into 0.0.
    - `Decimal`, `UUID`, `Enum` members (by name) and JSON are exact, kept as text.
    """

    name = ""
    sql_name = ""
    table_name = ""

    @overload
    def __init__(
        self,
        python_type: type[T],
        *,
        default: T | Callable[[], T] | Literal[_Missing.MISSING] = ...,
        nullable: Literal[False] = ...,
        unique: bool = ...,
        index: bool = ...,
    ) -> None: ...

    @overload
    def __init__(
        self: "Column[T | None]",
        python_type: type[T],
        *,
        default: T | Callable[[], T] | Literal[_Missing.MISSING] | None = ...,
        nullable: Literal[True],
        unique: bool = ...,
        index: bool = ...,
    ) -> None: ...

    def __init__(
        self,
        python_type: type[Any],
        *,
        default: object = MISSING,
        nullable: bool = False,
        unique: bool = False,
        index: bool = False,
    ) -> None:
        self.python_type = python_type
        self.kind = kind_of(python_type)
        self.default = default
        self.nullable = nullable
        self.unique = unique
        self.index = index

    @overload
    def __get__(self, row: None, table: type) -> Self: ...

    @overload
    def __get__(self, row: object, table: type) -> T: ...

    def __get__(self, row: object, table: type) -> Self | T:
        if row is None:
            return self
        raise NotLoadedError(
            f"{self.label} is not loaded: this row is known by its key alone, "
            f"db.get_by_id({table.__name__}, ...) loads it whole"
        )

    @property
    def label(self) -> str:
        """The column as messages call it: `"author.age"`."""
        return f"{self.table_name}.{self.name}"

    def named(self, table_name: str, name: str) -> Self:
        """Copy the column for the table that it belongs to.

        Raises:
            SchemaError: the default is one object that all rows would share.
            InvalidValueError: the default is no value of the column.
        """
        column = copy.copy(self)
        column.table_name, column.name = table_name, name
        column.sql_name = column.sql_name_of(name)
        column.check_default()
        return column

    def sql_name_of(self, name: str) -> str:
        """Name the column in the database after its attribute."""
        return name

    def check_default(self) -> None:
        """Refuse a default before it reaches a row.

        Raises:
            SchemaError, InvalidValueError: see `named`.
        """
        if self.default is MISSING or callable(self.default):
            return
        if isinstance(self.default, dict | list):
            raise SchemaError(
                f"{self.label}: all rows would share the default {self.default!r}; "
                f"pass a callable such as default={type(self.default).__name__}"
            )
        self.check(self.default)

    def check(self, value: object) -> object:
        """Return the value itself where the column takes it: `36 -> 36`.

        Raises:
            InvalidValueError: it does not; table, column and value are named.
        """
        if value is None and self.nullable:
            return None
        complaint = self.kind.complaint(value, self.python_type)
        if complaint is None:
            return value
        raise self.refusal(value, complaint)

    def refusal(self, value: object, complaint: str) -> InvalidValueError:
        """Make the error for a value: `author.age: 'abc' is not of type int`."""
        if value is None:
            complaint = "is not allowed; give a value or declare nullable=True"
        return InvalidValueError(f"{self.label}: {shown(value)} {complaint}")


class PrimaryKey(Column[T]):
    """The column that tells rows apart: `id = PrimaryKey(int, auto_increment=True)`.

    With `auto_increment` the database numbers the rows saved without a key, and no
    number comes twice.  Any other key is given by the user or by `default`.
    """

    def __init__(
        self,
        python_type: type[T],
        *,
        auto_increment: bool = False,
        default: T | Callable[[], T] | Literal[_Missing.MISSING] = MISSING,
    ) -> None:
        if auto_increment and python_type is not int:
            raise SchemaError("auto_increment numbers rows, so it takes type int")
        super().__init__(python_type, default=default)
        self.auto_increment = auto_increment


class ForeignKey(Column[T]):
    """A row of another table: `author = ForeignKey(Author)`, kept as `author_id`.

    The other table is a class, its name where the class comes later, or "self".
    `on_delete` is an `OnDelete` or its text, such as "cascade".  The column is
    indexed, since the database looks there whenever a referenced row goes.
    """

    @overload
    def __init__(
        self,
        target: type[T],
        *,
        nullable: Literal[False] = ...,
        unique: bool = ...,
        on_delete: OnDelete | str = ...,
    ) -> None: ...

    @overload
    def __init__(
        self: "ForeignKey[T | None]",
        target: type[T],
        *,
        nullable: Literal[True],
        unique: bool = ...,
        on_delete: OnDelete | str = ...,
    ) -> None: ...

    @overload
    def __init__(
        self: "ForeignKey[Any]",
        target: str,
        *,
        nullable: bool = ...,
        unique: bool = ...,
        on_delete: OnDelete | str = ...,
    ) -> None: ...

    def __init__(
        self,
        target: type[Any] | str,
        *,
        nullable: bool = False,
        unique: bool = False,
        on_delete: OnDelete | str = OnDelete.NO_ACTION,
    ) -> None:
        self.target = target
        self.nullable = nullable
        self.unique = unique
        self.index = not unique
        self.default = MISSING
        self.on_delete = _on_delete(on_delete)
        if self.on_delete is OnDelete.SET_NULL and not nullable:
            raise SchemaError('on_delete="set null" asks for nullable=True')

    def sql_name_of(self, name: str) -> str:
        """Name the column of the key: `"author" -> "author_id"`."""
        return f"{name}_id"


def _on_delete(action: str) -> OnDelete:
    try:
        return OnDelete(action.upper().replace("_", " "))
    except ValueError:
        known = ", ".join(repr(known.value.lower()) for known in OnDelete)
        raise SchemaError(f"on_delete={action!r} is none of {known}") from None
