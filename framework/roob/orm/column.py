"""A column: the first thing a query meets, and what refuses a value before any SQL.

On a class the attribute is the column (`Author.name`), which compares to conditions;
a foreign key is a `Reference` there, which leads on to the columns of the other
table (`Book.author.name`).  On a row the attribute is the value:
columns define no `__set__`, so a value lies in the row's own `__dict__` and costs
what any attribute costs.  Values are checked when a row is saved, all of them.
"""

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

from roob.orm.exceptions import (
    InvalidValueError,
    NotLoadedError,
    SchemaError,
    UnknownColumnError,
)
from roob.orm.expressions import Operand, Reached, Value

T = TypeVar("T")

SMALLEST_INT, LARGEST_INT = -(2**63), 2**63 - 1
# What PostgreSQL's numeric takes, before the point and after it.
MOST_DIGITS, MOST_DECIMALS = 131_072, 16_383
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
    if "\0" in value:
        return f"has a NUL at position {value.index(chr(0))}"
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
    if not value.is_finite():
        return "is not a finite number"
    smallest = int(value.as_tuple().exponent)  # a finite number's is a number
    if value.adjusted() < MOST_DIGITS and smallest >= -MOST_DECIMALS:
        return None
    return f"has more than {MOST_DIGITS} digits, or {MOST_DECIMALS} decimals"


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


class Column(Value, Generic[T]):
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
        self.refuse_unordered()

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

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.label}>"

    @property
    def label(self) -> str:
        """The column as messages call it: `"author.age"`."""
        return f"{self.table_name}.{self.name}" if self.table_name else self.name

    def join_table(self, table_name: str, name: str) -> None:
        """Note the table that the column belongs to, and its name there.

        Raises:
            SchemaError: the default is one object that all rows would share.
            InvalidValueError: the default is no value of the column.
        """
        self.table_name, self.name = table_name, name
        self.sql_name = self.sql_name_of(name)
        self.check_default()

    def sql_name_of(self, name: str) -> str:
        """Name the column in the database after its attribute."""
        return name

    def refuse_unordered(self) -> None:
        """Refuse an index on values that no database compares.

        Raises:
            SchemaError: the column keeps JSON and is unique or indexed.
        """
        if self.kind is JSON_KIND and (self.unique or self.index):
            raise SchemaError("a column of JSON can neither be unique nor indexed")

    def check_default(self) -> None:
        """Refuse a default before it reaches a row.

        Raises:
            SchemaError, InvalidValueError: see `join_table`.
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
        if self.kind is JSON_KIND or python_type is Decimal:
            # JSON is not compared; 1.0 and 1.00 would be one key in two spellings.
            raise SchemaError(f"a primary key is no {self.kind.name}")

    def refusal(self, value: object, complaint: str) -> InvalidValueError:
        """Make the error for a key: `author.id: None is no key of a saved row`."""
        if value is None:
            return InvalidValueError(f"{self.label}: None is no key of a saved row")
        return super().refusal(value, complaint)


class Version(Column[int]):
    """A count of a row's changes: `version = Version()`.

    The ORM keeps it.  It begins at 1 and each update adds 1; an update of a row that
    another has changed since it was read is refused as a `StaleRow`.
    """

    def __init__(self) -> None:
        super().__init__(int, default=1)


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
        self.referenced: Callable[[], type[Any]] = _no_table
        if self.on_delete is OnDelete.SET_NULL and not nullable:
            raise SchemaError('on_delete="set null" asks for nullable=True')

    @overload  # type: ignore[override]  # what a class gives is no column here
    def __get__(self, row: None, table: type) -> "Reference[T]": ...

    @overload
    def __get__(self, row: object, table: type) -> T: ...

    def __get__(self, row: object, table: type) -> "Reference[T] | T":
        if row is None:
            return Reference(Reached(self.table_name, (), self))
        return super().__get__(row, table)

    def sql_name_of(self, name: str) -> str:
        """Name the column of the key: `"author" -> "author_id"`."""
        return f"{name}_id"


class Reference(Operand, Generic[T]):
    """A referenced row as a query speaks of it: `Book.author == ada`.

    Its attributes are the other table's columns: `Book.author.name == "Ada"` joins
    that table by itself.  Columns called as one of its methods are out of reach.
    """

    __slots__ = ("_place",)

    def __init__(self, place: Reached) -> None:
        self._place = place

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # a question of Python's own, such as copy's
            raise AttributeError(name)
        here = self._place
        schema = here.column.referenced().__schema__
        if name not in schema.names:
            raise UnknownColumnError(f"{schema.name} has no column {name!r}")
        path, column = (*here.path, here.column.name), schema.by_name[name]
        if isinstance(column, PrimaryKey):
            return here  # the row that refers keeps the key itself: no need to join
        there = Reached(here.table_name, path, column)
        return Reference(there) if isinstance(column, ForeignKey) else there

    def __repr__(self) -> str:
        return f"<Reference {self._place.label}>"


def place_of(operand: Operand) -> Reached | None:
    """Say where a column stands, seen from a query's table; None for the rest.

    `Book.author.name -> Reached("book", ("author",), Author.name)`
    """
    if isinstance(operand, Column):
        return Reached(operand.table_name, (), operand)
    if isinstance(operand, Reference):
        return operand._place
    return operand if isinstance(operand, Reached) else None


def _no_table() -> type[Any]:
    raise SchemaError("a foreign key leads nowhere before it stands in a table")


def _on_delete(action: str) -> OnDelete:
    try:
        return OnDelete(action.upper().replace("_", " "))
    except ValueError:
        known = ", ".join(repr(known.value.lower()) for known in OnDelete)
        raise SchemaError(f"on_delete={action!r} is none of {known}") from None
