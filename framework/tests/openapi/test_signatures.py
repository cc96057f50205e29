"""Typed handlers, whole: whatever their annotations say."""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field
from roob import Roob
from roob.openapi import describe
from roob.testing import TestClient
from roob.typed import (
    Body,
    Cookie,
    Depends,
    File,
    Form,
    Header,
    Path,
    Query,
    UploadedFile,
    typed,
)


class Kind(Enum):
    NOVEL = "novel"
    POEM = "poem"


class Book(BaseModel):
    title: str
    kind: Kind = Kind.NOVEL


class Filter(BaseModel):
    q: str = Field("", description="words")
    kinds: list[Kind] = []


@dataclass
class Reader:
    name: str


def app_of(handler, path="/", verbs=("POST",)):
    app = Roob(dispatcher=typed)
    app.add_route(path, handler, verbs)
    return app


def parameters(operation):
    return {each["name"]: each for each in operation.get("parameters", ())}


def body(operation):
    ((kind, found),) = operation["requestBody"]["content"].items()
    return kind, found["schema"]


def test_parameters_come_from_path_query_header_and_cookie(operation):
    def put(
        id: Annotated[int, Path(ge=1)],
        q: str = "",
        kind: Kind = Kind.POEM,
        x_token: Annotated[str, Header(description="Who")] = "",
        sid: Annotated[str | None, Cookie()] = None,
    ) -> Book: ...

    found = operation(app_of(put, "/books/{id:d}", ["PUT"]), "put /books/{id}")

    named = parameters(found)
    assert named["id"]["schema"]["minimum"] == 1
    assert named["id"]["schema"]["maximum"] == 2**63 - 1
    assert named["q"] == {
        "name": "q",
        "in": "query",
        "schema": {"type": "string", "default": ""},
    }
    assert named["kind"]["schema"] == {
        "$ref": "#/components/schemas/Kind",
        "default": "poem",
    }
    assert (named["X-Token"]["in"], named["X-Token"]["description"]) == (
        "header",
        "Who",
    )
    assert named["sid"]["in"] == "cookie"
    assert [*found["responses"]] == ["200", "400", "404", "422"]


def test_what_is_not_text_on_the_wire_is_not_said_to_have_a_texts_bounds(operation):
    def get(id: UUID) -> None: ...

    found = operation(app_of(get, "/{id}", ["GET"]), "get /{id}")
    assert found["parameters"][0]["schema"] == {"type": "string", "format": "uuid"}


def test_a_model_that_spreads_is_a_parameter_for_each_field(operation):
    def get(asked: Annotated[Filter, Query()]) -> None: ...

    named = parameters(operation(app_of(get, verbs=["GET"]), "get /"))
    assert [*named] == ["q", "kinds"]
    assert named["q"]["description"] == "words"
    assert named["kinds"]["schema"]["items"] == {"$ref": "#/components/schemas/Kind"}


def test_one_body_is_itself_and_several_are_members(operation, schemas):
    def one(book: Book) -> None: ...

    def two(book: Book, reader: Reader) -> None: ...

    def inside(book: Annotated[Book, Body(embed=True)]) -> None: ...

    assert body(operation(app_of(one), "post /")) == (
        "application/json",
        {"$ref": "#/components/schemas/Book"},
    )
    for handler in (two, inside):
        app = app_of(handler)
        _, schema = body(operation(app, "post /"))
        name = schema["$ref"].rpartition("/")[2]
        assert "book" in schemas(app)[name]["properties"]


def test_forms_and_files_are_sent_as_forms_are(operation):
    def login(
        name: Annotated[str, Form(description="Yours")], pin: Annotated[int, Form()] = 0
    ): ...

    def upload(file: Annotated[UploadedFile, File()], name: Annotated[str, Form()]): ...

    found = operation(app_of(login), "post /")
    kinds = [*found["requestBody"]["content"]]
    assert kinds == ["application/x-www-form-urlencoded", "multipart/form-data"]
    schema = found["requestBody"]["content"][kinds[0]]["schema"]
    assert schema["required"] == ["name"]
    assert schema["properties"]["name"]["description"] == "Yours"
    assert "415" in found["responses"]
    kind, schema = body(operation(app_of(upload), "post /"))
    assert kind == "multipart/form-data"
    assert schema["properties"]["file"] == {"type": "string", "format": "binary"}


