"""What `make bench` prints of its figures: a table per number of routes, the goals."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.cases import TYPED_CASE_NAMES
from benchmarks.footprint import Footprint
from benchmarks.measure import Cell, Report
from benchmarks.table import Verdict, figure, markdown, microseconds, middle, ratio

SHARE_GOAL = 0.6
"""Roob's time as a share of Falcon-with-orjson's, in each case."""

TYPED_GOAL = 1.0
"""Roob's time as a share of each typed rival's, in each typed case."""

TYPED_RIVALS = ("fastapi_typed", "falcon_typed", "falcon_orjson_typed")

_PLAIN_REFERENCES = {"raw": "raw", "falcon_orjson": "Falcon with orjson"}
_TYPED_REFERENCES = {
    "fastapi_typed": "FastAPI",
    "falcon_orjson_typed": "Falcon with orjson",
}

GROWTH_GOAL = 1.2
"""Roob's typed parameter at 10,000 routes, by its own time at 50."""

GROWTH_SIZES = (50, 10_000)

Seconds = dict[tuple[str, str], tuple[float, ...]]
"""By peer and case."""


@dataclass(frozen=True)
class Results:
    """Everything a run found, for the tables and for `--json`."""

    reports: tuple[Report, ...]
    growth: tuple[Cell, ...]
    footprints: tuple[Footprint, ...]


def render_report(report: Report) -> str:
    """Draw the table of one number of routes, and its notes."""
    seconds = _seconds(report.cells)
    cases = list(dict.fromkeys(cell.case for cell in report.cells))
    references = _references(cases)
    rows = [
        [peer, figure(setup, 2)]
        + [_cell(seconds, peer, case, tuple(references)) for case in cases]
        for peer, setup in report.setup_seconds.items()
    ]
    ratios = " / ".join(f"ratio to {name}" for name in references.values())
    title = f"{report.routes:,} routes: µs per request ({ratios})"
    notes = [f"* {note}" for note in report.notes]
    return "\n".join([title, "", markdown(["", "set-up, s", *cases], rows), *notes])


def _references(cases: Sequence[str]) -> dict[str, str]:
    is_typed = any(case in TYPED_CASE_NAMES for case in cases)
    return _TYPED_REFERENCES if is_typed else _PLAIN_REFERENCES


def _seconds(cells: Sequence[Cell]) -> Seconds:
    return {(cell.peer, cell.case): cell.seconds for cell in cells}


def _cell(seconds: Seconds, peer: str, case: str, references: tuple[str, ...]) -> str:
    own = seconds.get((peer, case), ())
    to_first, to_second = (
        ratio(own, seconds.get((reference, case), ())) for reference in references
    )
    return f"{microseconds(middle(own))} ({figure(to_first, 1)} / {figure(to_second)})"


def verdicts(results: Results) -> list[Verdict]:
    """Hold every figure that has a goal against it."""
    shares = [
        Verdict(
            f"{cell.case}, {report.routes:,} routes: "
            "Roob's share of Falcon-with-orjson's time",
            ratio(
                cell.seconds,
                _seconds(report.cells).get(("falcon_orjson", cell.case), ()),
            ),
            SHARE_GOAL,
        )
        for report in results.reports
        for cell in report.cells
        if cell.peer == "roob"
    ]
    typed = [
        verdict for report in results.reports for verdict in _typed_verdicts(report)
    ]
    return [*shares, *typed, _growth_verdict(results.growth)]


def _typed_verdicts(report: Report) -> list[Verdict]:
    seconds = _seconds(report.cells)
    return [
        Verdict(
            f"{case}, {report.routes:,} routes: Roob's share of {rival}'s time",
            ratio(own, seconds.get((rival, case), ())),
            TYPED_GOAL,
        )
        for (peer, case), own in seconds.items()
        if peer == "roob_typed"
        for rival in TYPED_RIVALS
    ]


def _growth_verdict(growth: Sequence[Cell]) -> Verdict:
    small, large = GROWTH_SIZES
    by_size = {cell.peer: cell.seconds for cell in growth}
    return Verdict(
        f"typed parameter: Roob's time at {large:,} routes by its time at {small}",
        ratio(by_size.get(f"roob at {large}", ()), by_size.get(f"roob at {small}", ())),
        GROWTH_GOAL,
    )
