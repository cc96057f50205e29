"""What `make bench-served` prints of its figures: a table per case, the goals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.servers import CONTESTANTS
from benchmarks.table import NOTHING, Verdict, figure, markdown, middle, ratio
from benchmarks.wrk import Load

RAW_GOAL = 0.9
"""Roob's requests a second by the raw app's on the same server."""

RIVAL_GOAL = 1.0
"""Ahead, or at least level."""

SERVERS = ("gthread", "granian")

RIVALS = (
    "robyn",
    "blacksheep on uvicorn",
    "fastapi on uvicorn",
    "blacksheep on granian",
    "fastapi on granian",
)


_HEADER = (
    "",
    "requests/s",
    "lowest-highest",
    "by raw",
    "CPU µs/request",
    "by raw",
    "p50, ms",
    "p99, ms",
    "errors",
)


@dataclass(frozen=True)
class Measured:
    """What one run gave: wrk's report, and the server's processor time per request."""

    load: Load
    cpu_seconds: float


Reader = Callable[[Measured], float]


@dataclass(frozen=True)
class Sample:
    """One run of one contestant at one case; no load where it failed, with the note."""

    contestant: str
    case: str
    turn: int
    measured: Measured | None = None
    note: str = ""


def render(case: str, samples: Sequence[Sample]) -> str:
    """Draw the table of one case, and its notes."""
    here = [sample for sample in samples if sample.case == case]
    ran = {sample.contestant for sample in here}
    rows = [_row(one.name, here) for one in CONTESTANTS if one.name in ran]
    notes = [f"* {sample.contestant}: {sample.note}" for sample in here if sample.note]
    return "\n".join([f"{case}:", "", markdown(_HEADER, rows), *notes])


def _row(name: str, samples: Sequence[Sample]) -> list[str]:
    raw = f"raw_orjson on {name.rpartition(' on ')[2]}"
    rates = list(_rounds(samples, name, _rate).values())
    errors = sum(_rounds(samples, name, lambda one: one.load.errors).values())
    return [
        f"{name} (!)" if errors else name,
        figure(middle(rates), 0),
        f"{min(rates):,.0f}-{max(rates):,.0f}" if rates else NOTHING,
        figure(_by(samples, name, raw, _rate)),
        _median(samples, name, lambda one: one.cpu_seconds * 1e6),
        figure(_by(samples, name, raw, _cpu)),
        _median(samples, name, lambda one: one.load.p50 * 1e3),
        _median(samples, name, lambda one: one.load.p99 * 1e3),
        f"{errors:g}",
    ]


def _rate(measured: Measured) -> float:
    return measured.load.requests_per_second


def _cpu(measured: Measured) -> float:
    return measured.cpu_seconds


def _rounds(samples: Sequence[Sample], name: str, read: Reader) -> dict[int, float]:
    return {
        sample.turn: read(sample.measured)
        for sample in samples
        if sample.contestant == name and sample.measured
    }


def _median(samples: Sequence[Sample], name: str, read: Reader) -> str:
    return figure(middle(list(_rounds(samples, name, read).values())))


def _by(samples: Sequence[Sample], name: str, base: str, read: Reader) -> float | None:
    clean = [one for one in samples if one.measured and not one.measured.load.errors]
    own, other = _rounds(clean, name, read), _rounds(clean, base, read)
    both = sorted(own.keys() & other.keys())
    return ratio([own[turn] for turn in both], [other[turn] for turn in both])


def verdicts(case: str, samples: Sequence[Sample]) -> list[Verdict]:
    """Hold Roob against the raw app on each server, and on granian against rivals."""
    here = [sample for sample in samples if sample.case == case]
    to_raw = [(f"roob on {one}", f"raw_orjson on {one}") for one in SERVERS]
    to_rivals = [("roob on granian", rival) for rival in RIVALS]
    return [
        Verdict(
            f"{case}: {name}, requests/s by {base}",
            _by(here, name, base, _rate),
            goal,
            at_least=True,
        )
        for pairs, goal in ((to_raw, RAW_GOAL), (to_rivals, RIVAL_GOAL))
        for name, base in pairs
    ]
