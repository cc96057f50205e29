"""Server-sent events: an answer that goes on (WHATWG HTML 9.2).

A handler returns ``EventStream(source)``; ``Broadcast`` makes one source for many
readers. A stream holds its thread for as long as it lasts.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Condition, RLock
from time import monotonic
from typing import Any, Self
from weakref import WeakSet

from roob.headers import HeaderItems
from roob.models.connections import client_has_gone, open_connections
from roob.models.requests import Request
from roob.models.responses import Response
from roob.types import StartResponse, WSGIEnvironment
from roob.utils.json_util import JSONUtils

_LINE_END = re.compile("\r\n|\r|\n")
_UNFIT = re.compile("[\r\n\0]")

# A comment: clients skip it. The first one tells them that the stream is open, since
# servers send the headers along with the first piece.
_OPENED = b": open\n\n"
_KEEP_ALIVE = b": keep-alive\n\n"

# Seconds after which a subscription that got nothing says so.
_BEAT = 1.0


@dataclass(frozen=True)
class Event:
    """One event: ``Event({"id": 5}, id=17, event="stock", retry=3000)``.

    ``data`` is text, or anything that has a JSON form; its line ends, of any kind,
    arrive as ``\\n``. ``id`` comes back as ``Last-Event-ID`` when the client connects
    again, which it does after ``retry`` milliseconds.

    Raises:
        ValueError: ``id`` or ``event`` has a line end or NUL, or ``retry`` is no
            whole number of milliseconds.
        TypeError: ``data`` has no JSON form.
    """

    data: Any
    id: str | int | None = None
    event: str | None = None
    retry: int | None = None

    def __post_init__(self) -> None:
        for name, value in (("id", self.id), ("event", self.event)):
            if value is not None and _UNFIT.search(str(value)):
                raise ValueError(f"{name} {value!r} has a line end or NUL in it")
        if self.retry is not None and not _is_number(str(self.retry)):
            raise ValueError(f"retry {self.retry!r} is no number of milliseconds")
        _ = self.encoded  # what cannot be sent fails here, not in the stream

    @cached_property
    def encoded(self) -> bytes:
        """As it stands in the stream: ``b"id: 17\\ndata: {\\"id\\":5}\\n\\n"``."""
        lines = [
            f"{name}: {value}\n"
            for name in ("id", "event", "retry")
            if (value := getattr(self, name)) is not None
        ]
        lines += [f"data: {line}\n" for line in _LINE_END.split(self._text())]
        return "".join([*lines, "\n"]).encode()

    def _text(self) -> str:
        if isinstance(self.data, str):
            return self.data
        return JSONUtils.encode(self.data).decode()


def _is_number(text: str) -> bool:
    # The digits of ASCII alone: clients skip a retry that has others.
    return text.isascii() and text.isdecimal()


def last_event_id(request: Request) -> str | None:
    """The id of the last event that a client has from before; None for a new one."""
    header: str | None = request.environ.get("HTTP_LAST_EVENT_ID")
    return None if header is None else header.encode("latin-1").decode(errors="replace")


class EventStream(Response):
    """An answer made of events: ``EventStream(changes.subscribe())``.

    The source is any iterable of ``Event``, text, objects with a JSON form, and None
    for "nothing yet". With each None the stream looks whether the client is still
    there and sends a comment where ``keep_alive`` seconds were silent; so a source
    that waits should yield None every second or so, as ``Subscription`` does. The
    source is closed, if it has ``close()``, when the stream ends; HEAD opens none.

    Raises:
        TypeError: the source is no iterable, or is text.
    """

    def __init__(
        self,
        source: Iterable[Any],
        keep_alive: float = 15.0,
        *,
        headers: HeaderItems | None = None,
    ) -> None:
        _check_source(source)
        super().__init__(None, 200, content_type="text/event-stream", charset="utf-8")
        # The second is nginx's word for "pass it on as it comes".
        self.add_headers({"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        self.add_headers(headers or {})
        self._stream = _Stream(source, keep_alive)
        self.app_iter = self._stream

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        self._stream.watch(environ)
        return super().__call__(environ, start_response)


def _check_source(source: object) -> None:
    if isinstance(source, str | bytes) or not isinstance(source, Iterable):
        raise TypeError(
            f"a stream's source is an iterable of events, not {type(source).__name__}: "
            "of a Broadcast it is subscribe()"
        )


class _Stream:
    """The bytes of a stream, made as the server asks for them."""

    def __init__(self, source: Iterable[Any], keep_alive: float) -> None:
        self._source = source
        self._keep_alive = keep_alive
        self._has_client_gone = partial(client_has_gone, {})
        self._is_ending = False

    def watch(self, environ: WSGIEnvironment) -> None:
        self._has_client_gone = partial(client_has_gone, environ)

    def go_away(self) -> None:
        self._is_ending = True

    def __iter__(self) -> Iterator[bytes]:
        open_connections.add(self)
        yield _OPENED
        sent_at = monotonic()
        for item in self._source:
            if self._is_ending or (item is None and self._has_client_gone()):
                return
            if item is not None:
                yield _encoded(item)
            elif monotonic() - sent_at >= self._keep_alive:
                yield _KEEP_ALIVE
            else:
                continue
            sent_at = monotonic()

    def close(self) -> None:
        open_connections.discard(self)
        getattr(self._source, "close", lambda: None)()


def _encoded(item: Any) -> bytes:
    return item.encoded if isinstance(item, Event) else Event(item).encoded


class Broadcast:
    """One publisher, many readers: ``publish(event)`` reaches each ``subscribe()``.

    From any thread, and it never waits: a subscription that has not taken the last
    ``backlog`` items is ended instead, and its client connects again. Subscriptions
    that nobody holds any more are forgotten.
    """

    def __init__(self, backlog: int = 256) -> None:
        self._backlog = backlog
        # Signal handlers close a broadcast, maybe in the very thread that publishes.
        self._lock = RLock()
        self._subscriptions: WeakSet[Subscription] = WeakSet()
        self._is_closed = False

    def __len__(self) -> int:
        """How many are listening."""
        with self._lock:
            return sum(not subscription.is_ended for subscription in self._all())

    def __bool__(self) -> bool:
        """True: a broadcast that nobody listens to is one all the same."""
        return True

    def subscribe(self) -> "Subscription":
        """Everything that is published from now on; ended at once after ``close()``."""
        subscription = Subscription(self._backlog)
        with self._lock:
            if self._is_closed:
                subscription.close()
            else:
                self._subscriptions.add(subscription)
        return subscription

    def publish(self, item: Any) -> None:
        """Hand an item, an ``Event`` for one, to all who listen now."""
        # Under the lock, so that two publishers reach all readers in one order.
        with self._lock:
            for subscription in self._all():
                subscription.put(item)

    def close(self) -> None:
        """End all subscriptions, after what they have not read yet."""
        with self._lock:
            self._is_closed = True
            for subscription in self._all():
                subscription.end()

    def _all(self) -> list["Subscription"]:
        return list(self._subscriptions)


class Subscription:
    """An iterator over what is published; None where a second brought nothing.

    ``with changes.subscribe() as events: for event in events: ...``
    """

    def __init__(self, backlog: int) -> None:
        self._backlog = backlog
        self._items: deque[Any] = deque()
        self._changed = Condition()
        self.is_ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        with self._changed:
            if not self._items and not self.is_ended:
                self._changed.wait(_BEAT)
            if self._items:
                return self._items.popleft()
            if self.is_ended:
                raise StopIteration
            return None

    def put(self, item: Any) -> None:
        """One more item; the end, where so many are waiting already."""
        with self._changed:
            if len(self._items) >= self._backlog:
                self.is_ended = True
            if not self.is_ended:
                self._items.append(item)
            self._changed.notify()

    def end(self) -> None:
        """No more items; those that wait can still be read."""
        with self._changed:
            self.is_ended = True
            self._changed.notify()

    def close(self) -> None:
        """Nobody reads on: drop what waits."""
        with self._changed:
            self._items.clear()
            self.end()
