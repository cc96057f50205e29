"""Values looked at from outside: no code of their classes runs."""

import enum
from collections import namedtuple
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from roob.trace.hiding.looking import (
    attributes_of,
    class_name,
    function_name,
    in_class,
    is_container,
    is_plain,
    is_tool,
    members_of,
    module_of,
    pairs_of,
    plain_text,
    printed,
    raw_bytes,
)

from framework.tests.trace.kinds import (
    Hostile,
    HostileBytes,
    HostileList,
    Login,
    Member,
    SealedKind,
    Slotted,
)


class Zone(tzinfo):
    def utcoffset(self, _: Any) -> Any:
        raise AssertionError("called")


class Moment(datetime):
    def isoformat(self, *_: Any) -> Any:
        raise AssertionError("called")


class Path(PurePosixPath):
    def __str__(self) -> str:
        raise AssertionError("called")


class Identity(UUID):
    def __str__(self) -> str:
        raise AssertionError("called")


@pytest.mark.parametrize(
    "value",
    [
        datetime(2025, 1, 2, 3, 4, 5, 6),
        datetime(2025, 1, 2, tzinfo=UTC),
        datetime(2025, 7, 2, tzinfo=ZoneInfo("UTC")),
        date(2025, 1, 2),
        time(3, 4, 5),
        time(3, 4, tzinfo=UTC),
        timedelta(days=1, seconds=2),
        Decimal("1.50"),
        UUID(int=10),
        PurePosixPath("/a"),
    ],
)
def test_moments_amounts_and_paths_are_printed_as_python_does(value):
    assert printed(value) == str(value)


def test_of_the_apps_classes_only_what_pythons_own_tell_is_printed():
    assert printed(Moment(2025, 1, 2)) == "2025-01-02 00:00:00"
    assert printed(datetime(2025, 1, 2, tzinfo=Zone())) == "2025-01-02 00:00:00"
    assert printed(time(3, tzinfo=Zone())) == "03:00:00"
    assert printed(Identity(int=10)) == str(UUID(int=10))
    assert printed(Path("/a")) is None
    assert printed("a") is None


def test_only_pythons_own_are_plain_and_containers():
    class Number(int):
        pass

    assert all(map(is_plain, (1, 1.5, 1j, True, None)))
    assert not any(map(is_plain, (Number(), "a", Hostile(), SealedKind())))
    assert all(map(is_container, ([], (), set(), frozenset())))
    assert not any(map(is_container, (HostileList(), {}, "a", Hostile())))


def test_a_number_that_python_refuses_to_write_is_told_by_its_length():
    assert plain_text(10**5000) == "int of 16,610 bits"
    assert plain_text(-1.5) == "-1.5"


def test_what_works_is_a_tool():
    assert all(map(is_tool, (Login, len, test_what_works_is_a_tool, [].append)))
    assert not any(map(is_tool, ("a", 7, Hostile(), SealedKind())))


def test_classes_and_functions_are_told_by_name():
    assert class_name(Hostile) == "Hostile"
    assert class_name(SealedKind) == "SealedKind"
    assert module_of(SealedKind) == "framework.tests.trace.kinds"
    assert module_of(type("A", (), {"__module__": property()})) == ""
    assert function_name(Moment.isoformat) == "Moment.isoformat"
    assert function_name([].append) is None
    assert function_name(Hostile()) is None


def test_the_bytes_of_a_subclass_are_its_own():
    for value in (b"ab", bytearray(b"ab"), HostileBytes(b"ab")):
        assert raw_bytes(value) == b"ab"
        assert type(raw_bytes(value)) is bytes


def test_members_are_those_that_python_keeps():
    assert [*(members_of(HostileList([1, 2])) or ())] == [1, 2]
    assert [*(members_of((1,)) or ())] == [1]
    assert members_of("ab") is None
    assert members_of(Hostile()) is None


def test_attributes_are_an_objects_own():
    assert attributes_of(SimpleNamespace(a=1)) == [("a", 1)]
    assert attributes_of(Login("ada", "x", "y"))[0] == ("user", "ada")
    assert attributes_of(ValueError("a")) == []
    for other in (7, Login, enum, len, Hostile(), SealedKind(), Slotted("x")):
        assert attributes_of(other) == []
    assert in_class(SealedKind, "a") is None


def test_a_proxy_in_place_of_a_classs_attribute_is_not_asked():
    kind = type("Odd", (), {"__dict__": Hostile(), "to_dict": Hostile()})
    assert attributes_of(kind()) == []
    assert pairs_of(kind()) == []


def test_names_and_values_are_those_of_rows_models_and_dataclasses():
    @dataclass
    class Part:
        code: str
        made: ClassVar[int] = 1
        count: int = 2

        @property
        def computed(self) -> str:
            raise AssertionError("called")

    part = Part("a")
    del part.count
    assert pairs_of(part) == [("code", "a"), ("count", 2)]
    assert pairs_of(Slotted("x")) == [("password", "x")]
    assert pairs_of(object.__new__(Slotted)) == [("password", None)]
    assert pairs_of({"a": 1}) == [("a", 1)]
    assert pairs_of(namedtuple("Row", "a b")(1, 2)) == [("a", 1), ("b", 2)]
    assert pairs_of((1, 2)) is None
    assert dict(pairs_of(Member(name="ada", password="x")) or ())["name"] == "ada"
    for other in (7, "a", [1], Hostile(), SealedKind(), SimpleNamespace(a=1)):
        assert pairs_of(other) is None
