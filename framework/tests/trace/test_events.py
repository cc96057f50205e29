from dataclasses import dataclass
from functools import partial

import pytest
from roob.models.responses import JSONResponse, Response
from roob.trace.events import Answered, argument_names, is_generator, snapshot

from framework.tests.trace import shop


def both(a, /, b, *rest, c, d=1, **others):
    return a


def counting():
    yield 1


async def waiting():
    return 1


async def streaming():
    yield 1


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (both, ("a", "b", "c", "d", "rest", "others")),
        (lambda: None, ()),
        (lambda *all_of_them: None, ("all_of_them",)),
        (lambda **named: None, ("named",)),
        (lambda one, *, two: None, ("one", "two")),
    ],
)
def test_a_functions_parameters_are_in_their_order_the_starred_last(function, names):
    assert argument_names(function.__code__) == names


@pytest.mark.parametrize(
    ("function", "runs_in_pieces"),
    [(both, False), (counting, True), (waiting, True), (streaming, True)],
)
def test_what_runs_in_pieces_is_known_by_its_code(function, runs_in_pieces):
    assert is_generator(function.__code__) is runs_in_pieces


@pytest.mark.parametrize(
    "value", [{"id": 7}, [1, 2], {1, 2}, [*range(1000)], dict.fromkeys(range(1000))]
)
def test_what_may_change_is_copied(value):
    kept = snapshot(value)
    assert kept == value
    assert kept is not value


@pytest.mark.parametrize(
    "value",
    [7, "text", None, (1, 2), partial(print), [*range(1001)],
     dict.fromkeys(range(1001)), object],
)  # fmt: skip
def test_what_cannot_change_or_is_long_is_kept_as_it_is(value):
    assert snapshot(value) is value


def test_a_response_is_kept_as_it_was_at_that_moment():
    response = JSONResponse({"id": 7})
    kept = snapshot(response)
    response.status = 404
    response.headers["X-Later"] = "yes"

    assert isinstance(kept, Answered)
    assert kept.response is response
    assert kept.status == "200 OK"
    assert "X-Later" not in dict(kept.headers)


def test_looking_at_a_response_does_not_change_what_it_sends(call):
    def serving(response):
        return lambda environ, start_response: response(environ, start_response)

    plain, watched = JSONResponse({"id": 7}), JSONResponse({"id": 7})
    kept = snapshot(watched)
    assert call(serving(watched), "/") == call(serving(plain), "/")
    assert dict(kept.headers)["Content-Length"] == "8"


def test_a_plain_response_is_kept_with_all_its_headers():
    kept = snapshot(Response("hello", headers={"X-One": "1"}))
    assert dict(kept.headers)["X-One"] == "1"


@dataclass
class Tag:
    name: str


@dataclass(frozen=True)
class Fixed:
    name: str


@dataclass(slots=True)
class Slotted:
    name: str


class Row:
    def __init__(self, name):
        self.name = name

    def to_dict(self):
        raise RuntimeError("no code of its class runs")

    def __copy__(self):
        raise RuntimeError("nor this")


@pytest.mark.parametrize("kind", [Tag, Fixed, Row])
def test_a_row_or_a_dataclass_is_kept_as_it_was_at_that_moment(kind):
    value = kind("before")
    kept = snapshot(value)
    object.__setattr__(value, "name", "after")
    assert (type(kept), kept.name, value.name) == (kind, "before", "after")


def test_the_rows_of_a_database_are_kept_too():
    book = shop.Book(id=1, title="Emma")
    kept = snapshot(book)
    book.title = "Ulysses"
    assert (kept.title, book.title) == ("Emma", "Ulysses")


def test_what_keeps_no_dictionary_is_kept_as_it_is():
    value = Slotted("x")
    assert snapshot(value) is value


def test_an_object_that_is_no_record_is_kept_itself():
    value = shop.Counter()
    assert snapshot(value) is value
