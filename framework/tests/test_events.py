"""Events as an independent reader gets them, and the streams that carry them."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from roob import Roob
from roob.events import Broadcast, Event, EventStream, Subscription, last_event_id
from roob.models.connections import OpenConnections, close_all, open_connections
from roob.models.requests import Request


@dataclass
class Reader:
    """What a browser makes of a stream, step by step as in WHATWG HTML 9.2.6."""

    events: list[tuple[str, str, str]] = field(default_factory=list)
    retry: int | None = None
    last_id: str = ""
    _data: str = ""
    _type: str = ""

    def read(self, stream: bytes) -> "Reader":
        for line in re.split("\r\n|\r|\n", stream.decode().removeprefix("\ufeff"))[:-1]:
            self._line(line)
        return self

    def _line(self, line: str) -> None:
        if line == "":
            self._dispatch()
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            self._field(name, value.removeprefix(" "))

    def _field(self, name: str, value: str) -> None:
        if name == "event":
            self._type = value
        elif name == "data":
            self._data += value + "\n"
        elif name == "id" and "\0" not in value:
            self.last_id = value
        elif name == "retry" and re.fullmatch("[0-9]+", value):
            self.retry = int(value)

    def _dispatch(self) -> None:
        if self._data:
            kind = self._type or "message"
            self.events.append((kind, self._data[:-1], self.last_id))
        self._data = self._type = ""


def read(*events: Event) -> Reader:
    return Reader().read(b"".join(event.encoded for event in events))


def test_an_event_stands_in_the_stream_as_the_standard_has_it():
    event = Event({"id": 5}, id=17, event="stock", retry=3000)
    assert event.encoded == b'id: 17\nevent: stock\nretry: 3000\ndata: {"id":5}\n\n'


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_with_any_line_ends_arrives_whole_as_one_event(text):
    expected = text.replace("\r\n", "\n").replace("\r", "\n")
    assert read(Event(text)).events == [("message", expected, "")]


@given(
    st.lists(st.sampled_from(["\r", "\n", "\r\n", "data: x", "id: 9", ":", " ", "a"]))
)
def test_no_text_becomes_a_second_event_or_another_field(pieces):
    reader = read(Event("".join(pieces), id=1), Event("next"))
    assert [data for _, data, _ in reader.events][1:] == ["next"]
    assert reader.last_id == "1"


_WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"))


@given(_WORDS, _WORDS.filter(bool), st.integers(0, 10**9))
def test_id_event_and_retry_arrive(id, event, retry):
    reader = read(Event("x", id=id, event=event, retry=retry))
    assert reader.events == [(event, "x", id)]
    assert reader.retry == retry


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-99, 99) | st.text("a\r\n"), st.lists
    )
)
def test_objects_arrive_as_json_on_one_line(content):
    if not isinstance(content, str):
        (event,) = read(Event(content)).events
        assert json.loads(event[1]) == content


@pytest.mark.parametrize("unfit", ["a\nb", "a\rb", "a\0b", "\n"])
def test_an_id_or_name_that_would_end_its_line_is_refused(unfit):
    with pytest.raises(ValueError, match=r"id .* has a line end"):
        Event("x", id=unfit)
    with pytest.raises(ValueError, match=r"event .* has a line end"):
        Event("x", event=unfit)


@pytest.mark.parametrize("retry", [-1, 1.5, "soon", "٣"])
def test_a_retry_that_is_no_number_of_milliseconds_is_refused(retry):
    with pytest.raises(ValueError, match="retry"):
        Event("x", retry=retry)


def test_data_without_a_json_form_is_refused_when_the_event_is_made():
    with pytest.raises(TypeError):
        Event(object)
    with pytest.raises(ValueError, match="surrogates"):
        Event("\ud800")


def test_the_clients_last_id_is_utf8_in_the_header():
    request = Request.blank("/events")
    assert last_event_id(request) is None
    request.environ["HTTP_LAST_EVENT_ID"] = "17-é".encode().decode("latin-1")
    assert last_event_id(request) == "17-é"


class Source:
    """Items to give, and whether it was opened and closed."""

    def __init__(self, *items: Any) -> None:
        self.items = items
        self.opened = self.closed = 0

    def __iter__(self) -> Iterator[Any]:
        self.opened += 1
        return iter(self.items)

    def close(self) -> None:
        self.closed += 1


def app_with(source: Any, **options: Any) -> Roob:
    app = Roob()
    app.add_route("/events", lambda request: EventStream(source, **options), ["GET"])
    return app


def test_a_stream_says_what_it_is_and_sends_what_its_source_gives(call):
    source = Source(Event("one", id=1), "two", None, {"n": 3})
    answer = call(app_with(source), "/events")
    assert answer.header("Content-Type") == "text/event-stream; charset=utf-8"
    assert answer.header("Cache-Control") == "no-cache"
    assert answer.header("X-Accel-Buffering") == "no"
    assert answer.header("Content-Length") is None
    events = [data for _, data, _ in Reader().read(answer.body).events]
    assert events == ["one", "two", '{"n":3}']
    assert (source.opened, source.closed) == (1, 1)


def test_a_stream_opens_with_a_comment_so_that_the_client_knows(call):
    assert call(app_with(Source()), "/events").body == b": open\n\n"


def test_silence_is_filled_with_comments_and_only_when_it_lasts(call):
    quick = call(app_with(Source(None, None)), "/events").body
    assert b"keep-alive" not in quick
    slow = call(app_with(Source(None, "a", None), keep_alive=0), "/events").body
    assert slow.count(b": keep-alive\n\n") == 2
    assert Reader().read(slow).events == [("message", "a", "")]


def test_head_opens_no_source_but_closes_it(call):
    source = Source("never")
    answer = call(app_with(source), "/events", "HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert (source.opened, source.closed) == (0, 1)


def test_headers_of_the_handlers_own_are_added(call):
    answer = call(app_with(Source(), headers={"X-Channel": "7"}), "/events")
    assert answer.header("X-Channel") == "7"


def endless() -> Iterator[None]:
    while True:
        yield None


def test_a_stream_ends_when_the_bridge_says_that_the_client_has_gone(call):
    answers = iter([False, False, True])
    gone = {"roob.disconnected": lambda: next(answers)}
    assert call(app_with(endless()), "/events", **gone).body == b": open\n\n"


@pytest.mark.parametrize("unread", [b"", b"bytes that nobody reads"])
def test_a_stream_ends_when_the_socket_says_that_the_client_has_gone(call, unread):
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        threading.Timer(0.05, lambda: (theirs.sendall(unread), theirs.close())).start()
        answer = call(app_with(endless()), "/events", **{"gunicorn.socket": ours})
        assert answer.body == b": open\n\n"


def test_a_socket_that_is_closed_here_has_no_client(call):
    ours, theirs = socket.socketpair()
    ours.close()
    theirs.close()
    answer = call(app_with(endless()), "/events", **{"gunicorn.socket": ours})
    assert answer.body == b": open\n\n"


def test_a_drain_ends_the_streams_that_are_open(call):
    def source() -> Iterator[Any]:
        yield "first"
        assert close_all() >= 1
        yield from endless()

    body = call(app_with(source()), "/events").body
    assert Reader().read(body).events == [("message", "first", "")]


def test_a_stream_that_has_ended_stands_in_no_register(call):
    before = len(open_connections._open)
    call(app_with(Source("a")), "/events")
    assert len(open_connections._open) == before


def test_a_register_asks_each_connection_once():
    class Asked:
        times = 0

        def go_away(self) -> None:
            self.times += 1

    register, kept, left = OpenConnections(), Asked(), Asked()
    register.add(kept)
    register.add(left)
    register.discard(left)
    assert register.close_all() == 1
    assert (kept.times, left.times) == (1, 0)


def test_each_subscription_gets_what_is_published_after_it():
    changes = Broadcast()
    first = changes.subscribe()
    changes.publish(1)
    second = changes.subscribe()
    changes.publish(2)
    changes.close()
    assert (list(first), list(second)) == ([1, 2], [2])


def test_a_subscription_without_news_says_so_within_a_second_or_so():
    started = time.monotonic()
    assert next(Broadcast().subscribe()) is None
    assert 0.5 < time.monotonic() - started < 3


def test_a_slow_subscription_is_ended_and_the_others_are_not():
    changes = Broadcast(backlog=3)
    slow, quick = changes.subscribe(), changes.subscribe()
    got = []
    for number in range(5):
        changes.publish(number)
        got.append(next(quick))
    assert got == [0, 1, 2, 3, 4]
    assert list(slow) == [0, 1, 2]
    assert len(changes) == 1


def test_publishing_never_waits_for_a_subscription_that_nobody_reads():
    changes = Broadcast(backlog=10)
    subscription = changes.subscribe()
    for number in range(10_000):
        changes.publish(number)
    assert subscription.is_ended


def test_a_subscription_that_is_closed_gets_nothing_and_counts_no_more():
    changes = Broadcast()
    with changes.subscribe() as subscription:
        changes.publish("lost")
        assert len(changes) == 1
    assert len(changes) == 0
    assert list(subscription) == []


def test_a_subscription_that_nobody_holds_is_forgotten():
    changes = Broadcast()
    changes.subscribe()
    assert len(changes) == 0
    assert bool(changes)


def test_who_subscribes_after_the_end_is_at_the_end():
    changes = Broadcast()
    changes.close()
    assert list(changes.subscribe()) == []


def test_closing_wakes_who_waits():
    changes = Broadcast()
    subscription = changes.subscribe()
    threading.Timer(0.05, changes.close).start()
    started = time.monotonic()
    assert list(subscription) == []
    assert time.monotonic() - started < 0.9


def items_of(subscription: Subscription, into: list[Any]) -> None:
    into += [item for item in subscription if item is not None]


def test_many_publishers_reach_many_subscriptions_in_one_order():
    changes = Broadcast(backlog=10_000)
    got: list[list[Any]] = [[] for _ in range(4)]
    readers = [
        threading.Thread(target=items_of, args=(changes.subscribe(), into))
        for into in got
    ]
    publishers = [
        threading.Thread(
            target=lambda who=who: [changes.publish((who, n)) for n in range(500)]
        )
        for who in range(4)
    ]
    for thread in readers + publishers:
        thread.start()
    for thread in publishers:
        thread.join()
    changes.close()
    for thread in readers:
        thread.join()
    assert len(got[0]) == 2000
    assert all(each == got[0] for each in got)
    for who in range(4):
        assert [n for w, n in got[0] if w == who] == list(range(500))


@pytest.mark.parametrize("source", [Broadcast(), 5, "abc", b"abc"])
def test_a_stream_of_what_is_no_iterable_of_events_is_refused(source):
    with pytest.raises(TypeError, match="of a Broadcast it is subscribe"):
        EventStream(source)
