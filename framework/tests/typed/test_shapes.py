"""Questions about annotations, in all the spellings that Python has for them."""

import sys
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, NewType, Optional, TypeVar

import pytest
import typing_extensions
from pydantic import BaseModel, Json, RootModel
from roob.typed import UploadedFile
from roob.typed.shapes import (
    bare,
    is_compound,
    is_file,
    is_model,
    is_series,
    members,
    on_wire,
    rebuilt,
    within,
)
from typing_extensions import TypedDict


class User(BaseModel):
    name: str


@dataclass
class Point:
    x: int


class Named(TypedDict):
    name: str


class Pair(NamedTuple):
    a: int


Id = NewType("Id", int)
T = TypeVar("T")
ALIASES = [
    kind
    for kind in (
        typing_extensions.TypeAliasType,
        getattr(typing, "TypeAliasType", None),
    )
    if kind is not None
]


@pytest.mark.parametrize("alias", ALIASES)
def test_aliases_are_seen_through(alias):
    several = alias("several", list[T], type_params=(T,))
    assert bare(alias("number", Annotated[int, "x"])) is int
    assert is_series(alias("numbers", list[int]))
    assert is_compound(several[User])
    assert not is_compound(several[int])
    assert is_model(alias("user", User))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="has no such statement")
def test_an_alias_that_stands_in_itself_has_an_end():
    names: dict[str, Any] = {}
    exec("type Tree = list[Tree] | int", names)  # of a later Python
    tree = names["Tree"]
    assert int in {*within(tree)}
    changed = rebuilt(tree, lambda kind: float if kind is int else kind)
    assert {*members(changed)} == {list[tree], float}


def test_types_are_exchanged_wherever_they_stand():
    several = typing_extensions.TypeAliasType("several", list[Id])

    def change(kind):
        return float if kind is int else kind

    assert rebuilt(Annotated[Id | None, "x"], change) == Annotated[float | None, "x"]
    assert rebuilt(dict[str, several], change) == dict[str, list[float]]
    assert rebuilt(list[str], change) == list[str]
    strings = typing_extensions.TypeAliasType("strings", list[str])
    assert rebuilt(strings, change) is strings


def test_on_the_wire_json_is_text():
    assert on_wire(Json[list[int]]) is str
    assert on_wire(Json[list[int]] | None) == str | None
    assert on_wire(Annotated[Json[User], "x"]) is str
    assert on_wire(list[int]) == list[int]


@pytest.mark.parametrize(
    ("annotation", "found"),
    [
        (int, [int]),
        (int | None, [int, type(None)]),
        (Optional[int], [int, type(None)]),  # noqa: UP045  # the older spelling
        (Annotated[int | Annotated[str, 1], 2], [int, str]),
        (Id | None, [int, type(None)]),
    ],
)
def test_the_members_of_a_union_are_found(annotation, found):
    assert list(members(annotation)) == found


@pytest.mark.parametrize(
    "annotation",
    [list, list[int], set[str] | None, Sequence[int], tuple[int, ...], frozenset],
)
def test_these_are_series_and_fit_into_a_query(annotation):
    assert is_series(annotation)
    assert not is_compound(annotation)


@pytest.mark.parametrize("annotation", [User, Point, Named, User | None])
def test_these_are_models(annotation):
    assert is_model(annotation)
    assert is_compound(annotation)


@pytest.mark.parametrize(
    "annotation",
    [dict, dict[str, int], Mapping[str, int], Pair, list[User], list[list[int]],
     User | Point, list[dict[str, int]], RootModel[list[int]]],
)  # fmt: skip
def test_only_json_carries_these(annotation):
    assert is_compound(annotation)


@pytest.mark.parametrize("annotation", [int, str | None, Id, Any, UploadedFile, bytes])
def test_these_are_neither(annotation):
    assert not is_compound(annotation)
    assert not is_series(annotation)
    assert not is_model(annotation)


def test_files_are_found_in_lists_and_unions():
    assert is_file(UploadedFile)
    assert is_file(list[UploadedFile] | None)
    assert not is_file(list[bytes])
