"""From HTTP to ``LiveService``: the stock as it moves, by stream, socket or answer."""

import logging
from collections.abc import Generator, Iterator
from threading import Lock
from typing import Self
from weakref import WeakSet

from roob.constants import HttpStatus
from roob.events import Event, EventStream, last_event_id
from roob.exceptions import ResponseError
from roob.models.requests import Request
from roob.openapi import Answer, Schema, describe
from roob.orm.exceptions import OrmError
from roob.route_group import RouteGroup
from roob.websockets import CloseCode, WebSocket

from demo_app.core import shapes
from demo_app.core.answers import UNAVAILABLE
from demo_app.core.live_watch import LiveWatch, News, Reset
from demo_app.core.queries import POSITION, LiveQuery, position_of, read_query
from demo_app.core.representations import (
    change_json,
    position_text,
    summary_json,
)
from demo_app.service.entities import Change, Position
from demo_app.service.live_service import LiveService

logger = logging.getLogger("demo_app.live")

SECONDS_TO_COME_AGAIN = "30"
# For the API's page.
EVENTS = Answer(
    {"text/event-stream": str}, "Each change, as it happens; it goes on until it is cut"
)
NO_ROOM = Answer(
    None,
    "No room for one more, or no database",
    {"Retry-After": "After how many seconds to try again"},
)
NO_POSITION = "That is no position"
LAST_EVENT = Schema(
    {
        "properties": {
            "Last-Event-ID": {
                "type": "string",
                "pattern": f"^{POSITION.pattern}$",
                "description": "The position that was told last",
            }
        }
    }
)
RETRY = 1000  # milliseconds, after which a stream that was cut is asked for again


class Live:
    """``/api/stock/events``, ``/api/stock/live`` and ``/api/stock/changes``.

    At most ``seats`` streams and sockets are served at a time, as each holds a thread;
    who finds none asks for the changes now and then.  Behind an ASGI server it is the
    bridge that counts them, and has threads for many more.
    """

    def __init__(self, service: LiveService, seats: int) -> None:
        self._service = service
        self._seats = Seats(seats)
        self._watch = LiveWatch(service)

    def close(self) -> None:
        """End all streams, and begin none."""
        self._watch.close()

    @describe(
        tags=["stock"],
        query=LiveQuery,
        headers=LAST_EVENT,
        responses={200: EVENTS, 400: NO_POSITION, 503: NO_ROOM},
    )
    def events(self, request: Request) -> EventStream:
        """Server-sent events: each change, and the summary after them.

        A `reset` comes first where the position is not of this stock, or no longer:
        whatever the client has is to be read anew.
        """
        return EventStream(Events(self._open(request)))

    @describe(tags=["stock"])
    def messages(self, socket: WebSocket) -> None:
        """The same as messages of a websocket, until one of both sides ends it."""
        with self._open(socket.request) as feed:
            socket.accept()
            for news in feed:
                if news is not None:
                    socket.send_json(message_of(news))
                elif not socket.is_open:
                    return
            socket.close(CloseCode.GOING_AWAY, "Come again, after the last id")

    @describe(
        tags=["stock"],
        query=LiveQuery,
        headers=LAST_EVENT,
        responses={400: NO_POSITION, **UNAVAILABLE},
    )
    def changes(self, request: Request) -> shapes.StockChanges:
        """What moved since a position, for those who ask instead of listening."""
        changes = self._service.get_news(wanted_position(request))
        return {
            "is_reset": changes.is_reset,
            "items": [change_json(change) for change in changes.items],
            "position": position_text(changes.position),
            "summary": summary_json(self._service.get_summary()),
        }

    def _open(self, request: Request) -> "Feed":
        since = wanted_position(request)
        feed = Feed(self._seats)
        has_room = "asgi.scope" in request.environ or self._seats.take(feed)
        if self._watch.is_closed or not has_room:
            raise ResponseError(
                "No room for one more live connection: ask /api/stock/changes",
                HttpStatus.SERVICE_UNAVAILABLE,
                {"Retry-After": SECONDS_TO_COME_AGAIN},
            )
        feed.begin(self._watch.follow(since))
        return feed


def wanted_position(request: Request) -> Position | None:
    """Where the client is: by its last event, else as it says, else nowhere."""
    text = last_event_id(request) or read_query(request, LiveQuery).after
    return position_of(text) if text else None


class Seats:
    """So many may listen at a time.

    A feed that nobody holds any more has left, whether it was closed or not.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = Lock()
        self._taken: WeakSet[Feed] = WeakSet()

    def take(self, feed: "Feed") -> bool:
        """Whether there was one left, which the feed has now."""
        with self._lock:
            is_free = len(self._taken) < self._count
            if is_free:
                self._taken.add(feed)
            return is_free

    def leave(self, feed: "Feed") -> None:
        """The feed's seat is free."""
        with self._lock:
            self._taken.discard(feed)


class Feed:
    """The news for one listener, who has a seat until ``close()``."""

    def __init__(self, seats: Seats) -> None:
        self._seats = seats
        self._news: Generator[News | None] | None = None
        self._first: News | None = None

    def begin(self, news: Generator[News | None]) -> None:
        """Read the first of it, while the answer can still be that there is none."""
        self._first = next(news)
        self._news = news

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[News | None]:
        yield self._first
        try:
            yield from self._news or ()
        except OrmError as error:
            logger.warning("a listener has to come again: %s", error)

    def close(self) -> None:
        """Stop listening, and give the seat back."""
        if self._news is not None:
            self._news.close()
        self._seats.leave(self)


class Events:
    """The feed as server-sent events."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def __iter__(self) -> Iterator[Event | None]:
        for news in self._feed:
            yield event_of(news) if news else None

    def close(self) -> None:
        """Close the feed."""
        self._feed.close()


def event_of(news: News) -> Event:
    """``id: 12``, the position after it, and what is told as JSON."""
    told, position = news
    if isinstance(told, Change):
        return Event(change_json(told), position_text(position))
    if isinstance(told, Reset):
        return Event(reset_json(told), position_text(position), "reset")
    return Event(summary_json(told), position_text(position), "summary", RETRY)


def reset_json(reset: Reset) -> shapes.StockReset:
    """``{"after": "1000"}``."""
    return {"after": position_text(reset.since)}


def message_of(news: News) -> shapes.LiveMessage:
    """``{"event": "change", "id": "12", "data": {...}}``."""
    told, position = news
    where = position_text(position)
    if isinstance(told, Change):
        return {"event": "change", "id": where, "data": change_json(told)}
    if isinstance(told, Reset):
        return {"event": "reset", "id": where, "data": reset_json(told)}
    return {"event": "summary", "id": where, "data": summary_json(told)}


def register(api: RouteGroup, live: Live) -> None:
    """Put the routes into the group."""
    api.add_route("/stock/events", live.events, ["GET"], name="stock_events")
    api.add_route("/stock/changes", live.changes, ["GET"], name="stock_changes")
    api.websocket("/stock/live", name="stock_live")(live.messages)
