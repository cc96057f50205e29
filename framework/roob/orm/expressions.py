"""What a query asks, before it is SQL: conditions, orders and sums as plain data.

`Book.price > 10` makes a `Comparison`, `Book.price.sum()` an `Aggregate`.  Nothing
here knows a table or writes SQL; `criteria` does, and checks each value first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from roob.orm.exceptions import QueryError


class Condition:
    """What a row must fulfil: `Book.price > 10`.

    SQL's rule for NULL holds: a comparison with it is neither true nor false, so
    `Book.shelf != "A"` leaves out the books without a shelf.
    """

    def __bool__(self) -> bool:
        raise QueryError(
            "a condition is neither true nor false in Python; combine conditions with "
            "and_(), or_() and not_(), test a set with in_() and a range with between()"
        )

    def __and__(self, other: object) -> "Condition":
        raise QueryError("write and_(one, other), or where(one, other)")

    def __or__(self, other: object) -> "Condition":
        raise QueryError("write or_(one, other)")

    def __invert__(self) -> "Condition":
        raise QueryError("write not_(condition)")


class Operand:
    """Anything with a value in each row; comparing it makes a condition.

    `== None` and `!= None` ask for NULL, as `is_null` and `is_not_null` do.
    """

    __slots__ = ()
    # Comparing makes a condition, so identity is what a set or dict goes by.
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]
        return self.is_null() if other is None else Comparison(self, "=", other)

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return self.is_not_null() if other is None else Comparison(self, "<>", other)

    def is_null(self) -> Condition:
        """Whether there is no value: `Book.shelf.is_null()`."""
        return NullTest(self, is_null=True)

    def is_not_null(self) -> Condition:
        """Whether there is a value: `Book.shelf.is_not_null()`."""
        return NullTest(self, is_null=False)

    def in_(self, values: Iterable[object]) -> Condition:
        """Whether the value is one of some: `Book.id.in_([1, 2])`.

        Raises:
            QueryError: a text is one value, not several.
        """
        if isinstance(values, str | bytes):
            raise QueryError(f"in_ takes several values, as in in_([{values!r}])")
        return Membership(self, tuple(values))


class Value(Operand):
    """An operand with a value of its own: numbers, texts, moments.

    It can be ordered, matched, calculated with and summed up.
    """

    __slots__ = ()

    def __lt__(self, other: object) -> Condition:
        return Comparison(self, "<", other)

    def __le__(self, other: object) -> Condition:
        return Comparison(self, "<=", other)

    def __gt__(self, other: object) -> Condition:
        return Comparison(self, ">", other)

    def __ge__(self, other: object) -> Condition:
        return Comparison(self, ">=", other)

    def __add__(self, other: object) -> "Value":
        return Arithmetic(self, "+", other)

    def __sub__(self, other: object) -> "Value":
        return Arithmetic(self, "-", other)

    def __mul__(self, other: object) -> "Value":
        return Arithmetic(self, "*", other)

    def between(self, low: object, high: object) -> Condition:
        """Whether the value lies in a range with both its ends."""
        return and_(self >= low, self <= high)

    def like(self, pattern: str, *, ignore_case: bool = False) -> Condition:
        r"""Whether a text fits: `%` is any text, `_` one character, `\` quotes them.

        `ignore_case` treats the letters A to Z as a to z, and no others.

        Raises:
            QueryError: the pattern is no text.
        """
        return Match(self, _text(pattern), ignore_case)

    def contains(self, text: str, *, ignore_case: bool = False) -> Condition:
        """Whether a text has this in it, taken literally."""
        return Match(self, f"%{_quoted(text)}%", ignore_case)

    def startswith(self, text: str, *, ignore_case: bool = False) -> Condition:
        """Whether a text begins with this, taken literally."""
        return Match(self, f"{_quoted(text)}%", ignore_case)

    def endswith(self, text: str, *, ignore_case: bool = False) -> Condition:
        """Whether a text ends with this, taken literally."""
        return Match(self, f"%{_quoted(text)}", ignore_case)

    def asc(self) -> "Ordering":
        """Smallest first; NULL comes before everything."""
        return Ordering(self, descending=False)

    def desc(self) -> "Ordering":
        """Largest first; NULL comes after everything."""
        return Ordering(self, descending=True)

    def count(self) -> "Aggregate":
        """How many values there are, NULL not counted."""
        return Aggregate(Function.COUNT, self)

    def sum(self) -> "Aggregate":
        """The sum, of the column's own type; None where there are no values."""
        return Aggregate(Function.SUM, self)

    def avg(self) -> "Aggregate":
        """The mean as a float; None where there are no values."""
        return Aggregate(Function.AVG, self)

    def min(self) -> "Aggregate":
        """The smallest value; None where there are none."""
        return Aggregate(Function.MIN, self)

    def max(self) -> "Aggregate":
        """The largest value; None where there are none."""
        return Aggregate(Function.MAX, self)


class Function(StrEnum):
    """The functions that make one value of many."""

    COUNT = "count"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"


@dataclass(frozen=True, eq=False)
class Reached(Value):
    """A column seen from a query's table, by way of references: `Book.author.name`.

    `Reached("book", ("author",), Author.name)`; the column is a `Column`.
    """

    table_name: str
    path: tuple[str, ...]
    column: Any

    @property
    def label(self) -> str:
        """The place as messages call it: `"book.author.name"`."""
        return ".".join((self.table_name, *self.path, self.column.name))


@dataclass(frozen=True, eq=False)
class Arithmetic(Value):
    """Two numbers as one: `Product.quantity + 1`."""

    left: Value
    operator: str
    right: object


@dataclass(frozen=True, eq=False)
class Aggregate(Value):
    """One value of many rows: `Book.price.sum()`."""

    function: Function
    operand: Value


@dataclass(frozen=True, eq=False)
class Comparison(Condition):
    """Two values compared; the right one is a value, a row or an operand."""

    left: Operand
    operator: str
    right: object


@dataclass(frozen=True, eq=False)
class NullTest(Condition):
    """A value that is there or not."""

    operand: Operand
    is_null: bool


@dataclass(frozen=True, eq=False)
class Membership(Condition):
    """A value among others; no value is among none."""

    operand: Operand
    values: tuple[object, ...]


@dataclass(frozen=True, eq=False)
class Match(Condition):
    """A text that fits a pattern of LIKE."""

    operand: Value
    pattern: str
    ignore_case: bool


@dataclass(frozen=True, eq=False)
class Junction(Condition):
    """Conditions of which all, or any, hold."""

    word: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, eq=False)
class Negation(Condition):
    """A condition that does not hold."""

    condition: Condition


@dataclass(frozen=True, eq=False)
class Exists(Condition):
    """Some row of another table refers here and fulfils more: `Author.books.any(...)`.

    `table` holds the rows, `back` is its reference to this row.  The conditions
    speak of the table at the end of `path`, which begins at `table`.
    """

    table: Any
    back: str
    path: tuple[str, ...]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, eq=False)
class Ordering:
    """One step of an order: `Book.title.desc()`."""

    operand: Value
    descending: bool


def and_(*conditions: Condition) -> Condition:
    """All of the conditions; none at all hold for every row."""
    return Junction("AND", conditions)


def or_(*conditions: Condition) -> Condition:
    """At least one of the conditions; of none at all, no row has one."""
    return Junction("OR", conditions)


def not_(condition: Condition) -> Condition:
    """The condition does not hold."""
    return Negation(condition)


def _quoted(text: str) -> str:
    text = _text(text)
    for special in "\\%_":
        text = text.replace(special, f"\\{special}")
    return text


def _text(text: object) -> str:
    if isinstance(text, str):
        return text
    raise QueryError(f"{text!r} is no text to look for")
