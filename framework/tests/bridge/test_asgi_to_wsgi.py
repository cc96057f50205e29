"""ASGI apps on WSGI servers: whole and in pieces, their lifespan, their disconnects."""

import asyncio
import errno
import io
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from queue import SimpleQueue
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roob.bridge import AsgiToWsgi, ClientDisconnected, WsgiToAsgi
from roob.bridge.hosting import StartupFailed

from framework.tests.bridge.driver import SECONDS, ask

PIECES = st.lists(st.binary(max_size=300), max_size=8)
TEXT = [(b"content-type", b"text/plain")]


class Answer:
    """One request through ``wsgiref.validate``, and what came back."""

    def __init__(self, app: Any, body: bytes = b"", **environ: str) -> None:
        made: dict[str, Any] = {"QUERY_STRING": "", "wsgi.input": io.BytesIO(body)}
        made |= environ
        if body:
            made |= {"CONTENT_LENGTH": str(len(body)), "REQUEST_METHOD": "POST"}
        setup_testing_defaults(made)
        self.iterable: Iterable[bytes] = validator(app)(made, self._start)
        self.pieces = iter(self.iterable)

    def _start(self, status: str, headers: Any, exc_info: Any = None) -> Any:
        self.status, self.headers = status, dict(headers)

    def whole(self) -> bytes:
        body = b"".join(self.pieces)
        self.close()
        return body

    def close(self) -> None:
        self.iterable.close()  # type: ignore[attr-defined]


@pytest.fixture
def hosted() -> Iterator[Callable[..., AsgiToWsgi]]:
    hosts: list[AsgiToWsgi] = []

    def host(app: Any, **options: Any) -> AsgiToWsgi:
        hosts.append(AsgiToWsgi(app, **options))
        return hosts[-1]

    yield host
    for each in hosts:
        each.close()


async def start(send: Any, status: int = 200, headers: Any = TEXT) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def body(send: Any, piece: bytes, more: bool = False) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": more})


async def read(receive: Any) -> bytes:
    whole, more = b"", True
    while more:
        message = await receive()
        assert message["type"] == "http.request"
        whole, more = whole + message["body"], message["more_body"]
    return whole


def without_lifespan(app: Any) -> Any:
    async def only_http(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await app(scope, receive, send)

    return only_http


@without_lifespan
async def echo(scope: Any, receive: Any, send: Any) -> None:
    whole = await read(receive)
    await start(send)
    await body(send, whole)


def test_an_app_is_asked_and_answers(hosted: Any) -> None:
    answer = Answer(hosted(echo), b"hello")

    assert (answer.status, answer.headers) == ("200 OK", {"content-type": "text/plain"})
    assert answer.whole() == b"hello"


@settings(max_examples=60, deadline=None)
@given(PIECES, st.binary(max_size=200_000))
def test_bodies_arrive_whole_both_ways(pieces: list[bytes], sent: bytes) -> None:
    @without_lifespan
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await start(send)
        await body(send, await read(receive), more=True)
        for piece in pieces:
            await body(send, piece, more=True)
        await body(send, b"")

    hosted = AsgiToWsgi(app)
    try:
        assert Answer(hosted, sent).whole() == sent + b"".join(pieces)
    finally:
        hosted.close()


@settings(max_examples=30, deadline=None)
@given(PIECES, PIECES)
def test_there_and_back_a_wsgi_app_is_the_same(
    pieces: list[bytes], sent: list[bytes]
) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("201 Created", [("Content-Type", "text/plain")])
        yield environ["wsgi.input"].read()
        yield from pieces

    there = AsgiToWsgi(WsgiToAsgi(app))
    try:
        chunked = [(b"transfer-encoding", b"chunked")]
        client = ask(WsgiToAsgi(there), "/", "POST", chunked, sent)
        assert client.body == b"".join(sent + pieces)
        assert client.status == 201
        whole = b"".join(sent)
        assert Answer(there, whole).whole() == whole + b"".join(pieces)
    finally:
        there.close()


def test_an_app_makes_no_more_than_a_window_before_it_is_read(hosted: Any) -> None:
    made: list[int] = []

    @without_lifespan
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await start(send)
        for at in range(1000):
            made.append(at)
            await body(send, b"x" * 10_000, more=True)
        await body(send, b"")

    answer = Answer(hosted(app))
    next(answer.pieces)

    # The window, the piece that fills it, and those that were read.
    assert len(made) <= 9
    assert len(answer.whole()) == 999 * 10_000


def test_a_piece_is_there_when_it_was_sent(hosted: Any) -> None:
    go_on = threading.Event()

    @without_lifespan
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await start(send)
        await body(send, b"first", more=True)
        await asyncio.to_thread(go_on.wait, SECONDS)
        await body(send, b"second")

    answer = Answer(hosted(app))
    assert next(answer.pieces) == b"first"
    go_on.set()
    assert answer.whole() == b"second"


def test_a_server_that_closes_early_is_a_client_that_has_gone(hosted: Any) -> None:
    heard: list[Any] = []
    done = threading.Event()

    @without_lifespan
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await start(send)
        await read(receive)
        try:
            while True:
                await body(send, b"x" * 100_000, more=True)
        except ClientDisconnected as error:
            heard.append(error)
        heard.append(await receive())
        done.set()

    answer = Answer(hosted(app))
    next(answer.pieces)
    answer.close()

    assert done.wait(SECONDS)
    assert isinstance(heard[0], OSError)
    assert heard[1] == {"type": "http.disconnect"}


def test_who_listens_for_the_end_hears_it_when_the_answer_is_complete(
    hosted: Any,
) -> None:
    heard = threading.Event()

    @without_lifespan
    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def listen() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            heard.set()

        listening = asyncio.create_task(listen())
        await start(send)
        await body(send, b"all")
        await listening

    assert Answer(hosted(app), b"a body").whole() == b"all"
    assert heard.wait(SECONDS)


def test_a_body_that_ends_too_early_is_a_disconnect(hosted: Any) -> None:
    @without_lifespan
    async def app(scope: Any, receive: Any, send: Any) -> None:
        first, second = await receive(), await receive()
        await start(send, 400)
        await body(send, first["body"] + second["type"].encode())

    answer = Answer(
        hosted(app),
        CONTENT_LENGTH="9",
        REQUEST_METHOD="POST",
        **{"wsgi.input": io.BytesIO(b"abc ")},  # type: ignore[arg-type]
    )

    assert answer.status == "400 Bad Request"
    assert answer.whole() == b"abc http.disconnect"


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)]
)
def test_an_answer_that_may_have_no_body_has_none(
    hosted: Any, method: str, status: int
) -> None:
    @without_lifespan
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await start(send, status, TEXT if status == 200 else ())
        await body(send, b"some", more=True)
        await body(send, b"thing")

    assert Answer(hosted(app), REQUEST_METHOD=method).whole() == b""


