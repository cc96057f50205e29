"""The live routes, called as a server calls them: piece by piece."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from wsgiref.util import setup_testing_defaults

import pytest
from roob.exceptions import ResponseError
from roob.models.requests import Request
from roob.testing import TestClient

from demo_app.core.live import Feed, Seats, message_of
from demo_app.core.main import create_app
from demo_app.core.settings import Settings
from demo_app.service.entities import Position, Summary
from demo_app.tests.test_live_watch import wait_for

LAST = 7  # the movements of the seed


@pytest.fixture(autouse=True)
def short_beats(monkeypatch):
    monkeypatch.setattr("roob.events._BEAT", 0.05)


class Stream:
    """An answer that goes on: its status, its headers, and its events as they come."""

    def __init__(self, app, query="", last_event_id=None, method="GET"):
        environ = {"PATH_INFO": "/api/stock/events", "QUERY_STRING": query}
        setup_testing_defaults(environ)
        environ["REQUEST_METHOD"] = method
        if last_event_id is not None:
            environ["HTTP_LAST_EVENT_ID"] = last_event_id
        self._answer = app(environ, self._start)
        self._pieces = iter(self._answer)

    def _start(self, status, headers, exc_info=None):
        self.status, self.headers = int(status[:3]), dict(headers)
        return lambda data: None

    def event(self):
        """The next one: ``("8", "change", {...})``."""
        for piece in self._pieces:
            fields = dict(
                line.split(": ", 1) for line in piece.decode().splitlines() if line
            )
            if "data" in fields:
                kind = fields.get("event", "change")
                return fields["id"], kind, json.loads(fields["data"])
        return None

    def rest(self):
        return b"".join(self._pieces)

    def close(self):
        getattr(self._answer, "close", lambda: None)()


@contextmanager
def streamed(app, *args, **options):
    stream = Stream(app, *args, **options)
    yield stream
    stream.close()


def move(client, quantity, product_id=1):
    body = {"quantity": quantity, "reason": "counted"}
    assert client.post(f"/api/products/{product_id}/movements", json=body).is_success


def test_a_stream_begins_with_how_things_are_and_tells_what_moves(app, client):
    with streamed(app) as stream:
        assert stream.status == 200
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        assert stream.headers["Cache-Control"] == "no-cache"
        assert stream.event() == (
            "7",
            "summary",
            {"products": 4, "units": 53, "low": 1, "out": 1},
        )
        move(client, -34)

        number, kind, change = stream.event()

        assert (number, kind) == ("8", "change")
        assert change.pop("at")
        assert change == {
            "movement_id": 8,
            "product_id": 1,
            "product_name": "S25 Ultra",
            "moved": -34,
            "reason": "counted",
            "quantity": 0,
            "reorder_point": 8,
            "target": 40,
            "status": "out",
        }
        assert stream.event()[1:] == (
            "summary",
            {"products": 4, "units": 19, "low": 1, "out": 2},
        )


def test_a_stream_that_was_cut_goes_on_behind_its_last_event(app, client):
    for quantity in (1, 2, 3):
        move(client, quantity)

    with streamed(app, last_event_id="8") as stream:
        told = [stream.event() for _ in range(3)]

    assert [(number, kind) for number, kind, _ in told] == [
        ("9", "change"),
        ("10", "change"),
        ("10", "summary"),
    ]


def test_the_last_event_counts_more_than_what_the_address_says(app, client):
    move(client, 1)

    with streamed(app, "after=1", last_event_id="7") as stream:
        assert stream.event()[0] == "8"
    with streamed(app, "after=1") as stream:
        assert stream.event()[0] == "2"


def test_what_was_left_out_is_sent_when_it_is_asked_for(app, client):
    client.get("/")
    with streamed(app, last_event_id="7-3.5") as stream:
        numbers = [stream.event()[0] for _ in range(3)]

    assert numbers == ["7-5", "7", "7"]


@pytest.mark.parametrize(
    "position", ["x", "-1", "7-", "7-8", "7-7", "200-100", "1.5", "9" * 19, "7-3,5"]
)
def test_a_position_that_was_never_given_out_is_refused(app, client, position):
    with streamed(app, last_event_id=position) as stream:
        assert stream.status == 400
    assert client.get(f"/api/stock/changes?after={position}").status_code == 400


@pytest.mark.parametrize("position", ["0", "7", "99", "200-101.199", "9" * 18])
def test_a_position_of_whatever_stock_is_answered(client, position):
    response = client.get(f"/api/stock/changes?after={position}")

    assert response.status_code == 200
    assert response.json()["position"] == "7"


def test_who_asks_is_told_what_moved_since(client):
    start = client.get("/api/stock/changes").json()
    move(client, 1)

    later = client.get(f"/api/stock/changes?after={start['position']}").json()

    assert (start["items"], start["position"]) == ([], "7")
    assert [each["movement_id"] for each in later["items"]] == [8]
    assert later["position"] == "8"
    assert later["summary"]["units"] == start["summary"]["units"] + 1


def test_a_stream_from_the_future_is_reset_and_goes_on_from_here(app, client):
    with streamed(app, "after=1000") as stream, streamed(app) as honest:
        assert stream.event() == ("7", "reset", {"after": "1000"})
        assert [each.event()[1] for each in (stream, honest)] == ["summary"] * 2
        move(client, 1)

        assert [each.event()[0] for each in (stream, honest)] == ["8", "8"]


def test_whoever_saw_what_is_gone_is_told_to_begin_anew(app, client):
    move(client, 1)
    client.delete("/api/products/1")

    with streamed(app, last_event_id="8") as stream:
        number, kind, told = stream.event()

    position = client.get("/api/stock/changes").json()["position"]
    assert (number, kind, told) == (position, "reset", {"after": "8"})


def test_who_asks_from_the_future_is_told_so(client):
    answer = client.get("/api/stock/changes?after=8").json()

    assert (answer["items"], answer["position"]) == ([], "7")
    assert answer["is_reset"]
    assert not client.get("/api/stock/changes?after=7").json()["is_reset"]
    assert not client.get("/api/stock/changes").json()["is_reset"]


def test_half_the_threads_may_be_held_by_listeners(app, client):
    with streamed(app), streamed(app), streamed(app) as third:
        assert third.status == 503
        assert third.headers["Retry-After"] == "30"
        assert client.get("/api/stock/changes").status_code == 200
    with streamed(app) as stream:
        assert stream.status == 200


def test_a_stream_that_nobody_closed_gives_its_seat_back(app):
    for _ in range(5):
        assert Stream(app).status == 200


def test_a_refused_listener_takes_no_seat(app):
    for _ in range(5):
        with streamed(app, last_event_id="x") as stream:
            assert stream.status == 400
    with streamed(app) as stream:
        assert stream.status == 200


def test_nonsense_is_refused_as_such_also_where_no_seat_is_left(app):
    with streamed(app), streamed(app), streamed(app, query="after=x") as refused:
        assert refused.status == 400


def test_a_head_request_opens_nothing(app):
    for _ in range(5):
        with streamed(app, method="HEAD") as stream:
            assert (stream.status, stream.rest()) == (200, b"")


@pytest.mark.parametrize(
    ("settings", "seats"),
    [
        ({"web_threads": 1}, 0),
        ({"web_threads": 4}, 2),
        ({"web_threads": 4, "live_connections": 3}, 3),
        ({"live_connections": 0}, 0),
    ],
)
def test_the_settings_say_how_many_may_listen(settings, seats):
    assert Settings(**settings).live_seats == seats


def test_behind_an_asgi_server_the_bridge_counts(url):
    app = create_app(Settings(database_url=url, live_connections=0))

    def bridged(environ, start_response):
        return app({**environ, "asgi.scope": {}}, start_response)

    with streamed(app) as refused, streamed(bridged) as served:
        assert (refused.status, served.status) == (503, 200)


def test_a_draining_process_ends_its_streams_and_begins_none(app):
    with streamed(app) as stream:
        assert stream.event()[1] == "summary"

        app.drain()

        assert stream.event() is None
    with streamed(app) as late:
        assert late.status == 503


def test_without_its_database_no_stream_begins(tmp_path):
    (tmp_path / "var").write_text("in the way")
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path}/var/x.sqlite"))

    for query in ("", "after=3"):
        with streamed(app, query) as stream:
            assert stream.status == 503
            assert stream.headers["Retry-After"] == "1"


@pytest.mark.parametrize("path", ["/api/stock/events", "/api/stock/changes"])
def test_the_live_routes_are_for_reading(client, path):
    assert client.post(path).status_code == 405


def test_a_plain_request_for_the_socket_is_told_to_upgrade(client):
    response = client.get("/api/stock/live")

    assert (response.status_code, response.headers["Upgrade"]) == (426, "websocket")


class FakeSocket:
    """A websocket whose client goes when it has heard so many messages."""

    close_code = None

    def __init__(self, patience=10, query=""):
        environ = {"QUERY_STRING": query}
        setup_testing_defaults(environ)
        self.request = Request(environ)
        self.patience = patience
        self.sent = []

    def accept(self):
        assert self.sent == []

    def send_json(self, message):
        self.sent.append(message)

    @property
    def is_open(self):
        return len(self.sent) < self.patience

    def close(self, code, reason):
        self.close_code = code


@pytest.fixture
def live(app):
    (route,) = (r for r in app.routing_manager.routes if r.path == "/api/stock/live")
    return route.handler


def test_a_socket_is_told_until_its_client_goes(live, client):
    move(client, 1)
    socket = FakeSocket(patience=2, query="after=7")

    live(socket)

    told = [(message["id"], message["event"]) for message in socket.sent]
    assert told == [("8", "change"), ("8", "summary")]
    assert socket.close_code is None


def test_a_socket_from_the_future_is_told_so_first(live):
    socket = FakeSocket(patience=2, query="after=1000-999")

    live(socket)

    assert [message["event"] for message in socket.sent] == ["reset", "summary"]
    assert socket.sent[0] == {
        "event": "reset",
        "id": "7",
        "data": {"after": "1000-999"},
    }


def test_a_socket_is_sent_away_when_the_process_drains(app, live):
    socket = FakeSocket()
    with ThreadPoolExecutor(1) as pool:
        served = pool.submit(live, socket)
        wait_for(lambda: socket.sent)
        app.drain()
        served.result()

    assert socket.close_code == 1001


def test_a_socket_that_finds_no_seat_is_refused_before_it_is_accepted(app, live):
    with (
        streamed(app),
        streamed(app),
        pytest.raises(ResponseError, match="No room") as refused,
    ):
        live(FakeSocket())
    assert refused.value.status == "503 Service Unavailable"


def test_a_message_says_what_an_event_says():
    news = (Summary(1, 2, 3, 4), Position(12, (9, 11)))

    assert message_of(news) == {
        "event": "summary",
        "id": "12-9.11",
        "data": {"products": 1, "units": 2, "low": 3, "out": 4},
    }


def test_a_seat_is_given_back_once():
    seats = Seats(1)
    first, second = Feed(seats), Feed(seats)

    assert seats.take(first)
    assert not seats.take(second)
    first.close()
    first.close()
    assert seats.take(second)
    assert not seats.take(first)


def test_the_page_knows_where_it_is_and_whom_to_ask(client):
    html = client.get("/").text
    move(client, 1)

    assert 'data-position="7"' in html
    assert 'data-events="/api/stock/events"' in html
    assert 'data-changes="/api/stock/changes"' in html
    assert 'data-position="8"' in client.get("/").text


def test_two_applications_tell_of_their_own_stock(tmp_path):
    urls = [f"sqlite:///{tmp_path}/{name}.sqlite" for name in "ab"]
    first, second = (create_app(Settings(database_url=url)) for url in urls)

    with streamed(first) as stream, TestClient(second) as other:
        assert stream.event()[1] == "summary"
        move(other, 1)
        with TestClient(first) as client:
            move(client, -1)
        assert stream.event()[2]["moved"] == -1
