"""The servers under test: one of the suite's own, a container, or somebody else's."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

import pytest

from tests.e2e.client import is_up

ROOT = Path(__file__).parents[2]
GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py")
INVENTORY = "demo_app.core.main:app"
VALIDATED = "tests.e2e.validated_app:app"
# The same apps for servers that speak ASGI.
ON_ASGI = {INVENTORY: "demo_app.core.asgi:app"}
ANY_ON_ASGI = "tests.e2e.bridged_app:app"
SECONDS_TO_START = 30
SECONDS_TO_STOP = 20
SECONDS_TO_RESTART = 90
SECONDS_FOR_A_COMMAND = 60


class Server(Protocol):
    """Who answers, and can perhaps be told to begin anew."""

    @property
    def base_url(self) -> str: ...

    def restart(self) -> None: ...

    def roob(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What ``roob`` says where the server is, with the server's settings."""
        ...


def wait_for(condition: Callable[[], bool], what: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"after {seconds} s: not {what}"
        time.sleep(0.02)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass
class LocalServer:
    """gunicorn with the project's settings; its database is a file in its folder.

    With ``asgi`` the app is behind the bridge, on that server.
    """

    folder: Path
    app: str = INVENTORY
    workers: int = 2
    asgi: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self, until: str = "/health/ready") -> None:
        """Start, and come back when that path answers 200."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=ROOT,
                env=self._environ(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_for(lambda: self._is_up(until), f"{until} 200", SECONDS_TO_START)
        except AssertionError as error:
            self.kill()
            pytest.fail(f"The server did not start: {error}\n{self.log}")

    def terminate(self) -> None:
        """Ask it to stop; those who are being served keep it a little longer."""
        self._running.terminate()

    def wait(self) -> int:
        """The exit code, once it has stopped."""
        code = self._running.wait(SECONDS_TO_STOP)
        # When all is done, uvicorn ends by the signal that it was sent.
        return 0 if self.asgi == "uvicorn" and code == -signal.SIGTERM else code

    def stop(self) -> int:
        self.terminate()
        return self.wait()

    def restart(self) -> None:
        assert self.stop() == 0, self.log
        self.start()

    def roob(self, *words: str) -> subprocess.CompletedProcess[str]:
        return _run([sys.executable, "-m", "roob", *words], self._environ())

    def kill(self) -> None:
        """End it and its workers at once, if it still runs."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(SECONDS_TO_STOP)

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "start it first"
        return self._process

    def _is_up(self, path: str) -> bool:
        assert self._running.poll() is None, "running any more"
        return is_up(self.base_url, path)

    def _command(self) -> list[str]:
        if self.asgi is None:
            return [*GUNICORN, self.app]
        app = ON_ASGI.get(self.app, ANY_ON_ASGI)
        return [sys.executable, "-m", *ASGI_SERVERS[self.asgi](self), app]

    def _environ(self) -> dict[str, str]:
        return {
            **os.environ,
            "BRIDGED_APP": self.app,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DATABASE_URL": f"sqlite:///{self.folder / 'inventory.sqlite'}",
            "DEMO_FAULTS": "1",
            "DEBUG": "0",
            "WEB_CONCURRENCY": str(self.workers),
            "WEB_THREADS": "4",
            **self.environ,
        }


def gunicorn_asgi(_: LocalServer) -> list[str]:
    return [*GUNICORN[2:], "-k", "asgi"]


def uvicorn(server: LocalServer) -> list[str]:
    return [
        "uvicorn",
        "--host=127.0.0.1",
        f"--port={server.port}",
        f"--workers={server.workers}",
        "--timeout-graceful-shutdown=10",
        "--no-access-log",
    ]


def hypercorn(server: LocalServer) -> list[str]:
    return [
        "hypercorn",
        f"--bind=127.0.0.1:{server.port}",
        f"--workers={server.workers}",
        "--graceful-timeout=10",
    ]


ASGI_SERVERS = {"gunicorn": gunicorn_asgi, "uvicorn": uvicorn, "hypercorn": hypercorn}


@dataclass(frozen=True)
class Container:
    """A container that somebody started for this suite, and takes down after it."""

    base_url: str
    container: str

    def restart(self) -> None:
        command = ["docker", "restart", self.container]
        subprocess.run(command, check=True, timeout=SECONDS_TO_RESTART)
        wait_for(
            lambda: is_up(self.base_url, "/health/ready"), "ready", SECONDS_TO_RESTART
        )

    def roob(self, *words: str) -> subprocess.CompletedProcess[str]:
        return _run(["docker", "exec", self.container, "roob", *words], os.environ)


@dataclass(frozen=True)
class ForeignServer:
    """A server of which only the address is known."""

    base_url: str

    def restart(self) -> None:
        pytest.skip(f"NOT TESTED: {self.base_url} is not this suite's to restart")

    def roob(self, *words: str) -> subprocess.CompletedProcess[str]:
        pytest.skip(f"NOT TESTED: {self.base_url} runs no commands of this suite's")


def _run(
    command: Sequence[str], environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env=dict(environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_FOR_A_COMMAND,
    )
