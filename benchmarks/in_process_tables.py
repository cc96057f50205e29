"""What `make bench` prints of its figures: a table per number of routes, the goals."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.footprint import Footprint
from benchmarks.measure import Cell, Report
from benchmarks.table import Verdict, figure, markdown, microseconds, middle, ratio

SHARE_GOAL = 0.6
"""Roob's time as a share of Falcon-with-orjson's, in each case."""

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
    rows = [
        [peer, figure(setup, 2), *(_cell(seconds, peer, case) for case in cases)]
        for peer, setup in report.setup_seconds.items()
    ]
    title = (
        f"{report.routes:,} routes: µs per request "
        "(ratio to raw / ratio to Falcon with orjson)"
    )
    notes = [f"* {note}" for note in report.notes]
    return "\n".join([title, "", markdown(["", "set-up, s", *cases], rows), *notes])


def _seconds(cells: Sequence[Cell]) -> Seconds:
    return {(cell.peer, cell.case): cell.seconds for cell in cells}


def _cell(seconds: Seconds, peer: str, case: str) -> str:
    own = seconds.get((peer, case), ())
    to_raw = ratio(own, seconds.get(("raw", case), ()))
    to_falcon = ratio(own, seconds.get(("falcon_orjson", case), ()))
    return f"{microseconds(middle(own))} ({figure(to_raw, 1)} / {figure(to_falcon)})"


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
    return [*shares, _growth_verdict(results.growth)]


def _growth_verdict(growth: Sequence[Cell]) -> Verdict:
    small, large = GROWTH_SIZES
    by_size = {cell.peer: cell.seconds for cell in growth}
    return Verdict(
        f"typed parameter: Roob's time at {large:,} routes by its time at {small}",
        ratio(by_size.get(f"roob at {large}", ()), by_size.get(f"roob at {small}", ())),
        GROWTH_GOAL,
    )
