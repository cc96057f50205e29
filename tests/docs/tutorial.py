"""The tutorial, typed: its commands, its new files and its edits, in their order."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.docs.fences import ROOT, dialogue, fits
from tests.e2e.client import is_up
from tests.e2e.servers import free_port, wait_for
from tests.project.projects import end, environ

TUTORIAL = ROOT / "docs" / "tutorial.md"
SECONDS = 60


class Part(NamedTuple):
    """A fence of the tutorial, and the file that the words before it name."""

    language: str
    content: str
    file: str


def parts() -> Iterator[Part]:
    text = TUTORIAL.read_text()
    for fence in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        named = re.findall(r"`([\w/]+\.py)`", text[: fence.start()])
        yield Part(fence[1], fence[2], named[-1] if named else "")


class Typist:
    """Somebody who types the tutorial, with ``roob run`` in a second terminal.

    ``wrong`` are the commands that printed something else than the tutorial shows,
    with what it was.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wrong: list[tuple[str, str]] = []
        self._log = folder / "server.log"
        self._where = folder / "where"
        self._port = free_port()
        self._server: subprocess.Popen[bytes] | None = None
        self._is_current = True

    def type(self, part: Part) -> None:
        if part.language == "console":
            for command, printed in dialogue(part.content):
                really = self._serve() if command == "roob run" else self._run(command)
                if not fits(printed, really):
                    self.wrong.append((command, really))
            return
        if part.language == "diff":
            edit(self.folder, part.content)
        else:
            (self.folder / part.file).write_text(part.content)
        self._is_current = False

    def stop(self) -> None:
        if self._server is not None:
            end(self._server)

    def _run(self, command: str) -> str:
        if command.startswith("curl"):
            self._bring_up_to_date()
        else:
            self._is_current = False
        done = subprocess.run(
            ["/bin/sh", "-c", f'{self._on_port(command)}; pwd > "$WHERE"'],
            cwd=self.folder,
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        self.folder = Path(self._where.read_text().strip())
        return done.stdout.strip()

    def _on_port(self, command: str) -> str:
        command = command.replace("127.0.0.1:8080", f"127.0.0.1:{self._port}")
        return re.sub(r"^curl\b", "curl --silent --max-time 20", command)

    def _serve(self) -> str:
        with self._log.open("wb") as log:
            self._server = subprocess.Popen(
                ["roob", "run"],
                cwd=self.folder,
                env={**self._environ, "PORT": str(self._port)},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(self._is_up, f"a server: {self._log.read_text()}", SECONDS)
        self._is_current = True
        return self._log.read_text().replace(f":{self._port}/", ":8080/").strip()

    def _is_up(self) -> bool:
        return is_up(f"http://127.0.0.1:{self._port}", "/health/ready")

    def _bring_up_to_date(self) -> None:
        """Serve what was written last, whenever the server itself notices it."""
        if self._server is not None and not self._is_current:
            self.stop()
            self._serve()

    @property
    def _environ(self) -> dict[str, str]:
        return {**environ(), "WHERE": str(self._where), "NO_COLOR": "1"}


def edit(folder: Path, diff: str) -> None:
    """Make the changes of a diff whose hunks have words around them, and no numbers."""
    head, *hunks = re.split(r"^@@\n", diff, flags=re.MULTILINE)
    file = folder / re.search(r"^\+\+\+ (.*)$", head, re.MULTILINE)[1]
    text = file.read_text()
    for hunk in hunks:
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] != "+")
        after = "".join(line[1:] for line in lines if line[0] != "-")
        assert text.count(before) == 1, (file, before)
        text = text.replace(before, after)
    file.write_text(text)
