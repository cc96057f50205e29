import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from threading import Barrier

import pytest
from roob import Roob
from roob.testing import TestClient
from roob.trace import watching as room
from roob.trace.gate import TracingRefused
from roob.trace.layers import Layers
from roob.trace.recorder import MOST_EVENTS
from roob.trace.telling import MOST_STEPS
from roob.trace.visit import Visit
from roob.trace.watching import watch
from roob.websockets.closing import Closing

from framework.tests.trace import shop
from framework.tests.trace.seeing import HERE

HOST = "http://localhost"


@pytest.fixture
def watching(monkeypatch):
    """``watching(app)``: watched until the test is over."""
    monkeypatch.setenv("ROOB_TRACE_TOKEN", "known-token")
    monkeypatch.delenv("ROOB_ENV", raising=False)
    made = []

    def start(app, **options):
        watched = watch(app, layers=Layers(HERE), **options)
        made.append(watched)
        return watched

    yield start
    for watched in made:
        watched._recorder._back_end.disarm()


@pytest.fixture
def app():
    app = shop.create_shop()
    app.debug = True
    return app


@pytest.fixture
def watched(watching, app):
    return watching(app)


@pytest.fixture
def client(watched):
    return TestClient(watched, base_url=HOST)


@pytest.fixture
def opened(client):
    client.get("/__trace__?token=known-token")
    return client


def recordings(watched):
    return [*watched.ring]


def layers_of(recording):
    return [step["layer"] for step in recording["steps"]]


def test_the_app_answers_as_it_does_unwatched(client, app):
    plain = TestClient(app, base_url=HOST).get("/books/1")
    seen = client.get("/books/1")
    assert seen.content == plain.content
    added = {"x-roob-trace", "server-timing"}
    assert set(seen.headers) - set(plain.headers) == added


def test_each_request_is_recorded(client, watched):
    for path in ("/books/1", "/hello/ada", "/nowhere"):
        client.get(path)
    found = recordings(watched)
    assert [each["path"] for each in found] == ["/books/1", "/hello/ada", "/nowhere"]
    assert found[0]["steps"][0]["layer"] == "server"
    assert "sql" in layers_of(found[0])
    assert found[0]["time"]["runs"] == 0
    assert re.fullmatch(r"\d\d:\d\d:\d\d", found[0]["at"])


def test_an_answer_says_which_recording_is_its_own(client, watched):
    headers = client.get("/books/1").headers
    (found,) = recordings(watched)
    assert headers["X-Roob-Trace"] == f"/__trace__/{found['id']}"


def test_an_answer_tells_a_browser_how_long_it_took(client):
    timing = client.get("/books/1").headers["Server-Timing"]
    found = re.fullmatch(
        r'app;dur=(\d+\.\d{3}), sql;dur=(\d+\.\d{3});desc="1 statements"', timing
    )
    assert found
    timing = client.get("/hello/ada").headers["Server-Timing"]
    assert timing.endswith('sql;dur=0.000;desc="0 statements"')


def test_a_body_is_read_by_the_app_and_shown(client, watched):
    answer = client.post("/books", json={"title": "Ulysses", "token": "abcdef"})
    assert answer.status_code == 201
    (found,) = recordings(watched)
    assert found["request"]["body"] == '{"title":"Ulysses","token":"‹hidden›"}'
    assert "abcdef" not in json.dumps(found)


def test_a_stream_is_recorded_piece_by_piece(client, watched):
    assert client.get("/stream").text == "one two three"
    (found,) = recordings(watched)
    steps = [step for step in found["steps"] if step["name"] == "streaming"]
    assert [step["pieces"] for step in steps] == [3]
    assert steps[0]["error"] is None
    assert found["bytes"] == len("one two three")


def test_a_stream_that_the_client_leaves_is_recorded_when_it_is_closed(
    watched, environ
):
    pieces = watched(environ("/stream"), lambda *args: None)
    assert next(pieces) == b"one "
    assert recordings(watched) == []
    pieces.close()
    (found,) = recordings(watched)
    (step,) = (each for each in found["steps"] if each["name"] == "streaming")
    assert step["pieces"] == 1
    assert found["bytes"] == 4


def test_an_exception_in_the_middle_of_a_stream_is_raised_and_recorded(
    watched, environ
):
    pieces = watched(environ("/torn"), lambda *args: None)
    assert next(pieces) == b"one "
    with pytest.raises(ValueError, match="torn"):
        next(pieces)
    pieces.close()
    (found,) = recordings(watched)
    assert found["error"] == "ValueError: torn"


