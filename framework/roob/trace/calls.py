"""From a stream of events to a tree of calls: who called whom, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from roob.trace.events import RESUME, RETURN, START, UNWIND, YIELD, Event


@dataclass(eq=False)
class Call:
    """One run of a function. A generator's runs are one call, with its ``pieces``.

    Times are nanoseconds of the monotonic clock; ``ended`` is 0 where the recording
    ended before. A generator's ``elapsed`` counts only what it ran, and one that
    ``is_left`` was not run to its end, which is no error.
    """

    code: CodeType
    arguments: dict[str, Any]
    began: int
    ended: int = 0
    elapsed: int = 0
    result: Any = None
    error: BaseException | None = None
    is_left: bool = False
    pieces: list[Any] = field(default_factory=list)
    children: list["Call"] = field(default_factory=list)
    _since: int = 0


class _Tree:
    """The calls that run, the innermost last, and the generators that wait."""

    def __init__(self) -> None:
        self.roots: list[Call] = []
        self._stack: list[tuple[int, Call]] = []
        self._waiting: dict[int, Call] = {}

    def start(self, event: Event) -> None:
        call = Call(event.code, event.payload, event.at)
        siblings = self._stack[-1][1].children if self._stack else self.roots
        siblings.append(call)
        self._run(event, call)

    def resume(self, event: Event) -> None:
        call = self._waiting.pop(event.frame, None)
        if call is not None:
            self._run(event, call)

    def _run(self, event: Event, call: Call) -> None:
        call._since = event.at
        self._stack.append((event.frame, call))

    def pause(self, event: Event) -> None:
        call = self._leave(event)
        if call is not None:
            call.pieces.append(event.payload)
            call.is_left = True  # unless it goes on
            self._waiting[event.frame] = call

    def end(self, event: Event) -> None:
        call = self._leave(event)
        if call is None:
            return
        if event.kind != UNWIND:
            call.result, call.is_left = event.payload, False
        elif isinstance(event.payload, GeneratorExit):
            self._forget_unless_begun(call)
        else:
            call.error, call.is_left = event.payload, False

    def _forget_unless_begun(self, call: Call) -> None:
        """A generator that is thrown away unused runs on 3.11 alone, to be closed."""
        siblings = self._stack[-1][1].children if self._stack else self.roots
        if not call.pieces and siblings and siblings[-1] is call:
            siblings.pop()

    def _leave(self, event: Event) -> Call | None:
        """The call that an event ends; None for one that began before the recording."""
        if not self._stack or self._stack[-1][0] != event.frame:
            return None
        _, call = self._stack.pop()
        call.ended = event.at
        call.elapsed += event.at - call._since
        return call


def calls_of(events: Iterable[Event]) -> list[Call]:
    """The outermost calls, each with those inside it."""
    tree = _Tree()
    steps = {
        START: tree.start,
        RESUME: tree.resume,
        YIELD: tree.pause,
        RETURN: tree.end,
        UNWIND: tree.end,
    }
    for event in events:
        steps[event.kind](event)
    return tree.roots
