"""The commands as they are called, on few rows."""

import argparse
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.orm import measured
from benchmarks.orm_databases import DATABASES
from benchmarks.orm_jobs import JOBS
from benchmarks.orm_measure import OrmReport, Timing
from benchmarks.orm_parties import PARTIES, PEERS
from framework.tests.orm.postgres_server import (
    URL_VARIABLE,
    NoServerError,
    installed_binaries,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Each database that can be had here."""
    name: str = request.param
    if name == "postgresql" and URL_VARIABLE not in os.environ:
        try:
            installed_binaries()
        except NoServerError as error:
            pytest.skip(str(error))
    return name


def test_the_command_measures_all_who_are_installed(
    database: str, tmp_path: Path
) -> None:
    found = tmp_path / "found.json"
    done = _python(
        "benchmarks.orm", "--rows", "120", "--rounds", "1", "--databases", database,
        "--json", str(found),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (report,) = json.loads(found.read_text())
    figures = {(one["party"], one["job"]): one["seconds"] for one in report["timings"]}
    for party in PARTIES:
        if party not in PEERS or find_spec(party):
            jobs = [name for name, job in JOBS.items() if job.is_for(party)]
            assert all(len(figures[party, job]) == 1 for job in jobs), report["notes"]


def test_the_other_command_tells_the_memory_that_streaming_takes(
    database: str,
) -> None:
    done = _python("benchmarks.orm_memory", "--rows", "20000", "--databases", database)
    assert done.returncode == 0, done.stderr
    shape = (
        rf"{database}: megabytes above the start, streaming 20,000 rows: "
        r"\d+\.\d+ \(goal: at most 50\): met\n"
    )
    assert re.fullmatch(shape, done.stdout)


def test_without_a_server_the_other_table_stands_alone_and_that_is_said_loudly(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Given a machine without PostgreSQL
    def measure(database: str, _: argparse.Namespace) -> OrmReport:
        if database == "postgresql":
            raise NoServerError("nothing is installed")
        return OrmReport(database, 5, (Timing("roob", "by id", (0.1,)),))

    # When both databases are asked for
    options = argparse.Namespace(databases=["postgresql", "sqlite"])
    reports = list(measured(options, measure))
    # Then one is measured, and the other one's absence is printed
    assert [report.database for report in reports] == ["sqlite"]
    printed = capsys.readouterr().out
    assert "!!! postgresql IS NOT MEASURED: nothing is installed" in printed
    assert "sqlite, 5 rows" in printed


def _python(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
