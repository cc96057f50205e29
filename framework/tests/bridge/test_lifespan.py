"""What a server hears as it starts and stops a WSGI app."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from roob.bridge import WsgiToAsgi

from framework.tests.bridge.driver import (
    SECONDS,
    Client,
    Message,
    exchange,
    http_scope,
    until,
)

STARTUP = {"type": "lifespan.startup"}
SHUTDOWN = {"type": "lifespan.shutdown"}
COMPLETE = {"type": "lifespan.startup.complete"}
STOPPED = {"type": "lifespan.shutdown.complete"}


class App:
    """A WSGI app that answers when it is let go, and notes what happens."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.go_on = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.events.append("begun")
        assert self.go_on.wait(SECONDS)
        self.events.append("ended")
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"done"]

    def drain(self) -> None:
        self.events.append("drain")


async def lifespan(
    app: WsgiToAsgi, between: Callable[[], Awaitable[None]] | None = None
) -> list[Message]:
    to_app: asyncio.Queue[Message] = asyncio.Queue()
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async with asyncio.timeout(SECONDS):
        running = asyncio.create_task(app({"type": "lifespan"}, to_app.get, send))
        to_app.put_nowait(STARTUP)
        await until(lambda: bool(sent))
        if between is not None:
            await between()
        to_app.put_nowait(SHUTDOWN)
        await running
    return sent


def test_hooks_run_in_order_around_the_drain() -> None:
    app = App()

    async def wake() -> None:
        app.events.append("wake")

    served = WsgiToAsgi(
        app,
        on_startup=[wake, lambda: app.events.append("warm up")],
        on_shutdown=[lambda: app.events.append("close")],
    )

    assert asyncio.run(lifespan(served)) == [COMPLETE, STOPPED]
    assert app.events == ["wake", "warm up", "drain", "close"]


def test_a_hook_may_return_what_is_to_be_awaited() -> None:
    app = App()

    async def wake(event: str) -> None:
        app.events.append(event)

    class Cache:
        async def __call__(self) -> None:
            app.events.append("cache")

    served = WsgiToAsgi(app, on_startup=[lambda: wake("wake"), Cache()])

    assert asyncio.run(lifespan(served)) == [COMPLETE, STOPPED]
    assert app.events == ["wake", "cache", "drain"]


def test_an_app_without_anything_to_do_just_starts_and_stops() -> None:
    assert asyncio.run(lifespan(WsgiToAsgi(lambda e, s: []))) == [COMPLETE, STOPPED]


def no_database() -> None:
    raise ConnectionError("no database at 10.0.0.9")


def test_a_failing_start_is_said_with_its_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = App()
    served = WsgiToAsgi(
        app, on_startup=[no_database, lambda: app.events.append("never")]
    )

    [failed] = asyncio.run(lifespan(served))

    assert failed == {
        "type": "lifespan.startup.failed",
        "message": "no_database: ConnectionError: no database at 10.0.0.9",
    }
    assert app.events == []
    assert "ConnectionError" in caplog.text


def test_a_failing_hook_keeps_no_other_from_running_at_the_end() -> None:
    app = App()
    served = WsgiToAsgi(
        app, on_shutdown=[no_database, lambda: app.events.append("close")]
    )

    [_, stopped] = asyncio.run(lifespan(served))

    assert stopped["type"] == "lifespan.shutdown.failed"
    assert "no database at 10.0.0.9" in stopped["message"]
    assert app.events == ["drain", "close"]


def test_the_end_waits_for_what_runs() -> None:
    app = App()
    served = WsgiToAsgi(app, on_shutdown=[lambda: app.events.append("close")])

    async def test() -> None:
        client = Client()
        asked = asyncio.create_task(exchange(served, http_scope(), client))
        await until(lambda: app.events == ["begun"])
        stopping = asyncio.create_task(lifespan(served))
        await until(lambda: app.events == ["begun", "drain"])
        app.go_on.set()
        await stopping
        assert (await asked).body == b"done"

    asyncio.run(test())
    assert app.events == ["begun", "drain", "ended", "close"]


def test_the_end_does_not_wait_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    app = App()
    served = WsgiToAsgi(app, shutdown_timeout=0.05)

    async def test() -> list[Message]:
        asked = asyncio.create_task(exchange(served, http_scope(), Client()))
        await until(lambda: app.events == ["begun"])
        sent = await lifespan(served)
        app.go_on.set()
        await asked
        return sent

    assert asyncio.run(test())[-1] == STOPPED
    assert "they took too long" in caplog.text


@pytest.mark.parametrize(
    ("app", "options", "error"),
    [(None, {}, TypeError), (print, {"requests": 0}, ValueError)],
)
def test_what_could_never_answer_is_refused(app, options, error):
    with pytest.raises(error):
        WsgiToAsgi(app, **options)
