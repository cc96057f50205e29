"""Websockets and streams through a gateway, on servers of both kinds."""

from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.e2e.client import open_client
from tests.e2e.servers import LocalServer, wait_for

ADA = {"X-User": "ada"}


@pytest.fixture(scope="module", params=["gthread", "gunicorn", "uvicorn"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalServer]:
    server = LocalServer(
        tmp_path_factory.mktemp(request.param),
        "tests.examples.socket_gateway:app",
        workers=1,
        asgi=None if request.param == "gthread" else request.param,
    )
    try:
        server.start(until="/public")
        yield server
    finally:
        server.kill()


def socket_to(server: LocalServer, **options: object) -> connect:
    url = server.base_url.replace("http", "ws", 1) + "/echo"
    return connect(url, compression=None, proxy=None, **options)  # type: ignore[arg-type]


def test_a_websocket_of_an_app_in_a_gateway_echoes(server: LocalServer) -> None:
    with socket_to(server, additional_headers=ADA) as client:
        for word in ("one", "two"):
            client.send(word)
            assert client.recv(timeout=10) == f"ada: {word}"
    assert client.close_code == 1000
    wait_for(lambda: "/echo 101" in notes(server), "the finalizer ran", 10)


def notes(server: LocalServer) -> list[str]:
    with open_client(server.base_url) as client:
        ended: list[str] = client.get("/up", headers=ADA).json()["ended"]
        return ended


def test_a_handler_before_it_may_refuse_the_handshake(server: LocalServer) -> None:
    with pytest.raises(InvalidStatus) as caught, socket_to(server):
        pytest.fail("it was accepted")
    assert caught.value.response.status_code in (401, 403)


def test_a_stream_goes_through_the_gateway(server: LocalServer) -> None:
    with open_client(server.base_url) as client:
        response = client.get("/events", headers=ADA)
    assert (response.status_code, response.text) == (200, "one two")
    assert response.headers["X-Gateway"] == "roob"


def test_what_a_handler_refuses_leaves_the_next_request_alone(
    server: LocalServer,
) -> None:
    with open_client(server.base_url) as client:
        assert client.get("/nothing", headers=ADA).status_code == 404
        assert client.get("/up").status_code == 401
        assert client.get("/up", headers=ADA).status_code == 200
