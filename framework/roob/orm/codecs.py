"""A value on its way into a statement, and out of a record.

An encoder checks a value and turns it into the driver's parameter; a decoder turns
what the driver returned into the column's type.  Both are made once for a column.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from math import isfinite
from typing import Any

from roob.orm.column import LARGEST_INT, SMALLEST_INT, Column, ForeignKey
from roob.orm.dialects import SqlDialect
from roob.orm.table import Table, reference_key

Converter = Callable[[Any], Any]


def kept_column(column: Column[Any]) -> Column[Any]:
    """Return the column whose values are kept: a reference keeps the other's key."""
    if not isinstance(column, ForeignKey):
        return column
    key: Column[Any] = column.referenced().__schema__.primary_key
    return key


def encoder_of(column: Column[Any], dialect: SqlDialect) -> Converter:
    """Make the function from a row's value to a parameter.

    A reference is given as a row and becomes its key.  The function raises
    `InvalidValueError` for a value that is none of the column.
    """
    if isinstance(column, ForeignKey):
        return _reference_encoder(column, column.referenced())
    encode = dialect.storage[column.kind.name].encode
    check = _checker_of(column)
    return check if encode is None else partial(_checked_and_encoded, check, encode)


def lenient_encoder_of(column: Column[Any], dialect: SqlDialect) -> Converter:
    """Make an encoder of what a condition compares with, which takes a little more.

    A reference may be given as its bare key, and a `Decimal` as an `int`.
    """
    encode = encoder_of(column, dialect)
    if isinstance(column, ForeignKey):
        of_key = lenient_encoder_of(kept_column(column), dialect)
        return lambda value: (
            encode if value is None or isinstance(value, Table) else of_key
        )(value)
    if column.python_type is Decimal:
        return lambda value: encode(Decimal(value) if type(value) is int else value)
    return encode


def decoder_of(column: Column[Any], dialect: SqlDialect) -> Converter | None:
    """Make the function from what is kept to a value; None where they are the same."""
    kept = kept_column(column)
    decoder = dialect.storage[kept.kind.name].decoder
    return decoder(kept.python_type) if decoder else None


def unchanged(value: object) -> object:
    """Return the value: the decoder of what needs none."""
    return value


def _checker_of(column: Column[Any]) -> Converter:
    quick = _QUICK_CHECKERS.get(column.kind.name)
    return quick(column.check) if quick else column.check


def _int_checker(check: Converter) -> Converter:
    def checked(value: object) -> object:
        if type(value) is int and SMALLEST_INT <= value <= LARGEST_INT:
            return value
        return check(value)

    return checked


def _str_checker(check: Converter) -> Converter:
    def checked(value: object) -> object:
        if type(value) is str and value.isascii() and "\0" not in value:
            return value
        return check(value)

    return checked


def _float_checker(check: Converter) -> Converter:
    def checked(value: object) -> object:
        if type(value) is float and isfinite(value):
            return value
        return check(value)

    return checked


def _reference_encoder(column: ForeignKey[Any], target: type[Table]) -> Converter:
    index = target.__schema__.key_index

    def encode(value: object) -> object:
        if type(value) is target and value._stored is not None:
            return value._stored[index]
        return reference_key(column, target, value)

    return encode


# The commonest values of the commonest kinds pass with one call; the column's own
# check has the last word on all others.
_QUICK_CHECKERS = {
    "int": _int_checker,
    "str": _str_checker,
    "float": _float_checker,
}


def _checked_and_encoded(check: Converter, encode: Converter, value: object) -> object:
    checked = check(value)
    return None if checked is None else encode(checked)