def test_an_exception_is_raised_and_recorded(client, watched):
    with pytest.raises(ZeroDivisionError):
        client.get("/crash")
    (found,) = recordings(watched)
    assert found["error"] == "ZeroDivisionError: by nothing"
    assert found["status"] == ""


def test_an_exception_without_words_is_still_the_apps_own(client, watched):
    with pytest.raises(shop.Unspeakable):
        client.get("/unspeakable")
    assert recordings(watched)[0]["error"] == "Unspeakable"


def test_the_time_never_runs_backwards_even_while_a_body_is_closed(watching):
    def plain(environ, start_response):
        start_response("200 OK", [])
        return shop.Closing()

    watched = watching(plain)
    TestClient(watched, base_url=HOST).get("/")
    (found,) = recordings(watched)
    (step,) = (each for each in found["steps"] if each["name"] == "Closing.close")
    assert step["elapsed"] >= 0
    assert found["time"]["honest"] <= found["time"]["recorded"] + 0.1
    assert step["start"] <= found["time"]["honest"]


def test_only_the_first_of_a_long_body_is_kept_and_all_of_it_counted(watching):
    def plain(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (b"x" * 1024 for _ in range(200))

    watched = watching(plain)
    answer = TestClient(watched, base_url=HOST).get("/")
    assert len(answer.content) == 200 * 1024
    (found,) = recordings(watched)
    assert found["bytes"] == 200 * 1024
    assert len(found["response"]["body"]) < 64 * 1024


def test_an_app_that_is_no_roob_app_is_watched_too(watching):
    watched = watching(shop.plain_app)
    assert TestClient(watched, base_url=HOST).get("/x").text == "plain"
    assert layers_of(recordings(watched)[0]) == ["server"]


def test_handlers_that_are_registered_later_are_watched(client, watched, app):
    client.get("/late")
    app.add_route("/late", shop.Late(), ["GET"])
    client.get("/late")
    first, second = recordings(watched)
    assert "handler" not in layers_of(first)
    assert "handler" in layers_of(second)


def test_fifty_recordings_are_kept(client, watched):
    for number in range(51):
        client.get(f"/hello/{number}")
    found = recordings(watched)
    assert len(found) == 50
    assert found[0]["path"] == "/hello/1"


def test_other_attributes_are_the_apps_own(watched, app):
    assert watched.routing_manager is app.routing_manager
    with pytest.raises(AttributeError):
        watched.nothing_of_that_name  # noqa: B018 - it is asked for
    with pytest.raises(AttributeError, match="__init__ has not run"):
        type(watched).__new__(type(watched)).anything  # noqa: B018 - as above


def test_a_request_inside_of_a_request_is_a_recording_of_its_own(watching, app):
    def asking(request):
        return TestClient(watched, base_url=HOST).get("/hello/ada").json()

    app.add_route("/asking", asking, ["GET"])
    watched = watching(app)
    answer = TestClient(watched, base_url=HOST).get("/asking")
    assert answer.json() == {"message": "Hello, ada"}
    inner, outer = recordings(watched)
    assert (inner["path"], outer["path"]) == ("/hello/ada", "/asking")
    names = [step["name"] for step in outer["steps"]]
    assert names[-1].endswith("Response.__call__")  # it went on after the inner one
    assert names.count("Roob.__call__") == 1


def test_threads_are_recorded_side_by_side(watched):
    meeting = Barrier(4, timeout=10)

    def ask(number):
        client = TestClient(watched, base_url=HOST)
        meeting.wait()
        return [client.get(f"/hello/{number}").status_code for _ in range(5)]

    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(ask, range(4))] == [[200] * 5] * 4
    found = recordings(watched)
    assert len(found) == 20
    for each in found:
        asked = next(s["title"] for s in each["steps"] if s["layer"] == "app")
        assert asked == f"GET {each['path']}"
        assert layers_of(each).count("handler") == 1


def test_the_page_is_shown_to_whoever_opens_the_address_with_the_token(client):
    assert client.get("/__trace__").status_code == 403
    opening = client.get("/__trace__?token=known-token")
    assert opening.status_code == 303
    assert opening.headers["Location"] == "/__trace__"
    assert "HttpOnly" in opening.headers["Set-Cookie"]
    page = client.get("/__trace__")
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["/__trace__", "/__trace__/recordings", "/__trace__/x"]
)
def test_without_token_or_by_another_name_nothing_is_shown(client, path):
    client.get("/books/1")
    for headers in ({}, {"Host": "evil.example", "Cookie": "roob_trace=known-token"}):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 403
        assert "/books/1" not in answer.text


