"""The glass box beside a running server: its command, and the page around it."""

import json

import pytest

from tests.e2e.client import Client, open_client
from tests.e2e.rows import expect
from tests.e2e.servers import LocalServer, Server

NEW = '{"id": 4711, "product_name": "Traced", "brand": "Nobody"}'
TOKEN = "a-token-of-this-test"


def test_a_request_is_traced_where_the_server_runs(server: Server) -> None:
    done = server.roob("trace", "--json", "GET", "/api/products/1")

    assert done.returncode == 0, done.stderr
    recording = json.loads(done.stdout)
    layers = [step["layer"] for step in recording["steps"]]
    assert recording["status"] == "200 OK"
    assert recording["time"]["runs"] > 0
    assert [*dict.fromkeys(layers)][:7] == [
        "server",
        "app",
        "middleware",
        "router",
        "handler",
        "service",
        "repository",
    ]
    assert layers.count("sql") == 1


def test_a_traced_write_is_not_seen_by_the_server(server: Server, api: Client) -> None:
    before = expect(api.get("/api/products"), 200)

    done = server.roob("trace", "POST", "/api/products", "-d", NEW)

    if "PostgreSQL" in done.stderr:
        assert "--for-real" in done.stderr
    else:
        assert "200 OK" in done.stdout, done.stderr
        assert "INSERT INTO" in done.stdout
    assert expect(api.get("/api/products"), 200) == before


def test_what_answers_a_path_is_said_without_asking_it(server: Server) -> None:
    done = server.roob("why", "GET", "/api/product/1")

    assert done.returncode == 1
    assert "the closest is /api/products/{product_id:d}" in done.stdout


@pytest.fixture
def watched(own_server: LocalServer) -> LocalServer:
    own_server.app = "demo_app.core.watched:app"
    own_server.workers = 1
    own_server.environ = {
        **own_server.environ,
        "DEBUG": "1",
        "ROOB_TRACE_TOKEN": TOKEN,
    }
    return own_server


def test_a_watched_server_shows_what_was_asked_of_it(watched: LocalServer) -> None:
    watched.start()
    with open_client(watched.base_url) as api:
        answer = api.post("/api/brands", json={"name": "Seen", "token": "hunter2!"})
        assert api.get("/__trace__").status_code == 403
        api.get(f"/__trace__?token={TOKEN}", follow_redirects=True).raise_for_status()
        found = api.get("/__trace__/recordings").json()

    [recording] = [each for each in found["recordings"] if each["method"] == "POST"]
    assert answer.headers["X-Roob-Trace"] == f"/__trace__/{recording['id']}"
    assert recording["path"] == "/api/brands"
    assert "hunter2" not in json.dumps(found)
    assert f"{watched.base_url}/__trace__?token={TOKEN}" in watched.log


def test_no_server_shows_traces_in_production(watched: LocalServer) -> None:
    watched.environ = {**watched.environ, "ROOB_ENV": "production"}

    with pytest.raises(pytest.fail.Exception, match="ROOB_ENV is production"):
        watched.start()
