"""What a proof did, what it found, and the promise that this holds or breaks."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Tick = Callable[[str], None]
"""Called as each step of a proof begins, with a word on it."""


def quietly(what: str) -> None:
    """Tell nobody that a step begins."""


@dataclass(frozen=True)
class Outcome:
    """Counts of what was done, and of what must not be: any of these breaks it.

    `Outcome("kill -9", "sqlite", {"rounds": 100}, {"lost": 0})`
    -> `kill -9 on sqlite: 100 rounds; 0 lost: holds`
    """

    proof: str
    database: str
    done: Mapping[str, int]
    faults: Mapping[str, int]

    @property
    def holds(self) -> bool:
        return not any(self.faults.values())

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "BROKEN"
        counts = "; ".join(map(_listed, (self.done, self.faults)))
        return f"{self.proof} on {self.database}: {counts}: {verdict}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in counts.items())


def added(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    """The sums, name by name, also where they are 0."""
    total = Counter(left)
    total.update(right)
    return dict(total)