def test_the_address_is_printed_with_its_token(watching, app, capsys):
    watching(app, address="http://127.0.0.1:8000")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "Roob trace: http://127.0.0.1:8000/__trace__?token=known-token\n"
    )


def test_other_names_of_the_machine_may_be_given(watching, app):
    watched = watching(app, hosts=("dev.example",))
    client = TestClient(watched, base_url="http://dev.example")
    assert client.get("/__trace__?token=known-token").status_code == 303


def test_the_page_may_load_nothing_and_be_framed_nowhere(opened):
    headers = opened.get("/__trace__").headers
    csp = headers["Content-Security-Policy"]
    assert "default-src 'none'" in csp
    assert "frame-ancestors 'none'" in csp
    assert "connect-src 'self'" in csp
    assert "unsafe" not in csp
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_pages_own_requests_are_not_recorded(opened, watched):
    opened.get("/__trace__")
    opened.get("/__trace__/recordings")
    opened.get("/__trace__/recordings?after=x")
    assert recordings(watched) == []


def test_a_path_that_only_begins_like_the_pages_is_the_apps(client, watched):
    assert client.get("/__tracery").status_code == 404
    assert [each["path"] for each in recordings(watched)] == ["/__tracery"]


def test_the_page_asks_for_what_came_after_the_last_one(opened):
    opened.get("/hello/1")
    opened.get("/hello/2")
    first = opened.get("/__trace__/recordings").json()
    assert [each["path"] for each in first["recordings"]] == ["/hello/1", "/hello/2"]
    after = first["known"][0]
    then = opened.get("/__trace__/recordings", params={"after": after}).json()
    assert [each["path"] for each in then["recordings"]] == ["/hello/2"]
    assert then["known"] == first["known"]
    last = {"after": first["known"][-1]}
    assert opened.get("/__trace__/recordings", params=last).json()["recordings"] == []


def test_the_page_has_the_recordings_in_it(opened):
    opened.get("/hello/</script><b>")
    page = opened.get("/__trace__").text
    assert "</script><b>" not in page
    assert "/hello/" in page


def test_in_production_no_app_is_watched(app, monkeypatch):
    monkeypatch.setenv("ROOB_ENV", "production")
    with pytest.raises(TracingRefused):
        watch(app)


def test_an_app_that_is_not_in_debug_is_not_watched(monkeypatch):
    monkeypatch.delenv("ROOB_ENV", raising=False)
    before = sys.gettrace()
    with pytest.raises(TracingRefused):
        watch(Roob())
    assert sys.gettrace() is before


def pieces_of(watched, environ):
    return watched(environ, lambda *args: None)


def test_a_body_that_can_be_counted_still_can_be(watching, environ):
    watched = watching(shop.plain_app)
    pieces = pieces_of(watched, environ("/"))
    assert len(pieces) == 1
    assert [*pieces] == [b"plain"]
    pieces.close()
    assert recordings(watched)[0]["bytes"] == 5


def test_a_body_that_cannot_be_counted_has_no_length(watched, environ):
    pieces = pieces_of(watched, environ("/stream"))
    assert not hasattr(pieces, "__len__")
    pieces.close()


class Interrupted(BaseException):
    """An exception that is no Exception."""


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, Interrupted])
def test_an_exception_that_is_no_exception_is_raised_and_recorded(
    watching, environ, error
):
    def leaving(environ, start_response):
        raise error("now")

    watched = watching(leaving)
    with pytest.raises(error):
        pieces_of(watched, environ("/"))
    (found,) = recordings(watched)
    assert found["error"] == f"{error.__name__}: now"
    assert watched.ring._expected == 0


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, Interrupted])
def test_one_in_the_middle_of_a_stream_leaves_the_ring_waiting_for_nothing(
    watching, environ, error
):
    def torn(environ, start_response):
        start_response("200 OK", [])
        yield b"one"
        raise error("now")

    watched = watching(torn)
    pieces = pieces_of(watched, environ("/"))
    assert next(pieces) == b"one"
    with pytest.raises(error):
        next(pieces)
    pieces.close()
    (found,) = recordings(watched)
    assert (found["error"], found["bytes"]) == (f"{error.__name__}: now", 3)
    assert watched.ring._expected == 0


