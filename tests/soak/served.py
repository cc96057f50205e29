"""What is soaked: sockets that echo, a stream of ticks, floods for who never reads."""

import time
from collections.abc import Iterator
from itertools import count
from threading import Lock
from typing import Any

from roob import Roob
from roob.bridge import WsgiToAsgi
from roob.events import Event, EventStream
from roob.models.requests import Request
from roob.websockets import WebSocket
from roob.websockets.endpoint import WebSocketEndpoint

SECONDS_OF_A_TICK = 1.0
A_PIECE = b"x" * 64 * 1024


class Present:
    """Who is being served, counted as it comes and goes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.counts = {"sockets": 0, "streams": 0}

    def change(self, kind: str, by: int) -> None:
        with self._lock:
            self.counts[kind] += by


present = Present()


class Ticks:
    """A number each second: 0, 1, 2 ..., for one reader."""

    def __init__(self) -> None:
        self._is_counted = False

    def __iter__(self) -> Iterator[Event]:
        self._is_counted = True
        present.change("streams", 1)
        for number in count():
            yield Event(str(number), id=number)
            time.sleep(SECONDS_OF_A_TICK)

    def close(self) -> None:
        if self._is_counted:
            present.change("streams", -1)
            self._is_counted = False


def ticks(_request: Request) -> EventStream:
    return EventStream(Ticks())


def echo(socket: WebSocket) -> None:
    present.change("sockets", 1)
    try:
        for message in socket:
            socket.send(message)
    finally:
        present.change("sockets", -1)


def flood(socket: WebSocket) -> None:
    """More than anybody reads, to somebody who does not."""
    present.change("sockets", 1)
    try:
        while True:
            socket.send(A_PIECE)
    finally:
        present.change("sockets", -1)


def flood_stream(_request: Request) -> Iterator[bytes]:
    present.change("streams", 1)
    try:
        while True:
            yield A_PIECE
    finally:
        present.change("streams", -1)


def who_is_there(_request: Request) -> dict[str, Any]:
    return present.counts


def make_app(send_timeout: float = 30.0) -> Roob:
    app = Roob()
    app.websocket("/echo")(echo)
    endpoint = WebSocketEndpoint(flood, send_timeout=send_timeout)
    app.add_route("/flood", endpoint, ["GET"])
    app.add_route("/ticks", ticks, ["GET"])
    app.add_route("/flood-stream", flood_stream, ["GET"])
    app.add_route("/present", who_is_there, ["GET"])
    return app


app = WsgiToAsgi(make_app())
# Who never reads is given up after so many seconds.
impatient = WsgiToAsgi(make_app(send_timeout=2.0), stall_timeout=2.0)
