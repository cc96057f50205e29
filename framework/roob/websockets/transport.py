"""Between a websocket and its server: what a server's connection has to offer.

``roob.bridge`` puts one into the environ behind ASGI servers; on gunicorn's threads
it is made of the socket that gunicorn hands out.
"""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from roob.constants import HttpStatus
from roob.exceptions import ResponseError
from roob.types import WSGIEnvironment
from roob.websockets.closing import Closing

Message = str | bytes

# Messages that may wait for one connection's handler, or for its client; with more,
# the client is held back, or the handler waits.
BACKLOG = 32
_BACKLOG_BYTES = 256 * 1024


@dataclass(frozen=True)
class Limits:
    """What one connection may take: bytes of a message, and seconds."""

    max_message_bytes: int = 1024 * 1024
    ping_interval: float | None = 20.0
    send_timeout: float = 30.0


def is_full(messages: Iterable[Message]) -> bool:
    """Whether so many wait that no more should: 32, or more than 256 KiB."""
    sizes = [len(message) for message in messages]
    return len(sizes) >= BACKLOG or sum(sizes) > _BACKLOG_BYTES


class Transport(Protocol):
    """One client's connection. Any thread may send; one at a time receives."""

    @property
    def closing(self) -> Closing | None:
        """How it ended; None while it is open."""
        ...

    def accept(self, subprotocol: str | None, headers: list[tuple[str, str]]) -> None:
        """Answer the handshake.

        Raises:
            ConnectionClosed: the client has gone.
        """
        ...

    def receive(self, timeout: float | None) -> Message:
        """The next message.

        Raises:
            ConnectionClosed: it has ended.
            TimeoutError: nothing came in so many seconds.
        """
        ...

    def send(self, message: Message) -> None:
        """Send a message.

        Raises:
            ConnectionClosed: it has ended; or now, as the client does not read.
        """
        ...

    def close(self, closing: Closing) -> None:
        """End it: both close frames, as far as the client takes part."""
        ...

    def is_open(self) -> bool:
        """Whether the client is there, by a look at what has arrived."""
        ...

    def go_away(self) -> None:
        """End soon with 1001; never blocks."""
        ...


def open_transport(environ: WSGIEnvironment, limits: Limits) -> Transport:
    """The transport of a handshake's request.

    Raises:
        ResponseError: 501, this server cannot carry websockets.
    """
    bridged: Callable[[Limits], Transport] | None = environ.get("roob.websocket")
    if bridged is not None:
        return bridged(limits)
    # gunicorn's sync worker has one thread, which nothing may hold: a worker that is
    # silent for `timeout` is killed.
    if "gunicorn.socket" not in environ or not environ["wsgi.multithread"]:
        raise _unable("gunicorn (-k gthread or -k asgi), uvicorn and hypercorn can")
    return _gunicorn_transport(environ, limits)


def _gunicorn_transport(environ: WSGIEnvironment, limits: Limits) -> Transport:
    # Late, because wsproto is an extra: an app without websockets does not need it.
    try:
        room = importlib.import_module("roob.websockets.gunicorn")
    except ModuleNotFoundError as error:
        raise _unable("here it needs: pip install 'roob[websockets]'") from error
    transport: Transport = room.GunicornTransport(environ, limits)
    return transport


def _unable(help_: str) -> ResponseError:
    return ResponseError(
        f"This server does not carry websockets: {help_}", HttpStatus.NOT_IMPLEMENTED
    )
