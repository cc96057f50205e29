import sys
from time import sleep

import pytest
from roob import Roob
from roob.events import EventStream
from roob.trace.visit import Visit, send


def echo(environ, start_response):
    start_response("200 OK", [("X-One", "1")])
    return [environ["REQUEST_METHOD"].encode(), b" ", environ["wsgi.input"].read()]


@pytest.mark.parametrize(
    ("typed", "path", "query"),
    [
        ("/", "/", ""),
        ("/books/7?full=1", "/books/7", "full=1"),
        ("/a?b=c?d", "/a", "b=c?d"),
        ("/a%20b", "/a b", ""),
        ("/caf%C3%A9", "/caf\xc3\xa9", ""),
        ("/café", "/caf\xc3\xa9", ""),
        ("/a%2Fb", "/a/b", ""),
        ("/x?q=%20", "/x", "q=%20"),
    ],
)
def test_a_path_arrives_as_a_server_would_hand_it_over(typed, path, query):
    environ = Visit("GET", typed).environ()
    assert (environ["PATH_INFO"], environ["QUERY_STRING"]) == (path, query)


@pytest.mark.parametrize(
    ("method", "is_safe"),
    [("GET", True), ("HEAD", True), ("OPTIONS", True),
     ("POST", False), ("PUT", False), ("PATCH", False), ("DELETE", False)],
)  # fmt: skip
def test_the_safe_methods_are_the_standards(method, is_safe):
    assert Visit(method, "/").is_safe is is_safe


def test_headers_become_variables_and_the_content_types_has_no_prefix():
    headers = (("X-Api-Key", "k"), ("Content-Type", "text/x"), ("host", "shop"))
    environ = Visit("POST", "/", headers, b"abc").environ()
    assert environ["HTTP_X_API_KEY"] == "k"
    assert environ["CONTENT_TYPE"] == "text/x"
    assert environ["HTTP_HOST"] == "shop"
    assert environ["CONTENT_LENGTH"] == "3"
    assert "HTTP_CONTENT_TYPE" not in environ


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [("GET", b"", None), ("GET", b"x", "1"), ("POST", b"", "0"), ("PUT", b"ab", "2")],
)
def test_a_body_has_a_length_and_a_safe_visit_without_one_has_none(
    method, body, length
):
    environ = Visit(method, "/", (), body).environ()
    assert environ.get("CONTENT_LENGTH") == length
    assert environ["wsgi.input"].read() == body


def test_each_visit_brings_an_environ_of_its_own():
    visit = Visit("POST", "/", (), b"once")
    assert send(echo, visit.environ()).body == send(echo, visit.environ()).body
    assert visit.environ() is not visit.environ()


def test_the_environ_is_a_servers(call):
    environ = Visit("GET", "/").environ()
    assert environ["wsgi.version"] == (1, 0)
    assert environ["wsgi.errors"] is sys.stderr
    assert environ["SERVER_SOFTWARE"] == "roob trace"


def test_an_answer_is_status_headers_and_the_whole_body():
    answer = send(echo, Visit("POST", "/", (), b"body").environ())
    assert (answer.status, answer.headers) == ("200 OK", [("X-One", "1")])
    assert (answer.body, answer.length, answer.error) == (b"POST body", 9, None)


class Pieces:
    def __init__(self, *pieces):
        self.pieces, self.is_closed = pieces, False

    def __iter__(self):
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self):
        self.is_closed = True


@pytest.mark.parametrize("pieces", [(b"a", b"b"), (b"a", ValueError("torn"))])
def test_the_body_is_closed_whatever_comes(pieces):
    body = Pieces(*pieces)

    def app(environ, start_response):
        start_response("200 OK", [])
        return body

    send(app, Visit("GET", "/").environ())
    assert body.is_closed


def test_an_error_that_leaves_the_app_is_part_of_the_answer():
    def app(environ, start_response):
        raise ValueError("no")

    answer = send(app, Visit("GET", "/").environ())
    assert repr(answer.error) == "ValueError('no')"
    assert (answer.status, answer.headers, answer.body) == ("", None, b"")


def test_an_error_in_the_middle_of_the_body_leaves_what_was_said_before():
    def app(environ, start_response):
        start_response("200 OK", [("X-One", "1")])
        return Pieces(b"a", ValueError("torn"))

    answer = send(app, Visit("GET", "/").environ())
    assert (answer.status, repr(answer.error)) == ("200 OK", "ValueError('torn')")


