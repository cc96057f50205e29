"""`make bench-served`: requests a second over the loopback, Roob beside its peers.

Each contestant in turn is started with two workers, checked for a right answer,
warmed, driven by wrk and stopped; the rounds are interleaved.  What flatters whom:

- wrk is a closed loop: each connection waits for its answer before it asks again, so
  a stalling server is asked less, and the tail latencies look better than they are.
- wrk shares the cores with what it measures.  That costs the quick servers most.
- granian, Robyn and uvicorn's parser are native code, gunicorn is Python: compare
  frameworks on one server, and servers under one framework.
- Async handlers that never wait get none of what async is for; WSGI on one thread per
  worker gets the most of handlers that never wait.
"""

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from http.client import HTTPException
from pathlib import Path

from benchmarks.cases import Exchange, WrongAnswerError, case_of, check
from benchmarks.progress import progress
from benchmarks.served_tables import Measured, Sample, render, verdicts
from benchmarks.servers import (
    CONTESTANTS,
    Contestant,
    Served,
    ServerError,
    fetch,
    running,
)
from benchmarks.wrk import WrkError, drive, find_wrk

CASES = ("json", "text", "typed parameter")
ROUTES = 50


@dataclass(frozen=True)
class Effort:
    """How long to measure; times in whole seconds, as wrk takes them."""

    rounds: int = 3
    seconds: int = 5
    warm_seconds: int = 1
    connections: int = 64


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, then print the tables and, last, the goals."""
    options = _parser().parse_args(arguments)
    try:
        find_wrk()
    except WrkError as error:
        sys.exit(str(error))
    # Being told to stop stops the server that is running, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    contestants = _present(options.contestants)
    effort = Effort(options.rounds, options.seconds, connections=options.connections)
    samples = measure(contestants, options.cases, effort)
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in samples], indent=1))
    for case in options.cases:
        print(render(case, samples), end="\n\n")
    for case in options.cases:
        print(*verdicts(case, samples), sep="\n")


def _parser() -> argparse.ArgumentParser:
    names = [contestant.name for contestant in CONTESTANTS]
    parser = argparse.ArgumentParser(prog="benchmarks.served", description=__doc__)
    parser.add_argument("--rounds", type=int, default=Effort.rounds)
    parser.add_argument("--seconds", type=int, default=Effort.seconds)
    parser.add_argument("--connections", type=int, default=Effort.connections)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES[:1])
    parser.add_argument("--contestants", nargs="+", choices=names, default=names)
    parser.add_argument("--json", type=Path, help="also write every figure here")
    return parser


def _present(names: Sequence[str]) -> list[Contestant]:
    chosen = [one for one in CONTESTANTS if one.name in names]
    for one in chosen:
        if one.missing:
            print(f"{one.name}: left out, not installed: {', '.join(one.missing)}")
    return [one for one in chosen if not one.missing]


def measure(
    contestants: Sequence[Contestant], cases: Sequence[str], effort: Effort
) -> list[Sample]:
    """Run all contestants in every round, each round beginning with another one."""
    samples: list[Sample] = []
    with progress(effort.rounds * len(contestants)) as tick:
        for turn in range(effort.rounds):
            first = turn % len(contestants) if contestants else 0
            for one in [*contestants[first:], *contestants[:first]]:
                tick(f"round {turn + 1} of {effort.rounds}: {one.name}")
                samples += _run(one, cases, turn, effort)
    return samples


def _run(
    contestant: Contestant, cases: Sequence[str], turn: int, effort: Effort
) -> list[Sample]:
    try:
        with running(contestant) as server:
            loads = [_load(server, case, effort) for case in cases]
    except ServerError as error:
        loads = [(None, str(error)) for _ in cases]
    return [
        Sample(contestant.name, case, turn, load, note)
        for case, (load, note) in zip(cases, loads, strict=True)
    ]


def _load(server: Served, case: str, effort: Effort) -> tuple[Measured | None, str]:
    """Drive one case; what came of it, or None and why."""
    exchanges = case_of(case, ROUTES).exchanges
    exchange = exchanges[len(exchanges) // 2]
    try:
        return _drive(server, exchange, effort), ""
    except (WrongAnswerError, WrkError, OSError, HTTPException) as error:
        return None, f"{type(error).__name__}: {error}"


def _drive(server: Served, exchange: Exchange, effort: Effort) -> Measured:
    url = f"http://127.0.0.1:{server.port}{exchange.path}"
    check(exchange, fetch(server.port, exchange))
    drive(url, effort.warm_seconds, effort.connections)
    before = server.cpu_seconds()
    load = drive(url, effort.seconds, effort.connections)
    used = server.cpu_seconds() - before
    check(exchange, fetch(server.port, exchange))
    return Measured(load, used / load.requests)


if __name__ == "__main__":
    main()
