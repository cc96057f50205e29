"""An ASGI app on a WSGI server: what the server calls with an environ."""

import atexit
import errno
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from queue import Empty

from roob.bridge.calls import DISCONNECT, BodyWanted, Call, Ended, News
from roob.bridge.client import ClientDisconnected
from roob.bridge.hosting import Host
from roob.bridge.messages import WINDOW, ASGIApp, Message
from roob.bridge.scope import scope_of
from roob.constants import HOP_BY_HOP, STATUS_LINES, is_bodiless
from roob.models.connections import client_has_gone
from roob.types import StartResponse, WSGIEnvironment

# Seconds of an app's silence, after which its client is looked for.
_LOOK_AGAIN = 1.0


class AsgiToWsgi:
    """Any ASGI app as a WSGI app: ``app = AsgiToWsgi(fastapi_app)``.

    ::

        gunicorn module:app

    The app runs in one event loop in a thread of its own, which begins with the
    first request of a process (also of one that was forked), or with ``start()``:
    then the app's lifespan begins. It ends with ``close()``, or with the process;
    what runs then has ``shutdown_timeout`` seconds, and the app's shutdown as many.
    Bodies are streamed both ways, a piece at a time. A client that has gone is
    noticed by the next piece, and on gunicorn also where the app is silent.
    Websockets are not served: WSGI has none.
    """

    def __init__(self, app: ASGIApp, *, shutdown_timeout: float = 10.0) -> None:
        self.app = app
        self._shutdown_timeout = shutdown_timeout
        self._starting = threading.Lock()
        self._host: Host | None = None
        self._pid = 0

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Serve one request (PEP 3333).

        Raises:
            StartupFailed: the app's lifespan could not begin; the next request tries.
            ClientDisconnected: the client has gone while the app was silent.
            LoopEnded: the app was closed meanwhile, or has ended its loop.
            Exception: what the app raised before it had answered.
        """
        host = self.start()
        call = Call(_is_body_expected(environ))
        scope = scope_of(environ) | {"state": host.state}
        host.call(call.begin, self.app, scope, context=copy_context())
        answer = _Answer(host, call, environ)
        try:
            start_response(*answer.head())
        except BaseException:
            answer.close()
            raise
        return answer

    def start(self) -> Host:
        """Begin the app's lifespan, where this process has not yet.

        Raises:
            StartupFailed: the app says that it cannot start, or exits.
        """
        with self._starting:
            host = self._host
            if host is None or self._pid != os.getpid() or not host.is_running:
                host = self._host = self._started()
                self._pid = os.getpid()
            return host

    def _started(self) -> Host:
        host = Host(self.app)
        try:
            host.start()
        except BaseException:
            host.stop(0)
            raise
        atexit.register(self.close)
        return host

    def close(self) -> None:
        """End the app's lifespan; a next request would begin another."""
        with self._starting:
            host, self._host = self._host, None
        if host is not None and self._pid == os.getpid():
            atexit.unregister(self.close)
            host.stop(self._shutdown_timeout)


class _Answer:
    """The server's side of one call; also the body that the server iterates."""

    def __init__(self, host: Host, call: Call, environ: WSGIEnvironment) -> None:
        self._host = host
        self._call = call
        self._environ = environ
        self._body = _RequestBody(environ)
        self._is_head = environ["REQUEST_METHOD"] == "HEAD"
        self._omits_body = self._is_head
        self._is_complete = False

    def head(self) -> tuple[str, list[tuple[str, str]]]:
        """Status and headers for start_response, as soon as the app has sent them."""
        message = self._next_message()
        code = message["status"]
        self._omits_body = self._is_head or is_bodiless(code)
        headers = [
            (bytes(name).decode("latin-1"), bytes(value).decode("latin-1"))
            for name, value in message.get("headers", ())
        ]
        # PEP 3333 lets no app speak of these.
        sent = [header for header in headers if header[0].lower() not in HOP_BY_HOP]
        return STATUS_LINES.get(code, f"{code} Unknown"), sent

    def _next_message(self) -> Message:
        while isinstance(news := self._next_news(), BodyWanted):
            self._host.call(self._call.give, self._body.next_piece())
        if isinstance(news, Ended):
            self._is_complete = True
            raise news.error or RuntimeError("The application ended without an answer")
        return news

    def _next_news(self) -> News:
        while True:
            try:
                return self._call.news.get(timeout=_LOOK_AGAIN)
            except Empty:
                self._look_around()

    def _look_around(self) -> None:
        """The app is silent: is it, and is its client, still there?"""
        if client_has_gone(self._environ):
            # By this number a server knows that it is no fault to be logged.
            raise ClientDisconnected(errno.ECONNRESET, "The client has gone")
        if self._call.news.empty():
            self._host.check_running()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        while not self._is_complete:
            message = self._next_message()
            self._is_complete = not message.get("more_body", False)
            piece = bytes(message.get("body", b""))
            self._host.call(self._call.taken, len(piece))
            if piece and not self._omits_body:
                return piece
        raise StopIteration

    def close(self) -> None:
        """The server wants no more: the app learns that its client has gone."""
        if not self._is_complete:
            self._is_complete = True
            self._host.call(self._call.leave)


class _RequestBody:
    """``wsgi.input`` as messages, read when the app asks for one."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        stream = environ["wsgi.input"]
        # A stream that can give what is there is not asked to wait for more.
        self._read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        length = environ.get("CONTENT_LENGTH") or ""
        self._left = int(length) if length.isdecimal() else None

    def next_piece(self) -> Message:
        """The next message; http.disconnect where the client has gone before its end.

        ``b"..." -> {"type": "http.request", "body": b"...", "more_body": True}``
        """
        size = WINDOW if self._left is None else min(WINDOW, self._left)
        try:
            piece = self._read(size)
        except Exception:  # each server has its own, with no base in common
            return DISCONNECT
        if self._left is None:
            return _piece(piece, more=bool(piece))
        self._left -= len(piece)
        return _piece(piece, more=self._left > 0) if piece else DISCONNECT


def _piece(piece: bytes, more: bool) -> Message:
    return {"type": "http.request", "body": piece, "more_body": more}


def _is_body_expected(environ: WSGIEnvironment) -> bool:
    """Whether there may be one: it has a length, or tells its end by itself."""
    length = environ.get("CONTENT_LENGTH")
    is_told_by_its_end = bool(environ.get("wsgi.input_terminated"))
    return length != "0" if length else is_told_by_its_end
