"""A websocket's handler as an ordinary one: at the end of the chain, like any route's.

Middlewares see the handshake as the GET that it is, may refuse it, and see a 101 when
the connection has ended.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from threading import Semaphore
from typing import Any

import webob

from roob.constants import ContentType, HttpStatus
from roob.exceptions import ResponseError
from roob.models.answers import make_response
from roob.models.connections import open_connections
from roob.models.requests import Request
from roob.models.responses import Response
from roob.types import StartResponse, WSGIEnvironment
from roob.websockets.closing import (
    CloseCode,
    Closing,
    ConnectionClosed,
    shortened_reason,
)
from roob.websockets.handshake import check_handshake, check_origin, checked_origin
from roob.websockets.socket import WebSocket
from roob.websockets.transport import Limits, open_transport

logger = logging.getLogger("roob.websockets")

_DONE = Closing(CloseCode.NORMAL)
_SECONDS_TO_COME_AGAIN = "5"
_FAILED = Closing(CloseCode.INTERNAL_ERROR, "Internal error")


class SwitchedResponse(Response):
    """The 101 that was sent when the handshake was accepted: for middlewares and logs.

    The server cannot write it a second time: the connection's sending side is shut.
    """

    def __call__(
        self,
        environ: WSGIEnvironment,  # noqa: ARG002
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        # wsgiref.validate misses a content type in all but 204 and 304.
        start_response(self.status, [("Content-Type", ContentType.BINARY.value)])
        return []


class WebSocketEndpoint:
    """``WebSocketEndpoint(chat)`` calls ``chat(socket, **parameters)``.

    ``origins`` are the other sites whose pages may connect (``["*"]``: all of them),
    ``subprotocols`` what is spoken here, best first; ``max_message_bytes`` bounds a
    message. Every ``ping_interval`` seconds (None: never) a silent client is pinged,
    and given up after as long again; one that takes nothing for ``send_timeout``
    seconds is cut. Behind ASGI servers, pings are the server's. Each process serves
    ``max_connections`` at a time (None: as many as come).

    Raises:
        ValueError: an origin is none, or ``max_connections`` is negative.
        TypeError: ``origins`` or ``subprotocols`` is a text, not a list of them.
    """

    def __init__(
        self,
        handler: Callable[..., Any],
        *,
        origins: Collection[str] | None = None,
        subprotocols: Collection[str] = (),
        max_message_bytes: int = 1024 * 1024,
        ping_interval: float | None = 20.0,
        send_timeout: float = 30.0,
        max_connections: int | None = None,
    ) -> None:
        if getattr(handler, "is_dispatched", False):
            raise TypeError(f"{handler!r} is for requests, and a websocket's is plain")
        self.handler = handler
        self.origins = tuple(map(checked_origin, _names("origins", origins or ())))
        self.subprotocols = _names("subprotocols", subprotocols)
        self.limits = Limits(max_message_bytes, ping_interval, send_timeout)
        self.max_connections = max_connections
        self._seats = None if max_connections is None else Semaphore(max_connections)
        # What the route table, the tracer and error messages call it by.
        self.__name__ = getattr(handler, "__name__", type(handler).__name__)
        self.__qualname__ = getattr(handler, "__qualname__", self.__name__)
        self.__module__ = getattr(handler, "__module__", __name__)
        self.__doc__ = handler.__doc__
        self.__wrapped__ = handler

    def __call__(self, request: Request, **parameters: Any) -> webob.Response:
        """Serve one connection from its handshake to its end.

        Raises:
            ResponseError: 426 for a plain request, 400 for a broken handshake, 403
                for a page of another site, 501 where the server cannot, 503 where
                ``max_connections`` are open.
            Exception: what the handler raised before it accepted.
        """
        check_handshake(request.environ)
        check_origin(request.environ, self.origins)
        with self._seat():
            transport = open_transport(request.environ, self.limits)
            socket = WebSocket(request, transport, self.subprotocols)
            open_connections.add(transport)
            try:
                return self._serve(socket, parameters)
            finally:
                open_connections.discard(transport)

    @contextmanager
    def _seat(self) -> Iterator[None]:
        if self._seats is None:
            yield
            return
        if not self._seats.acquire(blocking=False):
            raise ResponseError(
                "Too many are connected: come again later",
                HttpStatus.SERVICE_UNAVAILABLE,
                {"Retry-After": _SECONDS_TO_COME_AGAIN},
            )
        try:
            yield
        finally:
            self._seats.release()

    def _serve(self, socket: WebSocket, parameters: dict[str, Any]) -> webob.Response:
        try:
            refusal = self.handler(socket, **parameters)
        except ConnectionClosed:
            refusal = None
        except Exception as error:  # whatever it is, the client gets a close frame
            if not socket.is_accepted:
                raise
            refusal = None
            self._close(socket, self._closing_for(socket, error))
        if refusal is not None and not socket.is_accepted:
            return make_response(refusal)
        self._close(socket, _DONE)
        return SwitchedResponse(None, HttpStatus.SWITCHING_PROTOCOLS)

    def _closing_for(self, socket: WebSocket, error: Exception) -> Closing:
        if isinstance(error, ResponseError) and error.status[0] == "4":
            return Closing(CloseCode.POLICY_VIOLATION, shortened_reason(error.message))
        logger.error(
            "The websocket %r failed, request id %s",
            self.__qualname__,
            socket.request.id,
            exc_info=error,
        )
        return _FAILED

    @staticmethod
    def _close(socket: WebSocket, closing: Closing) -> None:
        try:
            socket.close(*closing)
        except ConnectionClosed:
            logger.debug("The client had gone before the websocket was accepted")


def _names(what: str, names: Collection[str]) -> tuple[str, ...]:
    if isinstance(names, str):
        raise TypeError(f"{what} is the text {names!r}: give a list, [{names!r}]")
    return tuple(names)