async def fails(scope: Any, receive: Any, send: Any) -> None:
    raise LookupError("at once")


async def says_nothing(scope: Any, receive: Any, send: Any) -> None:
    return


async def exits(scope: Any, receive: Any, send: Any) -> None:
    raise SystemExit(1)


async def begins_with_a_body(scope: Any, receive: Any, send: Any) -> None:
    await body(send, b"x")


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (fails, "at once"),
        (says_nothing, "ended without an answer"),
        (exits, r"raised SystemExit\(1\)"),
        (begins_with_a_body, "'http.response.start' was due"),
    ],
)
def test_an_error_before_the_answer_is_the_servers_to_answer(
    hosted: Any, app: Any, message: str
) -> None:
    served = hosted(without_lifespan(app))

    with pytest.raises(Exception, match=message):
        Answer(served)
    with pytest.raises(Exception, match=message):
        Answer(served)


def test_an_error_in_the_middle_is_raised_to_the_server(hosted: Any) -> None:
    @without_lifespan
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await start(send)
        await body(send, b"one", more=True)
        raise LookupError("no two")

    answer = Answer(hosted(app))

    assert next(answer.pieces) == b"one"
    with pytest.raises(LookupError, match="no two"):
        next(answer.pieces)
    answer.close()


def test_an_error_after_the_answer_is_logged(
    hosted: Any, caplog: pytest.LogCaptureFixture
) -> None:
    @without_lifespan
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await start(send)
        await body(send, b"all")
        raise LookupError("too late")

    served = hosted(app)
    assert Answer(served).whole() == b"all"
    served.close()

    assert "LookupError: too late" in caplog.text


WHO: ContextVar[str] = ContextVar("who", default="nobody")


def test_the_servers_context_is_the_apps(hosted: Any) -> None:
    @without_lifespan
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await start(send)
        await body(send, WHO.get().encode())

    served = hosted(app)
    token = WHO.set("somebody")
    try:
        assert Answer(served).whole() == b"somebody"
    finally:
        WHO.reset(token)


class Living:
    """An app with a lifespan, which notes what it hears of it."""

    def __init__(self, failure: str = "") -> None:
        self.failure = failure
        self.events: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        self.events.append(f"request with {scope['state']['colour']}")
        scope["state"]["colour"] = "changed"
        await start(send)
        await body(send, b"")

    async def _live(self, scope: Any, receive: Any, send: Any) -> None:
        self.events.append((await receive())["type"])
        if self.failure:
            message = {"type": "lifespan.startup.failed", "message": self.failure}
            await send(message)
            return
        scope["state"]["colour"] = "red"
        await send({"type": "lifespan.startup.complete"})
        self.events.append((await receive())["type"])
        await send({"type": "lifespan.shutdown.complete"})


def test_a_lifespan_begins_with_the_first_request_and_ends_with_close() -> None:
    app = Living()
    served = AsgiToWsgi(app)
    assert app.events == []

    Answer(served).whole()
    Answer(served).whole()
    served.close()
    served.close()

    assert app.events == [
        "lifespan.startup",
        "request with red",
        "request with red",
        "lifespan.shutdown",
    ]
    loops = [t for t in threading.enumerate() if t.name == "roob-bridge-loop"]
    assert loops == []


