"""The client's side of a test: httpx, talking to an application in this process."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from threading import Thread
from time import monotonic
from typing import Any, Self, cast
from urllib.parse import unquote_to_bytes

import httpx

from roob.types import StartResponse, WSGIApp, WSGIEnvironment
from roob.websockets.closing import LOST, CloseCode, ConnectionClosed, check_closing
from roob.websockets.in_process import InProcessTransport
from roob.websockets.transport import Message

# What a browser sends along, for middlewares that look at it.
_HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",  # RFC 6455 1.3
}
_WEBSOCKET_SCHEME = re.compile(r"ws(?=s?://)")

# Under this name a request brings along what its environ is to have besides.
_ENVIRON = "roob.environ"


class TestClient(httpx.Client):
    """``TestClient(app).get("/books/7").json()``: no server, no socket.

    Takes any WSGI application, and every keyword of ``httpx.Client``. Without
    ``raise_app_exceptions`` an exception of the application becomes a 500, as a
    server makes it.

    A stream's pieces are made as they are read, in the test's own thread, so publish
    before you read on::

        with client.stream("GET", "/changes") as answer:
            lines = answer.iter_lines()
            assert next(lines) == ": open"

    An ``EventStream`` that is silent for the read timeout (5 seconds, unless
    ``timeout`` says otherwise) raises ``httpx.ReadTimeout``, where its source yields
    None while it waits, as a ``Subscription`` does; another source that waits for ever
    hangs the test.
    """

    __test__ = False  # pytest would take it for a class of tests

    def __init__(
        self, app: WSGIApp, *, raise_app_exceptions: bool = True, **options: Any
    ) -> None:
        options.setdefault("base_url", "http://testserver")
        options.setdefault("transport", _Transport(app, raise_app_exceptions))
        super().__init__(**options)

    def websocket(
        self,
        url: str,
        *,
        subprotocols: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        wait: float = 5.0,
        **options: Any,
    ) -> "ClientSocket":
        """A websocket's client; the handler runs in a thread of its own::

            with client.websocket("/echo") as socket:
                socket.send("hi")
                assert socket.receive() == "hi"

        What takes longer than ``wait`` seconds is a ``TimeoutError``. The client's own
        headers and cookies go along; other options, as ``params``, are those of
        ``httpx.Client.build_request``.

        Raises:
            HandshakeRefused: on entering, the application answered otherwise.
        """
        offered = {"Sec-WebSocket-Protocol": ", ".join(subprotocols)}
        asked = _HANDSHAKE | (offered if subprotocols else {}) | dict(headers or {})
        address = _WEBSOCKET_SCHEME.sub("http", url)
        request = self.build_request("GET", address, headers=asked, **options)
        transport = InProcessTransport()
        request.extensions[_ENVIRON] = {
            "roob.websocket": transport.limited,
            "roob.disconnected": lambda: transport.closing is not None,
        }
        return ClientSocket(partial(self.send, request), transport, wait)


class HandshakeRefused(Exception):
    """A handshake was answered without being accepted: see ``response``."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"{response.status_code} {response.reason_phrase}")
        self.response = response


