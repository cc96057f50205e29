"""The distribution's quick start, typed as its README tells."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.docs.fences import ROOT, dialogue, fences, fits, typed
from tests.e2e.servers import free_port

README = ROOT / "framework" / "README.md"


@contextmanager
def running_quick_start(python: str, folder: Path) -> Iterator[int]:
    """``app.py`` of the README under that interpreter; gives the port it serves on."""
    port = free_port()
    source = fences(README, "python")[0]
    assert "port=8000" in source
    (folder / "app.py").write_text(source.replace("port=8000", f"port={port}"))
    process = subprocess.Popen(
        [python, "-u", "app.py"], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    try:
        assert str(port) in process.stdout.readline()  # it prints where it serves
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=20)


def assert_answers_as_printed(python: str, folder: Path) -> None:
    """Every command of the README's dialogue prints what stands below it."""
    with running_quick_start(python, folder) as port:
        [console] = fences(README, "console")
        for exchange in dialogue(console):
            really = typed(exchange.command, port, folder)
            assert fits(exchange.printed, really), (exchange.command, really)
