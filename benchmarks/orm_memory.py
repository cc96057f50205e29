"""How much memory a long read takes: a million rows streamed, in a fresh process.

`python -m benchmarks.orm_memory` fills a table on each database and starts itself
again to read it by `for row in db.query(Author)`; what counts is the peak above what
the process had before the loop.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from roob.orm.db_factory import DatabaseFactory

from benchmarks.orm_databases import DATABASES
from benchmarks.orm_parties import Place
from benchmarks.orm_parties.roob import Author
from benchmarks.table import Verdict
from framework.tests.orm.postgres_server import NoServerError

ROWS = 1_000_000
GOAL = 50.0
"""Megabytes above the start."""

FILL = (
    "WITH RECURSIVE numbers (number) AS ("
    "SELECT 0 UNION ALL SELECT number + 1 FROM numbers WHERE number < {last}) "
    "INSERT INTO author (name, age) SELECT 'name ' || number, number % 90 FROM numbers"
)


@dataclass(frozen=True)
class Stream:
    """What reading a table in one loop took: rows, and memory in KiB."""

    rows: int
    start_kib: int
    peak_kib: int

    @property
    def megabytes(self) -> float:
        """The peak above the start, in millions of bytes."""
        return (self.peak_kib - self.start_kib) * 1024 / 1e6


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each database, or, as the fresh process, read the one of the URL."""
    options = _parser().parse_args(arguments)
    if options.read:
        print(json.dumps(vars(read(options.read))))
        return
    for database in options.databases:
        try:
            print(measure(database, options.rows))
        except NoServerError as error:
            print(f"!!! {database} IS NOT MEASURED: {error}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.orm_memory", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument(
        "--databases", nargs="+", choices=DATABASES, default=list(DATABASES)
    )
    parser.add_argument("--read", metavar="URL", help=argparse.SUPPRESS)
    return parser


def measure(database: str, rows: int) -> Verdict:
    """Fill a table on this database and have a fresh process read it.

    Raises:
        NoServerError: there is no such database here.
        RuntimeError: the process failed, or did not read every row.
    """
    with DATABASES[database]() as places:
        place = places("memory")
        _fill(place, rows)
        stream = _in_fresh_process(place)
    if stream.rows != rows:
        raise RuntimeError(f"{stream.rows:,} rows were read, and there are {rows:,}")
    claim = f"{database}: megabytes above the start, streaming {rows:,} rows"
    return Verdict(claim, stream.megabytes, GOAL)


def _fill(place: Place, rows: int) -> None:
    with DatabaseFactory.from_url(place.url) as db:
        db.create(Author)
        db.execute(FILL.format(last=rows - 1))


def _in_fresh_process(place: Place) -> Stream:
    command = [sys.executable, "-m", "benchmarks.orm_memory", "--read", place.url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the reading process failed:\n{done.stderr}")
    return Stream(**json.loads(done.stdout))


def read(url: str) -> Stream:
    """Read the table's first row, look at the memory, and read it all."""
    with DatabaseFactory.from_url(url) as db:
        db.get_by_id(Author, id=1)
        start = kib("VmRSS")
        rows = sum(row.id > 0 for row in db.query(Author))
        return Stream(rows, start, kib("VmHWM"))


def kib(field: str) -> int:
    """Read a figure of this process's memory, see proc(5)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(field)))


if __name__ == "__main__":
    main()