def test_what_dependencies_ask_for_is_asked_for_once(operation):
    def reader(x_token: Annotated[str, Header()], page: int = 1): ...

    def shelf(reader: Annotated[str, Depends(reader)]): ...

    def get(
        who: Annotated[str, Depends(reader)], at: Annotated[str, Depends(shelf)]
    ) -> None: ...

    found = operation(app_of(get, verbs=["GET"]), "get /")
    assert [each["name"] for each in found["parameters"]] == ["X-Token", "page"]


def test_what_comes_back_is_as_the_annotation_says(operation):
    def some() -> list[Book] | None: ...

    def made() -> tuple[Book, int]: ...

    def page() -> str: ...

    answers = operation(app_of(some), "post /")["responses"]
    assert [*answers] == ["200", "204"]
    assert answers["200"]["content"]["application/json"]["schema"]["type"] == "array"
    made = operation(app_of(made), "post /")["responses"]["200"]
    assert made["content"]["application/json"]["schema"]["$ref"].endswith("Book")
    assert (
        "text/html" in operation(app_of(page), "post /")["responses"]["200"]["content"]
    )


def test_nothing_is_refused_where_nothing_is_taken(operation):
    def get() -> None: ...

    assert "422" not in operation(app_of(get, verbs=["GET"]), "get /")["responses"]


def test_verbs_of_classes_are_typed_too(operation):
    class Books:
        def get(self, page: int = 1) -> list[Book]:
            """All of them."""

        @describe(summary="A new one", responses={201: Book, 409: "It is there"})
        def post(self, book: Book): ...

    app = app_of(Books, verbs=None)
    get, post = operation(app, "get /"), operation(app, "post /")
    assert (get["operationId"], get["summary"]) == ("get_books", "All of them.")
    assert [*parameters(get)] == ["page"]
    assert post["summary"] == "A new one"
    assert [*post["responses"]] == ["201", "400", "409", "413", "415", "422"]


@pytest.mark.parametrize("order", ["outside", "inside"])
def test_a_handler_may_be_described_on_either_side_of_typed(operation, order):
    def handler(q: str = "") -> None: ...

    app = Roob()
    said = describe(summary="Said")
    made = said(typed(handler)) if order == "outside" else typed(said(handler))
    app.add_route("/", made, ["GET"])
    assert operation(app, "get /")["summary"] == "Said"


def test_what_is_not_to_be_shown_is_not_shown(operation):
    def get(debug: Annotated[bool, Query(include_in_schema=False)] = False) -> None: ...

    assert "parameters" not in operation(app_of(get, verbs=["GET"]), "get /")


def test_a_refusal_is_what_the_document_says(schemas):
    def post(book: Book, page: int = 1) -> None: ...

    app = app_of(post)
    answer = TestClient(app).post("/?page=x", json={"kind": 1})
    assert answer.status_code == 422
    refusal = schemas(app)["Refusal"]
    assert {*refusal["required"]} <= {*answer.json()} <= {*refusal["properties"]}
    known = refusal["properties"]["errors"]["items"]
    for error in answer.json()["errors"]:
        assert {*known["required"]} <= {*error} <= {*known["properties"]}


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("kind", "by_type"),
    [
        (str, {"text/html": {"type": "string"}}),
        (Literal["a", "b"], {"text/html": {"enum": ["a", "b"], "type": "string"}}),
        (Literal[1], {"application/json": {"const": 1, "type": "integer"}}),
        (int | str, {"application/json": {"type": "integer"},
                     "text/html": {"type": "string"}}),
        (str | None, {"text/html": {"type": "string"}}),
    ],
)  # fmt: skip
def test_text_is_told_as_the_page_that_it_is_sent_as(operation, kind, by_type):
    def handler() -> kind:
        return "a"

    content = operation(app_of(handler), "post /")["responses"]["200"]["content"]
    assert {kind: each["schema"] for kind, each in content.items()} == by_type


def test_an_enum_of_texts_is_told_as_text(operation):
    def handler() -> Colour:
        return Colour.RED

    content = operation(app_of(handler), "post /")["responses"]["200"]["content"]
    assert [*content] == ["text/html"]
