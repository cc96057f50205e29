"""Honest time: the clock's, less what the recorder itself took between two events."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

# What is left of a gap at least: something ran there, however short.
_LEAST = 0.02
_NS = 1000.0  # nanoseconds in a microsecond


class HonestClock:
    """``HonestClock([...], cost)``: the clock's nanoseconds to honest microseconds.

    ``ticks`` are the moments of all events, in order, from the first to the last;
    ``cost`` is what noting one takes, in nanoseconds. Where the untraced time is known
    the whole is scaled to it.
    """

    def __init__(
        self, ticks: Sequence[int], cost: float, untraced: float | None = None
    ) -> None:
        self._ticks = ticks
        gaps = [
            max(later - sooner - cost, (later - sooner) * _LEAST)
            for sooner, later in pairwise(ticks)
        ]
        whole = sum(gaps) / _NS
        factor = untraced / whole if untraced is not None and whole else 1.0
        self._honest = [*_running_sum(gap / _NS * factor for gap in gaps)]

    @property
    def whole(self) -> float:
        """From the first event to the last, in microseconds."""
        return self._honest[-1]

    def at(self, tick: int) -> float:
        """Microseconds since the first event."""
        place = min(bisect_left(self._ticks, tick), len(self._honest) - 1)
        return self._honest[place]


def _running_sum(values: Iterable[float]) -> Iterable[float]:
    total = 0.0
    yield total
    for value in values:
        total += value
        yield total


def cost_of_an_event(recorded: float, untraced: float, events: int) -> float:
    """What each event took, in nanoseconds, where both times are in microseconds."""
    return max(0.0, (recorded - untraced) * _NS / max(1, events))
