"""A request's body on its way in: from ASGI messages to a file that blocks.

What the app has not read yet is bounded; beyond that the server reads no more from
the socket, and the client has to wait.
"""

import asyncio
import io
from collections import deque
from typing import IO, Any

from roob.bridge.client import Client, ClientDisconnected, ClientStalled
from roob.bridge.messages import WINDOW, Receive
from roob.types import WSGIEnvironment


class Incoming:
    """What comes from the client: the pieces of its body, then that it has gone."""

    def __init__(self, receive: Receive, client: Client) -> None:
        self._receive = receive
        self._client = client
        self._pieces: deque[bytes | memoryview] = deque()
        self._waiting = 0
        self._is_complete = False
        self._listener: asyncio.Task[None] | None = None
        self._has_room = asyncio.Event()
        self._expects_continue = False

    async def open(self, environ: WSGIEnvironment) -> IO[bytes]:
        """``wsgi.input``. A small body is fetched whole, before it takes a thread.

        Unless the client waits for a 100 (Continue): the app's first read asks for
        that, so that an app which refuses the request is sent no body.

        Raises:
            ClientDisconnected: a small body did not arrive whole, or not in time.
        """
        self._expects_continue = "HTTP_EXPECT" in environ
        length = _known_length(environ)
        if length == 0:
            return io.BytesIO()
        if length is None or length > WINDOW or self._expects_continue:
            return io.BufferedReader(_Body(self), WINDOW)
        return io.BytesIO(await self._fetch_all())

    async def _fetch_all(self) -> bytes:
        try:
            async with asyncio.timeout(self._client.stall_timeout):
                while not (self._is_complete or self._client.is_gone):
                    await self._receive_one()
        except TimeoutError as error:
            raise ClientStalled("The request's body did not arrive in time") from error
        if not self._is_complete:
            raise ClientDisconnected("The request's body ends before its length")
        return self._take_all()

    def _take_all(self) -> bytes:
        body = b"".join(self._pieces)
        self._pieces.clear()
        self._waiting = 0
        return body

    async def _receive_one(self) -> None:
        message = await self._receive()
        if message["type"] != "http.request":
            self._client.leave()
            return
        piece = message.get("body", b"")
        with self._client.changed:
            self._is_complete = not message.get("more_body", False)
            if piece:
                self._pieces.append(piece)
                self._waiting += len(piece)
            self._client.changed.notify_all()

    def listen(self) -> None:
        """In the loop: take what comes from now on."""
        if self._listener is None:
            self._expects_continue = False
            self._listener = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        try:
            while not self._client.is_gone:
                await self._receive_one()
                await self._wait_for_room()
                # A server or a test may say the body's end again and again, without
                # ever waiting: the loop has more to do.
                await asyncio.sleep(0)
        finally:
            self._client.leave()

    async def _wait_for_room(self) -> None:
        self._has_room.clear()
        while self._waiting > WINDOW:
            await self._has_room.wait()
            self._has_room.clear()

    def stop(self) -> None:
        """In the loop: the request is over."""
        if self._listener is not None:
            self._listener.cancel()

    def is_disconnected(self) -> bool:
        """In the app's thread: whether the client is known to have gone.

        Asking makes it known from then on; ``environ["roob.disconnected"]`` is this.
        """
        if self._listener is None and not self._expects_continue:
            self._client.slot.call_in_loop(self.listen)
        return self._client.is_gone

    def read_into(self, buffer: memoryview) -> int:
        """In the app's thread: wait for a piece; 0 at the end.

        Raises:
            ClientDisconnected: the client has gone before its end.
            NoRoom: it is slow, and there is no room for slow ones.
        """
        if self._listener is None:
            self._client.slot.call_in_loop(self.listen)
        with self._client.changed:
            self._client.wait_to_read(lambda: bool(self._pieces) or self._is_complete)
            size = self._take_into(buffer)
        if self._waiting <= WINDOW < self._waiting + size:
            self._client.slot.call_in_loop(self._has_room.set)
        return size

    def _take_into(self, buffer: memoryview) -> int:
        if not self._pieces:
            return 0
        piece = self._pieces.popleft()
        size = min(len(piece), len(buffer))
        buffer[:size] = piece[:size]
        if size < len(piece):
            # The server's pieces may be large: what is left of them is not copied.
            self._pieces.appendleft(memoryview(piece)[size:])
        self._waiting -= size
        return size


def _known_length(environ: WSGIEnvironment) -> int | None:
    """Of the body; None where only its end will tell (HTTP/2 needs no header)."""
    if length := environ.get("CONTENT_LENGTH"):
        # A server has refused what is no number; what is too long is just long.
        return int(length) if length.isdecimal() and len(length) < 19 else None
    is_plain = environ["SERVER_PROTOCOL"] in ("HTTP/1.1", "HTTP/1.0")
    return 0 if is_plain and "HTTP_TRANSFER_ENCODING" not in environ else None


class _Body(io.RawIOBase):
    def __init__(self, incoming: Incoming) -> None:
        super().__init__()
        self._incoming = incoming

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._incoming.read_into(memoryview(buffer))
