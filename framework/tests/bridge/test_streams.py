"""Bodies that last: what waits where, and whom a slow or a gone client harms."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any

import pytest
from roob import Roob
from roob.bridge import WsgiToAsgi

from framework.tests.bridge.driver import (
    SECONDS,
    Client,
    body_in,
    exchange,
    http_scope,
    until,
)

TEXT = [("Content-Type", "text/plain")]
PIECE = b"x" * 10_000
WINDOW = 65536


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(SECONDS):
            await test()

    asyncio.run(bounded())


def begin(app: Any, client: Client, **scope: Any) -> asyncio.Task[Client]:
    return asyncio.create_task(exchange(app, http_scope(**scope), client))


class Source:
    """An endless answer that counts what it has made, and how it ended."""

    def __init__(self, headers: Iterable[tuple[str, str]] = TEXT) -> None:
        self._headers = list(headers)
        self.made = 0
        self.running = 0
        self.ended_by: list[type[BaseException] | None] = []
        self.is_disconnected: Callable[[], bool] = lambda: False

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/quick":
            start_response("200 OK", TEXT)
            return [b"quick"]
        self.is_disconnected = environ["roob.disconnected"]
        start_response("200 OK", self._headers)
        return self._pieces()

    def _pieces(self) -> Iterator[bytes]:
        self.running += 1
        try:
            while True:
                self.made += 1
                yield PIECE
        except BaseException as error:
            self.ended_by.append(type(error))
            raise
        finally:
            self.running -= 1


def test_an_app_makes_no_more_than_a_window_for_a_client_that_does_not_read() -> None:
    async def test() -> None:
        source, client = Source(), Client()
        app = WsgiToAsgi(source)
        client.reads.clear()
        asked = begin(app, client)
        await until(lambda: source.made * len(PIECE) > WINDOW)
        made = source.made
        await asyncio.sleep(0.1)

        # What is under way, and the one piece that the thread waits with.
        assert source.made == made
        assert made * len(PIECE) <= WINDOW + 2 * len(PIECE)

        client.reads.set()
        await until(lambda: source.made > 10 * made)
        client.has_gone.set()
        await asyncio.wait_for(asked, SECONDS)
        await app.pool.finished()
        assert source.ended_by == [GeneratorExit]

    run(test)


def test_a_client_that_goes_ends_its_iterable_and_nobody_elses() -> None:
    async def test() -> None:
        source = Source()
        app = WsgiToAsgi(source)
        leaving, staying = Client(), Client()
        gone, stays = begin(app, leaving), begin(app, staying)
        await until(lambda: source.running == 2)

        leaving.has_gone.set()
        await asyncio.wait_for(gone, SECONDS)
        await until(lambda: source.running == 1)
        count = len(staying.sent)
        await until(lambda: len(staying.sent) > count)

        staying.has_gone.set()
        await asyncio.wait_for(stays, SECONDS)
        await app.pool.finished()
        assert (source.running, len(source.ended_by)) == (0, 2)

    run(test)


def test_a_client_that_never_reads_is_cut_and_its_thread_is_free(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test() -> None:
        source, client = Source(), Client()
        app = WsgiToAsgi(source, stall_timeout=0.2)
        client.reads.clear()

        await begin(app, client)
        await app.pool.finished()

        assert source.ended_by == [GeneratorExit]
        assert not client.is_answered

    caplog.set_level("INFO", "roob.bridge")
    run(test)
    assert "GET /: The client reads nothing" in caplog.text


def test_clients_that_never_read_keep_nobody_from_being_served() -> None:
    async def test() -> None:
        source = Source([*TEXT, ("Content-Length", "1000000000")])
        app = WsgiToAsgi(source, requests=2, streams=20)
        deaf = [Client() for _ in range(20)]
        for client in deaf:
            client.reads.clear()
        asked = [begin(app, client) for client in deaf]
        await until(lambda: source.running == 20)

        for _ in range(20):
            assert (await begin(app, Client(), path="/quick")).body == b"quick"

        for client in deaf:
            client.has_gone.set()
            client.reads.set()
        await asyncio.gather(*asked)
        await app.pool.finished()

    run(test)


def test_clients_that_send_slowly_keep_nobody_from_being_served() -> None:
    read: list[int] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        read.append(len(environ["wsgi.input"].read()))
        start_response("200 OK", TEXT)
        return [b"read"]

    async def test() -> None:
        served = WsgiToAsgi(app, requests=2, streams=20)
        chunked = [(b"transfer-encoding", b"chunked")]
        slow = [Client([body_in([b"a"])[0]]) for _ in range(20)]
        asked = [begin(served, c, method="POST", headers=chunked) for c in slow]
        await asyncio.sleep(0)

        assert (await begin(served, Client())).body == b"read"

        for client in slow:
            client.has_gone.set()
        await asyncio.gather(*asked)
        assert {client.status for client in slow} == {400}
        await served.pool.finished()

    run(test)


def test_slow_uploads_are_refused_where_no_more_streams_may_run() -> None:
    app = Roob()

    @app.route("/", allowed_methods=["GET", "POST"])
    def count(request: Any) -> Any:
        return {"length": len(request.body)}

    async def test() -> None:
        served = WsgiToAsgi(app, requests=2, streams=1, stall_timeout=SECONDS)
        large = [(b"content-length", b"70000")]
        slow = [Client([body_in([b"a"])[0]]) for _ in range(5)]
        asked = [begin(served, c, method="POST", headers=large) for c in slow]
        await asyncio.sleep(0)

        assert (await begin(served, Client())).status == 200

        await until(lambda: sum(task.done() for task in asked) == 4)
        refused = [client for client in slow if client.sent]
        assert {client.status for client in refused} == {503}
        assert {client.headers["retry-after"] for client in refused} == {"1"}
        for client in slow:
            client.has_gone.set()
        await asyncio.gather(*asked)
        await served.pool.finished()

    run(test)


class Counted(bytes):
    """Counts the bytes that are copied out of it, and out of its copies."""

    copied = 0

    def __getitem__(self, at: Any) -> Any:
        part = Counted(super().__getitem__(at))
        Counted.copied += len(part)
        return part


def test_a_large_message_is_not_copied_for_each_read() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        size = 0
        while piece := environ["wsgi.input"].read(WINDOW):
            size += len(piece)
        start_response("200 OK", TEXT)
        return [b"%d" % size]

    async def test() -> None:
        whole = Counted(bytes(64 * WINDOW))
        message = {"type": "http.request", "body": whole, "more_body": False}
        chunked = [(b"transfer-encoding", b"chunked")]
        asked = begin(
            WsgiToAsgi(app), Client([message]), method="POST", headers=chunked
        )

        assert (await asked).body == b"%d" % len(whole)
        assert Counted.copied <= len(whole)

    run(test)


def test_a_request_is_read_no_faster_than_the_app_reads() -> None:
    go_on = threading.Event()
    count = 100

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        stream = environ["wsgi.input"]
        first = stream.read(1)
        assert go_on.wait(SECONDS)
        start_response("200 OK", TEXT)
        return [b"%d" % len(first + stream.read())]

    async def test() -> None:
        client = Client(body_in([PIECE] * count))
        chunked = [(b"transfer-encoding", b"chunked")]
        asked = begin(WsgiToAsgi(app), client, method="POST", headers=chunked)
        await until(lambda: client.asked > 3)
        await asyncio.sleep(0.1)

        # A window that waits, a buffer of the file's, a message that came last.
        assert client.asked * len(PIECE) <= 2 * WINDOW + 3 * len(PIECE)

        go_on.set()
        assert (await asked).body == b"%d" % (count * len(PIECE))
        assert client.messages == []

    run(test)


def test_bodies_stream_both_ways_at_once() -> None:
    def echo(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", TEXT)
        yield b"begun;"
        while piece := environ["wsgi.input"].read1(100):
            yield piece

    class Talker(Client):
        """Says a next word only when it has heard the last one."""

        async def receive(self) -> dict[str, Any]:
            if self.asked < 5:
                await until(lambda: self.body == b"begun;" + b"word;" * self.asked)
            return await super().receive()

    async def test() -> None:
        chunked = [(b"transfer-encoding", b"chunked")]
        talker = Talker(body_in([b"word;"] * 5))
        client = await begin(WsgiToAsgi(echo), talker, method="POST", headers=chunked)
        assert client.body == b"begun;" + b"word;" * 5

    run(test)


def test_a_piece_goes_out_when_it_is_made() -> None:
    go_on = threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", TEXT)
        yield b"first"
        assert go_on.wait(SECONDS)
        yield b"second"

    async def test() -> None:
        client = Client()
        asked = begin(WsgiToAsgi(app), client)
        await until(lambda: client.body == b"first")
        go_on.set()
        assert (await asked).body == b"firstsecond"

    run(test)


def test_the_end_of_an_answer_does_not_wait_for_its_close() -> None:
    go_on = threading.Event()

    class Body:
        def __iter__(self) -> Iterator[bytes]:
            return iter([b"all"])

        def close(self) -> None:
            assert go_on.wait(SECONDS)

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        return Body()

    async def test() -> None:
        served = WsgiToAsgi(app)
        assert (await begin(served, Client())).is_answered
        go_on.set()
        await served.pool.finished()

    run(test)


def test_a_close_that_fails_after_the_answer_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Body:
        def __iter__(self) -> Iterator[bytes]:
            return iter([b"all"])

        def close(self) -> None:
            raise LookupError("too late")

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        return Body()

    async def test() -> None:
        served = WsgiToAsgi(app)
        assert (await begin(served, Client())).is_answered
        await served.pool.finished()

    run(test)
    assert "Closing a body that was sent failed" in caplog.text
    assert "LookupError: too late" in caplog.text


def test_where_no_more_streams_may_run_the_next_is_told_to_come_back() -> None:
    async def test() -> None:
        source = Source()
        app = WsgiToAsgi(source, streams=1)
        first = Client()
        asked = begin(app, first)
        await until(lambda: source.running == 1)

        refused = await begin(app, Client())
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        assert b"No more streams" in refused.body
        assert source.running == 1

        first.has_gone.set()
        await asked
        await app.pool.finished()
        third = Client()
        served = begin(app, third)
        await until(lambda: third.status == 200 if third.sent else False)
        third.has_gone.set()
        await served

    run(test)


def test_an_app_may_ask_whether_its_client_is_there() -> None:
    states: list[bool] = []

    def app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", TEXT)
        states.append(environ["roob.disconnected"]())
        yield b"first"
        deadline = time.monotonic() + SECONDS
        while not environ["roob.disconnected"]() and time.monotonic() < deadline:
            time.sleep(0.005)
        states.append(environ["roob.disconnected"]())

    async def test() -> None:
        client = Client()
        served = WsgiToAsgi(app)
        asked = begin(served, client)
        await until(lambda: client.body == b"first")
        client.has_gone.set()
        await asked
        await served.pool.finished()
        assert states == [False, True]

    run(test)


def test_an_app_that_asks_while_it_works_on_a_whole_answer_learns_it_too() -> None:
    learned = threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        deadline = time.monotonic() + SECONDS
        while not environ["roob.disconnected"]() and time.monotonic() < deadline:
            time.sleep(0.005)
        learned.set()
        start_response("200 OK", TEXT)
        return []

    async def test() -> None:
        client = Client()
        asked = begin(WsgiToAsgi(app), client)
        await until(lambda: client.asked > 1)
        client.has_gone.set()
        await asked
        assert learned.is_set()

    run(test)


def test_a_server_that_cancels_the_call_ends_the_iterable() -> None:
    async def test() -> None:
        source = Source()
        app = WsgiToAsgi(source)
        asked = begin(app, Client())
        await until(lambda: source.running == 1)

        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await app.pool.finished()
        assert source.ended_by == [GeneratorExit]

    run(test)


class Broken(Client):
    """On a server that raises where the connection is closed (ASGI 2.4)."""

    async def send(self, message: dict[str, Any]) -> None:
        await super().send(message)
        if len(self.sent) > 3:
            raise BrokenPipeError("the client has gone")


def test_a_server_that_raises_on_sending_ends_the_iterable() -> None:
    async def test() -> None:
        source = Source()
        app = WsgiToAsgi(source)
        await begin(app, Broken())
        await app.pool.finished()
        assert source.ended_by == [GeneratorExit]

    run(test)


def test_an_oserror_of_the_apps_own_is_no_disconnect() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", TEXT)
        yield b"first"
        raise FileNotFoundError("no second")

    async def test() -> None:
        with pytest.raises(FileNotFoundError):
            await begin(WsgiToAsgi(app), Client())

    run(test)
