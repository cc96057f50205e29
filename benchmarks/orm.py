"""`make bench-orm`: Roob's ORM beside the drivers, Peewee, SQLAlchemy and Django.

Every database is measured in a fresh process, with all parties in it.  See README.md
for how to read the tables.
"""

import argparse
import json
import os
import platform
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path

from benchmarks.orm_databases import DATABASES
from benchmarks.orm_jobs import JOBS
from benchmarks.orm_measure import OrmReport, measure_database
from benchmarks.orm_parties import PARTIES
from benchmarks.orm_tables import render_report, verdicts
from benchmarks.orm_work import Work
from benchmarks.progress import progress
from framework.tests.orm.postgres_server import NoServerError

PACKAGES = ("psycopg", "peewee", "sqlalchemy", "django")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a table per database and, last, the goals."""
    options = _parser().parse_args(arguments)
    print(_ground(), end="\n\n", flush=True)
    reports = list(measured(options, _in_fresh_process))
    if options.json:
        found = [asdict(report) for report in reports]
        options.json.write_text(json.dumps(found, indent=1))
    for verdict in verdicts(reports):
        print(verdict)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.orm", description=__doc__)
    parser.add_argument("--rows", type=_several, default=Work.rows)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--jobs", nargs="+", choices=JOBS, default=list(JOBS))
    parser.add_argument("--parties", nargs="+", choices=PARTIES, default=PARTIES)
    parser.add_argument(
        "--databases", nargs="+", choices=DATABASES, default=list(DATABASES)
    )
    parser.add_argument("--json", type=Path, help="also write every figure here")
    return parser


def _several(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least one row is needed")
    return number


def measured(
    options: argparse.Namespace,
    measure: Callable[[str, argparse.Namespace], OrmReport],
) -> Iterator[OrmReport]:
    """Measure database after database; print each table as soon as it is there."""
    for database in options.databases:
        try:
            report = measure(database, options)
        except NoServerError as error:
            print(f"!!! {database} IS NOT MEASURED: {error}", end="\n\n", flush=True)
            continue
        print(render_report(report), end="\n\n", flush=True)
        yield report


def _in_fresh_process(database: str, options: argparse.Namespace) -> OrmReport:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        return fresh.submit(_measure, database, options).result()


def _measure(database: str, options: argparse.Namespace) -> OrmReport:
    steps = len(options.parties) + len(options.jobs) * (options.rounds + 1)
    with progress(steps) as tick:
        return measure_database(
            database,
            options.parties,
            options.jobs,
            Work(options.rows),
            options.rounds,
            tick,
        )


def _ground() -> str:
    """Say what the figures stand on: the interpreter, the cores, the versions."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    packages = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    sqlite = f"SQLite {sqlite3.sqlite_version}"
    return f"{python}, {os.cpu_count()} cores; {sqlite}, {packages}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


if __name__ == "__main__":
    main()
