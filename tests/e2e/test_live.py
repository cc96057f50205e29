"""The stock as it moves, told to clients over sockets: at once, and all of it."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from framework.tests.orm import postgres_server
from framework.tests.orm.databases import started
from framework.tests.orm.postgres_server import PostgresServer
from tests.e2e.client import Client, open_client
from tests.e2e.live import (
    asked,
    heard,
    position,
    seated_socket,
    socket_to,
    streamed,
)
from tests.e2e.rows import Json, add_product, expect, move, refusal
from tests.e2e.servers import LocalServer, wait_for

SECONDS_TO_TELL = 2
SECONDS_TO_LET_GO = 5


@pytest.fixture
def product(api: Client) -> int:
    number: int = add_product(api, quantity=10)["id"]
    return number


@pytest.fixture
def on_threads(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("asgi"):
        pytest.skip("behind an ASGI server a stream takes no thread from requests")


def moved(api: Client, product_id: int, quantity: int) -> Json:
    movement: Json = expect(move(api, product_id, quantity), 201)
    return movement


def test_a_stream_tells_of_a_movement_within_two_seconds(
    api: Client, base_url: str, product: int
) -> None:
    with streamed(base_url) as stream:
        assert stream.answer.headers["Content-Type"].startswith("text/event-stream")
        assert stream.until_summary() == []
        began = time.monotonic()
        movement = moved(api, product, -3)

        number, _, change = stream.of(product)

        assert time.monotonic() - began < SECONDS_TO_TELL
        assert int(number.partition("-")[0]) >= movement["id"]
        assert change["movement_id"] == movement["id"]
        assert (change["moved"], change["quantity"], change["status"]) == (-3, 7, "ok")


def test_a_socket_tells_the_same(api: Client, base_url: str, product: int) -> None:
    with seated_socket(base_url) as socket:
        assert heard(socket)[1] == "summary"
        movement = moved(api, product, -10)

        _, kind, change = heard(socket)

        assert (kind, change["movement_id"]) == ("change", movement["id"])
        assert (change["quantity"], change["status"]) == (0, "out")
        assert heard(socket)[1] == "summary"


def test_who_comes_again_gets_what_moved_meanwhile_and_nothing_twice(
    api: Client, base_url: str, product: int
) -> None:
    with streamed(base_url) as stream:
        stream.until_summary()
        first = moved(api, product, 1)["id"]
        last_event_id, _, change = stream.of(product)
    assert change["movement_id"] == first
    missed = [moved(api, product, 1)["id"] for _ in range(3)]

    with streamed(base_url, last_event_id=last_event_id) as again:
        told = again.until_summary()
    with seated_socket(base_url, after=last_event_id) as socket:
        over_a_socket = [heard(socket)[2]["movement_id"] for _ in missed]

    assert [change["movement_id"] for _, _, change in told] == missed
    assert over_a_socket == missed


def test_who_only_asks_gets_what_moved_since(api: Client, product: int) -> None:
    since = position(api)
    movement = moved(api, product, 1)

    answer = expect(api.get("/api/stock/changes", params={"after": since}), 200)

    assert [each["movement_id"] for each in answer["items"]] == [movement["id"]]
    assert position(api) == answer["position"]


def test_every_listener_of_every_worker_is_told_by_whichever_worker(
    own_server: LocalServer, pytestconfig: pytest.Config
) -> None:
    # One seat on each of the two workers; bridged, there is room for all anywhere.
    own_server.environ = {**own_server.environ, "WEB_THREADS": "2"}
    listeners = 8 if pytestconfig.getoption("asgi") else 2
    with own_server, ExitStack() as stack, open_client(own_server.base_url) as api:
        streams = [
            stack.enter_context(streamed(own_server.base_url)) for _ in range(listeners)
        ]
        for stream in streams:
            stream.until_summary()

        for quantity in (1, 2, 3):
            moved(api, 1, quantity)
            told = [stream.of(1)[2]["moved"] for stream in streams]
            assert told == [quantity] * listeners


@pytest.mark.usefixtures("on_threads")
def test_who_finds_no_seat_is_told_so_and_a_seat_that_was_left_is_free(
    own_server: LocalServer,
) -> None:
    own_server.workers = 1
    with own_server, open_client(own_server.base_url) as api:
        with streamed(own_server.base_url), socket_to(own_server.base_url):
            with asked(own_server.base_url) as refused:
                refused.read()
                message = refusal(refused, 503)
                assert refused.headers["Retry-After"] == "30"
            with pytest.raises(InvalidStatus, match="503"):
                socket_to(own_server.base_url)
            assert expect(api.get("/api/products/1"), 200)

        wait_for(lambda: is_served(own_server), "a seat", SECONDS_TO_LET_GO)
    assert message == "No room for one more live connection: ask /api/stock/changes"


def is_served(server: LocalServer) -> bool:
    with asked(server.base_url) as answer:
        return answer.status_code == 200


def test_a_page_of_another_site_opens_no_socket(base_url: str) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        socket_to(base_url, origin="https://elsewhere.example")


def test_a_position_that_was_never_given_out_is_refused(
    api: Client, base_url: str
) -> None:
    for path in ("events", "changes"):
        answer = api.get(f"/api/stock/{path}", params={"after": "soon"})
        assert "a position was expected" in refusal(answer, 400)
    # gunicorn's ASGI worker has one status for every handshake that is refused.
    with pytest.raises(InvalidStatus, match=r"400|403"):
        socket_to(base_url, after="soon")


def test_a_server_that_stops_ends_its_live_connections_in_time(
    own_server: LocalServer, pytestconfig: pytest.Config
) -> None:
    if pytestconfig.getoption("asgi") in ("uvicorn", "hypercorn"):
        pytest.skip("it tells the app after it has waited for all connections")
    own_server.workers = 1
    with (
        own_server,
        streamed(own_server.base_url) as stream,
        socket_to(own_server.base_url) as socket,
    ):
        stream.until_summary()
        assert heard(socket)[1] == "summary"
        own_server.terminate()
        began = time.monotonic()

        assert [*stream] == []
        with pytest.raises(ConnectionClosed) as closed:
            heard(socket)

        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
        assert own_server.wait() == 0
        assert time.monotonic() - began < SECONDS_TO_LET_GO


@pytest.fixture
def database_server(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    with started(postgres_server.own_server(), pytestconfig) as server:
        yield server


def test_a_database_that_restarts_ends_no_stream_and_loses_nothing(
    own_server: LocalServer, database_server: PostgresServer
) -> None:
    own_server.environ = {"DATABASE_URL": database_server.url}
    with (
        own_server,
        open_client(own_server.base_url) as api,
        streamed(own_server.base_url) as stream,
    ):
        stream.until_summary()
        moved(api, 1, 1)
        assert stream.of(1)[2]["moved"] == 1
        database_server.stop()
        assert move(api, 1, 1).status_code == 503
        with asked(own_server.base_url) as late:
            assert late.status_code == 503
        database_server.start()
        wait_for(lambda: move(api, 1, 5).status_code == 201, "moved", 10)

        assert stream.of(1)[2]["moved"] == 5
