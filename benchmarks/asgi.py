"""An ASGI app asked in process, without a server and without an event loop.

Its handlers never wait, so its coroutine runs to its end in one step, as it would in a
loop that has nothing else to do. What a server prepares, the scope and the two
functions, is prepared before the clock starts, as an environ is for WSGI.
"""

from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

AsgiApp = Callable[..., Awaitable[None]]

KEY = "benchmark.asgi"
"""Where an environ keeps the same request for an ASGI app."""

_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class AsgiExchange:
    """One request as an ASGI server gives it, and the messages that come back."""

    def __init__(self, method: str, path: str, query: str, body: bytes) -> None:
        self.scope = _scope(method, path, query, body)
        self._request = {"type": "http.request", "body": body, "more_body": False}
        self.messages: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        return self._request

    async def send(self, message: dict[str, Any]) -> None:
        self.messages.append(message)


def _scope(method: str, path: str, query: str, body: bytes) -> dict[str, Any]:
    headers = [
        (b"host", b"127.0.0.1:8000"),
        (b"accept", b"*/*"),
        (b"accept-encoding", b"gzip, deflate"),
        (b"connection", b"keep-alive"),
        (b"user-agent", b"benchmark"),
    ]
    if body:
        headers.append((b"content-type", b"application/json"))
        headers.append((b"content-length", str(len(body)).encode()))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
        "scheme": "http",
        "method": method,
        "root_path": "",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
    }


class Driven:
    """The app as the clock calls it; headers stay the bytes that they are in ASGI.

    Raises:
        RuntimeError: it waits for something, which needs a loop.
    """

    def __init__(self, app: AsgiApp) -> None:
        self._app = app

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        exchange: AsgiExchange = environ[KEY]
        _run(self._app(exchange.scope, exchange.receive, exchange.send))
        start, *pieces = exchange.messages
        start_response(_LINES[start["status"]], start["headers"])
        return [piece["body"] for piece in pieces]


def _run(coroutine: Any) -> None:
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise RuntimeError("the app waits for something: it cannot be asked like this")
