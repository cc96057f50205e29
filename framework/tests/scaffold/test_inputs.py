from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from time import process_time
from uuid import UUID

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from roob.orm.column import JSON, LARGEST_INT, SMALLEST_INT, Column, PrimaryKey
from roob.orm.table import Table
from roob.scaffold.fields import fields_of
from roob.scaffold.inputs import INPUTS, FieldError, label, show


class Colour(Enum):
    RED = "r"
    DARK_BLUE = 2
    CRIMSON = "r"  # another name of RED


class Every(Table):
    id = PrimaryKey(int, auto_increment=True)
    text = Column(str)
    memo = Column(str)
    whole = Column(int)
    real = Column(float)
    price = Column(Decimal)
    is_open = Column(bool)
    maybe = Column(bool, nullable=True)
    day = Column(date)
    moment = Column(datetime)
    code = Column(UUID)
    colour = Column(Colour)
    extra = Column(JSON)
    some = Column(list)
    picture = Column(bytes)


FIELDS = {field.name: field for field in fields_of(Every, long_texts=["memo"])}

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(LETTERS),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(LETTERS), inner),
    max_leaves=8,
)
VALUES = {
    "text": st.text(LETTERS, min_size=1),
    "memo": st.text(LETTERS, min_size=1),
    "whole": st.integers(SMALLEST_INT, LARGEST_INT),
    "real": st.floats(allow_nan=False, allow_infinity=False),
    "price": st.decimals(allow_nan=False, allow_infinity=False),
    "is_open": st.booleans(),
    "maybe": st.none() | st.booleans(),
    "day": st.dates(),
    "moment": st.datetimes(timezones=st.just(UTC)).map(
        lambda d: d.replace(microsecond=d.microsecond // 1000 * 1000)
    ),
    "code": st.uuids(),
    "colour": st.sampled_from(Colour),
    "extra": PLAIN.filter(lambda value: value is not None),
    "some": st.lists(st.integers(-9, 9)),
}


def refusal(name, text):
    with pytest.raises(FieldError) as raised:
        FIELDS[name].read(text)
    return str(raised.value)


def test_every_kind_but_bytes_has_an_input():
    assert FIELDS.keys() == VALUES.keys()


@pytest.mark.parametrize("name", VALUES)
@settings(deadline=None)
@given(st.data())
def test_a_value_is_read_again_from_its_text(name, data):
    field, value = FIELDS[name], data.draw(VALUES[name])
    assume(field.column.kind.complaint(value, field.column.python_type) is None)
    again = field.read(field.write(value))
    assert again == value
    assert type(again) is type(value)


@settings(deadline=None)
@given(st.decimals(-(10**30), 10**30, allow_nan=False))
@example(Decimal("1.50"))
@example(Decimal("0E-10"))
@example(Decimal("-0.0"))
@example(Decimal("1E+131071"))
@example(Decimal("1E-16383"))
def test_every_digit_of_a_decimal_is_kept(value):
    field = FIELDS["price"]
    assert str(field.read(field.write(value))) == str(value)


@settings(deadline=None)
@given(st.datetimes(timezones=st.timezones() | st.just(UTC)))
def test_times_are_shown_in_utc_to_the_millisecond(moment):
    assume(moment.year not in (1, 9999))
    text = FIELDS["moment"].write(moment)
    assert abs(FIELDS["moment"].read(text) - moment) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("text", " a\r\nb\r\n", " a\nb\n"),
        ("text", " ", " "),
        ("whole", " -7 ", -7),
        ("whole", "+7", 7),
        ("whole", "007", 7),
        ("whole", str(LARGEST_INT), LARGEST_INT),
        ("real", ".5", 0.5),
        ("real", "5.", 5.0),
        ("real", " 1e3 ", 1000.0),
        ("real", "-1.5E-3", -0.0015),
        ("price", "1.50", Decimal("1.50")),
        ("day", "2030-12-31", date(2030, 12, 31)),
        ("moment", "2030-12-31T23:59", datetime(2030, 12, 31, 23, 59, tzinfo=UTC)),
        ("moment", "2030-12-31 23:59", datetime(2030, 12, 31, 23, 59, tzinfo=UTC)),
        (
            "moment",
            "2030-12-31T23:59+02:00",
            datetime(2030, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=2))),
        ),
        ("code", f" {UUID(int=7)} ".upper(), UUID(int=7)),
        ("colour", "RED", Colour.RED),
        ("colour", "CRIMSON", Colour.RED),
        ("is_open", "1", True),
        ("is_open", "0", False),
        ("extra", ' {"a": [1, null]} ', {"a": [1, None]}),
        ("some", "[]", []),
    ],
)
def test_texts_are_read(name, text, value):
    assert FIELDS[name].read(text) == value


# ruff: noqa: RUF001 - digits that are none
NUMBERS = [
    "x",
    "1,5",
    "1 000",
    "1_000",
    "0x1F",
    "--1",
    "1-",
    "٣",
    "１",
    "½",
    "NaN",
    "∞",
]


@pytest.mark.parametrize("text", [*NUMBERS, "1.0", "1e3", "9" * 20, "+", "7\0", "7\nx"])
def test_what_is_no_whole_number_is_refused(text):
    assert refusal("whole", text) == "has to be a whole number"


@pytest.mark.parametrize("text", ["9223372036854775808", "9999999999999999999"])
def test_a_whole_number_fits_into_64_bits(text):
    assert refusal("whole", text) == "does not fit into 64 bits"


