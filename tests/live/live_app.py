"""Websockets and streams of every kind that the tests ask for, on each server.

``app`` is for gunicorn's threads, ``bridged`` the same behind ``WsgiToAsgi``.
"""

import logging
import os
import time
from typing import Any

from roob import Roob
from roob.bridge import WsgiToAsgi
from roob.events import Broadcast, Event, EventStream, last_event_id
from roob.exceptions import ResponseError
from roob.middlewares import (
    ErrorHandlerMiddleware,
    Middleware,
    ReqResLoggingMiddleware,
)
from roob.models.connections import close_all
from roob.models.requests import Request
from roob.models.responses import JSONResponse
from roob.websockets import WebSocket
from roob.websockets.endpoint import WebSocketEndpoint
from webob import Response


class LiveApp(Roob):
    """Its server asks it to drain."""

    def drain(self) -> None:
        close_all()
        changes.close()


class Tokens(Middleware):
    """Whoever asks for /private needs a token."""

    def process_request(self, request: Request) -> Response | None:
        is_private = request.path_info.startswith("/private")
        if is_private and request.headers.get("Authorization") != "Bearer sesame":
            return JSONResponse({"message": "Say who you are"}, 401)
        return None


logging.basicConfig(level=logging.INFO)
changes = Broadcast(backlog=50)
app = LiveApp()
app.add_middleware(ErrorHandlerMiddleware)
app.add_middleware(Tokens)
app.add_middleware(ReqResLoggingMiddleware)

# What became of the connections: asked for by the tests, one worker each.
ended: dict[str, Any] = {}


@app.route("/up")
def up(request: Request) -> dict[str, int]:
    return {"pid": os.getpid()}


@app.route("/ended/{name}")
def what_ended(request: Request, name: str) -> dict[str, Any]:
    return {"ended": ended.get(name)}


@app.websocket("/echo")
def echo(socket: WebSocket) -> None:
    for message in socket:
        socket.send(message)
    ended[socket.request.GET.get("name", "echo")] = socket.close_code


@app.websocket("/private/echo")
def private_echo(socket: WebSocket) -> None:
    echo(socket)


def small(socket: WebSocket) -> None:
    echo(socket)


app.add_route("/small", WebSocketEndpoint(small, max_message_bytes=1000), ["GET"])


@app.websocket("/count/{last:d}")
def count(socket: WebSocket, last: int) -> None:
    for number in range(last):
        socket.send(str(number))


@app.websocket("/chat", subprotocols=["chat.v2", "chat.v1"])
def chat(socket: WebSocket) -> None:
    for message in socket:
        socket.send(f"{socket.subprotocol}: {message!r}")


@app.websocket("/chosen")
def chosen(socket: WebSocket) -> None:
    socket.accept("chat.v1", {"X-Room": "blue"})
    socket.send("hello")


@app.websocket("/refused/{how}")
def refused(socket: WebSocket, how: str) -> Any:
    if how == "raised":
        raise ResponseError("Not here", 403, {"X-Why": "closed"})
    if how == "crashed":
        raise RuntimeError("a secret")
    return {"message": "Not now"}, 409


@app.websocket("/broken/{how}")
def broken(socket: WebSocket, how: str) -> None:
    socket.send("about to break")
    if how == "policy":
        raise ResponseError("You may not", 403)
    raise RuntimeError("a secret")


@app.websocket("/closes/{code:d}")
def closes(socket: WebSocket, code: int) -> None:
    socket.accept()
    socket.close(code, "because")


@app.websocket("/json")
def json_echo(socket: WebSocket) -> None:
    while True:
        socket.send_json({"got": socket.receive_json()})


@app.websocket("/pushes")
def pushes(socket: WebSocket) -> None:
    """Only sends; it learns of the client's end by looking."""
    while socket.is_open:
        time.sleep(0.05)
    ended[socket.request.GET.get("name", "pushes")] = socket.close_code


@app.websocket("/pinged", ping_interval=0.3)
def pinged(socket: WebSocket) -> None:
    for message in socket:
        socket.send(message)
    ended["pinged"] = socket.close_code


def flood(socket: WebSocket) -> None:
    started = time.monotonic()
    try:
        while True:
            socket.send(b"x" * 100_000)
    finally:
        ended["flood"] = [socket.close_code, time.monotonic() - started]


app.add_route("/flood", WebSocketEndpoint(flood, send_timeout=1.0), ["GET"])


@app.route("/events", allowed_methods=["GET"])
def events(request: Request) -> EventStream:
    return EventStream(_noted(last_event_id(request)), keep_alive=0.2)


def _noted(since: str | None) -> Any:
    subscription = changes.subscribe()
    try:
        yield Event({"since": since}, id=1, event="hello", retry=1500)
        yield from subscription
    finally:
        ended["events"] = True


@app.route("/publish", allowed_methods=["POST"])
def publish(request: Request) -> dict[str, int]:
    changes.publish(Event(request.text))
    return {"listening": len(changes)}


bridged = WsgiToAsgi(app)
