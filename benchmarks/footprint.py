"""What a contestant costs before it is fast: time to import it, memory of a worker."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import Tick
from benchmarks.table import figure, markdown, middle


@dataclass(frozen=True)
class Footprint:
    """Of one contestant, one figure per fresh interpreter; empty: not installed."""

    peer: str
    import_seconds: tuple[float, ...] = ()
    resident_kib: tuple[float, ...] = ()


def measure_footprints(
    peers: Sequence[str], rounds: int, tick: Tick
) -> tuple[Footprint, ...]:
    """Start fresh interpreters in interleaved rounds, after one that is not counted."""
    found: dict[str, list[dict[str, float]]] = {peer: [] for peer in peers}
    for turn in range(rounds + 1):
        tick(f"imports, round {turn} of {rounds}")
        for peer in peers:
            found[peer] += [one for one in _fresh(peer) if turn > 0]
    return tuple(_footprint(peer, runs) for peer, runs in found.items())


def _fresh(peer: str) -> list[dict[str, float]]:
    command = [sys.executable, "-m", "benchmarks.first_request", peer]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    return [] if done.returncode else [json.loads(done.stdout)]


def _footprint(peer: str, runs: Sequence[dict[str, float]]) -> Footprint:
    return Footprint(
        peer,
        tuple(run["import_seconds"] for run in runs),
        tuple(run["resident_kib"] for run in runs),
    )


def render(footprints: Sequence[Footprint]) -> str:
    """Draw the table of import times and memory."""
    rows = [
        (
            one.peer,
            figure(_times(middle(one.import_seconds), 1e3), 1),
            figure(_times(middle(one.resident_kib), 1 / 1024), 1),
        )
        for one in footprints
    ]
    return markdown(("", "import, ms", "resident, MiB"), rows)


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
