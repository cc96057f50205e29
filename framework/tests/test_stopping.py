"""How a gunicorn worker stops: its app drains, what is open is asked to end."""

import asyncio
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FrameType

import pytest
from roob.models.connections import open_connections
from roob.stopping import post_worker_init, worker_int


@dataclass
class FakeLog:
    messages: list[str] = field(default_factory=list)

    def exception(self, message: str) -> None:
        self.messages.append(message)


@dataclass
class FakeWorker:
    wsgi: object
    events: list[str]
    log: FakeLog = field(default_factory=FakeLog)

    def handle_exit(self, signum: int, frame: FrameType | None) -> None:
        self.events.append("exit")


@dataclass
class FakeAsgiWorker:
    asgi: object
    events: list[str]
    loop: asyncio.AbstractEventLoop
    log: FakeLog = field(default_factory=FakeLog)

    def handle_exit_signal(self) -> None:
        self.events.append("exit")


@dataclass
class DrainingApp:
    events: list[str]
    error: Exception | None = None

    def drain(self) -> None:
        self.events.append("drain")
        if self.error:
            raise self.error


@pytest.fixture
def restored_term() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_term_stops_the_worker_and_drains_the_app(restored_term: None) -> None:
    events: list[str] = []
    post_worker_init(FakeWorker(DrainingApp(events), events))

    signal.raise_signal(signal.SIGTERM)

    assert events == ["exit", "drain"]


def test_term_stops_the_asgi_worker_and_drains_the_app_beside_its_loop(
    restored_term: None,
) -> None:
    events: list[str] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        worker = FakeAsgiWorker(DrainingApp(events), events, loop)
        post_worker_init(worker)
        signal.raise_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            while len(events) < 2:
                await asyncio.sleep(0.005)
        loop.remove_signal_handler(signal.SIGTERM)

    asyncio.run(run())

    assert events == ["exit", "drain"]


@pytest.mark.parametrize("app", [object(), FakeLog])
def test_an_app_without_drain_just_stops(restored_term: None, app: object) -> None:
    worker = FakeWorker(app, [])
    post_worker_init(worker)

    signal.raise_signal(signal.SIGTERM)

    assert (worker.events, worker.log.messages) == (["exit"], [])


def test_a_drain_that_fails_is_logged_and_the_worker_stops(restored_term: None) -> None:
    events: list[str] = []
    worker = FakeWorker(DrainingApp(events, error=RuntimeError("late")), events)
    post_worker_init(worker)

    signal.raise_signal(signal.SIGTERM)

    assert events == ["exit", "drain"]
    assert worker.log.messages == ["The app failed to drain"]


class Opened:
    def __init__(self) -> None:
        self.is_ending = False

    def go_away(self) -> None:
        self.is_ending = True


@pytest.mark.parametrize("error", [None, RuntimeError("late")])
def test_what_is_open_is_asked_to_end(
    restored_term: None, error: Exception | None
) -> None:
    opened = Opened()
    open_connections.add(opened)
    post_worker_init(FakeWorker(DrainingApp([], error), []))

    signal.raise_signal(signal.SIGTERM)

    assert opened.is_ending


def test_a_worker_that_begins_anew_drains_too() -> None:
    events: list[str] = []

    worker_int(FakeWorker(DrainingApp(events), events))

    assert events == ["drain"]
