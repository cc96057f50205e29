"""Arithmetic and rendering: medians, ratios, goals met or not, Markdown tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

NOTHING = "-"
"""Stands where there is no figure."""


@dataclass(frozen=True)
class Verdict:
    """A goal and the figure a run gave: `Verdict("json", 0.55, 0.6)` is met.

    `value` is None where nothing was measured; that meets no goal.
    """

    claim: str
    value: float | None
    goal: float
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the figure is on the goal's side, the goal itself included."""
        if self.value is None:
            return False
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def __str__(self) -> str:
        bound = "at least" if self.at_least else "at most"
        outcome = "met" if self.is_met else "NOT MET"
        value = "not measured" if self.value is None else f"{self.value:.3f}"
        return f"{self.claim}: {value} (goal: {bound} {self.goal:g}): {outcome}"


def middle(values: Sequence[float]) -> float | None:
    """The median, or None of nothing: `[3.0, 1.0, 2.0] -> 2.0`."""
    return median(values) if values else None


def ratio(values: Sequence[float], base: Sequence[float]) -> float | None:
    """The median of the rounds' ratios: `([2.0, 9.0], [1.0, 3.0]) -> 2.5`.

    Rounds that one of the two does not have are left out.
    """
    return middle([one / other for one, other in zip(values, base, strict=False)])


def figure(value: float | None, digits: int = 2, unit: str = "") -> str:
    """Write a number for a table: `(0.4567, 2) -> "0.46"`, `None -> "-"`."""
    return NOTHING if value is None else f"{value:,.{digits}f}{unit}"


def microseconds(seconds: float | None) -> str:
    """Write a time with three significant digits or so: `3.21e-6 -> "3.21"`."""
    if seconds is None:
        return NOTHING
    value = seconds * 1e6
    return figure(value, 2 if value < 10 else 1 if value < 100 else 0)


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Draw a Markdown table whose columns also line up as plain text.

    The first column is flush left, the others flush right.
    """
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    rule = [":" + "-" * max(width - 1, 2) for width in widths[:1]]
    rule += ["-" * max(width - 1, 2) + ":" for width in widths[1:]]
    widths = [max(width, 3) for width in widths]
    drawn = [_row(line, widths) for line in lines]
    return "\n".join([drawn[0], _row(rule, widths), *drawn[1:]])


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    texts = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
    return f"| {' | '.join(texts)} |"