class ClientSocket:
    """The client's end of a websocket; ``TestClient.websocket`` makes it.

    Leaving its ``with`` closes it and waits for the handler to end.
    """

    def __init__(
        self,
        handshake: Callable[[], httpx.Response],
        transport: InProcessTransport,
        wait: float,
    ) -> None:
        self._handshake = handshake
        self._transport = transport
        self._wait = wait
        self._thread = Thread(target=self._run, name="websocket handler", daemon=True)
        self._response: httpx.Response | None = None
        self._failure: BaseException | None = None

    def _run(self) -> None:
        try:
            self._response = self._handshake()
        except BaseException as error:  # raised again where the test waits for it
            self._failure = error
        finally:
            self._transport.close(LOST)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            is_accepted = self._transport.wait_for_answer(self._wait)
        except TimeoutError:
            self._transport.close(LOST)
            raise
        if not is_accepted:
            self._join()
            raise HandshakeRefused(cast("httpx.Response", self._response))
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()
        self._join()

    def _join(self) -> None:
        """Wait for the handler.

        Raises:
            TimeoutError: it goes on.
            BaseException: what came out of the application.
        """
        self._thread.join(self._wait)
        if self._thread.is_alive():
            raise TimeoutError(
                f"The handler goes on {self._wait} seconds after its websocket ended"
            )
        if self._failure is not None:
            raise self._failure

    @property
    def subprotocol(self) -> str | None:
        """The one that was accepted."""
        return self._transport.subprotocol

    @property
    def headers(self) -> httpx.Headers:
        """Those that the handshake was accepted with."""
        return httpx.Headers(self._transport.headers)

    def send(self, message: Message) -> None:
        """Send text (``str``) or bytes.

        Raises:
            ConnectionClosed: it is closed.
            TypeError: it is neither.
        """
        if not isinstance(message, str | bytes):
            raise TypeError(f"{message!r} is neither str nor bytes; see send_json")
        self._transport.put(message)

    def send_json(self, content: object) -> None:
        """Send an object as JSON."""
        self.send(json.dumps(content))

    def receive(self, timeout: float | None = None) -> Message:
        """The next message.

        Raises:
            ConnectionClosed: there will be none; it has the ``code`` and ``reason``.
            TimeoutError: none came in so many seconds, or in the socket's ``wait``.
        """
        return self._transport.take(self._wait if timeout is None else timeout)

    def receive_json(self, timeout: float | None = None) -> Any:
        """The next message as JSON."""
        return json.loads(self.receive(timeout))

    def __iter__(self) -> Iterator[Message]:
        """All messages, until it is closed."""
        while True:
            try:
                message = self.receive()
            except ConnectionClosed:
                return
            yield message

    def close(self, code: int = CloseCode.NORMAL, reason: str = "") -> None:
        """End it, unless it has ended; what was sent before is still read.

        Raises:
            ValueError: the code may not be sent, or the reason is over 123 bytes.
        """
        self._transport.close(check_closing(code, reason))

    @property
    def close_code(self) -> int | None:
        """How it ended, whoever did it; None while it is open."""
        closing = self._transport.closing
        return None if closing is None else closing.code

    @property
    def close_reason(self) -> str:
        """The words that came with the code."""
        closing = self._transport.closing
        return "" if closing is None else closing.reason


class _Transport(httpx.BaseTransport):
    """httpx's own, which hands the path over decoded where PEP 3333 has bytes."""

    def __init__(self, app: WSGIApp, raise_app_exceptions: bool) -> None:
        self._app = app
        self._raise_app_exceptions = raise_app_exceptions

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raw_path, _, _ = request.url.raw_path.partition(b"?")
        path = unquote_to_bytes(raw_path).decode("latin-1")
        silence = _Silence(request.extensions.get("timeout", {}).get("read"))

        def app(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
            environ |= {"PATH_INFO": path, "wsgi.input_terminated": True}
            environ |= {"roob.disconnected": silence.is_too_long}
            environ |= request.extensions.get(_ENVIRON, {})
            return self._app(environ, start_response)

        try:
            response = httpx.WSGITransport(app).handle_request(request)
        except Exception:  # the application's; which ones, only it knows
            if self._raise_app_exceptions:
                raise
            return httpx.Response(500, text="Internal Server Error")
        response.stream = _Pieces(response.stream, silence, request)
        return response


class _Silence:
    """For how long nothing has come: what a stream is told of its client."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._since = monotonic()
        self.was_too_long = False

    def is_too_long(self) -> bool:
        spent = monotonic() - self._since
        self.was_too_long = self._seconds is not None and spent > self._seconds
        return self.was_too_long

    def is_broken(self) -> None:
        self._since = monotonic()


class _Pieces(httpx.SyncByteStream):
    """A body as it is made; its client leaves where it has been silent for too long."""

    def __init__(self, stream: Any, silence: _Silence, request: httpx.Request) -> None:
        self._stream = stream
        self._silence = silence
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        pieces: Iterable[bytes] = self._stream
        for piece in pieces:
            yield piece
            self._silence.is_broken()
        if self._silence.was_too_long:
            raise httpx.ReadTimeout("The stream is silent", request=self._request)

    def close(self) -> None:
        self._stream.close()
