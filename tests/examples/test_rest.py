"""The notes on a real SQLite, asked as a client asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from roob.orm.db_factory import DatabaseFactory, Dialect
from roob.testing import TestClient

from examples.rest import create_app

OF_TEXT = "A note's title and text are texts"
MILK = {"title": "Milk", "text": "two litres"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    path = tmp_path / "notes.sqlite"
    with DatabaseFactory(dialect=Dialect.SQLITE).get_connection(path) as db:
        app = create_app(db, {"secret": "ada"})
        authorized = {"Authorization": "Bearer secret"}
        with TestClient(app, headers=authorized) as client:
            yield client


def test_a_note_from_its_beginning_to_its_end(client: TestClient) -> None:
    made = client.post("/notes", json=MILK)
    assert (made.status_code, made.json()) == (201, {"id": 1, **MILK})
    where = made.headers["Location"]
    assert where == "/notes/1"

    assert client.get(where).json() == {"id": 1, **MILK}
    assert client.get("/notes").json() == [{"id": 1, **MILK}]

    changed = client.patch(where, json={"text": "one litre"})
    assert changed.json() == {"id": 1, "title": "Milk", "text": "one litre"}
    replaced = client.put(where, json={"title": "Bread"})
    assert replaced.json() == {"id": 1, "title": "Bread", "text": ""}
    assert client.get(where).json() == replaced.json()

    gone = client.delete(where)
    assert (gone.status_code, gone.content) == (204, b"")
    assert client.get(where).status_code == 404
    assert client.get("/notes").json() == []


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_note_that_is_not_there_is_a_404(client: TestClient, method: str) -> None:
    response = client.request(method, "/notes/9")
    assert response.status_code == 404
    assert response.json() == {"message": "There is no such note"}


def test_to_change_a_note_that_is_not_there_is_a_404(client: TestClient) -> None:
    assert client.put("/notes/9", json=MILK).status_code == 404
    assert client.patch("/notes/9", json=MILK).status_code == 404


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "Send an object"),
        ({}, "title is missing"),
        ({"title": "x", "id": 7}, "A note has no id"),
        ({"title": 7}, OF_TEXT),
        ({"title": None}, OF_TEXT),
        ({"title": "x", "text": ["SECRET"]}, OF_TEXT),
    ],
)
def test_what_is_no_note_is_a_400_and_nothing_is_kept(
    client: TestClient, content: object, message: str
) -> None:
    response = client.post("/notes", json=content)
    assert response.status_code == 400
    said = response.json()["message"]
    assert said == message if message == OF_TEXT else message in said
    assert client.get("/notes").json() == []


def test_a_body_that_is_no_json_is_a_400(client: TestClient) -> None:
    assert client.post("/notes", content=b"{").status_code == 400


def test_a_title_that_is_taken_is_a_409(client: TestClient) -> None:
    assert client.post("/notes", json=MILK).status_code == 201
    other = client.post("/notes", json={"title": "Bread"}).headers["Location"]
    taken = {"message": "Another note has that title"}
    for method, path in (("POST", "/notes"), ("PUT", other), ("PATCH", other)):
        response = client.request(method, path, json=MILK)
        assert (response.status_code, response.json()) == (409, taken)
    assert len(client.get("/notes").json()) == 2


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer wrong", "Basic secret", "secret"],
)
def test_who_has_no_token_is_refused_and_told_what_to_bring(
    client: TestClient, authorization: str
) -> None:
    headers = {"Authorization": authorization}
    response = client.get("/notes", headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="notes"'
    assert client.delete("/notes/1", headers=headers).status_code == 401


def test_other_methods_and_paths_are_answered_as_everywhere(client: TestClient) -> None:
    refused = client.put("/notes", json=MILK)
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    missing = client.get("/nothing")
    assert missing.status_code == 404
    assert missing.json() == {"message": "Requested path: /nothing does not exist"}
    assert client.head("/notes").content == b""
