import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextvars import ContextVar
from typing import Any

import pytest
from roob.bridge.pool import NoRoom, Pool, Slot, Slots

from framework.tests.bridge.driver import SECONDS, until

COLOUR: ContextVar[str] = ContextVar("colour", default="none")


class Gate:
    """Work that runs until it is let go; it knows how many of it run."""

    def __init__(self) -> None:
        self.running: list[int] = []
        self.most = 0
        self._open = threading.Event()

    def __call__(self, slot: Slot) -> int:
        me = threading.get_ident()
        self.running.append(me)
        self.most = max(self.most, len(self.running))
        assert self._open.wait(SECONDS)
        self.running.remove(me)
        return me

    def let_go(self) -> None:
        self._open.set()


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(SECONDS):
            await test()

    asyncio.run(bounded())


def bridge_threads() -> set[threading.Thread]:
    return {t for t in threading.enumerate() if t.name.startswith("roob-bridge-")}


def test_work_runs_in_a_thread_in_the_context_of_who_asked() -> None:
    async def test() -> None:
        COLOUR.set("red")

        def work(slot: Slot) -> tuple[str, int]:
            seen = COLOUR.get()
            COLOUR.set("blue")
            return seen, threading.get_ident()

        seen, thread = await Pool().run_request(work)

        assert (seen, COLOUR.get()) == ("red", "red")
        assert thread != threading.get_ident()

    run(test)


def test_no_more_requests_run_than_may_and_all_have_their_turn() -> None:
    async def test() -> None:
        pool, gate = Pool(requests=3), Gate()
        asked = [asyncio.create_task(pool.run_request(gate)) for _ in range(20)]
        await until(lambda: len(gate.running) == 3)
        gate.let_go()

        threads = await asyncio.gather(*asked)

        assert gate.most == 3
        # Not three: a slot is free a moment before its thread is.
        assert len(set(threads)) < len(threads) == 20

    run(test)


def test_who_came_first_runs_first() -> None:
    async def test() -> None:
        pool, gate, order = Pool(requests=1), Gate(), list[int]()
        first = asyncio.create_task(pool.run_request(gate))
        await until(lambda: len(gate.running) == 1)
        others = []
        for at in range(10):
            work = lambda slot, at=at: order.append(at)  # noqa: E731
            others.append(asyncio.create_task(pool.run_request(work)))
            await asyncio.sleep(0)
        gate.let_go()
        await asyncio.gather(first, *others)

        assert order == [*range(10)]

    run(test)


def test_an_idle_thread_ends_and_the_next_work_has_a_new_one() -> None:
    async def test() -> None:
        pool = Pool(idle_seconds=0.05)
        others = bridge_threads()
        gate = Gate()
        asked = [asyncio.create_task(pool.run_request(gate)) for _ in range(5)]
        await until(lambda: len(bridge_threads() - others) == 5)
        gate.let_go()
        await asyncio.gather(*asked)

        await until(lambda: not bridge_threads() - others)
        assert await pool.run_request(lambda slot: "served") == "served"

    run(test)


def test_threads_that_come_and_go_lose_no_work() -> None:
    async def test() -> None:
        pool = Pool(requests=8, idle_seconds=0.0005)
        for _ in range(100):
            asked = [pool.run_request(lambda slot: 1) for _ in range(8)]
            assert sum(await asyncio.gather(*asked)) == 8
            await asyncio.sleep(0.0005)

    run(test)


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The system lets nobody start a thread, until it is undone."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        yield patch


