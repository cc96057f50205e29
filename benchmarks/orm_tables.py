"""What `make bench-orm` prints of its figures: a table per database, the goals.

The goals are for SQLite, where the work is done in this process.  On PostgreSQL every
party waits for the same server most of the time, so there the table stands alone.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from benchmarks.orm_measure import OrmReport
from benchmarks.orm_parties import PEERS
from benchmarks.table import Verdict, figure, markdown, middle, ratio

WHOLE_TABLE_JOBS = ("read all", "read with reference")
OBJECTS_GOAL = 2.0
"""Roob's time for a whole table by the driver's, with objects made by hand."""

STATEMENTS_GOAL = 3.0
"""Roob's time in the other jobs by the driver's, with the same statements."""

PEERS_GOAL = 4.0
BATCH_GOAL = 2.5
"""A peer's time by Roob's."""

DRIVERS: Mapping[str, str] = MappingProxyType(
    {"sqlite": "sqlite3", "postgresql": "psycopg"}
)

Seconds = dict[tuple[str, str], tuple[float, ...]]
"""By party and job."""


def render_report(report: OrmReport) -> str:
    """Draw the table of one database, and its notes."""
    seconds = _seconds(report)
    jobs = list(dict.fromkeys(timing.job for timing in report.timings))
    parties = dict.fromkeys(timing.party for timing in report.timings)
    driver = DRIVERS[report.database]
    names = {"plain": driver, "fetchall": f"{driver}, bare fetchall"}
    rows = [
        [names.get(party, party), *(_cell(seconds, party, job) for job in jobs)]
        for party in parties
    ]
    title = (
        f"{report.database}, {report.rows:,} rows: ms per job "
        f"(ratio to {driver} / ratio to Roob)"
    )
    notes = [f"* {note}" for note in report.notes]
    return "\n".join([title, "", markdown(["", *jobs], rows), *notes])


def _seconds(report: OrmReport) -> Seconds:
    return {(one.party, one.job): one.seconds for one in report.timings}


def _cell(seconds: Seconds, party: str, job: str) -> str:
    own = seconds.get((party, job), ())
    to_plain = ratio(own, seconds.get(("plain", job), ()))
    to_roob = ratio(own, seconds.get(("roob", job), ()))
    return f"{_milliseconds(middle(own))} ({figure(to_plain)} / {figure(to_roob)})"


def _milliseconds(seconds: float | None) -> str:
    return figure(None if seconds is None else seconds * 1e3, 1)


def verdicts(reports: Sequence[OrmReport]) -> list[Verdict]:
    """Hold every figure that has a goal against it."""
    return [
        verdict
        for report in reports
        if report.database == "sqlite"
        for job in dict.fromkeys(timing.job for timing in report.timings)
        for verdict in _verdicts(_seconds(report), job)
    ]


def _verdicts(seconds: Seconds, job: str) -> list[Verdict]:
    roob = seconds.get(("roob", job), ())
    reads_table = job in WHOLE_TABLE_JOBS
    by_hand = Verdict(
        f"{job}: Roob's time by that of plain sqlite3, "
        + ("making the same objects" if reads_table else "running the same statements"),
        ratio(roob, seconds.get(("plain", job), ())),
        OBJECTS_GOAL if reads_table else STATEMENTS_GOAL,
    )
    return [by_hand, *(_beside(seconds, job, peer) for peer in PEERS)]


def _beside(seconds: Seconds, job: str, peer: str) -> Verdict:
    theirs, roob = seconds.get((peer, job), ()), seconds.get(("roob", job), ())
    goal = BATCH_GOAL if job == "batch insert" else PEERS_GOAL
    return Verdict(
        f"{job}: {peer}'s time by Roob's", ratio(theirs, roob), goal, at_least=True
    )
