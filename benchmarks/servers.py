"""The servers of `make bench-served`: how each is started, met and stopped.

Two worker processes each, access logs off, HTTP/1.1, and what its own documentation
says makes it quick; README.md says why each option is there.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from benchmarks.cases import Answer, Exchange, media_type_of

WORKERS = "2"
START_SECONDS = 20.0
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Contestant:
    """An app on a server: the command that serves it on `{port}`, and its packages."""

    app: str
    server: str
    command: tuple[str, ...]
    needs: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its row in the table: `"roob on granian"`."""
        return self.app if self.app == self.server else f"{self.app} on {self.server}"

    @property
    def missing(self) -> list[str]:
        """The packages that are not installed."""
        return [package for package in self.needs if find_spec(package) is None]


@dataclass(frozen=True)
class Served:
    """A server that is up: its port, and the process group of all its workers."""

    port: int
    group: int

    def cpu_seconds(self) -> float:
        """Read what its processes have used of the processor so far, see proc(5)."""
        ticks = sum(
            _ticks(stat, self.group) for stat in Path("/proc").glob("[0-9]*/stat")
        )
        return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(stat: Path, group: int) -> int:
    with suppress(OSError):
        # The name, in brackets, may hold blanks; user and system time are 14 and 15.
        fields = stat.read_text().rpartition(")")[2].split()
        if int(fields[2]) == group:
            return int(fields[11]) + int(fields[12])
    return 0


class ServerError(Exception):
    """A server did not come up; the message ends with the last of its output."""


def gunicorn(app: str, *needs: str) -> Contestant:
    """Serve a WSGI app by gunicorn's threaded worker."""
    options = f"-k gthread -w {WORKERS} --threads 4 -b 127.0.0.1:{{port}}"
    options += " --no-control-socket --log-level error"
    return _contestant(
        app, "gthread", f"gunicorn {options} {_module(app)}:make()", needs
    )


def granian(app: str, *needs: str, interface: str = "wsgi") -> Contestant:
    """Serve an app by granian."""
    options = f"--interface {interface} --workers {WORKERS} --http 1 --no-ws"
    options += " --host 127.0.0.1 --port {port} --log-level error --factory"
    if interface == "wsgi":
        options += " --runtime-mode st --blocking-threads 1"
    return _contestant(app, "granian", f"granian {options} {_module(app)}:make", needs)


def uvicorn(app: str, *needs: str) -> Contestant:
    """Serve an ASGI app by uvicorn on uvloop and httptools."""
    options = f"--workers {WORKERS} --loop uvloop --http httptools --no-access-log"
    options += " --host 127.0.0.1 --port {port} --log-level error --factory"
    needs = ("uvloop", "httptools", *needs)
    return _contestant(app, "uvicorn", f"uvicorn {options} {_module(app)}:make", needs)


def robyn() -> Contestant:
    """Serve Robyn by itself."""
    options = f"--processes {WORKERS} --workers 2 --disable-openapi --log-level ERROR"
    return _contestant("robyn", "robyn", f"{_module('robyn')} {options}", ())


def _contestant(
    app: str, server: str, command: str, needs: tuple[str, ...]
) -> Contestant:
    words = command.split()
    package = words[0].partition(".")[0]
    serves = server if package == "benchmarks" else package
    return Contestant(app, server, (sys.executable, "-m", *words), (serves, *needs))


def _module(app: str) -> str:
    return f"benchmarks.peers.{app}"


CONTESTANTS = (
    gunicorn("raw_orjson", "orjson"),
    gunicorn("roob", "roob"),
    gunicorn("falcon_orjson", "falcon", "orjson"),
    gunicorn("flask", "flask"),
    granian("raw_orjson", "orjson"),
    granian("roob", "roob"),
    granian("falcon_orjson", "falcon", "orjson"),
    granian("flask", "flask"),
    granian("blacksheep", "blacksheep", "orjson", interface="asgi"),
    granian("fastapi", "fastapi", interface="asgi"),
    uvicorn("blacksheep", "blacksheep", "orjson"),
    uvicorn("fastapi", "fastapi"),
    robyn(),
)


@contextmanager
def running(contestant: Contestant) -> Iterator[Served]:
    """Serve the contestant on a free port of 127.0.0.1, until the block ends.

    Raises:
        ServerError: it did not answer in time.
    """
    port = _free_port()
    command = [word.format(port=port) for word in contestant.command]
    with tempfile.TemporaryFile() as log, _process(command, port, log) as process:
        _wait_until_it_answers(process, port, log)
        yield Served(port, process.pid)


@contextmanager
def _process(
    command: list[str], port: int, log: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    root = Path(__file__).parent.parent
    process = subprocess.Popen(
        command,
        cwd=root,
        env={**os.environ, "ROBYN_PORT": str(port)},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    # The group is the server's own session: workers that outlive it go, too.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_answers(
    process: subprocess.Popen[bytes], port: int, log: IO[bytes]
) -> None:
    until = time.monotonic() + START_SECONDS
    probe = Exchange("GET", "/", 200, None, None)
    while process.poll() is None and time.monotonic() < until:
        with suppress(OSError, http.client.HTTPException):
            fetch(port, probe)
            return
        time.sleep(0.05)
    log.seek(0)
    raise ServerError(f"no answer: {log.read().decode(errors='replace')[-500:]}")


def fetch(port: int, exchange: Exchange) -> Answer:
    """Ask a server once, over a connection of its own.

    Raises:
        OSError: the server cannot be reached.
        http.client.HTTPException: what it answers is no HTTP.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(exchange.method, exchange.path)
        response = connection.getresponse()
        media_type = media_type_of(response.getheaders())
        return Answer(response.status, media_type, response.read())
    finally:
        connection.close()
