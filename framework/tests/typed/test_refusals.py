"""The 422: one shape, every error in its place, and nothing that was sent."""

import json
from typing import Annotated, Literal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from roob import Roob
from roob.typed import Body, Cookie, Header, Query, typed
from roob.typed.refusals import pointer


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


class Account(BaseModel):
    password: Annotated[str, Field(min_length=1000)]
    pin: int
    pets: list[Pet] = []


def register(
    account: Account,
    q: int = 0,
    token: Annotated[int, Cookie()] = 0,
    x_key: Annotated[int, Header()] = 0,
):
    return "fine"


def test_a_refusal_has_one_shape(ask):
    answer = ask(register, "/?q=x", "POST", b'{"pin": "1"}')
    assert answer.line == "422 Unprocessable Content"
    assert answer.header("Content-Type") == "application/json"
    first = (
        "query, q: Input should be a valid integer, unable to parse string as an "
        "integer (and 2 more)"
    )
    assert answer.json() == {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": first,
        "message": first,
        "errors": [
            {
                "in": "query",
                "name": "q",
                "message": "Input should be a valid integer, unable to parse string "
                "as an integer",
                "type": "int_parsing",
            },
            {
                "in": "body",
                "pointer": "/password",
                "message": "Field required",
                "type": "missing",
            },
            {
                "in": "body",
                "pointer": "/pin",
                "message": "Input should be a valid integer",
                "type": "int_type",
            },
        ],
    }


def test_it_comes_as_a_problem_where_the_client_prefers_that(ask):
    plain = ask(register, "/", "POST", b"{}")
    problem = ask(register, "/", "POST", b"{}", HTTP_ACCEPT="application/problem+json")
    assert problem.header("Content-Type") == "application/problem+json"
    assert problem.json() == plain.json() | {"instance": "/"}


def test_pointers_are_escaped_as_rfc_6901_says(ask):
    def handler(given: Annotated[dict[str, int], Body()]):
        return given

    body = json.dumps({"a/b~c": "x"}).encode()
    errors = ask(handler, "/", "POST", body).json()["errors"]
    assert errors[0]["pointer"] == "/a~1b~0c"
    assert pointer(("tags", 0, "")) == "/tags/0/"


def test_there_is_an_end_to_the_list(ask):
    def handler(a: list[int], b: Annotated[list[int], Body()]):
        return a

    query = "&".join(["a=x"] * 90)
    body = json.dumps(["x"] * 90).encode()
    answer = ask(handler, f"/?{query}", "POST", body)
    assert len(answer.json()["errors"]) == 100
    assert answer.json()["message"].endswith("(and 179 more)")


secrets = st.text(st.sampled_from("abcdefXYZ0123456789"), min_size=12, max_size=40).map(
    "s3cr3t".__add__
)


@given(secret=secrets, place=st.sampled_from(["password", "pin", "kind", "q", "key"]))
@settings(max_examples=200)
def test_nothing_that_was_sent_comes_back(call, secret, place):
    app = Roob(dispatcher=typed)
    app.add_route("/", register)
    content = {"password": secret, "pin": secret, "pets": [{"kind": secret}]}
    answer = call(
        app,
        "/",
        "POST",
        json.dumps(content).encode(),
        QUERY_STRING=f"q={secret}",
        HTTP_COOKIE=f"token={secret}",
        HTTP_X_KEY=secret,
    )
    assert answer.status == 422
    assert secret.encode() not in answer.body
    assert len(answer.json()["errors"]) == 6


def test_a_pointer_that_would_be_long_ends_at_what_holds_the_value(ask):
    def handler(given: dict[str, list[int]]):
        return given

    long, short = "k" * 100_000, "k" * 199
    body = json.dumps({long: ["", ""], short: [""]}).encode()
    answer = ask(handler, "/", "POST", body)
    pointers = [one["pointer"] for one in answer.json()["errors"]]
    assert pointers == ["", "", f"/{short}"]
    assert len(answer.body) < 2000


def test_a_wrong_key_is_told_by_the_place_of_its_value(ask):
    def handler(given: dict[Annotated[str, Field(max_length=3)], int]):
        return given

    errors = ask(handler, "/", "POST", b'{"a/long": 1, "[key]": "x"}').json()["errors"]
    assert [one["pointer"] for one in errors] == ["/a~1long", "/[key]", "/[key]"]


def test_a_uuid_is_refused_without_the_letter_that_is_wrong(ask):
    def handler(id: UUID):
        return "fine"

    (error,) = ask(handler, "/?id=hunter2").json()["errors"]
    assert error["message"] == "Input should be a valid UUID"


def test_a_name_that_nobody_asked_for_is_cut(ask):
    class Strict(BaseModel, extra="forbid"):
        a: int = 0

    def handler(asked: Annotated[Strict, Query()]):
        return "fine"

    answer = ask(handler, f"/?{'k' * 5000}=1")
    (error,) = answer.json()["errors"]
    assert error["name"] == "k" * 200 + "…"
    assert len(answer.body) < 2000
