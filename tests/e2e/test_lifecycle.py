"""The server's own life: what outlives it, how it stops, and without its database."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, RemoteDisconnected
from typing import Any

import pytest

from framework.tests.orm import postgres_server
from framework.tests.orm.databases import started
from framework.tests.orm.postgres_server import PostgresServer
from tests.e2e.client import Client, is_up, open_client
from tests.e2e.rows import (
    Json,
    add,
    add_product,
    details,
    expect,
    move,
    refusal,
    stock,
)
from tests.e2e.servers import LocalServer, Server, wait_for
from tests.e2e.wire import connect, post, read_answer

SECONDS_TO_DRAIN = 5


@pytest.fixture
def known(api: Client) -> Json:
    """A product with a row in every table."""
    category = add(api, "/api/categories", parent_id=1)
    supplier = add(api, "/api/suppliers", email="orders@supplier.example")
    product = add_product(api, category=category["name"], quantity=8)
    expect(api.put(f"/api/products/{product['id']}/suppliers/{supplier['id']}"), 200)
    expect(move(api, product["id"], -3), 201)
    return details(api, product["id"])


def test_every_row_outlives_a_restart(server: Server, known: Json) -> None:
    path = f"/api/products/{known['id']}/movements"
    with open_client(server.base_url) as before:
        moved = expect(before.get(path), 200)

    server.restart()

    with open_client(server.base_url) as after:
        assert details(after, known["id"]) == known
        assert expect(after.get(path), 200) == moved
        assert expect(move(after, known["id"], -5), 201)["balance"] == 0


def test_what_was_acknowledged_outlives_a_kill(own_server: LocalServer) -> None:
    with own_server, open_client(own_server.base_url) as api:
        product = add_product(api)["id"]
        for _ in range(20):
            expect(move(api, product, 1), 201)
        own_server.kill()
        own_server.start()
        with open_client(own_server.base_url) as after:
            assert stock(after, product) == 20


def ask(connection: HTTPConnection, path: str) -> tuple[int, str | None, Any]:
    connection.request("GET", path)
    with connection.getresponse() as response:
        content = json.loads(response.read())
        return response.status, response.getheader("Connection"), content


def kept_alive(server: LocalServer) -> HTTPConnection:
    """A connection that the server knows, and waits on for the next request."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=SECONDS_TO_DRAIN)
    status, connection_header, _ = ask(connection, "/health/ready")
    # Said or not: HTTP/1.1 keeps connections (RFC 9112 9.3).
    assert (status, connection_header or "keep-alive") == (200, "keep-alive")
    return connection


def wait_until_stopping(connection: HTTPConnection) -> None:
    # TERM goes to the master, which passes it on: a moment's requests are served.
    def is_stopping() -> bool:
        try:
            return ask(connection, "/health/live")[1] == "close"
        except RemoteDisconnected:
            # It was told between an answer's headers and its end.
            return True

    wait_for(is_stopping, "stopping", SECONDS_TO_DRAIN)


def test_a_stopping_server_is_live_and_not_ready_on_connections_that_are_open(
    own_server: LocalServer,
) -> None:
    if own_server.asgi in ("uvicorn", "hypercorn"):
        pytest.skip("these close such connections, and drain when all are closed")
    own_server.workers = 1
    with (
        own_server,
        closing(kept_alive(own_server)) as watcher,
        closing(kept_alive(own_server)) as first,
        closing(kept_alive(own_server)) as second,
    ):
        own_server.terminate()
        wait_until_stopping(watcher)

        assert ask(first, "/health/ready") == (503, "close", {"status": "draining"})
        assert ask(second, "/health/live") == (200, "close", {"status": "alive"})
        assert own_server.wait() == 0


def test_a_slow_request_is_finished_before_the_server_stops(
    own_server: LocalServer,
) -> None:
    own_server.workers = 1
    body = b'{"product_name": "Slow Boat", "brand": "Dell"}'
    slow = post(
        b"/api/products", b"Expect: 100-continue", b"Content-Length: %d" % len(body)
    )
    with (
        own_server,
        connect(own_server.base_url) as stream,
        closing(kept_alive(own_server)) as watcher,
    ):
        stream.sendall(slow)
        assert stream.recv(100).startswith(b"HTTP/1.1 100 ")
        stream.sendall(body[:10])

        own_server.terminate()
        wait_until_stopping(watcher)
        stream.sendall(body[10:])
        answer = read_answer(stream, "POST")

        assert (answer.status, own_server.wait()) == (200, 0)
        assert b"Slow Boat" in answer.body
        own_server.start()
        with open_client(own_server.base_url) as api:
            assert "Slow Boat" in api.get("/api/products").text


def test_a_stopped_server_is_gone_at_once(own_server: LocalServer) -> None:
    with own_server:
        assert own_server.stop() == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", own_server.port)).close()


def test_without_its_database_the_server_lives_says_so_and_heals(
    own_server: LocalServer,
) -> None:
    in_the_way = own_server.folder / "data"
    in_the_way.write_text("no folder")
    own_server.environ = {"DATABASE_URL": f"sqlite:///{in_the_way}/inventory.sqlite"}
    own_server.start(until="/health/live")

    with open_client(own_server.base_url) as api:
        not_ready = expect(api.get("/health/ready"), 503)
        unavailable = api.get("/api/products")
        in_the_way.unlink()
        healed = expect(api.get("/api/products/1"), 200)

    assert not_ready == {"status": "no database"}
    message = "The inventory's database is not available, try again soon"
    assert refusal(unavailable, 503) == message
    assert unavailable.headers["Retry-After"] == "1"
    assert healed["product_name"] == "S25 Ultra"
    assert is_up(own_server.base_url, "/health/ready")


@pytest.fixture
def database_server(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    with started(postgres_server.own_server(), pytestconfig) as server:
        yield server


def test_without_its_database_server_the_server_lives_says_so_and_heals(
    own_server: LocalServer, database_server: PostgresServer
) -> None:
    database_server.stop()
    own_server.environ = {"DATABASE_URL": database_server.url}
    own_server.start(until="/health/live")

    with open_client(own_server.base_url) as api:
        assert expect(api.get("/health/ready"), 503) == {"status": "no database"}
        database_server.start()
        product = add_product(api, quantity=3)["id"]

        database_server.stop()
        assert expect(api.get("/health/ready"), 503) == {"status": "no database"}
        assert move(api, product, -1).headers["Retry-After"] == "1"

        database_server.start()
        assert expect(api.get("/health/ready"), 200) == {"status": "ready"}
        assert expect(move(api, product, -1), 201)["balance"] == 2