def test_the_last_start_response_counts():
    def app(environ, start_response):
        start_response("200 OK", [("X-One", "1")])
        start_response("500 Oh", [], (ValueError, ValueError(), None))
        return []

    answer = send(app, Visit("GET", "/").environ())
    assert (answer.status, answer.headers) == ("500 Oh", [])


def test_what_an_app_writes_the_old_way_comes_before_its_pieces():
    def app(environ, start_response):
        start_response("200 OK", [])(b"old ")
        return [b"new"]

    answer = send(app, Visit("GET", "/").environ())
    assert (answer.body, answer.length) == (b"old new", 7)


def test_what_was_written_before_an_error_is_kept():
    def app(environ, start_response):
        start_response("200 OK", [])(b"old")
        raise ValueError("midway")

    answer = send(app, Visit("GET", "/").environ())
    assert (answer.status, answer.body, answer.length) == ("200 OK", b"old", 3)
    assert repr(answer.error) == "ValueError('midway')"


def test_the_pieces_before_an_error_are_kept():
    def app(environ, start_response):
        start_response("200 OK", [])
        return Pieces(b"a", b"bc", ValueError("midway"))

    answer = send(app, Visit("GET", "/").environ())
    assert (answer.body, answer.length) == (b"abc", 3)


def test_an_error_while_the_body_is_closed_is_told_with_all_of_it():
    class Stuck(Pieces):
        def close(self):
            raise OSError("stuck")

    def app(environ, start_response):
        start_response("200 OK", [])
        return Stuck(b"a")

    answer = send(app, Visit("GET", "/").environ())
    assert (answer.body, repr(answer.error)) == (b"a", "OSError('stuck')")


def leaving(error):
    def app(environ, start_response):
        start_response("200 OK", [])
        raise error

    return app


def test_an_app_that_wants_to_end_the_process_only_ends_its_request():
    answer = send(leaving(SystemExit(3)), Visit("GET", "/").environ())
    assert (answer.status, repr(answer.error)) == ("200 OK", "SystemExit(3)")


def test_who_interrupts_the_command_is_heard():
    with pytest.raises(KeyboardInterrupt):
        send(leaving(KeyboardInterrupt()), Visit("GET", "/").environ())


@pytest.fixture
def impatient(monkeypatch):
    """Streams are read for a moment only."""
    monkeypatch.setattr("roob.trace.visit.SECONDS", 0.02)


class Long:
    """Pieces for a minute, unless it is closed."""

    def __init__(self):
        self.closed = 0

    def __iter__(self):
        for _ in range(6000):
            sleep(0.01)
            yield b"x"

    def close(self):
        self.closed += 1


def test_a_stream_that_goes_on_is_closed_after_a_while(impatient):
    pieces = Long()
    answer = send(lambda environ, start_response: pieces, Visit("GET", "/").environ())
    assert (answer.is_cut, pieces.closed) == (True, 1)
    assert answer.pieces == answer.length == len(answer.body) < 100


def test_a_stream_is_closed_after_so_many_pieces(monkeypatch):
    monkeypatch.setattr("roob.trace.visit.MOST_PIECES", 3)
    several = [b"x"] * 9
    for pieces, found in ((iter(several), (True, 3)), (several, (False, 9))):
        answer = send(lambda *_, p=pieces: p, Visit("GET", "/").environ())
        assert (answer.is_cut, answer.pieces) == found


def test_a_stream_without_pieces_ends_where_it_asks_for_its_client(impatient):
    class Silent:
        def __iter__(self):
            for _ in range(6000):
                sleep(0.01)
                yield None

    app = Roob()
    app.add_route("/events", lambda request: EventStream(Silent()), ["GET"])
    answer = send(app, Visit("GET", "/events").environ())
    assert (answer.is_cut, answer.body) == (True, b": open\n\n")


def test_the_client_is_there_until_the_stream_has_begun(impatient):
    found = []

    def app(environ, start_response):
        sleep(0.05)
        found.append(environ["roob.disconnected"]())
        return [b"late"]

    answer = send(app, Visit("GET", "/").environ())
    assert (found, answer.is_cut) == ([False], False)


def test_of_a_long_body_the_first_bytes_are_kept():
    answer = send(lambda *_: [b"x" * 50_000] * 3, Visit("GET", "/").environ())
    assert (answer.length, answer.pieces) == (150_000, 3)
    assert len(answer.body) == 64 * 1024 + 1
