"""Server-sent events by real servers: resumed, kept alive, noticed when they end."""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.servers import wait_for
from tests.live.servers import SERVERS, LiveServer


def blocks(response: httpx.Response) -> Iterator[bytes]:
    """What stands between blank lines, comments included."""
    buffer = b""
    for piece in response.iter_bytes():
        buffer += piece
        *whole, buffer = buffer.split(b"\n\n")
        yield from whole


def publish(server: LiveServer, text: str) -> int:
    answer = httpx.post(
        server.url("/publish"), content=text, headers={"Content-Type": "text/plain"}
    )
    listening: int = answer.json()["listening"]
    return listening


def test_events_arrive_as_they_are_published(server: LiveServer) -> None:
    with httpx.stream("GET", server.url("/events"), timeout=5) as response:
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        got = blocks(response)
        assert next(got) == b": open"
        assert next(got) == b'id: 1\nevent: hello\nretry: 1500\ndata: {"since":null}'
        assert publish(server, "two\nlines") >= 1
        arrived = next(block for block in got if block != b": keep-alive")
        assert arrived == b"data: two\ndata: lines"


def test_a_client_says_where_it_was(server: LiveServer) -> None:
    headers = {"Last-Event-ID": "41"}
    with httpx.stream("GET", server.url("/events"), headers=headers) as response:
        got = blocks(response)
        assert [next(got), next(got)][1].endswith(b'data: {"since":"41"}')


def test_a_silent_stream_is_kept_alive(server: LiveServer) -> None:
    with httpx.stream("GET", server.url("/events"), timeout=5) as response:
        comments = (block for block in blocks(response) if block == b": keep-alive")
        assert [next(comments), next(comments)] == [b": keep-alive"] * 2


def test_head_answers_at_once(server: LiveServer) -> None:
    answer = httpx.head(server.url("/events"), timeout=5)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")


@pytest.mark.parametrize("kind", SERVERS)
def test_a_client_that_has_gone_ends_its_stream_within_five_seconds(
    kind: str, tmp_path: Path
) -> None:
    with LiveServer(kind, tmp_path) as server:
        with httpx.stream("GET", server.url("/events")) as response:
            got = blocks(response)
            assert next(got) == b": open"
            assert server.ended("events") is None
        assert server.wait_until_ended("events") is True


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_that_stops_ends_its_streams(kind: str, tmp_path: Path) -> None:
    with (
        LiveServer(kind, tmp_path) as server,
        httpx.stream("GET", server.url("/events"), timeout=15) as response,
    ):
        got = blocks(response)
        assert next(got) == b": open"
        server.process.terminate()
        started = time.monotonic()
        # A server may cut what the app has not ended by then.
        with contextlib.suppress(httpx.RemoteProtocolError):
            list(got)
        assert time.monotonic() - started < 10
        server.process.wait(10)


def test_a_slow_subscriber_is_ended_and_the_others_go_on(gthread: LiveServer) -> None:
    got: list[bytes] = []

    def read_all() -> None:
        with httpx.stream("GET", gthread.url("/events"), timeout=10) as response:
            for block in blocks(response):
                got.append(block)
                if block == b"data: last":
                    return

    reader = threading.Thread(target=read_all)
    with httpx.stream("GET", gthread.url("/events"), timeout=10) as idle:
        unread = blocks(idle)
        assert next(unread) == b": open"
        reader.start()
        wait_for(lambda: len(got) > 1, "both are listening", 5)
        # Far more than the socket's buffers and the backlog of 50 take.
        text = "x" * 500_000
        wait_for(lambda: publish(gthread, text) == 1, "only one is listening", 30)
        publish(gthread, "last")
        reader.join(10)
    assert got[-1] == b"data: last"
