"""A websocket on gunicorn's threads: frames by wsproto, on the socket of the request.

The handler's thread reads; it also answers pings, minds silence and ends what a drain
wants ended. wsproto is an extra, so ``transport`` imports this room late.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from threading import Lock, RLock
from time import monotonic

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import (
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    TextMessage,
)
from wsproto.extensions import Extension
from wsproto.frame_protocol import (
    CloseReason,
    FrameDecoder,
    FrameProtocol,
    Opcode,
    RsvBits,
)
from wsproto.utilities import LocalProtocolError

from roob.types import WSGIEnvironment
from roob.websockets.closing import (
    CLOSE_TIMEOUT,
    GOING_AWAY,
    LOST,
    CloseCode,
    Closing,
    ConnectionClosed,
    check_open,
    shortened_reason,
)
from roob.websockets.handshake import handshake_answer
from roob.websockets.transport import Limits, Message, is_full
from roob.websockets.wire import SLICE, Wire

HasEnough = Callable[[Collection[Message]], bool]
IsLate = Callable[[], bool]

# Seconds for which a handler may ask for no message until what stands behind the
# next one is read as well.
PATIENCE = 1.0


class SizeLimit(Extension):
    """Refuses a message by its frames' headers, before any of it is kept.

    wsproto asks its extensions about each header; this one negotiates nothing.
    """

    name = "roob-size-limit"

    def __init__(self, max_message_bytes: int) -> None:
        self._limit = max_message_bytes
        self._before = 0  # bytes of the message's earlier frames
        self._frame = 0  # bytes of this one
        self._is_data = False

    def enabled(self) -> bool:
        return True

    def offer(self) -> bool:
        return False

    def frame_inbound_header(
        self,
        proto: FrameDecoder | FrameProtocol,  # noqa: ARG002
        opcode: Opcode,
        rsv: RsvBits,  # noqa: ARG002
        payload_length: int,
    ) -> CloseReason | RsvBits:
        # Called again where a header arrives in two pieces: it only sets.
        self._is_data = not opcode.iscontrol()
        self._frame = payload_length
        if self._is_data and self._before + payload_length > self._limit:
            return CloseReason.MESSAGE_TOO_BIG
        return RsvBits(False, False, False)

    def frame_inbound_complete(
        self,
        proto: FrameDecoder | FrameProtocol,  # noqa: ARG002
        fin: bool,
    ) -> None:
        if self._is_data:
            self._before = 0 if fin else self._before + self._frame


class GunicornTransport:
    """The connection of one request on a worker with threads (RFC 6455)."""

    def __init__(self, environ: WSGIEnvironment, limits: Limits) -> None:
        self._environ = environ
        self._limits = limits
        self._wire = Wire(environ["gunicorn.socket"])
        self._protocol = Connection(
            ConnectionType.SERVER, [SizeLimit(limits.max_message_bytes)]
        )
        self._messages: deque[Message] = deque()
        self._parts: list[Message] = []
        self._reading = RLock()
        self._sending = Lock()
        self._leaving_at: float | None = None
        self._is_finished = False
        self._is_broken = False
        self._asked_at = self._heard_at = monotonic()
        self._pinged_at: float | None = None
        self.closing: Closing | None = None

    def accept(self, subprotocol: str | None, headers: list[tuple[str, str]]) -> None:
        key = self._environ["HTTP_SEC_WEBSOCKET_KEY"]
        self._wire.take_over()
        with self._sending:
            self._write(handshake_answer(key, subprotocol, headers), self._stall())
        if early := _read_ahead(self._environ):
            with self._reading:
                self._take(early)

    # ---- messages in

    def receive(self, timeout: float | None) -> Message:
        with self._reading:
            try:
                return self._next(timeout)
            finally:
                self._asked_at = monotonic()

    def _next(self, timeout: float | None) -> Message:
        deadline = None if timeout is None else monotonic() + timeout
        while not self._messages:
            self._check_open()
            wait = SLICE if deadline is None else deadline - monotonic()
            self._look(min(SLICE, max(wait, 0)))
            if wait <= 0 and not self._messages and self.closing is None:
                raise TimeoutError(f"No message in {timeout} seconds")
        return self._messages.popleft()

    def _settle(self) -> None:
        if self._leaving_at is not None:
            self.close(GOING_AWAY)
        if self.closing is not None:
            self._finish()

    def _check_open(self) -> None:
        """End what is to end, and say so.

        Raises:
            ConnectionClosed: it has ended.
        """
        self._settle()
        check_open(self.closing)

    def _look(self, wait: float, has_enough: HasEnough = bool) -> None:
        self._parse(has_enough)
        if self.closing is not None or has_enough(self._messages):
            return
        piece = self._wire.read(wait)
        if piece is None:
            self._mind_silence()
        elif piece:
            self._take(piece, has_enough)
        else:
            self._lose()

    def _mind_silence(self) -> None:
        interval = self._limits.ping_interval
        if interval is None or self.closing is not None:
            return
        now = monotonic()
        if self._pinged_at is not None and now - self._pinged_at > interval:
            self._lose()
        elif self._pinged_at is None and now - self._heard_at > interval:
            self._pinged_at = now
            self._try_to_send(Ping())

    def _take(self, piece: bytes, has_enough: HasEnough = bool) -> None:
        self._heard_at, self._pinged_at = monotonic(), None
        self._protocol.receive_data(piece)
        self._parse(has_enough)

    def _parse(self, has_enough: HasEnough) -> None:
        # A message at a time for who takes them, so that a close frame behind one is
        # met, and answered, after the handler has answered the message.
        for event in self._protocol.events():
            if self.closing is None:
                self._handle(event)
            if self.closing is not None or has_enough(self._messages):
                return

    def _handle(self, event: Event) -> None:
        if isinstance(event, TextMessage | BytesMessage):
            self._add_part(event)
        elif isinstance(event, Ping):
            self._try_to_send(event.response())
        elif isinstance(event, CloseConnection):
            self._answer_close(event)

    def _add_part(self, event: TextMessage | BytesMessage) -> None:
        data = event.data
        if data or event.message_finished:  # endless empty frames leave nothing behind
            self._parts.append(data if isinstance(data, str) else bytes(data))
        if event.message_finished:
            parts, self._parts = self._parts, []
            self._messages.append(_joined(parts))

    def _answer_close(self, event: CloseConnection) -> None:
        closing = Closing(int(event.code), event.reason or "")
        if self._protocol.state is ConnectionState.REMOTE_CLOSING:
            self._try_to_send(event.response())
        else:  # wsproto's word for frames that break the protocol
            self._is_broken = True
            closing = Closing(closing.code, shortened_reason(closing.reason))
            self._try_to_send(CloseConnection(*closing))
        self.closing = self.closing or closing

    # ---- messages out

    def send(self, message: Message) -> None:
        if self._leaving_at is not None:
            self._notice()
        is_text = isinstance(message, str)
        event = TextMessage(message) if is_text else BytesMessage(message)  # type: ignore[arg-type]
        self._send_event(event, self._stall())
        # Not before: what answers a message goes out before a close frame behind it
        # is answered.
        self._notice()

    def is_open(self) -> bool:
        self._notice()
        return self.closing is None

    def _notice(self) -> None:
        """Read what is there, and end what is to end, unless a thread reads already."""
        with self._reader_unless_there_is_one() as is_reader:
            if is_reader:
                self._look_around()
                self._settle()

    @contextmanager
    def _reader_unless_there_is_one(self) -> Iterator[bool]:
        is_reader = self._reading.acquire(blocking=False)
        try:
            yield is_reader
        finally:
            if is_reader:
                self._reading.release()

    def _look_around(self) -> None:
        # A handler that only sends leaves messages lie, which must not pile up; but
        # it has to learn of pings, silence and the close frame that come after them.
        asks_for_none = monotonic() - self._asked_at > PATIENCE
        has_enough: HasEnough = is_full if asks_for_none else bool
        if not has_enough(self._messages):
            self._look(0, has_enough)
        elif self._wire.has_gone():
            self._lose()

    def _try_to_send(self, event: Event) -> None:
        # Where it fails, the next look at `closing` says so.
        with suppress(ConnectionClosed):
            self._send_event(event, self._stall())

    def _send_event(self, event: Event, is_late: IsLate) -> None:
        # Another thread may be sending to a client that does not read.
        while not self._sending.acquire(timeout=SLICE):
            if is_late():
                self._lose()
                raise ConnectionClosed(*LOST)
        try:
            self._write(self._encoded(event), is_late)
        finally:
            self._sending.release()

    def _encoded(self, event: Event) -> bytes:
        check_open(self.closing)
        try:
            return self._protocol.send(event)
        except LocalProtocolError as error:  # the close frame is out
            raise ConnectionClosed(CloseCode.NORMAL) from error

    def _write(self, data: bytes, is_late: IsLate) -> None:
        if not self._wire.write(data, is_late):
            self._lose()
            raise ConnectionClosed(*LOST)

    def _stall(self) -> IsLate:
        """Whether the client stands still too long; in a drain, counted from it."""
        start = monotonic()

        def is_late() -> bool:
            if self._leaving_at is not None:
                return monotonic() - max(start, self._leaving_at) > self._last_wait()
            still = monotonic() - max(start, self._wire.moved_at)
            return still > self._limits.send_timeout

        return is_late

    def _last_wait(self) -> float:
        return min(self._limits.send_timeout, CLOSE_TIMEOUT)

    # ---- the end

    def close(self, closing: Closing) -> None:
        if self.closing is None:
            self._say_close(closing)
        with self._reading:
            self._finish()

    def _say_close(self, closing: Closing) -> None:
        deadline = monotonic() + self._last_wait()
        try:
            self._send_event(CloseConnection(*closing), lambda: monotonic() > deadline)
        except ConnectionClosed:
            return  # another thread was first, or the client has gone
        self.closing = closing

    def _finish(self) -> None:
        if self._is_finished:
            return
        self._is_finished = True
        self._messages.clear()
        if self._has_client_closed(monotonic() + CLOSE_TIMEOUT):
            self._wire.finish()
        else:
            self._wire.abort()

    def _has_client_closed(self, deadline: float) -> bool:
        """Whether its close frame comes in time; what comes before it is too late."""
        while self._expects_close():
            piece = self._wire.read(max(deadline - monotonic(), 0))
            if not piece:
                return piece is not None
            self._protocol.receive_data(piece)
        return True

    def _expects_close(self) -> bool:
        came = [isinstance(e, CloseConnection) for e in self._protocol.events()]
        is_waiting = self._protocol.state is ConnectionState.LOCAL_CLOSING
        # A close event that changes no state is broken frames once more.
        return is_waiting and not self._is_broken and not any(came)

    def _lose(self) -> None:
        self.closing = self.closing or LOST
        self._is_finished = True
        self._wire.abort()

    def go_away(self) -> None:
        self._leaving_at = self._leaving_at or monotonic()


def _joined(parts: list[Message]) -> Message:
    if isinstance(parts[0], str):
        return "".join(parts)  # type: ignore[arg-type]  # of one kind, says RFC 6455
    return b"".join(parts)  # type: ignore[arg-type]


def _read_ahead(environ: WSGIEnvironment) -> bytes:
    """What gunicorn has read behind the handshake: the first frames of a quick client.

    They are in the buffer of its parser, which the input's reader shares.
    """
    reader = getattr(environ["wsgi.input"], "reader", None)
    unreader = getattr(reader, "unreader", None)
    early: bytes = b"" if unreader is None else unreader.take_buffered()
    return early
