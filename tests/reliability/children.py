"""Processes that a proof starts, listens to, and may kill."""

import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Condition, Thread
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a proof that waits has failed."""


class Child:
    """A module that runs in a fresh interpreter, and the lines that it has printed.

    It is asked to end by the end of its standard input.
    """

    def __init__(self, module: str, *words: object) -> None:
        command = [sys.executable, "-m", f"tests.reliability.{module}"]
        self._process = subprocess.Popen(
            [*command, *map(str, words)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines: list[str] = []
        self._is_over = False
        self._heard = Condition()
        self._listener = Thread(target=self._listen)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.returncode is None:
            self.kill()

    @property
    def lines(self) -> Sequence[str]:
        """What it has printed so far."""
        with self._heard:
            return [*self._lines]

    def wait_for_lines(self, count: int) -> None:
        """Wait until it has printed so many lines.

        Raises:
            RuntimeError: it ended before, or was silent for too long.
        """
        with self._heard:
            self._heard.wait_for(
                lambda: len(self._lines) >= count or self._is_over, PATIENCE
            )
            if len(self._lines) < count:
                raise RuntimeError(f"{self._process.args} printed too little")

    def kill(self) -> Sequence[str]:
        """End it by SIGKILL, whatever it is doing; all that it has printed."""
        self._process.kill()
        self._finish()
        return self.lines

    def ask_to_end(self) -> None:
        """Close its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def end(self) -> Sequence[str]:
        """Ask it to end, and wait for that; all that it has printed.

        Raises:
            RuntimeError: it failed; the reason is on stderr.
            TimeoutExpired: it does not end.
        """
        self.ask_to_end()
        self._finish()
        if self._process.returncode:
            raise RuntimeError(f"{self._process.args} failed")
        return self.lines

    def _finish(self) -> None:
        self._process.wait(PATIENCE)
        self._listener.join(PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._heard:
                if line.endswith("\n"):  # else it was killed while it wrote
                    self._lines.append(line.rstrip("\n"))
                self._heard.notify_all()
        with self._heard:
            self._is_over = True
            self._heard.notify_all()


def is_asked_to_end() -> bool:
    """In the child: whether its standard input has come to its end."""
    return bool(select.select([sys.stdin], [], [], 0)[0])
