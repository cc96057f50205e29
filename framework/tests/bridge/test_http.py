"""What a WSGI app is given, and what an ASGI server hears of it, whole bodies first."""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from contextvars import ContextVar
from typing import Any
from wsgiref.validate import validator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roob import Roob
from roob.bridge import WsgiToAsgi
from roob.bridge.pool import Pool

from framework.tests.bridge.driver import (
    Client,
    Headers,
    ask,
    body_in,
    exchange,
    http_scope,
)

TEXT = [("Content-Type", "text/plain")]
CHUNKED = [(b"transfer-encoding", b"chunked")]
PIECES = st.lists(st.binary(max_size=300), max_size=8)


def sized(pieces: Iterable[bytes]) -> Headers:
    return [(b"content-length", b"%d" % sum(map(len, pieces)))]


def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    start_response("200 OK", [*TEXT, ("Content-Length", str(len(body)))])
    return [body]


def answering(
    *pieces: bytes, status: str = "200 OK", headers: Any = TEXT
) -> Callable[..., list[bytes]]:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, list(headers))
        return list(pieces)

    return app


@pytest.fixture
def app() -> Roob:
    app = Roob()

    @app.route("/books/{id:d}", allowed_methods=["GET", "POST"])
    def book(request: Any, id: int) -> Any:
        return {"id": id, "body": request.body.decode(), "q": request.GET.get("q")}

    return app


def test_a_roob_app_is_served(app: Roob) -> None:
    client = ask(
        WsgiToAsgi(validator(app)),
        "/books/7",
        "POST",
        sized([b"abc"]),
        [b"a", b"bc"],
        query_string=b"q=1",
    )

    assert client.status == 200
    assert client.body == b'{"id":7,"body":"abc","q":"1"}'
    assert client.headers["content-length"] == "29"
    assert client.is_answered


@settings(max_examples=60, deadline=None)
@given(PIECES, st.sampled_from(["sized", "chunked", "expected"]))
def test_a_body_arrives_whole_in_whatever_pieces_it_comes(
    pieces: list[bytes], how: str
) -> None:
    headers = CHUNKED if how == "chunked" else sized(pieces)
    if how == "expected":
        headers = [*headers, (b"expect", b"100-continue")]

    client = ask(WsgiToAsgi(echo), "/", "POST", headers, pieces)

    assert client.body == b"".join(pieces)


READS = st.lists(
    st.tuples(st.sampled_from(["read", "readline"]), st.integers(-1, 40)), max_size=30
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([b"ab", b"\n", b"x\ny\n", b""]), max_size=20), READS)
def test_wsgi_input_is_read_like_a_file(
    pieces: list[bytes], reads: list[tuple[str, int]]
) -> None:
    whole = b"".join(pieces)
    read: list[bytes] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        stream = environ["wsgi.input"]
        for name, size in reads:
            read.append(getattr(stream, name)(size))
        read.extend(stream)
        start_response("204 No Content", [])
        return []

    ask(WsgiToAsgi(validator(app)), "/", "POST", CHUNKED, pieces)

    assert b"".join(read) == whole
    assert all(line.count(b"\n") <= 1 for line in read[len(reads) :])


def as_list(pieces: list[bytes], write: Any) -> Iterable[bytes]:
    return pieces


def as_tuple(pieces: list[bytes], write: Any) -> Iterable[bytes]:
    return tuple(pieces)


def as_generator(pieces: list[bytes], write: Any) -> Iterable[bytes]:
    return (piece for piece in pieces)


def as_written(pieces: list[bytes], write: Any) -> Iterable[bytes]:
    for piece in pieces:
        write(piece)
    return []


def as_both(pieces: list[bytes], write: Any) -> Iterable[bytes]:
    for piece in pieces[:2]:
        write(piece)
    return pieces[2:]


WAYS = [as_list, as_tuple, as_generator, as_written, as_both]


@settings(max_examples=100, deadline=None)
@given(PIECES, st.sampled_from(WAYS), st.booleans(), st.booleans())
def test_every_piece_of_an_answer_arrives_in_its_place(
    pieces: list[bytes],
    way: Callable[[list[bytes], Any], Iterable[bytes]],
    is_sized: bool,
    is_validated: bool,
) -> None:
    length = [("Content-Length", str(sum(map(len, pieces))))] if is_sized else []

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return way(pieces, start_response("200 OK", [*TEXT, *length]))

    client = ask(WsgiToAsgi(validator(app) if is_validated else app))

    assert client.body == b"".join(pieces)
    assert client.is_answered
    assert [m["type"] for m in client.sent].count("http.response.start") == 1