def test_a_recording_that_cannot_be_told_is_waited_for_no_longer(
    watched, environ, monkeypatch, caplog
):
    def fail(seen):
        raise ValueError("hunter2")

    monkeypatch.setattr(watched._teller, "tell", fail)
    pieces = pieces_of(watched, environ("/hello/ada"))
    assert b"".join(pieces) == b'{"message":"Hello, ada"}'
    pieces.close()
    assert recordings(watched) == []
    assert watched.ring._expected == 0
    assert "a recording cannot be told: ValueError" in caplog.text
    assert "hunter2" not in caplog.text


def answered(watched, environ, **changes):
    """Status, headers and body of what the watched app sends."""
    sent = []
    environ = {**environ, "HTTP_HOST": "localhost", **changes}
    body = watched(environ, lambda status, headers, *_: sent.extend([status, headers]))
    status, headers = sent
    return status, dict(headers), b"".join(body).decode()


def test_the_page_is_below_what_the_server_mounts_the_app_at(watched, environ):
    here = {"SCRIPT_NAME": "/shop"}
    _, headers, _ = answered(watched, environ("/hello/ada"), **here)
    assert headers["X-Roob-Trace"].startswith("/shop/__trace__/")
    status, headers, _ = answered(
        watched, environ("/__trace__"), QUERY_STRING="token=known-token", **here
    )
    assert (status, headers["Location"]) == ("303 See Other", "/shop/__trace__")
    cookie = SimpleCookie(headers["Set-Cookie"])["roob_trace"]
    assert (cookie.value, cookie["path"]) == ("known-token", "/shop/__trace__")


def test_who_opens_one_recording_by_the_token_is_led_to_it(client, watched):
    client.get("/hello/ada")
    (found,) = recordings(watched)
    page = f"/__trace__/{found['id']}"
    opening = client.get(f"{page}?token=known-token")
    assert (opening.status_code, opening.headers["Location"]) == (303, page)
    assert client.get(page).status_code == 200


def test_of_a_request_without_end_only_so_much_is_kept(watching, app, monkeypatch):
    monkeypatch.setattr(room, "_MOST_EVENTS", 60)
    monkeypatch.setattr(room, "_MOST_STEPS", 12)
    watched = watching(app)
    answer = TestClient(watched, base_url=HOST).get("/deep/90")
    assert answer.json() == {"depth": 90}
    (found,) = recordings(watched)
    assert len(found["steps"]) == 12
    assert 0 < found["left_out"] <= 60
    assert found["status"] == "200 OK"


def test_what_is_kept_of_a_request_that_is_watched_is_less_than_of_one_that_is_traced():
    assert room._MOST_EVENTS < MOST_EVENTS
    assert room._MOST_STEPS < MOST_STEPS


def test_a_stream_that_its_client_leaves_is_told_as_one_that_went_on(watching):
    app = Roob(debug=True)
    app.add_route("/long", lambda request: (b"x" for _ in range(9)), ["GET"])
    watched = watching(app)
    environ = Visit("GET", "/long").environ()
    for most in (3, 9, 10):
        pieces = watched(environ, lambda *_: None)
        for _ in zip(range(most), pieces, strict=False):
            pass
        pieces.close()
    left, _, read = watched.ring
    assert left["remark"].startswith("The answer went on: this is what was seen of it")
    assert left["remark"].endswith(", 3 pieces.")
    assert read["remark"] == ""


def test_a_websocket_that_was_open_has_no_body_that_counts(watching):
    class Transport:
        """A client that says one word."""

        closing = None

        def accept(self, *_):
            pass

        def receive(self, timeout):
            self.closing = Closing(1000)
            return "hello"

        def is_open(self):
            return self.closing is None

        def close(self, closing):
            self.closing = closing

    def listen(socket):
        socket.receive()

    app = Roob(debug=True)
    app.websocket("/ws")(listen)
    watched = watching(app)
    environ = Visit("GET", "/ws").environ()
    environ["roob.websocket"] = lambda _limits: Transport()
    pieces = watched(environ, lambda *_: None)
    assert [*pieces] == []
    pieces.close()
    (found,) = watched.ring
    assert found["status"] == "101 Switching Protocols"
    assert found["response"]["headers"] == []
    assert found["response"]["body"].startswith("a websocket, which has ended")
    assert "listen" in {step["name"].rpartition(".")[2] for step in found["steps"]}
    assert found["remark"] == ""
