"""Documents made from runs: fenced blocks that name a command, filled and checked.

A block's info string names the language, the app, its environment (a database among
it) and, unless the first line in the block does, the command::

    ```trace app=shop:app DATABASE_URL=sqlite:///:memory:
    $ roob trace GET /books/1
    ...
    ```
"""

import difflib
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<info>[^`]*)$")
_INFO = re.compile(r"^[\w-]+(?P<settings> .*\bapp=.*)$")
_PROMPT = "$ "
_PROGRAM = "roob"


@dataclass(frozen=True)
class Block:
    """One generated block: where it stands, what makes it, what it shows now.

    ``first`` and ``last`` are positions of lines: those of the content.
    """

    document: Path
    first: int
    last: int
    app: str
    command: tuple[str, ...]
    shown: str
    prompt: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """``docs/tour.md:12: roob trace GET /``."""
        return f"{self.document}:{self.first}: {_PROGRAM} {shlex.join(self.command)}"

    def filled(self, output: str) -> str:
        """The content with the command's output in it."""
        return f"{self.prompt}{output}".rstrip("\n") + "\n"


class BlockError(Exception):
    """A block that cannot be made: what is wrong with it, and where."""


def blocks_of(document: Path) -> list[Block]:
    """The generated blocks of a Markdown document.

    Raises:
        BlockError: a block names no command, or does not end.
    """
    lines = document.read_text(encoding="utf-8").splitlines(keepends=True)
    return [*_blocks(document, lines)]


def _blocks(document: Path, lines: Sequence[str]) -> Iterator[Block]:
    place = 0
    while place < len(lines):
        opening = _FENCE.match(lines[place].rstrip())
        place += 1
        if opening is None:
            continue
        first = place
        while place < len(lines) and lines[place].rstrip() != opening["fence"]:
            place += 1
        # Any other block is passed over whole: what is in it is an example.
        info = _INFO.match(opening["info"])
        if info is not None and place == len(lines):
            raise BlockError(f"{document}:{first}: the block does not end")
        if info is not None:
            yield _block(document, first, lines[first:place], info["settings"])
        place += 1


def _block(document: Path, first: int, lines: Sequence[str], info: str) -> Block:
    settings, given, command = info.strip().partition(_PROMPT)
    prompt = ""
    if not given and lines and lines[0].startswith(_PROMPT):
        prompt, command = lines[0], lines[0].removeprefix(_PROMPT)
    words = _words(command, f"{document}:{first}")
    if words[:1] != [_PROGRAM]:
        raise BlockError(
            f"{document}:{first}: the block names no command: begin it with "
            f"'{_PROMPT}{_PROGRAM} trace GET /'"
        )
    environment = _environment(settings, f"{document}:{first}")
    app = environment.pop("app")
    last = first + len(lines)
    shown = "".join(lines)
    return Block(
        document, first, last, app, tuple(words[1:]), shown, prompt, environment
    )


def _words(command: str, place: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as error:
        raise BlockError(f"{place}: the command cannot be read: {error}") from error


def _environment(settings: str, place: str) -> dict[str, str]:
    """``"app=shop:app A=1" -> {"app": "shop:app", "A": "1"}``."""
    pairs = [word.partition("=") for word in settings.split()]
    found = {name: value for name, _, value in pairs}
    if not all(equals for _, equals, _ in pairs) or not found.get("app"):
        raise BlockError(
            f"{place}: {settings.strip()!r} is no list of name=value with an app"
        )
    return found


def rewritten(document: Path, outputs: Mapping[int, str]) -> str:
    """A document with the blocks that begin at those lines filled anew."""
    lines = document.read_text(encoding="utf-8").splitlines(keepends=True)
    for block in sorted(blocks_of(document), key=lambda block: -block.first):
        if block.first in outputs:
            lines[block.first : block.last] = [block.filled(outputs[block.first])]
    return "".join(lines)


# What a run says of its moment: shown, not compared.
_MOMENTS = (
    (re.compile(r"\d[\d,.]* (?:µs|ms)"), "# µs"),
    (re.compile(r"\(median of \d+\)"), "(median of #)"),
    (re.compile(r"\babout # µs\b"), "# µs"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "#id"),
    (re.compile(r'"request_id":"[^"…]*'), '"request_id":"#id'),
    (re.compile(r"datetime\('[^'…]*(?:'\)|…)"), "#time"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.+:Z]*"), "#time"),
    (re.compile(r"^ +library .*\n?", re.MULTILINE), ""),
)
# What moves when somebody writes a comment.
_PLACES = (
    (re.compile(r"\b(\w[\w/.-]*\.py):\d+"), r"\1"),
    (re.compile(r"\d[\d,]* lines?"), "# lines"),
    (re.compile(r"about \d+ minutes?"), "about # minutes"),
)


def structure(text: str) -> list[str]:
    """What is compared of a block: layers, names, files, arguments, SQL, statuses.

    Times, the numbers of lines and identities of one run are left out, and blanks are
    worth one: an edit above a function, or a longer name beside it, moves them all.
    """
    return _lines_without(_PLACES, text)


def is_outdated(block: Block, output: str) -> bool:
    """Whether a block shows other than times that are no longer: worth a new one."""
    return _lines_without((), block.shown) != _lines_without((), block.filled(output))


def _lines_without(
    patterns: Iterable[tuple[re.Pattern[str], str]], text: str
) -> list[str]:
    for pattern, instead in (*_MOMENTS, *patterns):
        text = pattern.sub(instead, text)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if line]


def differences(block: Block, output: str) -> str:
    """How a block's structure and that of the output differ; empty where they agree."""
    before, after = structure(block.shown), structure(block.filled(output))
    if before == after:
        return ""
    compared = difflib.unified_diff(
        before, after, str(block.document), "as it runs now", lineterm="", n=1
    )
    return "\n".join([block.title, *compared])


def in_groups(blocks: Iterable[Block]) -> list[list[Block]]:
    """Blocks that one process can make: of one app in one environment.

    A start-up is seen once in a process.
    """
    groups: dict[object, list[Block]] = {}
    for place, block in enumerate(blocks):
        alone = place if "--startup" in block.command else -1
        key = (block.app, tuple(sorted(block.environment.items())), alone)
        groups.setdefault(key, []).append(block)
    return [*groups.values()]
