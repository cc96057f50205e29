"""Threads for blocking work on an event loop: bounded, and gone when nobody needs them.

Two budgets: requests are short and wait for a slot in asyncio; streams (and sockets)
last, and are refused when there is no slot.
"""

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

_Job = Callable[[], None]
_Waiting = tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]"]

# Seconds. Asked only at shutdown, where nobody waits for less.
_LOOK_AGAIN = 0.02

logger = logging.getLogger(__name__)


class NoRoom(Exception):
    """No more can be served at this time; say 503."""


class Slots:
    """So many may, the others wait in line. May be given back from any thread."""

    def __init__(self, count: int) -> None:
        self._count = self._free = count
        self._lock = threading.Lock()
        self._line: deque[_Waiting] = deque()

    @property
    def taken(self) -> int:
        """How many are in use."""
        return self._count - self._free

    def try_take(self) -> bool:
        """Take one where one is free, without waiting."""
        with self._lock:
            is_free = self._free > 0
            self._free -= is_free
            return is_free

    async def take(self) -> None:
        """Take one as soon as one is free; who came first is first."""
        if self.try_take():
            return
        granted = self._stand_in_line()
        if granted is None:
            return
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self.give_back()
            raise

    def _stand_in_line(self) -> asyncio.Future[None] | None:
        loop = asyncio.get_running_loop()
        with self._lock:
            if self._free > 0:  # given back since it was asked for
                self._free -= 1
                return None
            granted: asyncio.Future[None] = loop.create_future()
            self._line.append((loop, granted))
            return granted

    def give_back(self) -> None:
        """To the first in line, else for whoever comes."""
        while (first := self._first_in_line()) is not None:
            loop, granted = first
            # A loop that was closed has nobody left who waits.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._grant, granted)
                return

    def _first_in_line(self) -> _Waiting | None:
        with self._lock:
            if self._line:
                return self._line.popleft()
            self._free += 1
            return None

    def _grant(self, granted: asyncio.Future[None]) -> None:
        if granted.done():  # it stopped waiting
            self.give_back()
        else:
            granted.set_result(None)


class Slot:
    """What running work holds of the pool; handed to it, used in its thread."""

    def __init__(
        self, held: Slots, streams: Slots, outcome: asyncio.Future[Any]
    ) -> None:
        self._held: Slots | None = held
        self._streams = streams
        self._outcome = outcome
        self._loop = outcome.get_loop()

    def become_stream(self) -> bool:
        """Count among the streams from now on, so that a next request may run.

        False where no stream's slot is free: then it still is a request.
        """
        if self._held is self._streams:
            return True
        if not self._streams.try_take():
            return False
        held, self._held = self._held, self._streams
        if held is not None:
            held.give_back()
        return True

    def hand_over(self, result: object) -> None:
        """Give who waits for the work its result now; the work itself goes on."""
        self.call_in_loop(_settle, self._outcome, result, None)

    def call_in_loop(self, function: Callable[..., object], *args: Any) -> None:
        """Have the loop call a function; nothing where the loop is closed."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *args)

    def run(self, context: Context, work: "Callable[[Slot], object]") -> None:
        """The work in its thread, from its beginning to its end."""
        result, error = None, None
        try:
            result = context.run(work, self)
        except BaseException as raised:  # handed to who waits, whatever it is
            error = raised
        self._release()
        self.call_in_loop(_settle, self._outcome, result, error)

    def _release(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.give_back()


def _settle(
    outcome: asyncio.Future[Any], result: object, error: BaseException | None
) -> None:
    if outcome.done():
        return
    if error is None:
        outcome.set_result(result)
    else:
        outcome.set_exception(harmless(error))


def harmless(error: BaseException) -> Exception:
    """SystemExit would end the server's loop; a future takes no StopIteration."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    wrapped = RuntimeError(f"The application raised {error!r}")
    wrapped.__cause__ = error
    return wrapped


class Threads:
    """As many threads as there are jobs at a time; an idle one ends after a while."""

    def __init__(self, idle_seconds: float) -> None:
        self._idle_seconds = idle_seconds
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._count = 0

    def start(self, job: _Job) -> None:
        """Run a job in an idle thread, or in a new one.

        Raises:
            NoRoom: the system lets this process start no more threads.
        """
        if not self._idle.acquire(blocking=False):
            self._add_one()
        # Not before it is sure that a thread waits for it.
        self._jobs.put(job)

    def _add_one(self) -> None:
        self._count += 1
        name = f"roob-bridge-{self._count}"
        try:
            threading.Thread(target=self._work, name=name, daemon=True).start()
        except RuntimeError as error:
            logger.warning("A request is refused: %s", error)
            raise NoRoom("No more threads can be started at this time") from error

    def _work(self) -> None:
        while (job := self._next_job()) is not None:
            job()
            del job  # a waiting thread keeps nothing of its last request alive
            self._idle.release()

    def _next_job(self) -> _Job | None:
        while True:
            try:
                return self._jobs.get(timeout=self._idle_seconds)
            except Empty:
                # Who has claimed this thread is about to put a job.
                if self._idle.acquire(blocking=False):
                    return None


class Pool:
    """The threads of one application: ``Pool(requests=40, streams=1000)``.

    An idle thread ends after ``idle_seconds``. Work runs in a copy of the context
    of who asks for it, each in one thread from its beginning to its end.
    """

    def __init__(
        self, requests: int = 40, streams: int = 1000, idle_seconds: float = 10.0
    ) -> None:
        self._requests = Slots(requests)
        self._streams = Slots(streams)
        self._threads = Threads(idle_seconds)

    async def run_request(self, work: Callable[[Slot], T]) -> T:
        """What the work returns, or hands over; it waits for a slot in line.

        Who is cancelled meanwhile leaves the work running: threads cannot be stopped.

        Raises:
            NoRoom: no thread can be started for it.
            Exception: what the work raised.
        """
        await self._requests.take()
        return await self._start(self._requests, work)

    async def run_stream(self, work: Callable[[Slot], T]) -> T:
        """The same for work that lasts: it has a stream's slot from the beginning.

        Raises:
            NoRoom: none is free, or no thread can be started for it.
            Exception: what the work raised.
        """
        if not self._streams.try_take():
            raise NoRoom("No more streams can be served at this time")
        return await self._start(self._streams, work)

    async def finished(self) -> None:
        """Nothing, when all work that runs now has ended."""
        while self._requests.taken or self._streams.taken:
            await asyncio.sleep(_LOOK_AGAIN)

    def _start(self, held: Slots, work: Callable[[Slot], T]) -> asyncio.Future[T]:
        outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        slot = Slot(held, self._streams, outcome)
        try:
            self._threads.start(partial(slot.run, copy_context(), work))
        except NoRoom:
            held.give_back()
            raise
        return outcome
