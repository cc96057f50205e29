"""The whole: headings, mounted apps, and how it is done without pydantic."""

import subprocess
import sys
from typing import TypedDict

import pytest
from roob import Roob, Router, route
from roob.middlewares import ErrorHandlerMiddleware
from roob.openapi import describe
from roob.openapi.components import Components
from roob.openapi.document import Info, document_of


def shop():
    app = Roob()
    app.add_route("/items/{id:d}", lambda request, id: "", ["GET"], name="item")
    return app


def test_it_says_what_it_is_about():
    found = document_of(Roob(), Info("Books", "1.2", "All of them."))
    assert found["openapi"].startswith("3.1.")
    assert found["info"] == {
        "title": "Books",
        "version": "1.2",
        "description": "All of them.",
    }


SCHEMES = {"token": {"type": "http", "scheme": "bearer"}}


def test_who_one_is_has_to_be_shown_where_it_is_said():
    app = Roob()
    ways = {"/a": {}, "/b": {"security": []}, "/c": {"security": [{"token": ["x"]}]}}
    for path, said in ways.items():
        app.add_route(path, describe(**said)(lambda request: ""), ["GET"])
    found = document_of(app, Info(schemes=SCHEMES, security=["token"]))
    assert found["components"]["securitySchemes"] == SCHEMES
    assert found["security"] == [{"token": []}]
    assert [each["get"]["security"] for each in found["paths"].values()] == [
        [{"token": []}],
        [],
        [{"token": ["x"]}],
    ]


def test_two_routes_at_one_path_take_what_either_takes():
    app = Roob()
    app.add_route("/{id:d}", lambda request, id: "", ["GET"], name="one")
    everybody = describe(security=[])(lambda request, kind: "")
    app.add_route("/{kind}", everybody, ["GET"], name="many")
    found = document_of(app, Info(schemes=SCHEMES, security=["token"]))
    assert found["paths"]["/{id_or_kind}"]["get"]["security"] == [{"token": []}, {}]


def test_a_handler_that_cannot_be_told_of_is_named():
    def secret(request): ...

    app = Roob()
    app.add_route("/secret", describe(security=["tokn"])(secret), ["GET"])
    with pytest.raises(ValueError, match="'tokn' is none of") as caught:
        document_of(app, Info(schemes=SCHEMES))
    notes = "\n".join(caught.value.__notes__)
    assert "GET /secret" in notes
    assert "secret at" in notes


def test_headings_come_in_the_order_they_are_given_and_then_as_they_are_met():
    app = Roob()
    for path, tag in (("/a", "new"), ("/b", "books"), ("/c", "new")):
        app.add_route(path, describe(tags=[tag])(lambda request: ""), ["GET"])
    found = document_of(app, Info(tags={"books": "To read"}))
    assert found["tags"] == [
        {"name": "books", "description": "To read"},
        {"name": "new"},
    ]


def test_apps_that_are_mounted_are_a_part_of_it(document):
    app = Roob()
    app.mount("/shop", shop())
    app.mount("/safe", ErrorHandlerMiddleware(app=shop()))
    app.mount("/other", lambda environ, start_response: [])
    inner = Roob()
    inner.mount("/deep", shop())
    app.mount("/{tenant}", inner)
    assert [*document(app)["paths"]] == [
        "/shop/items/{id}",
        "/safe/items/{id}",
        "/{tenant}/deep/items/{id}",
    ]


def test_a_router_that_is_mounted_is_a_part_of_it(document):
    @route("/users/{id:d}", methods=["GET"])
    def user(request, args): ...

    router = Router()
    router.add(user)
    app = Roob()
    app.mount("/api", router.wsgi())
    assert [*document(app)["paths"]] == ["/api/users/{id}"]


def test_without_pydantic_plain_types_are_known_and_others_are_anything(monkeypatch):
    monkeypatch.setattr("roob.openapi.document.find_spec", lambda name: None)

    class Book(TypedDict):
        title: str

    def books(request, id) -> Book: ...

    app = Roob()
    app.add_route("/books/{id:d}", describe(query=Book, body=str)(books), ["PUT"])
    found = document_of(app, Info())["paths"]["/books/{id}"]["put"]
    assert found["parameters"][0]["schema"]["type"] == "integer"
    body = found["requestBody"]["content"]["application/json"]
    assert body == {"schema": {"type": "string"}}
    answer = found["responses"]["200"]["content"]["application/json"]
    assert answer == {"schema": {}}


def test_components_without_pydantic_take_schemas_of_ones_own():
    assert Components().fields_of(dict) == []
    assert Components().finish() == {}


def test_pydantic_is_not_imported_before_a_document_is_asked_for():
    program = """
import sys
from roob import Roob
from roob.openapi import add_openapi
made = add_openapi(Roob(), title="Books", version="1")
assert "pydantic" not in sys.modules
made.document()
assert "pydantic" in sys.modules
assert "offapi" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)
