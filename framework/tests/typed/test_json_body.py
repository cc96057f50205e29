"""The JSON body: one value or several, strict, and refused as ``request.json`` does."""

import json
import tracemalloc
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from roob import Roob
from roob.exceptions import ResponseError
from roob.models.requests import Request
from roob.typed import Body, typed
from typing_extensions import TypedDict


class Colour(Enum):
    RED = "red"


class User(BaseModel):
    name: str
    age: int = 3
    friends: list["User"] = []


@dataclass
class Point:
    x: float
    y: float = 0.0


class Named(TypedDict):
    name: str


class Everything(BaseModel):
    day: date
    price: Decimal
    id: UUID
    colour: Colour
    pair: tuple[int, str]
    unique: set[int]


@pytest.mark.parametrize(
    ("kind", "body", "shown"),
    [
        (User, b'{"name": "Ada"}', "User(name='Ada', age=3, friends=[])"),
        (Point, b'{"x": 1}', "Point(x=1.0, y=0.0)"),
        (Named, b'{"name": "Ada"}', "{'name': 'Ada'}"),
        (dict[str, int], b'{"a": 1}', "{'a': 1}"),
        (dict, b'{"a": [1]}', "{'a': [1]}"),
        (list[Point], b'[{"x": 1}]', "[Point(x=1.0, y=0.0)]"),
        (list[list[int]], b"[[1], []]", "[[1], []]"),
        (User | None, b"null", "None"),
        (Annotated[int, Body()], b"5", "5"),
        (Annotated[str, Body(max_length=3)], b'"abc"', "'abc'"),
    ],
)
def test_models_mappings_and_what_is_made_of_them_are_the_body(ask, kind, body, shown):
    def handler(given: kind):
        return [repr(given)]

    assert ask(handler, "/", "POST", body).json() == [shown]


def test_strings_stand_for_what_json_has_no_word_for(ask):
    def handler(given: Everything) -> Everything:
        return given

    content = {
        "day": "2026-11-28",
        "price": "1.50",
        "id": "8d2f3b1e-0000-4000-8000-000000000000",
        "colour": "red",
        "pair": [1, "a"],
        "unique": [1],
    }
    answer = ask(handler, "/", "POST", json.dumps(content).encode())
    assert answer.json() == content


def test_a_text_is_no_number_unless_one_says_so(ask, app, call):
    def strict(user: User) -> User:
        return user

    def loose(user: Annotated[User, Body(strict=False)]) -> User:
        return user

    app.add_route("/loose", loose)
    body = b'{"name": "Ada", "age": "5"}'
    assert ask(strict, "/", "POST", body).json()["errors"][0]["pointer"] == "/age"
    assert call(app, "/loose", "POST", body).json()["age"] == 5


def test_several_bodies_are_members_of_one_object(ask):
    def handler(user: User, point: Point, n: Annotated[int, Body(alias="count")] = 1):
        return [user.name, point.x, n]

    body = b'{"user": {"name": "Ada"}, "point": {"x": 2}, "count": 3}'
    assert ask(handler, "/", "POST", body).json() == ["Ada", 2.0, 3]
    errors = ask(handler, "/", "POST", b'{"point": {}, "count": "3"}').json()["errors"]
    assert [(one["pointer"], one["type"]) for one in errors] == [
        ("/user", "missing"),
        ("/point/x", "missing"),
        ("/count", "int_type"),
    ]
    missing = ask(handler, "/", "POST", b"").json()["errors"]
    assert [one["pointer"] for one in missing] == ["/user", "/point"]


def test_a_single_body_may_be_a_member_too(ask):
    def handler(user: Annotated[User, Body(embed=True)]):
        return [user.name]

    assert ask(handler, "/", "POST", b'{"user": {"name": "Ada"}}').json() == ["Ada"]


def test_a_body_that_has_a_default_may_be_missing(ask, app, call):
    def one(user: User | None = None):
        return [user]

    def two(user: User | None = None, n: Annotated[int, Body()] = 7):
        return [user, n]

    app.add_route("/two", two)
    assert ask(one, "/", "POST").json() == [None]
    assert call(app, "/two", "POST").json() == [None, 7]
    assert call(app, "/two", "POST", b'{"n": 8}').json() == [None, 8]


