"""What an operation takes and answers, of handlers that nobody typed."""

from dataclasses import dataclass
from typing import Any, TypedDict

import pytest
from pydantic import BaseModel, Field
from roob import Roob, Router, route
from roob.events import EventStream
from roob.models.responses import HTMLResponse, JSONResponse, Response, TextResponse
from roob.openapi import Answer, Schema, describe


class Book(BaseModel):
    title: str


class PageQuery(BaseModel):
    page: int = Field(1, ge=1, description="from 1")
    q: str = Field(alias="words")


@dataclass
class Point:
    x: int


def app_of(handler, path="/", verbs=("GET",)):
    app = Roob()
    app.add_route(path, handler, verbs)
    return app


def returning(kind):
    def handler(request): ...

    handler.__annotations__["return"] = kind
    return handler


def test_an_operation_without_words_is_still_one(operation):
    assert operation(app_of(lambda request: ""), "get /") == {
        "operationId": "lambda",
        "responses": {"200": {"description": "OK"}},
    }


def test_head_and_options_are_left_out(document):
    class Everything:
        def get(self, request): ...

        def head(self, request): ...

        def options(self, request): ...

    assert [*document(app_of(Everything, verbs=None))["paths"]["/"]] == ["get"]


def test_static_files_are_no_operations(document):
    assert document(Roob())["paths"] == {}


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        (str, "text/html"),
        (HTMLResponse, "text/html"),
        (TextResponse, "text/plain"),
        (JSONResponse, "application/json"),
        (EventStream, "text/event-stream"),
        (bytes, "application/octet-stream"),
        (Book, "application/json"),
        (Point, "application/json"),
        (list[Book], "application/json"),
        (dict[str, Any], "application/json"),
    ],
)
def test_what_comes_back_is_as_the_annotation_says(operation, kind, media_type):
    answers = operation(app_of(returning(kind)), "get /")["responses"]
    assert [*answers] == ["200"]
    assert [*answers["200"]["content"]] == [media_type]


@pytest.mark.parametrize("kind", [Response, tuple[dict, int], Any])
def test_what_an_annotation_does_not_tell_is_not_said(operation, kind):
    answers = operation(app_of(returning(kind)), "get /")["responses"]
    assert answers == {"200": {"description": "OK"}}


def test_nothing_is_204(operation):
    assert [*operation(app_of(returning(None)), "get /")["responses"]] == ["204"]
    answers = operation(app_of(returning(Book | None)), "get /")["responses"]
    assert [*answers] == ["200", "204"]
    schema = answers["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Book"}


def test_an_annotation_that_cannot_be_read_says_nothing(operation):
    answers = operation(app_of(returning("Nowhere")), "get /")["responses"]
    assert answers == {"200": {"description": "OK"}}


def test_an_error_has_the_body_that_errors_have(operation, schemas):
    app = app_of(describe(responses={404: "No such book"})(lambda request: ""))
    answer = operation(app, "get /")["responses"]["404"]
    assert answer["description"] == "No such book"
    assert [*answer["content"]] == ["application/json", "application/problem+json"]
    assert schemas(app)["Message"]["required"] == ["message"]


def test_an_error_may_have_another_body_or_none(operation):
    app = app_of(
        describe(responses={404: Answer(Book, "a"), 410: Answer({}, "b")})(
            lambda request: ""
        )
    )
    answers = operation(app, "get /")["responses"]
    assert [*answers["404"]["content"]] == ["application/json"]
    assert "content" not in answers["410"]


def test_headers_are_always_there_or_sometimes(operation):
    answer = Answer(dict, "a", {"ETag": "b"}, {"Age": "c"})
    app = app_of(describe(responses={200: answer})(lambda request: ""))
    assert operation(app, "get /")["responses"]["200"]["headers"] == {
        "ETag": {"description": "b", "required": True, "schema": {"type": "string"}},
        "Age": {"description": "c", "schema": {"type": "string"}},
    }


def test_a_query_is_a_parameter_for_each_field(operation):
    app = app_of(describe(query=PageQuery)(lambda request: ""))
    found = operation(app, "get /")
    assert found["parameters"] == [
        {
            "name": "page",
            "in": "query",
            "schema": {
                "type": "integer",
                "minimum": 1,
                "default": 1,
            },
            "description": "from 1",
        },
        {
            "name": "words",
            "in": "query",
            "schema": {"type": "string"},
            "required": True,
        },
    ]
    assert "400" in found["responses"]


