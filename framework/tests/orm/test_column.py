import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag, IntEnum, StrEnum
from typing import Any
from uuid import UUID

import pytest
from roob.orm.column import JSON, Column, ForeignKey, OnDelete, PrimaryKey, shown
from roob.orm.exceptions import InvalidValueError, NotLoadedError, SchemaError
from roob.orm.table import Table


class Colour(Enum):
    RED = 1


class Size(StrEnum):
    LARGE = "large"


class Rank(IntEnum):
    FIRST = 1


CYCLE: list[object] = []
CYCLE.append(CYCLE)


def named(column: Column[Any], table_name: str, name: str) -> Column[Any]:
    column.join_table(table_name, name)
    return column


@pytest.mark.parametrize(
    ("python_type", "value"),
    [
        (int, 0),
        (int, 2**63 - 1),
        (int, -(2**63)),
        (int, Rank.FIRST),
        (float, 0.5),
        (float, 3),
        (str, ""),
        (str, "Grüße \U0001f600"),
        (str, Size.LARGE),
        (bool, True),
        (bytes, b"\x00\xff"),
        (datetime, datetime(2026, 1, 2, tzinfo=UTC)),
        (date, date(1, 1, 1)),
        (Decimal, Decimal("-0.10")),
        (UUID, UUID(int=1)),
        (Colour, Colour.RED),
        (JSON, [1, "two", {"three": None}]),
        (dict, {"a": [1.5, True]}),
        (list, []),
    ],
)
def test_a_column_takes_values_of_its_type(python_type: type, value: object) -> None:
    assert named(Column(python_type), "t", "c").check(value) is value


@pytest.mark.parametrize(
    ("python_type", "value", "reason"),
    [
        (int, "abc", "not of type int"),
        (int, True, "not of type int"),
        (int, 1.0, "not of type int"),
        (int, 2**63, "64 bits"),
        (int, -(2**63) - 1, "64 bits"),
        (float, "1.5", "not of type float"),
        (float, True, "not of type float"),
        (float, math.nan, "finite"),
        (float, math.inf, "finite"),
        (float, 2**53 + 1, "not exact"),
        (float, 10**400, "not of type float"),
        (str, b"abc", "not of type str"),
        (str, "a\ud800", "lone surrogate at position 1"),
        (bool, 1, "not of type bool"),
        (bytes, "abc", "not of type bytes"),
        (bytes, bytearray(b"abc"), "not of type bytes"),
        (datetime, datetime(2026, 1, 2), "no time zone"),
        (datetime, date(2026, 1, 2), "not of type datetime"),
        (
            datetime,
            datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
            "years 1 to 9999",
        ),
        (date, datetime(2026, 1, 2, tzinfo=UTC), "not of type date"),
        (Decimal, 1.5, "not of type Decimal"),
        (Decimal, Decimal("NaN"), "finite"),
        (Decimal, Decimal("-Infinity"), "finite"),
        (UUID, "1", "not of type UUID"),
        (Colour, 1, "not of type Colour"),
        (JSON, {1: "a"}, "not come back the same"),
        (JSON, (1, 2), "not come back the same"),
        (JSON, {"a": math.nan}, "not JSON"),
        (JSON, {"a": {1, 2}}, "not JSON"),
        (JSON, ["\udfff"], "lone surrogate"),
        (JSON, CYCLE, "not JSON"),
        (dict, [1], "not of type dict"),
        (list, {"a": 1}, "not of type list"),
    ],
)
def test_a_column_refuses_what_is_no_value_of_its_type(
    python_type: type, value: object, reason: str
) -> None:
    column = named(Column(python_type), "author", "age")
    with pytest.raises(InvalidValueError, match=reason) as caught:
        column.check(value)
    assert str(caught.value).startswith(f"author.age: {shown(value)} ")


def test_none_is_for_nullable_columns_alone() -> None:
    assert named(Column(int, nullable=True), "author", "age").check(None) is None
    with pytest.raises(InvalidValueError, match=r"author\.age: None is not allowed"):
        named(Column(int), "author", "age").check(None)


def test_a_long_value_is_cut_short_in_a_message() -> None:
    assert shown("x" * 500) == "'" + "x" * 79 + "..."


def test_an_int_too_long_for_text_is_refused_like_others() -> None:
    with pytest.raises(InvalidValueError, match=r"t\.c: <int> does not fit"):
        named(Column(int), "t", "c").check(10**5000)


class Letters(Flag):
    A = 1


@pytest.mark.parametrize("python_type", [set, object, "int", Letters, None])
def test_a_type_that_no_column_keeps_is_refused(python_type: type) -> None:
    with pytest.raises(SchemaError, match="no column keeps"):
        Column(python_type)


def test_a_default_of_the_wrong_type_is_refused_with_its_class() -> None:
    with pytest.raises(InvalidValueError, match=r"author\.age: 'x'"):
        named(Column(int, default="x"), "author", "age")  # type: ignore[arg-type]


@pytest.mark.parametrize("shared", [{}, []])
def test_a_default_that_all_rows_would_share_is_refused(shared: object) -> None:
    with pytest.raises(SchemaError, match="share the default"):
        named(Column(type(shared), default=shared), "author", "tags")


def test_numbering_a_key_that_is_no_int_is_refused() -> None:
    with pytest.raises(SchemaError, match="auto_increment"):
        PrimaryKey(str, auto_increment=True)


@pytest.mark.parametrize("text", ["CASCADE", "cascade", OnDelete.CASCADE])
def test_on_delete_is_taken_in_any_case(text: str) -> None:
    assert ForeignKey("Author", on_delete=text).on_delete is OnDelete.CASCADE


def test_on_delete_takes_underscores_for_spaces() -> None:
    column = ForeignKey("Author", nullable=True, on_delete="set_null")
    assert column.on_delete is OnDelete.SET_NULL


@pytest.mark.parametrize("text", ["explode", "CASCADE; DROP TABLE author"])
def test_an_unknown_on_delete_is_refused(text: str) -> None:
    with pytest.raises(SchemaError, match="on_delete="):
        ForeignKey("Author", on_delete=text)


def test_set_null_needs_a_nullable_column() -> None:
    with pytest.raises(SchemaError, match="nullable=True"):
        ForeignKey("Author", on_delete="set null")


def test_class_access_gives_the_column_and_instance_access_the_value() -> None:
    class Author(Table):
        id = PrimaryKey(int, auto_increment=True)
        name = Column(str)

    author = Author(name="Ada")

    assert isinstance(Author.name, Column)
    assert Author.name.label == "author.name"
    assert author.name == "Ada"
    author.name = "Grace"
    assert author.name == "Grace"
    assert isinstance(Author.name, Column)


def test_a_value_that_was_not_read_says_so() -> None:
    class Author(Table):
        id = PrimaryKey(int, auto_increment=True)
        name = Column(str)

    author = Author(name="Ada")
    del author.name

    with pytest.raises(NotLoadedError, match=r"author\.name is not loaded"):
        _ = author.name
    assert not hasattr(author, "name")


@pytest.mark.parametrize("python_type", [JSON, dict, Decimal])
def test_what_has_two_spellings_is_no_primary_key(python_type: type) -> None:
    with pytest.raises(SchemaError, match="a primary key is no"):
        PrimaryKey(python_type)
