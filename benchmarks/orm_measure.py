"""All parties in turn on one database: checked, then timed in interleaved rounds.

Each run is checked, and each writing run is taken back, outside the clock.  A ratio is
taken within a round, so that a slow spell of the machine meets all.
"""

import gc
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from statistics import median

from benchmarks.cases import WrongAnswerError
from benchmarks.measure import Tick
from benchmarks.orm_databases import DATABASES, Places, Store, open_store
from benchmarks.orm_jobs import JOBS, Job
from benchmarks.orm_parties import Party, maker
from benchmarks.orm_work import Work

SLICE_SECONDS = 0.05
MOST_RUNS = 5
"""A turn of a quick party is several runs, whose median is its figure."""


@dataclass(frozen=True)
class Timing:
    """One cell of the table: seconds for the whole job, one figure per round."""

    party: str
    job: str
    seconds: tuple[float, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class OrmReport:
    """What one database gave."""

    database: str
    rows: int
    timings: tuple[Timing, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contestant:
    """A party that is connected to its own database."""

    name: str
    party: Party
    store: Store


@dataclass
class _Timed:
    """A contestant in one job, while the rounds go on."""

    contestant: Contestant
    job: Job
    seconds: list[float] = field(default_factory=list)
    note: str = ""

    def turn(self) -> None:
        """Add the figure of one round, unless an answer was wrong."""
        if self.note:
            return
        runs: list[float] = []
        while not self.note and sum(runs) < SLICE_SECONDS and len(runs) < MOST_RUNS:
            runs.append(self.run())
        self.seconds.append(median(runs))

    def run(self) -> float:
        """Do the job once; what it says is checked when the clock has stopped."""
        party, store = self.contestant.party, self.contestant.store
        gc.collect()
        start = time.perf_counter()
        answer = self.job.run(party, store.work)
        seconds = time.perf_counter() - start
        try:
            self.job.check(store, answer)
        except WrongAnswerError as error:
            self.note = f"wrong answer: {error}"
        if self.job.changes_rows:
            store.restore()
        return seconds

    def timing(self) -> Timing:
        """The cell; a party that answers wrongly has no figure."""
        seconds = () if self.note else tuple(self.seconds)
        return Timing(self.contestant.name, self.job.name, seconds, self.note)


def measure_database(
    database: str,
    parties: Sequence[str],
    jobs: Sequence[str],
    work: Work,
    rounds: int,
    tick: Tick,
) -> OrmReport:
    """Measure the parties on a database of this kind, in this process.

    Raises:
        NoServerError: there is no such database here.
    """
    with ExitStack() as stack:
        places = stack.enter_context(DATABASES[database]())
        contestants, notes = [], []
        for name in parties:
            tick(f"{database}: set-up of {name}")
            try:
                contestants.append(set_up(name, places, work, stack))
            except (ImportError, WrongAnswerError) as error:
                notes.append(f"{name}: left out, {error}")
        timings = measure([JOBS[job] for job in jobs], contestants, rounds, tick)
    notes += [f"{one.party}, {one.job}: {one.note}" for one in timings if one.note]
    return OrmReport(database, work.rows, timings, tuple(notes))


def set_up(name: str, places: Places, work: Work, stack: ExitStack) -> Contestant:
    """Make and fill a party's database, connect the party, look at its settings.

    Raises:
        ImportError: the party's package is not installed.
        WrongAnswerError: its connection is not set as Roob's is.
    """
    make, place = maker(name), places(name)
    store = stack.enter_context(open_store(place, work))
    party = stack.enter_context(closing(make(place)))
    store.check_promises(party)
    return Contestant(name, party, store)


def measure(
    jobs: Sequence[Job], contestants: Sequence[Contestant], rounds: int, tick: Tick
) -> tuple[Timing, ...]:
    """Time job after job, each in rounds that begin with another party."""
    # What is set up stays: the collector need not walk it for anybody.
    gc.collect()
    gc.freeze()
    timings = [
        timing for job in jobs for timing in _measure(job, contestants, rounds, tick)
    ]
    gc.unfreeze()
    return tuple(timings)


def _measure(
    job: Job, contestants: Sequence[Contestant], rounds: int, tick: Tick
) -> list[Timing]:
    timed = [_Timed(one, job) for one in contestants if job.is_for(one.name)]
    tick(f"{job.name}: checked and warmed")
    for one in timed:
        one.run()
    for turn in range(rounds):
        tick(f"{job.name}: round {turn + 1} of {rounds}")
        first = turn % len(timed) if timed else 0
        for one in timed[first:] + timed[:first]:
            one.turn()
    return [one.timing() for one in timed]
