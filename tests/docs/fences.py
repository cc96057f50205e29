"""The documents' code: fenced blocks, and the dialogues in the ones called console."""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Exchange(NamedTuple):
    """A command as typed, and what the document says that it prints."""

    command: str
    printed: str


def fences(document: Path, language: str) -> list[str]:
    """The contents of a document's blocks in one language."""
    pattern = rf"^```{language}\n(.*?)^```$"
    return re.findall(pattern, document.read_text(), re.MULTILINE | re.DOTALL)


def dialogue(fence: str) -> list[Exchange]:
    """What stands behind each ``$``, with the lines up to the next one."""
    typed = re.split(r"^\$ ", fence, flags=re.MULTILINE)[1:]
    return [Exchange(*_command_and_rest(text)) for text in typed]


def _command_and_rest(text: str) -> tuple[str, str]:
    command = re.match(r"(?:.*\\\n)*.*\n", text)[0]
    return command.strip(), text[len(command) :].strip()


def typed(command: str, port: int, folder: Path) -> str:
    """What a command really prints, the document's port replaced by a free one."""
    command = re.sub(r"(127\.0\.0\.1):8000", rf"\g<1>:{port}", command)
    command = re.sub(r"\bcurl\b", "curl --silent --max-time 20", command)
    result = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return (result.stdout + result.stderr).replace("\r", "").strip()


def fits(printed: str, really: str) -> bool:
    """Whether it printed what the document shows; ``...`` stands for anything."""
    pattern = ".*?".join(re.escape(part) for part in printed.split("..."))
    return re.fullmatch(pattern, really, re.DOTALL) is not None
