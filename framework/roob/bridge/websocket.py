"""A websocket's scope on an ASGI server, served by a WSGI app in one thread.

The app sees the GET of the handshake; its endpoint finds the connection in the
environ. An app that answers without accepting has refused.
"""

import asyncio
from collections.abc import Iterable, Iterator
from functools import partial
from io import BytesIO
from itertools import chain
from typing import Any

from roob.bridge.answers import Head, head_of
from roob.bridge.asgi_socket import AsgiTransport
from roob.bridge.environ import environ_of
from roob.bridge.messages import Receive, Scope, Send
from roob.bridge.pool import NoRoom, Pool, Slot
from roob.types import WSGIApp, WSGIEnvironment
from roob.websockets.closing import GOING_AWAY, ConnectionClosed

# A server that has it lets an app refuse with an answer of its own.
_DENIAL = "websocket.http.response"

_BUSY = Head(503, [(b"content-length", b"0"), (b"retry-after", b"5")], 0, False)


async def serve_websocket(
    app: WSGIApp, scope: Scope, receive: Receive, send: Send, pool: Pool
) -> None:
    """Serve one connection, from its handshake to its end, in a stream's thread.

    Raises:
        Exception: what the app raised before it accepted.
    """
    transport = AsgiTransport(send, asyncio.get_running_loop())
    reader = asyncio.create_task(transport.read_from(receive))
    try:
        await pool.run_stream(partial(_serve, app, scope, transport))
    except NoRoom:
        await _refuse_for_now(scope, send)
    except asyncio.CancelledError:
        await _say_going_away(transport, send)
        raise
    finally:
        reader.cancel()
        transport.abandon()


async def _say_going_away(transport: AsgiTransport, send: Send) -> None:
    # A server that stops may cancel its tasks without a word to its clients.
    if transport.is_accepted and transport.closing is None:
        code, reason = GOING_AWAY
        await send({"type": "websocket.close", "code": code, "reason": reason})


async def _refuse_for_now(scope: Scope, send: Send) -> None:
    if not _can_answer(scope):
        await send({"type": "websocket.close", "code": 1013})
        return
    start = {"status": _BUSY.status, "headers": _BUSY.headers}
    await send({"type": f"{_DENIAL}.start"} | start)
    await send({"type": f"{_DENIAL}.body", "body": b""})


def _can_answer(scope: Scope) -> bool:
    return _DENIAL in (scope.get("extensions") or {})


def _serve(app: WSGIApp, scope: Scope, transport: AsgiTransport, _slot: Slot) -> None:
    """The app's whole work on one connection, in its thread."""
    said: list[Any] = []
    written: list[bytes] = []

    def start_response(*status_and_headers: Any) -> Any:
        said[:] = status_and_headers[:2]
        return written.append

    pieces = app(_environ(scope, transport), start_response)
    try:
        if not transport.is_accepted and transport.closing is None:
            body = _begun(pieces)
            status, headers = said
            head = head_of(status, headers, "GET")
            _deny(scope, transport, head, chain(written, body))
    finally:
        getattr(pieces, "close", lambda: None)()


def _environ(scope: Scope, transport: AsgiTransport) -> WSGIEnvironment:
    environ = environ_of(scope) | {
        "wsgi.input": BytesIO(),
        "roob.websocket": transport.limited,
        "roob.disconnected": lambda: transport.closing is not None,
    }
    # Some servers take this header out of the scope's headers.
    if offered := scope.get("subprotocols"):
        environ["HTTP_SEC_WEBSOCKET_PROTOCOL"] = ", ".join(offered)
    return environ


def _begun(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The body, its first piece made: an app may call start_response as late."""
    iterator = iter(pieces)
    return chain([next(iterator, b"")], iterator)


def _deny(
    scope: Scope, transport: AsgiTransport, head: Head, body: Iterable[bytes]
) -> None:
    try:
        if _can_answer(scope):
            transport.deny(head, body)
        else:
            transport.deny_plainly()
    except ConnectionClosed:
        return  # the client did not wait for its answer
