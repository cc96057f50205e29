import json
from collections import Counter, OrderedDict, UserDict, defaultdict, deque, namedtuple
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from math import inf, nan
from pathlib import Path
from uuid import UUID

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from roob.utils.json_util import JSONUtils

encode, decode = JSONUtils.encode, JSONUtils.decode

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
)


@given(json_values)
def test_what_json_has_comes_back_as_it_was(value):
    assert decode(encode(value)) == value


@given(json_values)
def test_the_standard_library_reads_the_same(value):
    assert json.loads(encode(value)) == value


@given(st.binary())
def test_any_bytes_are_either_json_or_an_error_with_a_position(body):
    assert position_of_error(body) >= (1, 1)


def position_of_error(body):
    try:
        decode(body)
    except json.JSONDecodeError as error:
        return error.lineno, error.colno
    return 1, 1


class Plain:
    shared = "of the class"

    def __init__(self):
        self.a = 1
        self._secret = "hidden"
        self.__mangled = "hidden"

    def method(self):
        return 1


class Slotted:
    __slots__ = ("_secret", "a")

    def __init__(self):
        self.a = 1
        self._secret = "hidden"


class BothKinds(Slotted):
    def __init__(self):
        super().__init__()
        self.b = 2


@dataclass
class Data:
    a: int
    _secret: str = "hidden"


@dataclass(slots=True)
class SlottedData:
    a: int
    _secret: str = "hidden"


class Model(pydantic.BaseModel):
    a: int


class Row:
    def to_dict(self):
        return {"a": 1}


class IterableRow(Row):
    """A row that can be iterated too, and yields what JSON cannot carry."""

    def __iter__(self):
        yield object()


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Word(StrEnum):
    HI = "hi"


class Number(float):
    pass


class Count(int):
    pass


class Text(str):
    __slots__ = ()


Pair = namedtuple("Pair", "a b")

CASES = [
    (date(2026, 11, 20), "2026-11-20"),
    (datetime(2026, 11, 20, 9, 30), "2026-11-20T09:30:00"),
    (datetime(2026, 11, 20, 9, 30, tzinfo=UTC), "2026-11-20T09:30:00+00:00"),
    (time(9, 30), "09:30:00"),
    (Decimal("1.50"), "1.50"),
    (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (Colour.RED, "red"),
    (Level.HIGH, 3),
    (Word.HI, "hi"),
    (Plain(), {"a": 1}),
    (Slotted(), {"a": 1}),
    (BothKinds(), {"a": 1, "b": 2}),
    (Data(1), {"a": 1}),
    (SlottedData(1), {"a": 1}),
    (Model(a=1), {"a": 1}),
    (Row(), {"a": 1}),
    (IterableRow(), {"a": 1}),
    (OrderedDict(a=1), {"a": 1}),
    (Counter("aab"), {"a": 2, "b": 1}),
    (defaultdict(int, a=1), {"a": 1}),
    (UserDict(a=1), {"a": 1}),
    ({1}, [1]),
    (frozenset({1}), [1]),
    ((1, 2), [1, 2]),
    (Pair(1, 2), [1, 2]),
    (deque([1]), [1]),
    (range(3), [0, 1, 2]),
    ({"a": 1}.values(), [1]),
    ({"a": 1}.keys(), ["a"]),
    (b"text", "text"),
    (bytearray(b"text"), "text"),
    (Number(1.5), 1.5),
    (Count(7), 7),
    (Text("hi"), "hi"),
]
IDS = [type(value).__name__ for value, _ in CASES]


@pytest.mark.parametrize(("value", "expected"), CASES, ids=IDS)
def test_a_value_encodes(value, expected):
    assert decode(encode(value)) == expected


@pytest.mark.parametrize(("value", "expected"), CASES, ids=IDS)
def test_a_value_encodes_beside_a_null(value, expected):
    assert decode(encode({"v": [value], "n": None})) == {"v": [expected], "n": None}


@pytest.mark.parametrize(("value", "expected"), CASES, ids=IDS)
def test_a_value_encodes_from_a_generator(value, expected):
    assert decode(encode(v for v in [value, None])) == [expected, None]


@pytest.mark.parametrize("value", [Plain(), Slotted(), BothKinds(), Data(1)])
def test_underscore_attributes_never_encode(value):
    assert b"hidden" not in encode([value])


def test_a_dictionarys_own_keys_are_data_and_encode():
    assert encode({"_id": 1}) == b'{"_id":1}'


@pytest.mark.parametrize("key", [1, 1.5, True, date(2026, 1, 2), UUID(int=1), Word.HI])
def test_keys_that_have_a_text_become_it(key):
    assert len(decode(encode({key: 1}))) == 1


@pytest.mark.parametrize("bad", [nan, inf, -inf])
@pytest.mark.parametrize(
    "around",
    [lambda x: x, lambda x: [x], lambda x: {"a": x}, lambda x: {"a": [{"b": x}]},
     lambda x: Data(x), lambda x: SlottedData(x), lambda x: (x, 1), lambda x: {x},
     lambda x: (y for y in [x]), lambda x: [None, (y for y in [[x]])],
     lambda x: deque([x]), lambda x: OrderedDict(a=x), lambda x: UserDict(a=x),
     lambda x: {"a": {1: x}.values(), "n": None}, lambda x: Number(x)],
)  # fmt: skip
def test_nan_and_infinity_raise_wherever_they_stand(bad, around):
    with pytest.raises(ValueError, match="not a finite number"):
        encode(around(bad))


def test_an_object_with_nan_in_an_attribute_raises():
    value = Plain()
    value.a = nan
    with pytest.raises(ValueError, match="not a finite number"):
        encode([value])


@pytest.mark.parametrize("bad", [b"\xff", bytearray(b"a\xff")])
def test_bytes_that_are_not_utf8_raise_a_clear_error(bad):
    with pytest.raises(ValueError, match=r"bytes that are not UTF-8 .* base64"):
        encode({"a": [bad]})


def cycles():
    a_list, a_dict, an_object = [], {}, Plain()
    a_list.append(a_list)
    a_dict["self"] = a_dict
    an_object.a = an_object
    return [a_list, a_dict, an_object]


@pytest.mark.parametrize("cycle", cycles(), ids=lambda c: type(c).__name__)
def test_a_cycle_raises_a_clear_error(cycle):
    with pytest.raises(TypeError, match="contains itself"):
        encode({"a": cycle})


@pytest.mark.parametrize(
    "bad", [object(), print, Plain, lambda: 1, 1j, "\ud800", {(1, 2): 3}, ...]
)
def test_what_json_has_no_word_for_raises_a_type_error(bad):
    with pytest.raises(TypeError, match="cannot become JSON"):
        encode(bad)


@pytest.mark.parametrize("value", [Fraction(1, 2), Path("/x")])
def test_an_object_that_shows_nothing_is_refused_and_not_sent_empty(value):
    with pytest.raises(TypeError, match=type(value).__name__):
        encode({"a": value})


def test_the_message_names_the_culprit():
    with pytest.raises(TypeError, match="complex"):
        encode({"a": [1, 2j]})


@pytest.mark.parametrize(
    "bad", [b"", b"{", b"nan", b"NaN", b"Infinity", b"'a'", b"{}x", b"\xff", b"[1,]",
            b'"\\ud800"', b"[" * 100_000, b"1e999", b"\xef\xbb\xbf{}"]
)  # fmt: skip
def test_malformed_json_names_its_position(bad):
    with pytest.raises(json.JSONDecodeError) as error:
        decode(bad)
    assert error.value.lineno >= 1
    assert error.value.colno >= 1
