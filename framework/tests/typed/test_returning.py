"""What a return annotation does to an answer, and what it leaves alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field
from roob.models.responses import JSONResponse, Response
from roob.orm.column import Column, PrimaryKey
from roob.orm.table import Table
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
