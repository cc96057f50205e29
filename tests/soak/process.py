"""Somebody else's process, looked at from outside: its children, its memory."""

import time
from collections.abc import Callable
from pathlib import Path


def children(pid: int) -> list[int]:
    """The processes that it started: the workers of a server."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def megabytes(pid: int) -> float:
    """What it holds of the machine's memory, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def threads(pid: int) -> int:
    """How many threads it has."""
    return len([*Path(f"/proc/{pid}/task").iterdir()])


def files(pid: int) -> int:
    """How many descriptors it has open: files, and sockets above all."""
    return len([*Path(f"/proc/{pid}/fd").iterdir()])


def seconds_until(condition: Callable[[], bool], most: float) -> float:
    """How long it takes to be true; `most`, where it did not become so."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < most:
        if condition():
            return passed
        time.sleep(0.02)
    return most
