"""A disk that is full, and a process that may write no more: SQLite says so.

Nothing is half written, and once there is room all goes on.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.reliability.children import Child
from tests.reliability.outcome import Outcome, Tick

SIZE = "3m"
EXPECTED = {"disk": "OutOfSpaceError", "limit": "UnavailableError"}


class NoDiskError(Exception):
    """No small disk can be had here; the message says why."""


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of three megabytes, in memory.

    Raises:
        NoDiskError: this user or machine may not mount one.
    """
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or error
        raise NoDiskError(f"no small disk can be mounted: {reason}") from error
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path, kind: str, tick: Tick) -> Outcome:
    """Fill a database in a folder, of the kinds that `filler` knows."""
    tick(f"no room: {kind}")
    with Child("filler", folder / "filled.sqlite", kind) as filler:
        found = json.loads(filler.end()[-1])
    others = [error for error in found["errors"] if error != EXPECTED[kind]]
    done = {"acknowledged writes": found["written"]}
    faults = {**found["faults"], "errors of another kind": len(others)}
    return Outcome(f"no room ({kind})", "sqlite", done, faults)