def test_work_that_finds_no_thread_is_refused_and_never_runs(
    no_threads: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[str] = []

    async def test() -> None:
        pool = Pool(requests=1, streams=1, idle_seconds=0.05)
        others = bridge_threads()
        for run_in in (pool.run_request, pool.run_stream):
            with pytest.raises(NoRoom, match="No more threads"):
                await run_in(lambda slot: ran.append("refused"))
        no_threads.undo()

        await pool.run_request(lambda slot: ran.append("request"))
        await until(lambda: not bridge_threads() - others)
        await pool.run_request(lambda slot: ran.append("after the idle thread's end"))
        await pool.run_stream(lambda slot: ran.append("stream"))
        await pool.finished()

    run(test)
    assert ran == ["request", "after the idle thread's end", "stream"]
    assert "can't start new thread" in caplog.text


def exit_at_once(slot: Slot) -> None:
    sys.exit(3)


def stop(slot: Slot) -> None:
    raise StopIteration


def fail(slot: Slot) -> None:
    raise LookupError("no such book")


@pytest.mark.parametrize(
    ("work", "error", "message"),
    [
        (fail, LookupError, "no such book"),
        (exit_at_once, RuntimeError, r"raised SystemExit\(3\)"),
        (stop, RuntimeError, r"raised StopIteration\(\)"),
    ],
)
def test_what_work_raises_is_raised_and_never_ends_the_loop(
    work: Callable[[Slot], None], error: type[Exception], message: str
) -> None:
    async def test() -> None:
        pool = Pool(requests=1)
        with pytest.raises(error, match=message):
            await pool.run_request(work)
        assert await pool.run_request(lambda slot: 1) == 1

    run(test)


def test_a_request_that_becomes_a_stream_makes_room_for_the_next() -> None:
    async def test() -> None:
        pool, gate = Pool(requests=1, streams=1), Gate()

        def stream(slot: Slot) -> int:
            assert slot.become_stream()
            return gate(slot)

        streamed = asyncio.create_task(pool.run_request(stream))
        await until(lambda: len(gate.running) == 1)
        assert await pool.run_request(lambda slot: "served") == "served"
        assert not await pool.run_request(lambda slot: slot.become_stream())
        gate.let_go()
        await streamed
        assert await pool.run_request(lambda slot: slot.become_stream())

    run(test)


def test_a_stream_that_has_no_room_is_refused() -> None:
    async def test() -> None:
        pool, gate = Pool(streams=1), Gate()
        streamed = asyncio.create_task(pool.run_stream(gate))
        await until(lambda: len(gate.running) == 1)
        with pytest.raises(NoRoom):
            await pool.run_stream(gate)
        gate.let_go()
        await streamed
        assert await pool.run_stream(lambda slot: 1) == 1

    run(test)


def test_a_result_may_come_before_the_work_has_ended() -> None:
    async def test() -> None:
        pool, gate = Pool(), Gate()

        def work(slot: Slot) -> str:
            slot.hand_over("early")
            gate(slot)
            return "late"

        assert await pool.run_request(work) == "early"
        await until(lambda: len(gate.running) == 1)
        gate.let_go()
        await pool.finished()
        assert gate.running == []

    run(test)


def test_who_stops_waiting_in_line_takes_no_slot_with_it() -> None:
    async def test() -> None:
        pool, gate = Pool(requests=1), Gate()
        first = asyncio.create_task(pool.run_request(gate))
        await until(lambda: len(gate.running) == 1)
        waiting = [asyncio.create_task(pool.run_request(gate)) for _ in range(5)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        gate.let_go()
        await first
        assert await pool.run_request(lambda slot: "served") == "served"
        await pool.finished()

    run(test)


def test_who_is_cancelled_when_its_turn_has_come_gives_the_slot_back() -> None:
    async def test() -> None:
        slots = Slots(1)
        assert slots.try_take()
        waiting = asyncio.create_task(slots.take())
        await asyncio.sleep(0)

        slots.give_back()
        asyncio.get_running_loop().call_soon(waiting.cancel)
        with pytest.raises(asyncio.CancelledError):
            await waiting

        await until(slots.try_take)

    run(test)


def test_work_of_who_was_cancelled_goes_on_and_keeps_its_slot() -> None:
    async def test() -> None:
        pool, gate = Pool(requests=1), Gate()
        left = asyncio.create_task(pool.run_request(gate))
        await until(lambda: len(gate.running) == 1)
        left.cancel()
        waiting = asyncio.create_task(pool.run_request(lambda slot: "served"))
        await asyncio.sleep(0.02)
        assert not waiting.done()
        gate.let_go()
        assert await waiting == "served"

    run(test)


def test_a_pool_outlives_the_loop_that_it_was_used_in() -> None:
    pool, gate = Pool(requests=1), Gate()

    async def leave_work_behind() -> None:
        asked = asyncio.create_task(pool.run_request(gate))
        await until(lambda: len(gate.running) == 1)
        waits = asyncio.create_task(pool.run_request(gate))
        await asyncio.sleep(0)
        asked.cancel()
        waits.cancel()

    async def test() -> None:
        gate.let_go()
        assert await pool.run_request(lambda slot: "served") == "served"

    run(leave_work_behind)
    run(test)
