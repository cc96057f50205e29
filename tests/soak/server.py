"""The server that is soaked: gunicorn's ASGI worker, one process of it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryFile
from typing import TextIO

from tests.e2e.client import is_up, open_client
from tests.e2e.servers import ROOT, free_port, wait_for
from tests.soak.process import children

APP = "tests.soak.served:app"
SECONDS = 30
MOST_OF_A_LOG = 1_000_000  # bytes


@dataclass(frozen=True)
class Served:
    """Where it answers, and the process that does."""

    url: str
    pid: int
    log: Callable[[], str]

    def present(self) -> dict[str, int]:
        """Who is being served: `{"sockets": 500, "streams": 200}`."""
        with open_client(self.url) as client:
            counts: dict[str, int] = client.get("/present").json()
        return counts


@contextmanager
def served(app: str = APP) -> Iterator[Served]:
    """One worker with its defaults, but for the number of sockets that it may hold."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-k", "asgi", "--workers=1"]
    options = [f"--bind=127.0.0.1:{port}", "--worker-connections=2000"]
    url = f"http://127.0.0.1:{port}"
    with TemporaryFile("w+") as log:
        process = subprocess.Popen([*command, *options, app], cwd=ROOT, stderr=log)
        try:
            wait_for(lambda: is_up(url, "/present"), "up", SECONDS)
            yield Served(url, children(process.pid)[0], partial(read, log))
        finally:
            process.terminate()
            process.wait(SECONDS)


def read(log: TextIO) -> str:
    """What the server has said so far."""
    return os.pread(log.fileno(), MOST_OF_A_LOG, 0).decode(errors="replace")
