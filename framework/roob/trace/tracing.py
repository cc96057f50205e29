"""One request traced from outside: untraced for its time, then recorded once."""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter, perf_counter_ns

from roob.trace import outside
from roob.trace.copies import Copies
from roob.trace.recorder import Recorder, nanoseconds_of_an_event
from roob.trace.steps import Recording
from roob.trace.telling import Seen, Teller
from roob.trace.visit import Visit, send
from roob.types import WSGIApp

RUNS = 500
# The untraced requests stop here, so that a slow one is not waited for so often.
_SECONDS = 0.06
_FEWEST = 5
# The quickest of so many is shown: the one that the machine disturbed least.
_RECORDINGS = 5
_ENDLESS = "its answer went on, and was closed"


@dataclass(frozen=True)
class Tracer:
    """``Tracer(app, recorder, copies).trace(Visit("GET", "/")) -> Recording``.

    Without ``copies`` what a request writes stays, so it is made only once. So is one
    that reaches beyond them, to a file or a program, or to a socket where it may write;
    one that promises to change nothing is made twice before that is believed.
    """

    app: WSGIApp
    recorder: Recorder
    copies: Copies | None

    def trace(self, visit: Visit, runs: int = RUNS) -> Recording:
        """The recording of a request, its honest time beside it.

        Raises:
            StillOpen: the request left a transaction open, and cannot be repeated.
            RuntimeError: other tools have taken all that the interpreter has to give.
        """
        self.recorder.learn(self.app)
        with _quiet():
            if self.copies is None:
                return self._tell(self._see_cold(visit), seldom="once: it is for real")
            seen, changed, times = self._try(visit, self.copies)
            if seen.answer.is_cut:
                return self._tell(seen, seldom=f"{times}: {_ENDLESS}")
            if changed:
                why = " and ".join(changed)
                return self._tell(seen, seldom=f"{times}: it {why}")
            return self._trace_often(visit, runs)

    def _try(self, visit: Visit, copies: Copies) -> tuple[Seen, list[str], str]:
        """A request's first run, or its second; what it changed beside the copies."""
        if visit.is_safe:
            seen, changed = self._see_changes(visit)
            if not changed or seen.answer.is_cut:
                return seen, changed, "once"
            # A first request may make a folder, or open a log, once and for all.
            return *self._see_changes(visit), "twice"
        self._warm_up(visit, copies)
        return *self._see_changes(visit), "once"

    def _see_changes(self, visit: Visit) -> tuple[Seen, list[str]]:
        with outside.watched() as reached:
            seen = self._see_cold(visit)
        return seen, [words for words in reached if _changes(visit, words)]

    def _trace_often(self, visit: Visit, runs: int) -> Recording:
        self._run(visit)
        untraced = self._time(visit, runs)
        with self.recorder.armed():
            self._run(visit)  # meets every function for the first time
            found = [self._see(visit) for _ in range(_RECORDINGS)]
        return self._tell(min(found, key=_length), untraced)

    def _warm_up(self, visit: Visit, copies: Copies) -> None:
        """Let the app do what it does once: open a database, make its tables."""
        send(self.app, Visit("GET", visit.path).environ())
        if not copies.are_made:
            send(self.app, Visit("GET", "/").environ())
        copies.keep()

    def _run(self, visit: Visit) -> float:
        """Microseconds of one request; the databases are put back after it."""
        environ = visit.environ()
        began = perf_counter()
        send(self.app, environ)
        seconds = perf_counter() - began
        self._put_back()
        return seconds * 1e6

    def _put_back(self) -> None:
        if self.copies is not None:
            self.copies.restore()

    def _time(self, visit: Visit, runs: int) -> list[float]:
        times: list[float] = []
        deadline = perf_counter() + _SECONDS
        while len(times) < runs:
            times.append(self._run(visit))
            if perf_counter() > deadline and len(times) >= min(runs, _FEWEST):
                break
        return times

    def _see_cold(self, visit: Visit) -> Seen:
        with self.recorder.armed():
            return self._see(visit)

    def _see(self, visit: Visit) -> Seen:
        environ = visit.environ()
        with self.recorder.recording() as events:
            began = perf_counter_ns()
            answer = send(self.app, environ)
            ended = perf_counter_ns()
        self._put_back()
        return Seen(environ, visit.body, answer, events, began, ended)

    def _tell(
        self, seen: Seen, untraced: Sequence[float] = (), seldom: str = ""
    ) -> Recording:
        seen = replace(
            seen,
            untraced=median(untraced) if untraced else None,
            runs=len(untraced),
            cost=nanoseconds_of_an_event(),
        )
        return replace(Teller(self.recorder.layers).tell(seen), seldom=seldom)


def _changes(visit: Visit, words: str) -> bool:
    """Whether what a request reached is changed by it: who reads asks others, too."""
    return not (visit.is_safe and words.startswith(outside.CONNECTED))


def _length(seen: Seen) -> int:
    return seen.ended - seen.began


@contextmanager
def _quiet() -> Iterator[None]:
    """Send what the app prints and logs nowhere: it does so for each of many requests.

    By the files' numbers, so that what an app logs with costs what it always does.
    """
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        kept = {number: os.dup(number) for number in (1, 2)}
        for number in kept:
            os.dup2(nowhere.fileno(), number)
        try:
            yield
        finally:
            for handler in logging.getLogger().handlers:
                handler.flush()
            for number, copy in kept.items():
                os.dup2(copy, number)
                os.close(copy)
