"""What a recording is made of: plain text and numbers, nothing hidden left in it.

``Recording.to_json()`` is what the page and ``--json`` show.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

Pairs = list[tuple[str, str]]

# How statements begin that have rows; the others begin and end transactions.
WORK = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@dataclass(frozen=True)
class SqlDetail:
    """A statement, its parameters as shown, and how many rows it gave or changed."""

    statement: str
    parameters: list[str]
    rows: int | None


@dataclass(frozen=True)
class CandidateDetail:
    """A route's path that was looked at, its verdict and the reason."""

    path: str
    verdict: str
    reason: str


@dataclass(frozen=True)
class Step:
    """One function's run. ``parent`` is the position of the step that called it.

    ``start`` and ``elapsed`` are microseconds, ``file`` is shown relative to the app's
    folder or the framework's, ``source`` is a key of ``Recording.sources``, ``raised``
    the place where the error was raised.
    """

    layer: str
    who: str
    name: str
    title: str
    parent: int | None = None
    depth: int = 0
    file: str = ""
    line: int = 0
    source: str = ""
    arguments: Pairs = field(default_factory=list)
    result: str | None = None
    error: str | None = None
    raised: str = ""
    notes: list[str] = field(default_factory=list)
    start: float = 0.0
    elapsed: float = 0.0
    candidates: list[CandidateDetail] = field(default_factory=list)
    sql: SqlDetail | None = None
    pieces: int = 0

    @property
    def place(self) -> str:
        """``roob/framework.py:33``; empty where there is no source."""
        return f"{self.file}:{self.line}" if self.file else ""


@dataclass(frozen=True)
class Times:
    """Microseconds: by the clock while recording, and without the recorder.

    ``honest`` is the median of ``runs`` untraced requests; where there are none it is
    what the clock said less the recorder's own work.
    """

    recorded: float
    honest: float
    runs: int = 0


@dataclass(frozen=True)
class Message:
    """A request's or a response's headers and body, as they may be shown."""

    headers: Pairs = field(default_factory=list)
    body: str = ""


@dataclass(frozen=True)
class Source:
    """A function's lines, the first one's number before them."""

    first: int
    lines: list[str]


@dataclass(frozen=True)
class Recording:
    """A request and its steps, in the order in which they began.

    ``left_out`` counts the steps that were too many to keep; ``seldom`` says how
    often the request was made, and why not more often: "once: it is for real";
    ``remark`` is a sentence on what cannot be shown: that a stream has no end.
    """

    method: str
    path: str
    status: str
    bytes: int
    time: Times
    steps: Sequence[Step]
    id: str = ""
    at: str | None = None
    request: Message = field(default_factory=Message)
    response: Message = field(default_factory=Message)
    error: str | None = None
    left_out: int = 0
    seldom: str = ""
    remark: str = ""
    sources: dict[str, Source] = field(default_factory=dict)

    def children(self) -> dict[int, list[int]]:
        """For each step the positions of those that it called."""
        found: dict[int, list[int]] = {}
        for place, step in enumerate(self.steps):
            if step.parent is not None:
                found.setdefault(step.parent, []).append(place)
        return found

    @property
    def is_websocket(self) -> bool:
        """Whether the request became a websocket, which has no body to count."""
        return self.status.startswith("101 ")

    @property
    def statements(self) -> list[str]:
        """The text of each SQL statement that ran."""
        return [step.sql.statement for step in self.steps if step.sql]

    @property
    def repeated(self) -> int:
        """How often the most frequent statement ran, where one ran more than once."""
        read_or_write = [text for text in self.statements if text.startswith(WORK)]
        most = max(Counter(read_or_write).values(), default=0)
        return most if most > 1 else 0

    def named(self, identity: str, at: str) -> "Recording":
        """The same, kept by a server under that name."""
        return replace(self, id=identity, at=at)

    def to_json(self) -> dict[str, Any]:
        """As plain lists, texts and numbers."""
        found = asdict(self)
        found["sql"] = {"statements": len(self.statements), "repeated": self.repeated}
        return found