def test_a_query_may_be_a_dataclass_a_typed_dict_or_a_schema(operation):
    class Asked(TypedDict):
        x: int

    schema = Schema({"properties": {"x": {"type": "integer", "description": "it"}}})
    for query in (Point, schema):
        app = app_of(describe(query=query)(lambda request: ""))
        (found,) = operation(app, "get /")["parameters"]
        assert (found["name"], found["schema"]["type"]) == ("x", "integer")


def test_headers_are_parameters_too(operation):
    schema = Schema({"properties": {"If-Match": {"type": "string"}}})
    app = app_of(describe(headers=schema)(lambda request: ""))
    assert operation(app, "get /")["parameters"] == [
        {"name": "If-Match", "in": "header", "schema": {"type": "string"}}
    ]


def test_a_body_brings_the_refusals_of_bodies(operation):
    app = app_of(describe(body=Book)(lambda request: ""), verbs=["GET", "POST"])
    found = operation(app, "post /")
    assert found["requestBody"] == {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Book"}}
        },
    }
    assert [*found["responses"]] == ["200", "400", "413", "415"]
    assert "requestBody" not in operation(app, "get /")


def test_a_body_may_be_of_other_types(operation):
    app = app_of(describe(body={"text/csv": str})(lambda request: ""), verbs=["PUT"])
    found = operation(app, "put /")
    assert [*found["requestBody"]["content"]] == ["text/csv"]
    assert "415" not in found["responses"]


def test_a_path_with_fields_may_be_nothing_or_nonsense(operation):
    app = app_of(lambda request, id: "", "/books/{id:d}")
    assert [*operation(app, "get /books/{id}")["responses"]] == ["200", "400", "404"]


def test_a_field_may_be_described_more_closely(operation):
    handler = describe(path={"kind": Schema({"enum": ["a", "b"]})})(
        lambda request, kind: ""
    )
    (field,) = operation(app_of(handler, "/{kind}"), "get /{kind}")["parameters"]
    assert field["schema"] == {"enum": ["a", "b"]}


def test_a_verb_is_described_by_its_method(operation):
    @describe(tags=["books"])
    class Books:
        def get(self, request) -> list[Book]:
            """All books.

            The *oldest* first.
            """

        @describe(deprecated=True)
        def post(self, request): ...

    app = app_of(Books, verbs=None)
    get, post = operation(app, "get /"), operation(app, "post /")
    assert (get["operationId"], get["summary"]) == ("get_books", "All books.")
    assert get["description"] == "The *oldest* first."
    assert get["tags"] == post["tags"] == ["books"]
    assert post["deprecated"] is True


def test_bound_methods_and_objects_are_handlers_too(operation):
    class Pages:
        @describe(tags=["pages"])
        def show(self, request) -> str:
            """A page."""

    class Called:
        """Something."""

        def __call__(self, request): ...

    app = app_of(Pages().show)
    app.add_route("/called", Called(), ["GET"])
    assert operation(app, "get /")["tags"] == ["pages"]
    assert operation(app, "get /called")["summary"] == "Something."


def test_what_is_hidden_is_left_out(document):
    assert document(app_of(describe(hidden=True)(lambda request: "")))["paths"] == {}


def test_a_routers_plain_handlers_and_resources_are_documented(operation):
    @route("/users/{id:d}", methods=["GET"])
    def user(request, args) -> Book:
        """A user."""

    class Files:
        def on_get(self, request, args) -> bytes:
            """A file."""

    router = Router()
    router.add(user)
    router.add("/files/{name}", Files())
    assert operation(router, "get /users/{id}")["summary"] == "A user."
    assert operation(router, "get /files/{name}")["summary"] == "A file."


def test_a_route_of_one_host_says_where_it_is(operation):
    app = Roob()
    app.add_route("/", lambda request, tenant: "", ["GET"], host="{tenant}.example.com")
    app.add_route("/a", lambda request: "", ["GET"], host="example.com")
    assert operation(app, "get /")["servers"] == [
        {
            "url": "//{tenant}.example.com",
            "variables": {"tenant": {"default": "tenant"}},
        }
    ]
    assert operation(app, "get /a")["servers"] == [{"url": "//example.com"}]


def test_a_websocket_is_told_of_beside_the_operations(document):
    app = Roob()

    @app.websocket("/rooms/{room}", subprotocols=["chat"])
    @describe(tags=["chat"])
    def talk(socket, room):
        """Talk."""

    (item,) = document(app)["paths"].values()
    assert [*item] == ["x-websocket"]
    assert item["x-websocket"]["summary"] == "Talk."
    assert item["x-websocket"]["subprotocols"] == ["chat"]
    assert item["x-websocket"]["parameters"][0]["name"] == "room"
