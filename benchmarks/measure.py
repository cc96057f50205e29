"""All contestants in turn: set up, checked, then timed in interleaved rounds.

A slow spell of the machine so meets everyone, and a ratio is taken within a round.
Each contestant gets the same time per round, not the same number of requests.
"""

import gc
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from wsgiref.types import WSGIApplication

from benchmarks.cases import EXCHANGES_PER_CASE, Case, WrongAnswerError, case_of
from benchmarks.clock import check_case, seconds_per_request
from benchmarks.peers import is_asked, maker

MOST_REQUESTS = 20_000
"""Per contestant, case and round."""

Tick = Callable[[str], object]
"""Is told what is worked on, once per step: `tick("json: flask")`."""


@dataclass(frozen=True)
class Effort:
    """How long to measure; times in seconds."""

    rounds: int = 9
    slice_seconds: float = 0.04
    cell_budget: float = 10.0
    setup_budget: float = 120.0


@dataclass(frozen=True)
class Entry:
    """A contestant that is set up, or the `note` that says why it is not."""

    peer: str
    app: WSGIApplication | None = None
    setup_seconds: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Subject:
    """One cell of the table before it is timed."""

    peer: str
    case: Case
    app: WSGIApplication


@dataclass(frozen=True)
class Cell:
    """One cell of the table: seconds per request, one figure per round."""

    peer: str
    case: str
    seconds: tuple[float, ...] = ()
    requests: int = 0
    note: str = ""


@dataclass(frozen=True)
class Report:
    """What one number of routes gave."""

    routes: int
    setup_seconds: dict[str, float | None] = field(default_factory=dict)
    cells: tuple[Cell, ...] = ()
    notes: tuple[str, ...] = ()


class _OutOfTime(BaseException):
    """Not an Exception, so that no framework's error handler answers it."""


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    def ring(signum: int, frame: FrameType | None) -> None:
        raise _OutOfTime

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def measure_size(
    routes: int, peers: Sequence[str], cases: Sequence[str], effort: Effort, tick: Tick
) -> Report:
    """Measure the peers' apps with this many routes, in this process."""
    entries = [set_up(peer, routes, effort, tick) for peer in peers]
    asked = [case_of(case, routes) for case in cases]
    subjects = [
        Subject(entry.peer, case, entry.app)
        for case in asked
        for entry in entries
        if entry.app is not None and is_asked(entry.peer, case.name)
    ]
    cells = measure(subjects, effort, tick)
    return Report(
        routes,
        {entry.peer: entry.setup_seconds for entry in entries},
        cells,
        _notes(entries, cells),
    )


def measure_growth(
    peer: str, case: str, sizes: Sequence[int], effort: Effort, tick: Tick
) -> tuple[Cell, ...]:
    """Time one case of one peer at several numbers of routes beside each other."""
    entries = [set_up(peer, size, effort, tick) for size in sizes]
    subjects = [
        Subject(f"{peer} at {size}", case_of(case, size), entry.app)
        for size, entry in zip(sizes, entries, strict=True)
        if entry.app is not None
    ]
    return measure(subjects, effort, tick)


def set_up(peer: str, routes: int, effort: Effort, tick: Tick) -> Entry:
    """Build a contestant's app and let it answer once, within the set-up's budget."""
    tick(f"{routes:,} routes: set-up of {peer}")
    try:
        make = maker(peer)
    except ImportError as error:
        return Entry(peer, note=f"not installed ({error})")
    start = time.perf_counter()
    try:
        with _deadline(effort.setup_budget):
            app = make(routes)
            check_case(app, case_of("text", routes))
    except _OutOfTime:
        return Entry(peer, note=f"set-up took over {effort.setup_budget:g} s: left out")
    except WrongAnswerError as error:
        return Entry(peer, note=f"wrong answer: {error}")
    return Entry(peer, app, time.perf_counter() - start)


def measure(
    subjects: Sequence[Subject], effort: Effort, tick: Tick
) -> tuple[Cell, ...]:
    """Check every subject, then time the good ones in rounds."""
    timed = [_prepare(subject, effort) for subject in subjects]
    # What is set up stays: the collector need not walk 10,000 routes per peer.
    gc.collect()
    gc.freeze()
    for turn in range(effort.rounds):
        tick(f"round {turn + 1} of {effort.rounds}")
        # Nobody always follows the same neighbour.
        first = turn % len(timed) if timed else 0
        for one in timed[first:] + timed[:first]:
            one.run(effort)
    gc.unfreeze()
    return tuple(one.cell() for one in timed)


@dataclass
class _Timed:
    subject: Subject
    requests: int = 0
    note: str = ""
    seconds: list[float] = field(default_factory=list)

    def run(self, effort: Effort) -> None:
        if self.requests == 0 or self.spent > effort.cell_budget:
            return
        gc.collect()
        exchanges = self.subject.case.exchanges
        self.seconds.append(
            seconds_per_request(self.subject.app, exchanges, self.requests)
        )
        if self.spent > effort.cell_budget:
            self.note = f"{len(self.seconds)} of {effort.rounds} rounds: over budget"

    @property
    def spent(self) -> float:
        return sum(self.seconds) * self.requests

    def cell(self) -> Cell:
        subject = self.subject
        return Cell(
            subject.peer,
            subject.case.name,
            tuple(self.seconds),
            self.requests,
            self.note,
        )


def _prepare(subject: Subject, effort: Effort) -> _Timed:
    try:
        with _deadline(effort.cell_budget):
            check_case(subject.app, subject.case)
            return _Timed(subject, _requests_per_round(subject, effort.slice_seconds))
    except WrongAnswerError as error:
        return _Timed(subject, note=f"wrong answer: {error}")
    except _OutOfTime:
        return _Timed(subject, note=f"over {effort.cell_budget:g} s before the rounds")


def _requests_per_round(subject: Subject, slice_seconds: float) -> int:
    """Warm the subject for two short runs; the second says what a slice holds."""
    count = EXCHANGES_PER_CASE
    for _ in range(2):
        each = seconds_per_request(subject.app, subject.case.exchanges, count)
        count = whole_turns(slice_seconds / each)
    return count


def whole_turns(requests: float) -> int:
    """Round down to full turns of the exchanges: `100.0 -> 96`; at least one turn."""
    turns = int(min(requests, MOST_REQUESTS)) // EXCHANGES_PER_CASE
    return max(turns, 1) * EXCHANGES_PER_CASE


def _notes(entries: Sequence[Entry], cells: Sequence[Cell]) -> tuple[str, ...]:
    of_entries = [f"{entry.peer}: {entry.note}" for entry in entries if entry.note]
    of_cells = [f"{cell.peer}, {cell.case}: {cell.note}" for cell in cells if cell.note]
    return tuple(of_entries + of_cells)
