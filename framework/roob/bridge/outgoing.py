"""A response's body on its way out: from the app's thread to ASGI messages.

What the server has not taken yet is bounded; beyond that the app's thread waits.
"""

import asyncio
import logging
from collections.abc import Sequence

from roob.bridge.answers import Head, IncompleteBody
from roob.bridge.client import Client, ClientDisconnected, ClientStalled
from roob.bridge.messages import WINDOW, Message, Send

logger = logging.getLogger(__name__)


class Outgoing:
    """The pieces that the app has made and the server has not taken yet."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._pieces: list[bytes] = []
        self._under_way = 0
        self._is_finished = False
        self._error: BaseException | None = None
        self._is_loop_waiting = False
        self._arrived = asyncio.Event()

    def put(self, piece: bytes) -> None:
        """In the app's thread: one more piece; waits where the client is slow.

        Raises:
            ClientDisconnected: nobody will read it.
        """
        with self._client.changed:
            self._client.wait_for(lambda: self._under_way < WINDOW)
            if self._client.is_gone:
                raise ClientDisconnected("The client has gone")
            self._pieces.append(piece)
            self._under_way += len(piece)
            self._wake_loop()

    def finish(self, error: BaseException | None = None) -> None:
        """In the app's thread: there is no more, perhaps because of an error."""
        with self._client.changed:
            self._error = error
            self._is_finished = True
            self._wake_loop()

    def _wake_loop(self) -> None:
        if self._is_loop_waiting:
            self._is_loop_waiting = False
            self._client.slot.call_in_loop(self._arrived.set)

    async def take(self) -> bytes:
        """In the loop: all that is there, as soon as something is; b"" at the end.

        Raises:
            BaseException: the one that ended the app, after all that came before.
        """
        while not (pieces := self._take_all()):
            if self._is_finished:
                break
            await self._arrived.wait()
        if not pieces and self._error is not None:
            raise self._error
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _take_all(self) -> list[bytes]:
        with self._client.changed:
            pieces, self._pieces = self._pieces, []
            self._is_loop_waiting = not (pieces or self._is_finished)
            if self._is_loop_waiting:
                self._arrived.clear()
            return pieces

    def taken(self, size: int) -> None:
        """In the loop: so many bytes have gone to the server."""
        with self._client.changed:
            self._under_way -= size
            self._client.changed.notify_all()


class Sender:
    """The server's side of one response: its start, then its body.

    No more of the body is sent than its ``Content-Length`` says. A message that the
    server does not take within ``stall_timeout`` seconds ends the response.

    Raises:
        ClientDisconnected: the client has gone, or reads nothing.
        IncompleteBody: there is less body than was announced.
    """

    def __init__(self, send: Send, stall_timeout: float) -> None:
        self._send = send
        self._stall_timeout = stall_timeout
        self._announced: int | None = None
        self._sent = 0
        self.has_started = False

    async def start(self, head: Head) -> None:
        """Status and headers."""
        self.has_started = True
        self._announced = head.content_length if head.has_body else None
        await self._pass_on(
            {
                "type": "http.response.start",
                "status": head.status,
                "headers": head.headers,
            }
        )

    async def whole(self, pieces: Sequence[bytes]) -> None:
        """The whole body: in one message where it is one piece, as it mostly is."""
        for piece in pieces[:-1]:
            await self.piece(piece)
        last = self._within_length(pieces[-1]) if pieces else b""
        await self._body(last, more=False)

    async def piece(self, piece: bytes) -> None:
        """A piece of the body."""
        piece = self._within_length(piece)
        if piece:
            await self._body(piece, more=True)

    async def end(self) -> None:
        """The end of a body that went out in pieces."""
        if self._announced is not None and self._sent < self._announced:
            raise IncompleteBody(self._sent, self._announced)
        await self._body(b"", more=False)

    def _within_length(self, piece: bytes) -> bytes:
        announced = self._announced
        if announced is not None and self._sent + len(piece) > announced:
            logger.warning("A body is longer than its Content-Length %d", announced)
            piece = piece[: announced - self._sent]
        self._sent += len(piece)
        return piece

    async def _body(self, piece: bytes, more: bool) -> None:
        # A slow client has to read one message within the stall timeout.
        last = max(0, len(piece) - 1) // WINDOW * WINDOW
        for at in range(0, last, WINDOW):
            await self._message(piece[at : at + WINDOW], more=True)
        await self._message(piece[last:] if last else piece, more)

    async def _message(self, piece: bytes, more: bool) -> None:
        await self._pass_on(
            {"type": "http.response.body", "body": piece, "more_body": more}
        )

    async def _pass_on(self, message: Message) -> None:
        try:
            async with asyncio.timeout(self._stall_timeout):
                await self._send(message)
        except TimeoutError as error:
            raise ClientStalled("The client reads nothing") from error
        except OSError as error:  # what servers raise who say that it has gone
            raise ClientDisconnected("The client has gone") from error