def test_a_start_that_fails_is_raised_and_tried_again() -> None:
    app = Living("no database")
    served = AsgiToWsgi(app)

    with pytest.raises(StartupFailed, match="no database"):
        served.start()
    app.failure = ""
    Answer(served).whole()
    served.close()

    assert app.events[:2] == ["lifespan.startup", "lifespan.startup"]
    assert app.events[-1] == "lifespan.shutdown"


def test_close_waits_for_what_runs() -> None:
    ended: list[str] = []

    @without_lifespan
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await start(send)
        await body(send, b"all")
        await asyncio.sleep(0.05)
        ended.append("in the background")

    served = AsgiToWsgi(app)
    assert Answer(served).whole() == b"all"
    served.close()

    assert ended == ["in the background"]


def bounded(work: Callable[[], object]) -> object:
    """What the work returns, or the error that it raises, in time."""
    ended: SimpleQueue[object] = SimpleQueue()

    def run() -> None:
        try:
            ended.put(work())
        except Exception as error:
            ended.put(error)

    threading.Thread(target=run, daemon=True).start()
    return ended.get(timeout=SECONDS)


@pytest.mark.parametrize(
    ("error", "words"),
    [(SystemExit("no URL"), "SystemExit"), (asyncio.CancelledError(), "Cancelled")],
)
def test_an_app_that_exits_instead_of_starting_has_failed(
    error: BaseException, words: str
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise error

    failure = bounded(AsgiToWsgi(app).start)

    assert isinstance(failure, StartupFailed)
    assert words in str(failure)


def test_a_loop_that_was_ended_from_inside_is_replaced() -> None:
    async def exit_now() -> None:
        raise SystemExit(3)

    @without_lifespan
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/exit":
            await asyncio.create_task(exit_now())
        await start(send)
        await body(send, b"served")

    served = AsgiToWsgi(app)
    failure = bounded(lambda: Answer(served, SCRIPT_NAME="", PATH_INFO="/exit"))
    assert isinstance(failure, RuntimeError)
    assert bounded(lambda: Answer(served).whole()) == b"served"
    bounded(served.close)


def test_close_ends_requests_whose_cleanup_takes_a_while() -> None:
    is_running = threading.Event()
    cleaned: list[str] = []

    @without_lifespan
    async def app(scope: Any, receive: Any, send: Any) -> None:
        is_running.set()
        try:
            await asyncio.sleep(10 * SECONDS)
        finally:
            await asyncio.sleep(0.05)
            cleaned.append("up")

    served = AsgiToWsgi(app, shutdown_timeout=0.05)

    def ask_and_close() -> Answer:
        closing = threading.Thread(
            target=lambda: is_running.wait(SECONDS) and served.close()
        )
        closing.start()
        try:
            return Answer(served)
        finally:
            closing.join()

    assert isinstance(bounded(ask_and_close), RuntimeError)
    assert cleaned == ["up"]


def test_a_request_that_meets_a_close_is_not_left_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    served = AsgiToWsgi(echo)
    host = served.start()
    served.close()
    monkeypatch.setattr(served, "start", lambda: host)

    assert isinstance(bounded(lambda: Answer(served)), RuntimeError)


def test_a_shutdown_that_hangs_is_not_waited_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cleaned: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        try:
            await asyncio.sleep(10 * SECONDS)
        finally:
            cleaned.append("up")

    served = AsgiToWsgi(app, shutdown_timeout=0.05)
    served.start()

    assert bounded(served.close) is None
    assert cleaned == ["up"]
    assert "did not stop: no answer in 0.05 seconds" in caplog.text


def test_a_client_that_leaves_a_silent_stream_is_noticed(hosted: Any) -> None:
    heard = threading.Event()

    @without_lifespan
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await start(send)
        await body(send, b"first", more=True)
        while (await receive())["type"] != "http.disconnect":
            pass
        heard.set()

    ours, theirs = socket.socketpair()
    with ours:
        answer = Answer(hosted(app), **{"gunicorn.socket": ours})  # type: ignore[arg-type]
        assert next(answer.pieces) == b"first"
        theirs.close()

        left = bounded(lambda: next(answer.pieces))
        answer.close()

    assert isinstance(left, ClientDisconnected)
    # gunicorn logs an OSError of another number with its traceback.
    assert left.errno == errno.ECONNRESET
    assert heard.wait(SECONDS)


def test_a_client_that_leaves_before_the_answer_is_noticed(hosted: Any) -> None:
    @without_lifespan
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "http.request"
        await receive()

    gone = {"roob.disconnected": lambda: True}
    left = bounded(lambda: Answer(hosted(app), **gone))  # type: ignore[arg-type]

    assert isinstance(left, ClientDisconnected)


def test_headers_between_server_and_client_are_not_passed_on(hosted: Any) -> None:
    @without_lifespan
    async def app(scope: Any, receive: Any, send: Any) -> None:
        names = ("Connection", "Keep-Alive", "Proxy-Connection", "TE", "Upgrade")
        await start(send, 200, [*TEXT, *((name.encode(), b"x") for name in names)])
        await body(send, b"")

    answer = Answer(hosted(app))

    assert answer.whole() == b""
    assert answer.headers == {"content-type": "text/plain"}
