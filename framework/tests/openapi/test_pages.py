"""The document and its page, served: under a prefix, from nowhere but here."""

import re
from threading import Barrier, Thread

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from roob import Roob, Router
from roob.middlewares import ErrorHandlerMiddleware, SecurityHeadersMiddleware
from roob.openapi import add_openapi
from roob.openapi.pages import PACKAGED_FILES, as_text, documentation_of
from roob.testing import TestClient


@pytest.fixture
def app():
    app = Roob()
    app.add_route("/books/{id:d}", lambda request, id: "", ["GET"], name="book")
    add_openapi(app, title="Books & more", version="1.0")
    app.add_middleware(SecurityHeadersMiddleware)
    return app


@pytest.fixture
def client(app):
    with TestClient(app) as client:
        yield client


def test_the_document_is_json_and_valid(client):
    answer = client.get("/openapi.json")
    assert answer.headers["Content-Type"] == "application/json"
    validate(answer.json(), cls=OpenAPIV31SpecValidator)
    assert [*answer.json()["paths"]] == ["/books/{id}"]
    assert "servers" not in answer.json()


def test_who_has_the_document_already_is_told_so(client):
    tag = client.get("/openapi.json").headers["ETag"]
    again = client.get("/openapi.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_head_tells_how_long_it_is(client):
    got, head = client.get("/openapi.json"), client.head("/openapi.json")
    assert head.headers["Content-Length"] == str(len(got.content))
    assert head.content == b""


def test_the_document_is_made_once_and_again_when_routes_have_changed(app):
    documentation = documentation_of(app)
    first = documentation.document()
    assert documentation.document()["paths"] is first["paths"]

    route = app.add_route("/new", lambda request: "", ["GET"], name="new")
    assert "/new" in documentation.document()["paths"]

    app.routing_manager.unregister(route)
    assert "/new" not in documentation.document()["paths"]


def test_threads_that_ask_at_once_are_answered_alike(app):
    start, found = Barrier(8), []

    def ask():
        start.wait(10)
        found.append(TestClient(app).get("/openapi.json").content)

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 8
    assert len({*found}) == 1


def test_the_page_names_its_files_and_nothing_inline(client):
    answer = client.get("/docs")
    assert answer.status_code == 200
    assert "<title>Books &amp; more – API</title>" in answer.text
    assert 'data-document="/openapi.json"' in answer.text
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=", answer.text)
    for path in re.findall(r'(?:src|href)="([^"]*)"', answer.text):
        assert client.get(path).status_code == 200, path


def test_the_pages_policy_is_its_own_and_stays(client):
    policy = client.get("/docs").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_files_have_a_tag_and_no_other_file_is_sent(client):
    answer = client.get(f"/docs/{PACKAGED_FILES[0]}")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    tag = answer.headers["ETag"]
    again = client.get(f"/docs/{PACKAGED_FILES[0]}", headers={"If-None-Match": tag})
    assert again.status_code == 304
    for name in ("redoc.js", "__init__.py", "docs.html", "..%2Fpages.py"):
        assert client.get(f"/docs/{name}").status_code == 404, name


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
def test_under_a_prefix_all_addresses_are_below_it(app, path):
    outer = Roob()
    outer.mount("/a b", app)
    client = TestClient(outer)

    text = client.get(f"/a b{path}").text

    assert 'data-document="/a%20b/openapi.json"' in text
    assert 'src="/a%20b/docs/docs.js"' in text
    assert client.get("/a%20b/docs/docs.js").status_code == 200
    document = client.get("/a%20b/openapi.json").json()
    assert document["servers"] == [{"url": "/a%20b"}]


SCHEMES = {
    "token": {"type": "http", "scheme": "bearer"},
    "login": {
        "type": "oauth2",
        "flows": {"password": {"tokenUrl": "https://id.example/token", "scopes": {}}},
    },
}


def test_servers_and_security_are_told_and_the_page_may_ask_them():
    app = Roob()
    servers = {"https://api.example:8443/v1": "Live", "/v1": "", "https://{a}.b": ""}
    add_openapi(
        app,
        title="Books",
        version="1",
        servers=servers,
        security_schemes=SCHEMES,
        security=["token", {"login": []}],
    )
    client = TestClient(app)

    found = client.get("/openapi.json").json()

    validate(found | {"servers": found["servers"][:2]}, cls=OpenAPIV31SpecValidator)
    assert found["servers"][:2] == [
        {"url": "https://api.example:8443/v1", "description": "Live"},
        {"url": "/v1"},
    ]
    assert found["security"] == [{"token": []}, {"login": []}]
    policy = client.get("/docs").headers["Content-Security-Policy"]
    asked = "connect-src 'self' https://api.example:8443 https://id.example;"
    assert asked in policy


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"security": ["token"]}, ValueError, "'token' is none of"),
        ({"security": "token"}, TypeError, "give a list"),
        ({"servers": ["https://a.example"]}, TypeError, "give a mapping"),
        ({"tags": ["books"]}, TypeError, "give a mapping"),
    ],
)
def test_what_cannot_be_told_is_refused_at_once(options, kind, words):
    with pytest.raises(kind, match=words):
        add_openapi(Roob(), title="Books", version="1", **options)