def test_a_body_that_is_missing_is_told_so(ask):
    def handler(user: User):
        return user

    answer = ask(handler, "/", "POST")
    assert answer.status == 422
    error = {"in": "body", "pointer": "", "message": "Field required"}
    assert answer.json()["errors"] == [error | {"type": "missing"}]


MALFORMED = [b"{", b'{"name": }', b"nul", b"[1,]", b'"\\ud800"', b"\xff", b"  "]
NO_NUMBERS = [b"NaN", b"[-Infinity]", b"[1e999]", b"[1E+400]", b"1" * 400 + b".0"]


@pytest.mark.parametrize("body", [*MALFORMED, *NO_NUMBERS])
def test_what_is_no_json_is_400_in_the_words_of_the_plain_request(ask, body):
    def handler(given: Annotated[list[float], Body()]):
        return given

    with pytest.raises(ResponseError) as refused:
        Request.blank("/", method="POST", body=body).json  # noqa: B018
    answer = ask(handler, "/", "POST", body)
    assert answer.status == 400
    assert answer.json() == {"message": refused.value.message}


@pytest.mark.parametrize("body", [b'"NaN"', b'"1e999"', b'"' + b"1" * 400 + b'"'])
def test_a_text_that_looks_like_such_a_number_is_a_text(ask, body):
    def handler(given: Annotated[str, Body()]) -> Annotated[list[str], "kept"]:
        return [given]

    assert ask(handler, "/", "POST", body).json() == [json.loads(body)]


def test_a_large_exponent_that_is_no_infinity_is_read(ask):
    def handler(given: Annotated[float, Body()]) -> list[float]:
        return [given]

    assert ask(handler, "/", "POST", b"1e300").json() == [1e300]


def test_types_and_sizes_are_checked_as_for_the_plain_request(call):
    app = Roob(max_body_bytes=20)

    @app.route("/")
    @typed
    def handler(given: User) -> User:
        return given

    body = b'{"name": "Ada"}'
    for content_type in ("application/json", "application/x+json; charset=utf-8", ""):
        assert call(app, "/", "POST", body, CONTENT_TYPE=content_type).status == 200
    assert call(app, "/", "POST", body, CONTENT_TYPE="text/plain").status == 415
    cross = {"CONTENT_TYPE": "", "HTTP_SEC_FETCH_SITE": "cross-site"}
    assert call(app, "/", "POST", body, **cross).status == 415
    assert call(app, "/", "POST", b"1" * 21).status == 413


def test_a_body_that_a_middleware_has_read_is_read_again(ask, app):
    def handler(request, given: User):
        return [request.json, request.body.decode(), given.name]

    body = b'{"name":"Ada"}'
    answer = ask(handler, "/", "POST", body)
    assert answer.json() == [{"name": "Ada"}, body.decode(), "Ada"]


def test_deep_and_wide_wrong_bodies_cost_little(ask):
    def handler(given: User):
        return given

    deep = b'{"name":"a","friends":[' * 300 + b"]}" * 300
    assert ask(handler, "/", "POST", deep).status in (400, 422)
    wide = b'{"name":"a","friends":[' + b"1," * 9999 + b"1]}"
    answer = ask(handler, "/", "POST", wide)
    assert len(answer.body) < 1000
    assert answer.json()["errors"][0]["type"] == "too_many_errors"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(json_values | st.fixed_dictionaries({"name": st.text(), "age": st.integers()}))
def test_a_body_is_taken_exactly_when_the_model_takes_it(call, value):
    app = Roob(dispatcher=typed)

    @app.route("/")
    def handler(user: User) -> User:
        return user

    body = json.dumps(value).encode()
    answer = call(app, "/", "POST", body)
    try:
        expected = User.model_validate_json(body, strict=True)
    except ValidationError as error:
        malformed = error.errors()[0]["type"] == "json_invalid"
        assert answer.status in ((400,) if malformed else (400, 422))
    else:
        assert User.model_validate_json(answer.body) == expected


def test_what_is_wrong_a_hundred_thousand_times_costs_no_more_memory(ask):
    def handler(users: list[User]):
        return users

    ask(handler, "/", "POST", b"[{}]")
    tracemalloc.start()
    answer = ask(handler, "/", "POST", b"[" + b"{}," * 99_999 + b"{}]")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.json()["errors"][0]["type"] == "too_many_errors"
    assert most < 20 * 2**20
