"""The servers that websockets and streams are tried on, each with one worker."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

from tests.e2e.servers import ROOT, free_port, wait_for

_PYTHON = (sys.executable, "-m")
_BRIDGED = "tests.live.live_app:bridged"
_GUNICORN = (*_PYTHON, "gunicorn", "-c", "deploy/gunicorn.conf.py")
# uvicorn tells an app that it stops after its last stream has ended: never.
_IN_TIME = ("--timeout-graceful-shutdown", "3")

COMMANDS: dict[str, tuple[str, ...]] = {
    "gthread": (*_GUNICORN, "tests.live.live_app:app"),
    "gunicorn-asgi": (*_GUNICORN, "-k", "asgi", _BRIDGED),
    "uvicorn": (*_PYTHON, "uvicorn", "--port", "{port}", *_IN_TIME, _BRIDGED),
    "hypercorn": (*_PYTHON, "hypercorn", "--bind", "127.0.0.1:{port}", _BRIDGED),
}
SERVERS = tuple(COMMANDS)


@dataclass
class LiveServer:
    """One of them, running: ``with LiveServer("uvicorn", tmp_path) as server``."""

    kind: str
    folder: Path
    threads: int = 16
    options: tuple[str, ...] = ()  # for its command line, behind those that it has
    environ: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        words = (*COMMANDS[self.kind], *self.options)
        command = [word.format(port=self.port) for word in words]
        with (self.folder / f"{self.kind}.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environ(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(self._is_up, f"up: {self.log}", 30)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)

    def _environ(self) -> dict[str, str]:
        own = {"PORT": str(self.port), "WEB_CONCURRENCY": "1"}
        own["WEB_THREADS"] = str(self.threads)
        return dict(os.environ) | own | dict(self.environ)

    def _is_up(self) -> bool:
        assert self.process.poll() is None, self.log
        try:
            return httpx.get(self.url("/up")).status_code == 200
        except httpx.TransportError:
            return False

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None
        return self._process

    @property
    def log(self) -> str:
        return (self.folder / f"{self.kind}.log").read_text()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def ws(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.port}{path}"

    def ended(self, name: str) -> Any:
        """What became of a connection; None while it goes on."""
        return httpx.get(self.url(f"/ended/{name}")).json()["ended"]

    def wait_until_ended(self, name: str, seconds: float = 5.0) -> Any:
        wait_for(lambda: self.ended(name) is not None, f"{name} ended", seconds)
        return self.ended(name)
