import dataclasses
import logging
from collections import Counter, OrderedDict
from types import SimpleNamespace

import pydantic
import pytest
import webob
from roob import Roob
from roob.middlewares import ErrorHandlerMiddleware
from roob.models.answers import make_response
from roob.models.responses import JSONResponse
from roob.orm.column import Column, PrimaryKey
from roob.orm.table import Table


@dataclasses.dataclass
class Point:
    x: int
    _y: int = 0


@dataclasses.dataclass(slots=True)
class Slotted:
    x: int


class Model(pydantic.BaseModel):
    x: int


class Author(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)


class Page(str):
    """A string's subclass, as template engines return."""

    __slots__ = ()


def answer(call, result, **changes):
    app = Roob()
    app.add_route("/", lambda request: result)
    return call(app, "/", **changes)


def test_a_response_stays_as_it_is():
    for response in (JSONResponse({}), webob.Response("x")):
        assert make_response(response) is response


@pytest.mark.parametrize("text", ["<p>café</p>", Page("<p>café</p>")])
def test_str_is_html_200(call, text):
    page = answer(call, text)
    assert (page.status, page.body) == (200, "<p>café</p>".encode())
    assert page.header("Content-Type") == "text/html; charset=UTF-8"


def test_bytes_are_bytes(call):
    sent = answer(call, b"\0\xff")
    assert (sent.status, sent.body) == (200, b"\0\xff")
    assert sent.header("Content-Type") == "application/octet-stream"


@pytest.mark.parametrize(
    ("result", "expected"),
    [({"a": 1}, {"a": 1}), ([1, 2], [1, 2]), ({}, {}), ([], []),
     (OrderedDict(a=1), {"a": 1}), (Counter("aa"), {"a": 2}), (Point(1), {"x": 1}),
     (Slotted(1), {"x": 1}), (Model(x=1), {"x": 1}),
     (Author(name="Ada"), {"id": None, "name": "Ada"}),
     ([Point(1), Slotted(2), Model(x=3)], [{"x": 1}, {"x": 2}, {"x": 3}])],
)  # fmt: skip
def test_what_has_a_json_form_is_json_200(call, result, expected):
    sent = answer(call, result)
    assert (sent.status, sent.json()) == (200, expected)
    assert sent.header("Content-Type") == "application/json"


@pytest.mark.parametrize(
    "make", [iter, lambda x: (p for p in x), lambda x: map(str, x)]
)
def test_a_generator_is_streamed(call, make):
    sent = answer(call, make(["a", "b"]))
    assert (sent.status, sent.body) == (200, b"ab")
    assert sent.header("Content-Length") is None


def test_none_is_204(call):
    sent = answer(call, None)
    assert (sent.status, sent.body) == (204, b"")
    assert sent.header("Content-Type") is sent.header("Content-Length") is None


@pytest.mark.parametrize("body", ["x", {"a": 1}, [1], b"x", JSONResponse({}), Point(1)])
def test_a_body_and_a_status(call, body):
    assert answer(call, (body, 201)).line == "201 Created"
    assert answer(call, (body, "404 Not Found")).status == 404


def test_a_body_a_status_and_headers(call):
    sent = answer(call, ({"a": 1}, 201, {"X-A": "b", "Location": "/x"}))
    assert (sent.status, sent.json()) == (201, {"a": 1})
    assert (sent.header("X-A"), sent.header("Location")) == ("b", "/x")
    assert sent.header("Content-Type") == "application/json"


def test_headers_may_be_pairs_and_several_cookies_stay(call):
    sent = answer(call, ("x", 200, [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]))
    cookies = [value for name, value in sent.headers if name == "Set-Cookie"]
    assert cookies == ["a=1", "b=2"]


def test_a_content_type_of_ones_own_replaces_the_bodys(call):
    sent = answer(call, ("a,b", 200, {"content-type": "text/csv"}))
    assert sent.header("Content-Type") == "text/csv"


def test_a_generator_may_have_a_status_too(call):
    assert answer(call, (iter(["a"]), 201)).status == 201


@pytest.mark.parametrize("body", ["x", {"a": 1}, b"x", None, iter(["x"])])
@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_content_is_sent_without_content(call, body, status):
    sent = answer(call, (body, status))
    assert (sent.status, sent.body) == (status, b"")
    assert sent.header("Content-Length") is None
    assert status == 304 or sent.header("Content-Type") is None


@pytest.mark.parametrize("status", [200, 201, 404])
def test_nothing_with_another_status_is_an_empty_body_of_known_length(call, status):
    sent = answer(call, (None, status))
    assert (sent.status, sent.body) == (status, b"")
    assert sent.header("Content-Length") == "0"


@pytest.mark.parametrize(
    "result",
    [5, 1.5, True, object(), (1, 2), (), ("x",), ("x", 200, {}, 1), {1, 2}, print,
     SimpleNamespace(a=1), Point, ValueError("x")],
)  # fmt: skip
def test_anything_else_is_a_500_whose_log_names_the_handler_and_the_type(
    call, caplog, result
):
    def odd_handler(request):
        return result

    app = Roob()
    app.add_route("/odd", odd_handler)
    app.add_middleware(ErrorHandlerMiddleware)
    with caplog.at_level(logging.ERROR):
        sent = call(app, "/odd")
    assert sent.status == 500
    assert "odd_handler" in caplog.text
    culprit = result[0] if isinstance(result, tuple) and len(result) == 2 else result
    assert type(culprit).__name__ in caplog.text


@pytest.mark.parametrize("status", ["abc", 99, None, "200 OK\r\nX: y", {}])
def test_a_status_that_is_none_is_refused(status):
    with pytest.raises((ValueError, TypeError)):
        make_response(("x", status))


@pytest.mark.parametrize("value", ["a\r\nb", "a\0b"])
def test_a_header_that_splits_is_refused(value):
    with pytest.raises(ValueError, match="X-A"):
        make_response(("x", 200, {"X-A": value}))


def test_an_error_in_the_first_piece_is_an_errors_answer(call):
    def pieces(request):
        raise RuntimeError("before anything was sent")
        yield

    app = Roob()
    app.add_route("/", pieces)
    app.add_middleware(ErrorHandlerMiddleware)
    assert call(app, "/").status == 500


def test_the_answer_is_the_same_for_every_request_of_one_value(call):
    app = Roob()
    constant = {"a": 1}
    app.add_route("/", lambda request: (constant, 201, {"X-A": "b"}))
    assert call(app, "/") == call(app, "/")


def test_a_plain_webob_response_with_a_split_header_is_refused():
    response = webob.Response("x")
    response.headers["X-A"] = "a\r\nSet-Cookie: b"

    with pytest.raises(ValueError, match="control characters"):
        make_response(response)