def generating(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    start_response("201 Created", TEXT)
    yield b"late "
    yield b"start"


def test_an_app_may_be_a_generator() -> None:
    client = ask(WsgiToAsgi(validator(generating)))

    assert (client.status, client.body) == (201, b"late start")


def test_a_large_body_goes_out_in_messages_that_a_slow_client_can_read() -> None:
    body = bytes(range(256)) * 1024

    client = ask(WsgiToAsgi(answering(body)))

    sizes = [len(message["body"]) for message in client.sent[1:]]
    assert client.body == body
    assert sizes == [65536] * 4


@pytest.mark.parametrize(
    ("method", "status", "length"),
    [
        ("HEAD", "200 OK", "5"),
        ("GET", "304 Not Modified", "5"),
        ("GET", "204 No Content", None),
    ],
)
def test_an_answer_that_may_have_no_body_has_none(
    method: str, status: str, length: str | None
) -> None:
    headers = [*TEXT, ("Content-Length", "5")]

    for app in (
        answering(b"hello", status=status, headers=headers),
        lambda environ, start: iter(answering(b"hello", status=status)(environ, start)),
    ):
        client = ask(WsgiToAsgi(app), method=method)
        assert (client.body, client.is_answered) == (b"", True)

    client = ask(
        WsgiToAsgi(answering(b"hello", status=status, headers=headers)), method=method
    )
    assert client.headers.get("content-length") == length


def test_a_head_request_does_not_run_what_makes_the_body() -> None:
    body = Body([b"a", b"b"])

    ask_and_close(body, "HEAD")

    assert (body.taken, body.closed_in) == (0, body.called_in)


class Body:
    """An iterable that knows what was done to it."""

    def __init__(self, pieces: list[Any]) -> None:
        self._pieces = pieces
        self.taken = 0
        self.called_in: list[int] = []
        self.closed_in: list[int] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.called_in.append(threading.get_ident())
        start_response("200 OK", TEXT)
        return self

    def __iter__(self) -> Iterator[bytes]:
        assert self.called_in == [threading.get_ident()]
        for piece in self._pieces:
            if isinstance(piece, Exception):
                raise piece
            self.taken += 1
            yield piece

    def close(self) -> None:
        self.closed_in.append(threading.get_ident())


def ask_and_close(body: Body, method: str = "GET") -> None:
    """Come back when the thread has ended too: it may outlast the answer."""

    async def asked() -> None:
        app = WsgiToAsgi(body)
        try:
            await exchange(app, http_scope(method=method), Client())
        finally:
            await app.pool.finished()

    asyncio.run(asked())


@pytest.mark.parametrize(
    "pieces", [[b"a", b"b"], [], [b"a", ValueError("no b")], [ValueError("nothing")]]
)
def test_what_is_iterated_is_closed_once_in_the_thread_that_iterated(
    pieces: list[Any],
) -> None:
    body = Body(pieces)

    with suppress(ValueError):
        ask_and_close(body)

    assert body.closed_in == body.called_in
    assert body.closed_in != [threading.get_ident()]


class ClosingList(list[bytes]):
    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_a_list_that_wants_to_be_closed_is() -> None:
    body = ClosingList([b"a"])

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        return body

    assert (ask(WsgiToAsgi(app)).body, body.closed) == (b"a", 1)


def failing_at_once(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise LookupError("at once")


def failing_after_start(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", TEXT)
    raise LookupError("after start")


def failing_generator(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", TEXT)
    yield b""
    raise LookupError("before a piece")


def exiting(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    sys.exit(1)


def silent(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    return [b"x"]


def no_bytes(environ: dict[str, Any], start_response: Any) -> list[Any]:
    start_response("200 OK", TEXT)
    return ["text"]


def twice(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", TEXT)
    start_response("200 OK", TEXT)
    return []


def split(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("X-A", "a\r\nX-B: b")])
    return []


def short(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Length", "9")])
    return [b"short"]


def short_of_all(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", "9")])
    return iter([])


def odd_status(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("fine", TEXT)
    return []


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (failing_at_once, "at once"),
        (failing_after_start, "after start"),
        (failing_generator, "before a piece"),
        (exiting, r"The application raised SystemExit\(1\)"),
        (silent, "has not called start_response"),
        (no_bytes, "A body consists of bytes, not of str"),
        (twice, "start_response was called twice"),
        (split, "CR, LF or NUL"),
        (short, "ends after 5 of 9 bytes"),
        (short_of_all, "ends after 0 of 9 bytes"),
        (odd_status, "'fine' is no status such as '404 Not Found'"),
    ],
)
def test_an_error_before_the_answer_is_the_servers_to_answer(
    app: Any, message: str
) -> None:
    async def asked() -> Client:
        client = Client()
        with pytest.raises(Exception, match=message):
            await exchange(WsgiToAsgi(app), http_scope(), client)
        return client

    assert asyncio.run(asked()).sent == []


def failing_later(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", TEXT)
    yield b"one "
    yield b"two"
    raise LookupError("no three")


def cut_short(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Length", "9")])
    yield b"one "
    yield b"two"


def failing_start(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", TEXT)
    yield b"one "
    yield b"two"
    try:
        raise LookupError("too late")
    except LookupError:
        start_response("500 Sorry", TEXT, sys.exc_info())


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (failing_later, "no three"),
        (cut_short, "ends after 7 of 9 bytes"),
        (failing_start, "too late"),
    ],
)
def test_an_error_in_the_middle_leaves_the_answer_open_for_the_server_to_cut(
    app: Any, message: str
) -> None:
    async def asked() -> Client:
        client = Client()
        with pytest.raises(Exception, match=message):
            await exchange(WsgiToAsgi(app), http_scope(), client)
        return client

    client = asyncio.run(asked())
    assert (client.body, client.is_answered) == (b"one two", False)


def test_an_error_after_start_response_may_still_become_another_answer() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", TEXT)
        try:
            raise LookupError
        except LookupError:
            start_response("404 Not Found", TEXT, sys.exc_info())
        return [b"sorry"]

    client = ask(WsgiToAsgi(validator(app)))

    assert (client.status, client.body) == (404, b"sorry")


@pytest.mark.parametrize("kind", [list, iter])
def test_no_more_is_sent_than_content_length_says(
    kind: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "6")])
        pieces: Iterable[bytes] = kind([b"four", b"four", b"four"])
        return pieces

    client = ask(WsgiToAsgi(app))

    assert (client.body, client.is_answered) == (b"fourfo", True)
    assert "longer than its Content-Length 6" in caplog.text


def test_headers_between_server_and_client_are_the_servers_own() -> None:
    headers = [("Connection", "close"), ("Transfer-Encoding", "x"), ("X-A", "b")]

    client = ask(WsgiToAsgi(answering(b"x", headers=headers)))

    assert client.headers == {"x-a": "b", "content-length": "1"}


def test_headers_of_one_name_all_arrive() -> None:
    headers = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]

    client = ask(WsgiToAsgi(answering(headers=headers)))

    assert client.sent[0]["headers"][:2] == [
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
    ]


WHO: ContextVar[str] = ContextVar("who", default="nobody")


def test_the_servers_context_is_the_apps() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", TEXT)
        yield WHO.get().encode()

    async def asked() -> Client:
        WHO.set("somebody")
        return await exchange(WsgiToAsgi(app), http_scope(), Client())

    assert asyncio.run(asked()).body == b"somebody"


def test_a_body_that_ends_too_early_is_400_and_the_app_is_not_called() -> None:
    async def asked() -> Client:
        client = Client(body_in([b"abc"])[:1])
        client.has_gone.set()
        scope = http_scope("/", "POST", [(b"content-length", b"9")])
        return await exchange(WsgiToAsgi(failing_at_once), scope, client)

    client = asyncio.run(asked())

    assert client.status == 400
    assert client.body == b'{"message": "The request\'s body ends before its length"}'


def test_a_small_body_that_does_not_come_is_408_and_takes_no_thread() -> None:
    async def asked() -> Client:
        client = Client([])
        scope = http_scope("/", "POST", [(b"content-length", b"9")])
        app = WsgiToAsgi(failing_at_once, stall_timeout=0.01)
        app.pool = Pool(requests=0)  # who asks for a thread would wait for ever
        return await exchange(app, scope, client)

    assert asyncio.run(asked()).status == 408


def test_an_app_that_refuses_a_body_unread_has_not_asked_for_it() -> None:
    headers = [(b"content-length", b"9"), (b"expect", b"100-continue")]

    async def asked(app: Any) -> Client:
        client = Client(body_in([b"nine or so"[:9]]))
        return await exchange(WsgiToAsgi(app), http_scope("/", "POST", headers), client)

    refused = asyncio.run(asked(answering(status="413 Content Too Large")))
    read = asyncio.run(asked(echo))

    assert (refused.status, refused.asked) == (413, 0)
    assert (read.status, read.body) == (200, b"nine or s")


def test_a_scope_of_no_known_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="'telnet' are not served"):
        ask(WsgiToAsgi(echo), type="telnet")


def test_many_requests_at_a_time_each_get_their_own_answer() -> None:
    async def asked() -> list[Client]:
        app = WsgiToAsgi(echo, requests=8)
        bodies = [b"%d" % at for at in range(1000)]
        return await asyncio.gather(
            *(
                exchange(
                    app,
                    http_scope("/", "POST", sized([body])),
                    Client(body_in([body])),
                )
                for body in bodies
            )
        )

    answers = asyncio.run(asked())

    assert [client.body for client in answers] == [b"%d" % at for at in range(1000)]


def test_a_server_that_repeats_the_bodys_end_does_not_keep_the_loop() -> None:
    def asking(environ: Any, start_response: Any) -> list[bytes]:
        environ["roob.disconnected"]()  # from here on the bridge listens
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    async def asked() -> list[Any]:
        received: list[None] = []
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            received.append(None)
            assert len(received) < 100_000, "the loop is kept"
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await WsgiToAsgi(asking)(http_scope("/", "GET", []), receive, send)
        return sent

    assert asyncio.run(asked())[-1]["body"] == b"ok"