def test_a_group_may_have_the_page():
    app = Roob()
    add_openapi(app.group("/api"), title="Books", version="1")
    text = TestClient(app).get("/api/docs").text
    assert 'data-document="/api/openapi.json"' in text


def test_a_router_may_have_the_page():
    router = Router()
    router.route("/books", methods=["GET"])(lambda request, args: "")
    add_openapi(router, title="Books", version="1")
    client = TestClient(router.wsgi())
    assert [*client.get("/openapi.json").json()["paths"]] == ["/books"]
    assert client.get("/docs/docs.js").status_code == 200


def test_paths_can_be_others_or_the_page_none():
    app = Roob()
    add_openapi(app, title="B", version="1", path="/api.json", docs="/help/api")
    client = TestClient(app)
    assert 'data-document="/api.json"' in client.get("/help/api").text
    bare = Roob()
    add_openapi(bare, title="B", version="1", docs=None)
    assert TestClient(bare).get("/docs").status_code == 404


def test_a_path_that_is_bound_already_is_refused(app):
    with pytest.raises(RuntimeError, match="already bind"):
        add_openapi(app, title="Again", version="1")


def test_without_swagger_ui_the_page_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr("roob.openapi.pages.find_spec", lambda name: None)
    app = Roob()
    add_openapi(app, title="Books", version="1")
    client = TestClient(app)

    answer = client.get("/docs")

    assert answer.status_code == 501
    assert "pip install 'roob[docs]'" in answer.text
    assert 'href="/openapi.json"' in answer.text
    assert client.get("/docs/docs.css").status_code == 200
    assert client.get(f"/docs/{PACKAGED_FILES[0]}").status_code == 404


def test_a_document_that_cannot_be_made_is_tried_again(monkeypatch):
    def fail(app, info):
        raise ValueError("not today")

    app = Roob()
    app.add_middleware(ErrorHandlerMiddleware)
    add_openapi(app, title="Books", version="1")
    client = TestClient(app)
    with monkeypatch.context() as broken:
        broken.setattr("roob.openapi.pages.document_of", fail)
        assert client.get("/openapi.json").status_code == 500

    assert client.get("/openapi.json").status_code == 200


def test_an_app_without_a_page_has_a_document_too():
    found = documentation_of(Roob()).document()
    assert found["info"] == {"title": "API", "version": "0"}


def test_the_text_is_the_same_each_time(app):
    document = documentation_of(app).document()
    assert as_text(document, 2) == as_text(documentation_of(app).document(), 2)
    assert as_text(document, 0).count("\n") == 1
