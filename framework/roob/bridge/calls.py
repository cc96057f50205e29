"""One request of an ASGI app, asked by a WSGI server: the app's side, in its loop.

What blocks is done by the server's thread, when the app asks for it: reading the
request's body, and handing on the pieces of the response's.
"""

import asyncio
import logging
from dataclasses import dataclass
from queue import SimpleQueue

from roob.bridge.client import ClientDisconnected
from roob.bridge.messages import WINDOW, ASGIApp, Message, Scope
from roob.bridge.pool import harmless

# Seconds that an app has to end by itself when its client has gone.
_GRACE = 3.0

DISCONNECT: Message = {"type": "http.disconnect"}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BodyWanted:
    """The app waits for the next piece of the request's body."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The app's callable has ended; with an error, or as it should."""

    error: BaseException | None


# What the app tells the server's thread; a message is one of its response's.
News = Message | BodyWanted | Ended


class Call:
    """What the app receives from and sends to, from its call to its end."""

    def __init__(self, is_body_expected: bool) -> None:
        self.news: SimpleQueue[News] = SimpleQueue()
        self._is_body_complete = not is_body_expected
        self._is_empty_body_due = not is_body_expected
        self._piece: asyncio.Future[Message] | None = None
        self._receiving = asyncio.Lock()
        self._has_started = False
        self._is_complete = False
        self._over = asyncio.Event()
        self._under_way = 0
        self._has_room = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def begin(self, app: ASGIApp, scope: Scope) -> None:
        """Call the app; that it has ended will be the last news."""
        self._task = asyncio.create_task(self._run(app, scope))

    async def _run(self, app: ASGIApp, scope: Scope) -> None:
        error = None
        try:
            await app(scope, self._receive, self._send)
        except BaseException as raised:  # handed to the server's thread
            error = harmless(raised)
        if error is not None and self._over.is_set():
            self._log(error)
        self.news.put(Ended(error))

    def _log(self, error: Exception) -> None:
        """Nobody waits any more whom it could be raised to."""
        if self._is_complete:
            logger.error("An application failed after its answer", exc_info=error)
        else:
            logger.info("An application ended as its client had gone: %r", error)

    async def _receive(self) -> Message:
        async with self._receiving:
            if self._is_empty_body_due:
                self._is_empty_body_due = False
                return {"type": "http.request", "body": b"", "more_body": False}
            if not (self._is_body_complete or self._over.is_set()):
                return await self._next_piece()
        await self._over.wait()
        return DISCONNECT

    async def _next_piece(self) -> Message:
        # Who stops waiting for it leaves it to the next who asks.
        if self._piece is None:
            self._piece = asyncio.get_running_loop().create_future()
            self.news.put(BodyWanted())
        message = await asyncio.shield(self._piece)
        self._piece = None
        self._is_body_complete = not message.get("more_body", False)
        return message

    def give(self, message: Message) -> None:
        """The piece of the body that the app waits for."""
        if self._piece is not None and not self._piece.done():
            self._piece.set_result(message)

    async def _send(self, message: Message) -> None:
        self._check(message)
        self.news.put(message)
        if message["type"] == "http.response.start":
            self._has_started = True
        elif not message.get("more_body", False):
            self._is_complete = True
            self._over.set()
        else:
            self._under_way += len(message.get("body", b""))
            await self._wait_for_room()

    def _check(self, message: Message) -> None:
        if self._is_complete:
            raise RuntimeError("The response is complete, nothing more can be sent")
        if self._over.is_set():
            raise ClientDisconnected("The client has gone")
        due = "http.response.body" if self._has_started else "http.response.start"
        if message["type"] != due:
            raise RuntimeError(f"{message['type']!r} was sent, {due!r} was due")

    async def _wait_for_room(self) -> None:
        while self._under_way > WINDOW and not self._over.is_set():
            self._has_room.clear()
            await self._has_room.wait()

    def taken(self, size: int) -> None:
        """So many bytes of the response have gone to the server."""
        self._under_way -= size
        self._has_room.set()

    def leave(self) -> None:
        """The client has gone: say so, and give the app a while to end."""
        self._over.set()
        self._has_room.set()
        self.give(DISCONNECT)
        if self._task is not None:
            asyncio.get_running_loop().call_later(_GRACE, self._task.cancel)
