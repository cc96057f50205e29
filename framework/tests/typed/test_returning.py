"""What a return annotation does to an answer, and what it leaves alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field
from roob.constants import HttpStatus
from roob.models.responses import JSONResponse, Response
from roob.orm.column import Column, PrimaryKey
from roob.orm.table import Table
from roob.typed import typed
from typing_extensions import TypedDict


class User(BaseModel):
    name: str
    age: int = 3


class Secretive(User):
    password: str = "secret"


class Wire(BaseModel):
    full_name: str = Field(alias="fullName")


@dataclass
class Point:
    x: float


class Named(TypedDict):
    name: str


class Telling(BaseModel):
    name: str

    def to_dict(self):
        return self.model_dump()


class TellingMore(Telling):
    password: str = "secret"


@dataclass
class TellingPoint:
    x: float

    def to_dict(self):
        return {"secret": self.x}


class Row(Table):
    id = PrimaryKey(int)
    name = Column(str)


class Thing:
    def __init__(self) -> None:
        self.name = "thing"
        self.age = "7"
        self.secret = "secret"


ADA = User(name="Ada")


@pytest.mark.parametrize(
    ("annotation", "result", "status", "body"),
    [
        (User, ADA, 200, b'{"name":"Ada","age":3}'),
        (User, Secretive(name="Ada"), 200, b'{"name":"Ada","age":3}'),
        (User, {"name": "Ada", "x": 1}, 200, b'{"name":"Ada","age":3}'),
        (User, Thing(), 200, b'{"name":"thing","age":7}'),
        (User | None, None, 204, b""),
        (User | None, ADA, 200, b'{"name":"Ada","age":3}'),
        (User | Response, Response("no", 404), 404, b"no"),
        (User, Response("no", 404), 404, b"no"),
        (User | Point, Point(1), 200, b'{"x":1.0}'),
        (list[User], [ADA, {"name": "Bob"}], 200,
         b'[{"name":"Ada","age":3},{"name":"Bob","age":3}]'),
        (dict[str, User], {"a": ADA}, 200, b'{"a":{"name":"Ada","age":3}}'),
        (Wire, Wire(fullName="Ada"), 200, b'{"fullName":"Ada"}'),
        (Point, Point(1), 200, b'{"x":1.0}'),
        (Named, {"name": "Ada"}, 200, b'{"name":"Ada"}'),
        (int, 5, 200, b"5"),
        (bool, True, 200, b"true"),
        (float, 1.5, 200, b"1.5"),
        (date, date(2026, 11, 28), 200, b'"2026-11-28"'),
        (set[int], {1}, 200, b"[1]"),
        (tuple[float, float], (1.0, 2.0), 200, b"[1.0,2.0]"),
        (tuple[int, ...], (1, 2, 3, 4), 200, b"[1,2,3,4]"),
        (tuple[User, int], (ADA, 201), 201, b'{"name":"Ada","age":3}'),
        (tuple[User, int] | User, (ADA, 201), 201, b'{"name":"Ada","age":3}'),
        (User, (ADA, 201), 201, b'{"name":"Ada","age":3}'),
        (User, (ADA, "409 Conflict"), 409, b'{"name":"Ada","age":3}'),
        (User, (Response("no"), 404), 404, b"no"),
        (User | None, (None, 404), 404, b""),
        (Any, {"a": 1}, 200, b'{"a":1}'),
        (None, None, 204, b""),
        (str, "<p>", 200, b"<p>"),
        (bytes, b"x", 200, b"x"),
        (Response, Response("x"), 200, b"x"),
        (Iterator[bytes], iter([b"a", b"b"]), 200, b"ab"),
        (Row, Row(id=1, name="Ada"), 200, b'{"id":1,"name":"Ada"}'),
        (list[Row], [Row(id=1, name="Ada")], 200, b'[{"id":1,"name":"Ada"}]'),
        (Annotated[list[int], Field(max_length=2)], [1], 200, b"[1]"),
    ],
)  # fmt: skip
def test_the_answer_is_written_as_annotated(ask, annotation, result, status, body):
    def handler() -> annotation:
        return result

    answer = ask(handler)
    assert (answer.status, answer.body) == (status, body)


def test_headers_of_a_tuple_are_sent(ask):
    def handler() -> tuple[User, int, dict[str, str]]:
        return ADA, 201, {"Location": "/7"}

    answer = ask(handler)
    assert answer.header("Location") == "/7"
    assert answer.header("Content-Type") == "application/json"
    assert answer.header("Content-Length") == str(len(answer.body))


def test_without_an_annotation_the_answer_is_made_as_ever(ask, app, call):
    def handler():
        return {"secret": "kept"}, 202

    def page():
        return "<p>Hi</p>"

    app.add_route("/page", page)
    assert (ask(handler).status, ask(handler).json()) == (202, {"secret": "kept"})
    assert call(app, "/page").header("Content-Type") == "text/html; charset=UTF-8"


@pytest.mark.parametrize(
    ("annotation", "result"),
    [
        (User, {"nam": "Ada", "password": "hunter2"}),
        (User, 5),
        (list[User], [ADA, "hunter2"]),
        (int, [1]),
        (Point, Point("hunter2")),
        (dict[str, int], {"a": "hunter2"}),
    ],
)
def test_a_wrong_result_is_a_500_whose_log_names_the_handler(
    ask, caplog, annotation, result
):
    def show_user() -> annotation:
        return result

    answer = ask(show_user)
    assert answer.status == 500
    assert b"hunter2" not in answer.body
    message = str(caplog.records[-1].exc_info[1])
    assert "show_user returned" in message
    assert "hunter2" not in message


def test_a_head_gets_the_headers_alone(ask):
    def handler() -> User:
        return ADA

    answer = ask(handler, "/", "HEAD")
    assert answer.body == b""
    assert answer.header("Content-Length") == "22"


def test_a_json_response_of_ones_own_goes_out_as_it_is(ask):
    def handler() -> User:
        return JSONResponse({"own": 1}, 203)

    assert (ask(handler).status, ask(handler).json()) == (203, {"own": 1})


SECRETIVE = Secretive(name="Ada")
ADA_JSON = b'{"name":"Ada","age":3}'


@pytest.mark.parametrize(
    ("annotation", "result", "body"),
    [
        (Iterable[User], [SECRETIVE], b"[%s]" % ADA_JSON),
        (Iterable[User], iter([SECRETIVE]), b"[%s]" % ADA_JSON),
        (Iterable[User] | None, [SECRETIVE], b"[%s]" % ADA_JSON),
        (list[User], (one for one in [SECRETIVE]), b"[%s]" % ADA_JSON),
        (Sequence[User], map(User.model_validate, [{"name": "Ada"}]),
         b"[%s]" % ADA_JSON),
        (Telling, TellingMore(name="Ada"), b'{"name":"Ada"}'),
        (TellingPoint, TellingPoint(1.0), b'{"x":1.0}'),
        (User | Row, SECRETIVE, ADA_JSON),
        (Row | User, SECRETIVE, ADA_JSON),
        (User | Row, Row(id=1, name="Ada"), b'{"id":1,"name":"Ada"}'),
        (dict[str, list[User] | Row], {"a": [SECRETIVE]}, b'{"a":[%s]}' % ADA_JSON),
        (dict[str, User | Row], {"a": Row(id=1, name="b"), "c": {"name": "Ada"}},
         b'{"a":{"id":1,"name":"b"},"c":%s}' % ADA_JSON),
        (list[Annotated[User, "x"] | Row], [SECRETIVE], b"[%s]" % ADA_JSON),
    ],
)  # fmt: skip
def test_nothing_goes_out_beside_what_the_annotation_names(
    ask, annotation, result, body
):
    def handler() -> annotation:
        return result

    assert ask(handler).body == body


@pytest.mark.parametrize("annotation", [Iterable[str], Iterable[bytes], Iterable])
def test_an_iterable_of_text_is_streamed(ask, annotation):
    def handler() -> annotation:
        yield "a" if annotation == Iterable[str] else b"a"

    answer = ask(handler)
    assert (answer.body, answer.header("Content-Length")) == (b"a", None)


@pytest.mark.parametrize("result", [Point(1), {"password": "x"}, [SECRETIVE]])
def test_what_is_neither_a_model_nor_a_row_is_a_500(ask, result):
    def handler() -> User | Row:
        return result

    assert ask(handler).status == 500


@pytest.mark.parametrize(
    "annotation",
    [tuple[int, int], tuple[float, int], tuple[str, str], tuple[date, int],
     tuple[bytes, str], tuple[int, int] | None],
)  # fmt: skip
def test_a_pair_that_may_be_content_or_a_status_is_refused(annotation):
    def handler() -> annotation:
        return 1, 2

    with pytest.raises(TypeError, match=r"a body and its status, .* Literal\[201\]"):
        typed(handler)


@pytest.mark.parametrize(
    ("annotation", "result", "status", "body"),
    [
        (tuple[User, Literal[201]], (SECRETIVE, 201), 201, ADA_JSON),
        (tuple[User, Literal[200, 201]], (SECRETIVE, 201), 201, ADA_JSON),
        (tuple[int, Literal[201]], (5, 201), 201, b"5"),
        (tuple[str, int], ("x", 201), 201, b"x"),
        (tuple[User, str], (SECRETIVE, "201 Made"), 201, ADA_JSON),
        (tuple[Any, int], ({"a": 1}, 201), 201, b'{"a":1}'),
        (tuple[User, HttpStatus], (SECRETIVE, HttpStatus.CREATED), 201, ADA_JSON),
        (tuple[float, int, dict[str, str]], (1.5, 201, {}), 201, b"1.5"),
        (tuple[int, int, int], (1, 2, 3), 200, b"[1,2,3]"),
        (tuple[User, bool], (SECRETIVE, True), 200, b"[%s,true]" % ADA_JSON),
        (tuple[str, Literal["a"]], ("x", "a"), 200, b'["x","a"]'),
    ],
)
def test_a_tuple_is_a_body_and_a_status_where_that_is_clear(
    ask, annotation, result, status, body
):
    def handler() -> annotation:
        return result

    answer = ask(handler)
    assert (answer.status, answer.body) == (status, body)


def test_a_model_that_was_made_unchecked_is_a_500_where_warnings_are_errors(
    ask, caplog
):
    def show_user() -> User:
        return User.model_construct(name=5, age="hunter2")

    assert ask(show_user).status == 500
    message = str(caplog.records[-1].exc_info[1])
    assert "show_user returned" in message
    assert "hunter2" not in message
