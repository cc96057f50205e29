"""A websocket behind an ASGI server: events of the loop, taken by the handler's thread.

Frames and pings are the server's; here are the two bounded queues between its event
loop and one synchronous handler.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Condition

from roob.bridge.answers import Head
from roob.bridge.messages import Message as AsgiEvent
from roob.bridge.messages import Receive, Send
from roob.websockets.closing import (
    CLOSE_TIMEOUT,
    GOING_AWAY,
    LOST,
    CloseCode,
    Closing,
    ConnectionClosed,
    check_open,
)
from roob.websockets.transport import Limits, Message, is_full

logger = logging.getLogger("roob.bridge")

_TOO_BIG = Closing(CloseCode.MESSAGE_TOO_BIG, "The message is too big")


class AsgiTransport:
    """One connection: coroutines run in the loop, everything else in threads."""

    def __init__(self, send: Send, loop: asyncio.AbstractEventLoop) -> None:
        self.closing: Closing | None = None
        self.is_accepted = False
        self._limits = Limits()
        self._asgi_send = send
        self._loop = loop
        self._changed = Condition()
        self._messages: deque[Message] = deque()
        self._room = asyncio.Event()
        self._is_held_back = False
        self._outbox: deque[AsgiEvent] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._is_writing = False
        self._is_leaving = False

    def limited(self, limits: Limits) -> "AsgiTransport":
        """This transport, by the limits of the endpoint that was found."""
        self._limits = limits
        return self

    # ---- messages in

    async def read_from(self, receive: Receive) -> None:
        """Take the server's events until the connection ends."""
        try:
            while self.closing is None:
                await self._take(await receive())
        except Exception as error:
            self._break(error)

    async def _take(self, event: AsgiEvent) -> None:
        if event["type"] == "websocket.disconnect":
            code = event.get("code") or CloseCode.NO_STATUS
            self.end(Closing(code, event.get("reason") or ""))
        elif event["type"] == "websocket.receive":
            await self._put(_message_of(event))

    async def _put(self, message: Message) -> None:
        with self._changed:
            self._messages.append(message)
            self._changed.notify_all()
            self._is_held_back = is_full(self._messages)
            self._room.clear()
        if self._is_held_back:
            await self._room.wait()

    def receive(self, timeout: float | None) -> Message:
        with self._changed:
            if not self._changed.wait_for(self._has_news, timeout):
                raise TimeoutError(f"No message in {timeout} seconds")
            message = self._messages.popleft() if self._messages else None
            self._make_room()
        if message is None:
            self._check_open()
            return self.receive(timeout)
        return self._checked(message)

    def _has_news(self) -> bool:
        return bool(self._messages) or self._is_leaving or self.closing is not None

    def _make_room(self) -> None:
        if self._is_held_back and not is_full(self._messages):
            self._is_held_back = False
            self._call_in_loop(self._room.set)

    def _checked(self, message: Message) -> Message:
        size = len(message.encode() if isinstance(message, str) else message)
        if size > self._limits.max_message_bytes:
            self.close(_TOO_BIG)
            raise ConnectionClosed(*_TOO_BIG)
        return message

    def _check_open(self) -> None:
        """End what is to end, and say so.

        Raises:
            ConnectionClosed: it has ended.
        """
        if self._is_leaving:
            self.close(GOING_AWAY)
        check_open(self.closing)

    # ---- messages out

    def accept(self, subprotocol: str | None, headers: list[tuple[str, str]]) -> None:
        encoded = [(n.lower().encode(), v.encode("latin-1")) for n, v in headers]
        accept = {"type": "websocket.accept", "subprotocol": subprotocol}
        self._put_out(accept | {"headers": encoded})
        self._flush(self._limits.send_timeout)
        self.is_accepted = True

    def deny(self, head: Head, body: Iterable[bytes]) -> None:
        """Refuse the handshake by an answer (ASGI: Websocket Denial Response)."""
        start = {"status": head.status, "headers": head.headers}
        self._put_out({"type": "websocket.http.response.start"} | start)
        answer = {"type": "websocket.http.response.body"}
        for piece in body:
            self._put_out(answer | {"body": piece, "more_body": True})
        self._put_out(answer | {"body": b"", "more_body": False})
        self._flush(self._limits.send_timeout)

    def deny_plainly(self) -> None:
        """Refuse the handshake by the server's own 403."""
        self._put_out({"type": "websocket.close", "code": CloseCode.NORMAL.value})
        self._flush(self._limits.send_timeout)

    def send(self, message: Message) -> None:
        if self._is_leaving:
            self._check_open()
        kind = "text" if isinstance(message, str) else "bytes"
        self._put_out({"type": "websocket.send", kind: message})

    def is_open(self) -> bool:
        if self._is_leaving:
            self.close(GOING_AWAY)
        return self.closing is None

    def close(self, closing: Closing) -> None:
        with self._changed:
            if self.closing is not None:
                return
            code, reason = closing
            event = {"type": "websocket.close", "code": code, "reason": reason}
            self._outbox.append(event)
            self._write_on()
            self.end(closing)
        # The server waits for the client's close frame, some seconds if need be.
        with suppress(ConnectionClosed):
            self._flush(CLOSE_TIMEOUT + 1)

    def _put_out(self, event: AsgiEvent) -> None:
        with self._changed:
            self._wait(self._has_room, self._limits.send_timeout)
            check_open(self.closing)
            self._outbox.append(event)
            self._write_on()

    def _has_room(self) -> bool:
        waiting = [
            event.get("text") or event.get("bytes", b"") for event in self._outbox
        ]
        return self.closing is not None or not is_full(waiting)

    def _flush(self, timeout: float) -> None:
        with self._changed:
            self._wait(lambda: not self._is_writing, timeout)

    def _wait(self, is_ready: Callable[[], bool], timeout: float) -> None:
        """Until the server has taken what it is to take; ``_changed`` is held.

        Raises:
            ConnectionClosed: it has not, since the client does not read.
        """
        if not self._changed.wait_for(is_ready, timeout):
            self.end(LOST)
            raise ConnectionClosed(*LOST)

    def _write_on(self) -> None:
        if not self._is_writing:
            self._is_writing = True
            self._call_in_loop(self._start_writer)

    def _start_writer(self) -> None:
        self._writer = self._loop.create_task(self._write())

    async def _write(self) -> None:
        """Hand the server what waits, until nothing waits."""
        try:
            while (event := self._next_out()) is not None:
                await self._asgi_send(event)
                self._sent()
        except Exception as error:
            self._break(error)
            self._stop_writing()

    def _next_out(self) -> AsgiEvent | None:
        with self._changed:
            if self._outbox:
                return self._outbox[0]
            self._stop_writing()
            return None

    def _sent(self) -> None:
        with self._changed:
            self._outbox.popleft()
            self._changed.notify_all()

    def _stop_writing(self) -> None:
        with self._changed:
            self._is_writing = False
            self._changed.notify_all()

    # ---- the end

    def end(self, closing: Closing) -> None:
        """It has ended like this, unless it had before."""
        with self._changed:
            self.closing = self.closing or closing
            self._changed.notify_all()

    def _break(self, error: Exception) -> None:
        """The server failed: by an OSError where the client has left (ASGI 2.4)."""
        if self.closing is None and not isinstance(error, OSError):
            logger.error("The server gave up a websocket", exc_info=error)
        self.end(LOST)

    def go_away(self) -> None:
        self._is_leaving = True
        with self._changed:
            self._changed.notify_all()

    def abandon(self) -> None:
        """In the loop, when nobody serves this connection any more."""
        self.end(LOST)
        if self._writer is not None:
            self._writer.cancel()
        self._stop_writing()

    def _call_in_loop(self, function: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # a loop that is closed has nobody to wait for
            self._loop.call_soon_threadsafe(function)


def _message_of(event: AsgiEvent) -> Message:
    text: str | None = event.get("text")
    return event["bytes"] if text is None else text