@pytest.mark.parametrize("name", ["real", "price"])
@pytest.mark.parametrize("text", [*NUMBERS, "inf", ".", "e5", "1e", "1e9999999", "1\0"])
def test_what_is_no_number_is_refused(name, text):
    assert refusal(name, text) == "has to be a number"


def test_a_number_that_no_float_reaches_is_refused():
    assert refusal("real", "1e999") == "is not a finite number"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("day", "has to be a date, such as 2030-12-31"),
        ("moment", "has to be a date and a time, such as 2030-12-31T23:59"),
    ],
)
@pytest.mark.parametrize(
    "text",
    ["x", "31.12.2030", "2030-02-30", "2030-13-01", "0000-01-01", "10000-01-01",
     "٢٠٣٠-01-01", "2030-1-1", "2030-12-31\0", "now", "\ud800"],
)  # fmt: skip
def test_what_is_no_date_is_refused(name, said, text):
    assert refusal(name, text) == said


@pytest.mark.parametrize("text", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"])
def test_a_time_stays_within_the_years_in_utc(text):
    assert refusal("moment", text) == "leaves the years 1 to 9999 in UTC"


@pytest.mark.parametrize(
    "text", ["x", "7", "g" * 32, f"{UUID(int=7)}0", "٣" * 32, "0_" * 15 + "00", "\0"]
)
def test_what_is_no_uuid_is_refused(text):
    said = "has to be a UUID, such as 00000000-0000-0000-0000-000000000007"
    assert refusal("code", text) == said


@pytest.mark.parametrize("text", ["red", "r", "2", " RED", "__class__", "mro"])
def test_what_is_no_member_is_refused(text):
    assert refusal("colour", text) == "has to be one of RED, DARK_BLUE, CRIMSON"


@pytest.mark.parametrize("name", ["is_open", "maybe"])
@pytest.mark.parametrize("text", ["on", "true", "yes", "2", "01", " 1"])
def test_what_is_neither_yes_nor_no_is_refused(name, text):
    assert refusal(name, text) == "has to be yes or no"


@pytest.mark.parametrize("text", ["x", "{", "{'a': 1}", "[1,]", "\0", "1 2"])
def test_what_is_no_json_is_refused(text):
    assert refusal("extra", text).startswith("is not JSON: ")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "[1, NaN]", '"\\ud800"'])
def test_what_json_cannot_carry_is_refused(text):
    assert refusal("extra", text)


def test_json_of_another_type_is_refused():
    assert refusal("some", "{}") == "is not of type list"


@pytest.mark.parametrize(
    ("text", "at"), [("\0", 0), ("a\0b", 1)], ids=["alone", "inside"]
)
def test_a_text_has_no_nul(text, at):
    assert refusal("text", text) == f"has a NUL at position {at}"


def test_a_text_has_no_lone_surrogate():
    assert refusal("memo", "a\ud800") == "has a lone surrogate at position 1"


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize(
    "text", ["9" * 5000, "9" * 500_000, "1e" + "9" * 5000, "[" * 100_000, "-" * 5000]
)
def test_a_text_without_measure_is_answered_at_once(name, text):
    began = process_time()
    with suppress(FieldError):
        FIELDS[name].read(text)
    assert process_time() - began < 0.5


def test_nothing_typed_is_no_value():
    for name in FIELDS.keys() - {"maybe"}:
        assert refusal(name, "") == "has to be given"
    assert FIELDS["maybe"].read("") is None


@pytest.mark.parametrize(
    ("name", "kind", "attributes", "hint"),
    [
        ("text", "text", {}, ""),
        ("memo", "textarea", {}, ""),
        ("whole", "number", {"step": "1"}, ""),
        ("real", "number", {"step": "any"}, ""),
        ("price", "text", {"inputmode": "decimal"}, ""),
        ("is_open", "checkbox", {}, ""),
        ("maybe", "select", {}, ""),
        ("day", "date", {}, ""),
        ("moment", "datetime-local", {"step": "any"}, "in UTC"),
        ("code", "text", {}, ""),
        ("colour", "select", {}, ""),
        ("extra", "textarea", {}, "as JSON"),
    ],
)
def test_each_kind_has_its_element(name, kind, attributes, hint):
    found = FIELDS[name].input
    assert (found.kind, dict(found.attributes), found.hint) == (kind, attributes, hint)


def test_choices_are_in_words():
    colours = [("RED", "Red"), ("DARK_BLUE", "Dark blue")]
    assert [c for c in FIELDS["colour"].choices if c[0] != "CRIMSON"] == colours
    assert FIELDS["maybe"].choices == [("1", "yes"), ("0", "no")]
    assert FIELDS["text"].choices == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        (True, "yes"),
        (False, "no"),
        ("x", "written"),
        (0, "written"),
        (
            datetime(2030, 1, 2, 3, 4, 5, 6, timezone(timedelta(hours=1))),
            "2030-01-02 02:04:05 UTC",
        ),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01 00:00:00 UTC"),
    ],
)
def test_values_are_shown_as_people_read_them(value, text):
    assert show(value, "written") == text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("office_number", "Office number"),
        ("x", "X"),
        ("from_", "From"),
        ("_hidden", "Hidden"),
        ("URL", "Url"),
    ],
)
def test_a_name_is_read_as_words(name, words):
    assert label(name) == words


def test_bytes_are_not_typed():
    assert "bytes" not in INPUTS
