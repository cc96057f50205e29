"""A project as a user makes one: commands typed in a folder, one after the other."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.client import is_up
from tests.e2e.servers import free_port, wait_for

BIN = Path(sys.executable).parent
SECONDS_FOR_A_COMMAND = 60
SECONDS_TO_START = 30
SECONDS_TO_STOP = 20
EMPLOYEES = ("employees", "name:str", "title:str", "office_number:int")
# What a shell may have set for another project.
OF_OTHERS = (
    "DATABASE_URL",
    "DEBUG",
    "HOST",
    "LOG_FILE",
    "PORT",
    "PYTHONPATH",
    "ROOB_APP",
    "ROOB_ENV",
    "WEB_CONCURRENCY",
    "WEB_THREADS",
)


@dataclass(frozen=True)
class Project:
    """A project's folder, and what is typed in it."""

    folder: Path

    def roob(self, *words: str) -> str:
        """What ``roob`` prints, which has to succeed."""
        return typed(self.folder, [str(BIN / "roob"), *words])

    def python(self, *words: str) -> str:
        """What the interpreter prints, which has to succeed."""
        return typed(self.folder, [sys.executable, *words])

    @contextmanager
    def served(self, *options: str) -> Iterator[str]:
        """``roob run``, from its first answer on; the URL that it answers at."""
        port = free_port()
        command = [str(BIN / "roob"), "run", "--port", str(port), *options]
        url = f"http://127.0.0.1:{port}"
        with running(self.folder, command) as process:
            wait_for(lambda: answers(process, url), "serving", SECONDS_TO_START)
            yield url


def create(parent: Path, name: str = "myproject") -> Project:
    """A new project in a folder of that name."""
    typed(parent, [str(BIN / "roob"), "createproject", name])
    return Project(parent / name)


def create_with_employees(parent: Path) -> Project:
    """A project whose first model has its table."""
    project = create(parent)
    project.roob("addmodelview", *EMPLOYEES)
    project.roob("createdb")
    return project


def typed(folder: Path, command: Sequence[str]) -> str:
    """What a command prints, which has to succeed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS_FOR_A_COMMAND,
    )
    assert done.returncode == 0, f"{command} ended by {done.returncode}\n{done.stdout}"
    return done.stdout


def environ() -> dict[str, str]:
    """The variables of a shell in which the virtualenv is active."""
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])
    kept = {k: v for k, v in os.environ.items() if k not in OF_OTHERS}
    return {**kept, "PATH": path}


@contextmanager
def running(folder: Path, command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own, which ends with the block."""
    log = folder.parent / f"{folder.name}.server.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environ(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    except AssertionError as error:
        error.add_note(log.read_text())
        raise
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop it, politely at first, with all that it has started."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(SECONDS_TO_STOP)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(SECONDS_TO_STOP)


def answers(process: subprocess.Popen[bytes], url: str) -> bool:
    """Whether the process serves already; it may not have ended."""
    assert process.poll() is None, f"running any more: exit code {process.returncode}"
    return is_up(url, "/health/live")
