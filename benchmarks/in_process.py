"""`make bench`: time per request in process, Roob beside its peers, as ratios.

Every number of routes is measured in a fresh process, with all contestants in it.
See README.md for how to read the tables.
"""

import argparse
import json
import os
import platform
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from benchmarks.cases import CASE_NAMES, TYPED_CASE_NAMES
from benchmarks.footprint import Footprint, measure_footprints
from benchmarks.footprint import render as render_footprints
from benchmarks.in_process_tables import (
    GROWTH_SIZES,
    Results,
    render_report,
    verdicts,
)
from benchmarks.measure import Cell, Effort, Report, measure_growth, measure_size
from benchmarks.peers import IN_PROCESS, TYPED, is_asked
from benchmarks.progress import progress

PACKAGES = (
    "webob",
    "orjson",
    "falcon",
    "bottle",
    "flask",
    "django",
    "werkzeug",
    "rolo",
    "fastapi",
    "pydantic",
)

ALL_CASES = (*CASE_NAMES, *TYPED_CASE_NAMES)
ALL_PEERS = (*IN_PROCESS, *TYPED)

IMPORT_ROUNDS = 5

T = TypeVar("T")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, then print the tables and, last, the goals."""
    options = _parser().parse_args(arguments)
    print(_ground(), end="\n\n", flush=True)
    results = _run(options)
    if options.json:
        options.json.write_text(json.dumps(asdict(results), indent=1))
    for verdict in verdicts(results):
        print(verdict)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.in_process", description=__doc__)
    parser.add_argument("--routes", type=int, nargs="+", default=[50, 1_000, 10_000])
    parser.add_argument("--rounds", type=int, default=Effort.rounds)
    parser.add_argument("--cases", nargs="+", choices=ALL_CASES, default=ALL_CASES)
    parser.add_argument("--peers", nargs="+", choices=ALL_PEERS, default=ALL_PEERS)
    parser.add_argument("--json", type=Path, help="also write every figure here")
    parser.add_argument("--setup-budget", type=float, default=Effort.setup_budget)
    parser.add_argument("--cell-budget", type=float, default=Effort.cell_budget)
    return parser


def _run(options: argparse.Namespace) -> Results:
    effort = Effort(
        options.rounds,
        cell_budget=options.cell_budget,
        setup_budget=options.setup_budget,
    )
    reports = []
    for routes in options.routes:
        for cases in _halves(options.cases):
            peers = [peer for peer in options.peers if is_asked(peer, cases[0])]
            reports.append(_in_fresh_process(_size, routes, peers, cases, effort))
            print(render_report(reports[-1]), end="\n\n", flush=True)
    growth = _in_fresh_process(_growth, effort)
    footprints = _footprints(options.peers)
    print(render_footprints(footprints), end="\n\n", flush=True)
    return Results(tuple(reports), growth, footprints)


def _halves(cases: Sequence[str]) -> list[list[str]]:
    """The plain cases and the typed ones: other contestants, and so other tables."""
    plain = [case for case in cases if case in CASE_NAMES]
    typed = [case for case in cases if case in TYPED_CASE_NAMES]
    return [half for half in (plain, typed) if half]


def _in_fresh_process(work: Callable[..., T], *arguments: object) -> T:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        return fresh.submit(work, *arguments).result()


def _size(
    routes: int, peers: Sequence[str], cases: Sequence[str], effort: Effort
) -> Report:
    with progress(len(peers) + effort.rounds) as tick:
        return measure_size(routes, peers, cases, effort, tick)


def _growth(effort: Effort) -> tuple[Cell, ...]:
    with progress(len(GROWTH_SIZES) + effort.rounds) as tick:
        return measure_growth("roob", "typed parameter", GROWTH_SIZES, effort, tick)


def _footprints(peers: Sequence[str]) -> tuple[Footprint, ...]:
    with progress(IMPORT_ROUNDS + 1) as tick:
        return measure_footprints(peers, IMPORT_ROUNDS, tick)


def _ground() -> str:
    """Say what the figures stand on: the interpreter, the cores, the versions."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    packages = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return f"{python}, {os.cpu_count()} cores; {packages}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


if __name__ == "__main__":
    main()
