from functools import partial

import pytest
from roob.models.responses import JSONResponse, Response
from roob.trace.events import Answered, argument_names, is_generator, snapshot


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


@pytest.mark.parametrize("value", [{"id": 7}, [1, 2], {1, 2}])
def test_what_may_change_is_copied(value):
    kept = snapshot(value)
    assert kept == value
    assert kept is not value


@pytest.mark.parametrize(
    "value",
    [7, "text", None, (1, 2), partial(print), [*range(65)],
     dict.fromkeys(range(65)), object],
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
