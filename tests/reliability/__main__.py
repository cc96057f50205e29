"""The slow proofs, at length: `python -m tests.reliability`, or `--only kills races`.

One line for each says what was done and what was found.  The exit code is 1 where a
promise is broken; what cannot be proved here is said loudly.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.progress import progress
from framework.tests.orm.postgres_server import NoServerError, PostgresServer
from tests.reliability.forks import fork
from tests.reliability.kills import crash_the_server, kill_clients
from tests.reliability.outcome import Outcome, Tick
from tests.reliability.places import Place, databases, files
from tests.reliability.racer import WORKS
from tests.reliability.races import race
from tests.reliability.sessions import end_sessions
from tests.reliability.space import NoDiskError, fill, small_disk
from tests.reliability.streams import stream_collections, stream_rows

ROUNDS_ON_SQLITE, ROUNDS_ON_POSTGRESQL, CRASHES = 100, 30, 20
KILLS, RESTARTS = 20, 5
FORK_ROUNDS = 20
TURNS_OF_A_THREAD = 50
ROWS = 1_000_000
KINDS = ("kills", "crashes", "sessions", "forks", "races", "streams", "space")


Run = Callable[[str, Tick], Outcome]
"""Runs a proof on the empty database of a URL."""


@dataclass(frozen=True)
class Proof:
    """A proof of a kind, in so many steps of the progress."""

    kind: str
    steps: int
    run: Run


def proofs_everywhere(rounds: int) -> Iterator[Proof]:
    """What has to hold on both databases."""
    yield Proof("kills", rounds, lambda url, tick: kill_clients(url, rounds, tick))
    yield Proof("forks", 1, lambda url, tick: fork(url, FORK_ROUNDS, tick))
    for work in WORKS:
        yield Proof("races", 1, partial(_race, work))
    yield Proof("streams", 1, _stream_rows)
    yield Proof("streams", 1, lambda url, tick: stream_collections(url, ROWS, tick))


def _race(work: str, url: str, tick: Tick) -> Outcome:
    return race(url, work, TURNS_OF_A_THREAD, tick)


def _stream_rows(url: str, tick: Tick) -> Outcome:
    database = "sqlite" if url.startswith("sqlite") else "postgresql"
    return stream_rows(database, ROWS, tick)


def proofs_of_a_server(server: PostgresServer) -> Iterator[Proof]:
    """What has to hold when the server or its sessions end."""

    def crash(url: str, tick: Tick) -> Outcome:
        return crash_the_server(server, url, CRASHES, tick)

    def end(url: str, tick: Tick) -> Outcome:
        return end_sessions(server, url, KILLS, RESTARTS, tick)

    yield Proof("crashes", CRASHES, crash)
    yield Proof("sessions", KILLS + RESTARTS, end)


def proofs_without_room() -> Iterator[Proof]:
    """What has to hold where a file cannot grow; these make places of their own."""
    yield Proof("space", 1, lambda _, tick: _fill_folder("limit", tick))
    yield Proof("space", 1, _fill_disk)


def _fill_folder(kind: str, tick: Tick) -> Outcome:
    with TemporaryDirectory(prefix="roob-proof-") as folder:
        return fill(Path(folder), kind, tick)


def _fill_disk(_: str, tick: Tick) -> Outcome:
    with TemporaryDirectory(prefix="roob-proof-") as folder, ExitStack() as stack:
        return fill(stack.enter_context(small_disk(Path(folder))), "disk", tick)


def run_all(kinds: Sequence[str]) -> Iterator[Outcome]:
    """Run the proofs of these kinds, one after the other."""
    with ExitStack() as stack:
        place = stack.enter_context(files())
        yield from _run([*proofs_everywhere(ROUNDS_ON_SQLITE)], place, kinds)
        yield from _run([*proofs_without_room()], place, kinds)
        try:
            server, place = stack.enter_context(databases())
        except NoServerError as error:
            print(f"!!! NOTHING IS PROVED ON postgresql: {error}", flush=True)
            return
        proofs = [*proofs_everywhere(ROUNDS_ON_POSTGRESQL), *proofs_of_a_server(server)]
        yield from _run(proofs, place, kinds)


def _run(proofs: Sequence[Proof], place: Place, kinds: Sequence[str]) -> list[Outcome]:
    wanted = [proof for proof in proofs if proof.kind in kinds]
    outcomes = []
    with progress(sum(proof.steps for proof in wanted)) as tick:
        for number, proof in enumerate(wanted):
            try:
                outcomes.append(proof.run(place(f"{proof.kind}_{number}"), tick))
            except NoDiskError as error:
                print(f"!!! NOT PROVED: {error}", flush=True)
    return outcomes


def main() -> int:
    """Run what is asked for and print each outcome; 1 where one is broken."""
    parser = argparse.ArgumentParser(prog="tests.reliability", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS)
    logging.getLogger("psycopg.pool").disabled = True  # it tells of each lost session
    broken = 0
    for outcome in run_all(parser.parse_args().only):
        print(outcome, flush=True)
        broken |= not outcome.holds
    return broken


if __name__ == "__main__":
    sys.exit(main())
