"""One request traced from outside: untraced for its time, then recorded once."""

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter, perf_counter_ns

from roob.trace.copies import Copies
from roob.trace.recorder import Recorder, nanoseconds_of_an_event
from roob.trace.steps import Recording
from roob.trace.telling import Seen, Teller
from roob.trace.visit import Visit, pay
from roob.types import WSGIApp

RUNS = 500
# The untraced requests stop here, so that a slow one is not waited for so often.
_SECONDS = 0.06
_FEWEST = 5
# The quickest of so many is shown: the one that the machine disturbed least.
_RECORDINGS = 5


@dataclass(frozen=True)
class Tracer:
    """``Tracer(app, recorder, copies).trace(Visit("GET", "/")) -> Recording``.

    Without ``copies`` what a request writes stays, and it is made only once.
    """

    app: WSGIApp
    recorder: Recorder
    copies: Copies | None

    def trace(self, visit: Visit, runs: int = RUNS) -> Recording:
        """The recording of a request, its honest time beside it.

        Raises:
            RuntimeError: other tools have taken all that the interpreter has to give.
        """
        self.recorder.learn(self.app)
        if self.copies is None and not visit.is_safe:
            with self.recorder.armed():
                seen = self._see(visit)
            return self._tell(seen, [])
        with _quiet():
            self._warm_up(visit)
            untraced = self._time(visit, runs)
            with self.recorder.armed():
                self._run(visit)  # meets every function for the first time
                found = [self._see(visit) for _ in range(_RECORDINGS)]
        return self._tell(min(found, key=_length), untraced)

    def _warm_up(self, visit: Visit) -> None:
        """Let the app do what it does once: open a database, compile templates."""
        first = visit if visit.is_safe else Visit("GET", visit.path)
        pay(self.app, first.environ())
        if self.copies is not None:
            if not self.copies.are_made:
                pay(self.app, Visit("GET", "/").environ())
            self.copies.keep()
        self._run(visit)

    def _run(self, visit: Visit) -> float:
        """Microseconds of one request; the databases are put back after it."""
        environ = visit.environ()
        began = perf_counter()
        pay(self.app, environ)
        seconds = perf_counter() - began
        self._put_back(visit)
        return seconds * 1e6

    def _put_back(self, visit: Visit) -> None:
        if self.copies is not None and not visit.is_safe:
            self.copies.restore()

    def _time(self, visit: Visit, runs: int) -> list[float]:
        times: list[float] = []
        deadline = perf_counter() + _SECONDS
        while len(times) < runs:
            times.append(self._run(visit))
            if perf_counter() > deadline and len(times) >= min(runs, _FEWEST):
                break
        return times

    def _see(self, visit: Visit) -> Seen:
        environ = visit.environ()
        with self.recorder.recording() as events:
            began = perf_counter_ns()
            answer = pay(self.app, environ)
            ended = perf_counter_ns()
        self._put_back(visit)
        return Seen(environ, visit.body, answer, events, began, ended)

    def _tell(self, seen: Seen, untraced: Sequence[float]) -> Recording:
        seen = replace(
            seen,
            untraced=median(untraced) if untraced else None,
            runs=len(untraced),
            cost=nanoseconds_of_an_event(),
        )
        return Teller(self.recorder.layers).tell(seen)


def _length(seen: Seen) -> int:
    return seen.ended - seen.began


@contextmanager
def _quiet() -> Iterator[None]:
    """Send standard error nowhere: the app logs each of the many requests.

    By its file's number, so that what an app logs with costs what it always does.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        for handler in logging.getLogger().handlers:
            handler.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
