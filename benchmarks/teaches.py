"""The figures of the glass box, each measured anew: `make teaches`.

How much of the documents is run, whether a changed path is noticed, how much one has to
read, what tracing costs on and off, whether a secret leaks, how long the first trace
takes from a clone.
"""

import json
import os
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks import reading
from benchmarks.table import Verdict, figure, markdown
from tests.docs.planted import HARMLESS, PLANTED, caught
from tests.docs.test_fences import counted

ROOT = Path(__file__).parents[1]
TRACE = (sys.executable, "-m", "roob", "trace", "GET", "/api/products/1")
SECONDS = 600
STARTS = 5


def documents() -> Iterator[Verdict]:
    """Fences that a test runs; generated blocks that are as they run; patches."""
    fences, run = counted()
    yield Verdict(f"fences of docs/ that are run, of {fences}", run, fences, True)
    done = _run(sys.executable, "-m", "roob", "docs", "--check")
    print(f"* {done.stdout.strip()}")
    yield Verdict("documents that are not as they run", done.returncode, 0)
    noticed, alarms = sum(caught(PLANTED)), sum(caught(HARMLESS))
    yield Verdict("planted changes of the path that are caught", noticed, 20, True)
    yield Verdict("false alarms on ten harmless edits", alarms, 0)


def lines_to_read() -> Iterator[Verdict]:
    """To follow `GET /items/1`, beside the peers that are installed."""
    counts = [reading.read(framework) for framework in reading.FRAMEWORKS]
    print(reading.render(counts))
    yield from reading.verdicts(counts)


def cost() -> Iterator[Verdict]:
    """Off, and armed, on each interpreter that has the project installed."""
    code = "import roob, sys; print(sum('roob.trace' in name for name in sys.modules))"
    modules = int(_run(sys.executable, "-c", code).stdout)
    yield Verdict("modules of roob.trace that `import roob` loads", modules, 0)
    runs = [_run(str(python), "-m", "benchmarks.armed") for python in pythons()]
    rows = [json.loads(run.stdout) for run in runs]
    names = ("alone", "watched", "written")
    table = [(row["python"], *(figure(row[name], 0) for name in names)) for row in rows]
    print(markdown(("CPython, µs", "alone", "watched", "written, after it"), table))
    for row in rows:
        goal = 5 if row["python"] == "3.11" else 2
        ratio = row["watched"] / row["alone"]
        yield Verdict(f"armed by alone, CPython {row['python']}", ratio, goal)


def pythons() -> Iterator[Path]:
    """This interpreter, and those of other versions beside it: `.venv-3.12`."""
    yield Path(sys.executable)
    for path in sorted(ROOT.glob(".venv-3.*/bin/python")):
        if _run(str(path), "-c", "import roob").returncode == 0:
            yield path


def secrets() -> Iterator[Verdict]:
    """Planted strings in routes and outputs; the test's own words."""
    done = _run(sys.executable, "-m", "tests.trace.leaks")
    print(f"* {done.stdout.strip()}")
    yield Verdict("runs of it that found a leak", done.returncode, 0)


def first_trace() -> Iterator[Verdict]:
    """`git clone`, `cd`, `make trace`; and the command, its app's import apart."""
    with TemporaryDirectory(prefix="roob-clone-") as folder:
        began = perf_counter()
        _run("git", "clone", "--quiet", str(ROOT), folder)
        done = subprocess.run(
            ["make", "trace"],
            cwd=folder,
            env={**os.environ, "VENV": ".venv"},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        seconds = perf_counter() - began
    assert "200 OK" in done.stdout, done.stdout + done.stderr
    yield Verdict("seconds from clone to first trace, three commands", seconds, 30)
    imported = _seconds(sys.executable, "-c", "import demo_app.core.main")
    whole = _seconds(*TRACE)
    print(
        f"* the command {whole:.2f} s, of which the app's own import {imported:.2f} s"
    )
    yield Verdict("seconds of the trace command beside that", whole - imported, 0.3)


def _seconds(*command: str) -> float:
    times = []
    for _ in range(STARTS):
        began = perf_counter()
        assert _run(*command).returncode == 0
        times.append(perf_counter() - began)
    return median(times)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS
    )


def main(words: list[str]) -> int:
    """Print the parts; times are judged by whoever reads them, all else by the code."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--untimed", action="store_true", help="only what is judged")
    options = parser.parse_args(words)
    judged = [documents, lines_to_read, secrets]
    timed = [cost, *([first_trace] if shutil.which("git") else [])]
    failed = False
    for part in judged if options.untimed else judged + timed:
        print(f"\n## {part.__doc__.splitlines()[0]}\n", flush=True)
        found = [*part()]
        print("\n".join(map(str, found)), flush=True)
        failed |= part in judged and not all(verdict.is_met for verdict in found)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
