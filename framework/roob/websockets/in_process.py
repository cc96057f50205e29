"""A websocket without a server: both ends in one process, for tests.

Two bounded queues and an end; the handler's side is an ordinary transport.
"""

from collections import deque
from collections.abc import Callable
from threading import Condition

from roob.websockets.closing import (
    GOING_AWAY,
    LOST,
    CloseCode,
    Closing,
    ConnectionClosed,
)
from roob.websockets.transport import Limits, Message

# Messages that a client may leave unread before the handler's next one waits.
_BACKLOG = 1000

_TOO_BIG = Closing(CloseCode.MESSAGE_TOO_BIG, "The message is too big")


class InProcessTransport:
    """One connection: ``put`` and ``take`` are the client's, the rest the handler's."""

    def __init__(self) -> None:
        self.closing: Closing | None = None
        self.is_accepted = False
        self.subprotocol: str | None = None
        self.headers: list[tuple[str, str]] = []
        self._limits = Limits()
        self._is_leaving = False
        # Its lock may be entered twice, as by a signal's handler that calls go_away.
        self._changed = Condition()
        self._to_handler: deque[Message] = deque()
        self._to_client: deque[Message] = deque()

    def limited(self, limits: Limits) -> "InProcessTransport":
        """This transport, by the limits of the endpoint that was found."""
        self._limits = limits
        return self

    def wait_for_answer(self, timeout: float) -> bool:
        """Whether the handshake is accepted; False where it ended before.

        Raises:
            TimeoutError: neither, in so many seconds.
        """
        with self._changed:
            self._wait(lambda: self.is_accepted or self.closing, timeout)
            return self.is_accepted

    def put(self, message: Message) -> None:
        """A message of the client's; it waits for nobody.

        Raises:
            ConnectionClosed: it has ended.
        """
        with self._changed:
            self._check_open()
            self._to_handler.append(message)
            self._changed.notify_all()

    def take(self, timeout: float) -> Message:
        """The next message for the client.

        Raises:
            ConnectionClosed: there will be none.
            TimeoutError: none came in so many seconds.
        """
        with self._changed:
            self._wait(lambda: self._to_client or self.closing, timeout)
            return self._next_of(self._to_client)

    def accept(self, subprotocol: str | None, headers: list[tuple[str, str]]) -> None:
        with self._changed:
            self._check_open()
            self.subprotocol, self.headers = subprotocol, headers
            self.is_accepted = True
            self._changed.notify_all()

    def receive(self, timeout: float | None) -> Message:
        with self._changed:
            self._wait(self._has_news, timeout)
            if not self._to_handler and self._is_leaving:
                self.close(GOING_AWAY)
            return self._checked(self._next_of(self._to_handler))

    def _has_news(self) -> object:
        return self._to_handler or self._is_leaving or self.closing

    def _checked(self, message: Message) -> Message:
        size = len(message.encode() if isinstance(message, str) else message)
        if size > self._limits.max_message_bytes:
            self.close(_TOO_BIG)
            raise ConnectionClosed(*_TOO_BIG)
        return message

    def send(self, message: Message) -> None:
        with self._changed:
            if not self._changed.wait_for(self._has_room, self._limits.send_timeout):
                self.close(LOST)
            if self._is_leaving:
                self.close(GOING_AWAY)
            self._check_open()
            self._to_client.append(message)
            self._changed.notify_all()

    def _has_room(self) -> bool:
        return self.closing is not None or len(self._to_client) < _BACKLOG

    def is_open(self) -> bool:
        if self._is_leaving:
            self.close(GOING_AWAY)
        return self.closing is None

    def close(self, closing: Closing) -> None:
        """Of either side: the first one says how it ends."""
        with self._changed:
            self.closing = self.closing or closing
            self._changed.notify_all()

    def go_away(self) -> None:
        self._is_leaving = True
        with self._changed:
            self._changed.notify_all()

    def _wait(self, is_so: Callable[[], object], timeout: float | None) -> None:
        if not self._changed.wait_for(is_so, timeout):
            raise TimeoutError(f"Nothing came in {timeout} seconds")

    def _next_of(self, queue: "deque[Message]") -> Message:
        if not queue:
            self._check_open()
        self._changed.notify_all()
        return queue.popleft()

    def _check_open(self) -> None:
        if self.closing is not None:
            raise ConnectionClosed(*self.closing)
