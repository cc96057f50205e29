"""The back end for Python 3.11: ``sys.settrace``, for the thread that records.

The interpreter's other hook of that version, ``sys.setprofile``, does not say which
exception leaves a function, and is called for every built-in function too.
"""

import sys
from collections.abc import Callable
from opcode import opmap
from threading import get_ident
from types import CodeType, FrameType, TracebackType
from typing import Any

from roob.trace.events import (
    RESUME,
    RETURN,
    UNWIND,
    YIELD,
    Sink,
    is_generator,
    left,
    started,
)

_YIELD, _RESUME = opmap["YIELD_VALUE"], opmap["RESUME"]
_RETURNS = {opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opmap}

_Raised = tuple[type[BaseException], BaseException, TracebackType]


class SetTrace:
    """The same calls as ``Monitor`` has; what is traced before goes on after it."""

    def __init__(self, follows: Callable[[FrameType], bool]) -> None:
        self._follows = follows
        self._known: dict[int, bool] = {}
        self._seen: list[CodeType] = []  # so that no id is given away
        self._before: dict[int, list[Any]] = {}

    def arm(self) -> None:
        """Nothing: this hook is set for each recording."""

    def disarm(self) -> None:
        """Nothing: it is taken back after each."""

    def look_again(self) -> None:
        """Ask anew for functions that were not followed so far."""
        self._known.clear()

    def begin(self, sink: Sink) -> None:
        """From here on the events of this thread go to the sink."""
        self._before.setdefault(get_ident(), []).append(sys.gettrace())
        sys.settrace(_Thread(self._is_followed, sink).on_call)

    def end(self) -> None:
        """No more of them; a recording around this one goes on."""
        before = self._before[get_ident()]
        sys.settrace(before.pop())
        if not before:
            del self._before[get_ident()]

    def _is_followed(self, code: CodeType, frame: FrameType) -> bool:
        known = self._known.get(id(code))
        if known is None:  # or another thread has just asked to look again
            self._seen.append(code)
            known = self._known[id(code)] = self._follows(frame)
        return known


class _Thread:
    """The hook of one recording, which runs in one thread."""

    def __init__(
        self, is_followed: Callable[[CodeType, FrameType], bool], sink: Sink
    ) -> None:
        self._is_followed = is_followed
        self._sink = sink
        self._raised: dict[int, BaseException] = {}
        self._ran: dict[int, int] = {}

    def on_call(self, frame: FrameType, _event: str, _arg: object) -> Any:
        code = frame.f_code
        if not self._is_followed(code, frame):
            return None
        frame.f_trace_lines = False
        if is_generator(code) and _stands_at_yield(frame):
            self._sink(left(RESUME, code, frame, None))
        else:
            self._sink(started(code, frame))
        return self._on_event

    def _on_event(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "return":
            self._on_leave(frame, arg)
        elif event == "exception":
            self._on_exception(frame, arg)
        elif event == "opcode":
            self._ran[id(frame)] = _opcode(frame)
        return self._on_event

    def _on_exception(self, frame: FrameType, raised: _Raised) -> None:
        self._raised[id(frame)] = raised[1]
        # An exception that arrives where a generator waits leaves it there, too:
        # only what it runs from here on tells that from a value that it yields.
        frame.f_trace_opcodes = is_generator(frame.f_code)

    def _on_leave(self, frame: FrameType, value: object) -> None:
        code, key = frame.f_code, id(frame)
        exc, ran = self._raised.pop(key, None), self._ran.pop(key, None)
        frame.f_trace_opcodes = False
        if exc is None or not is_generator(code):
            ran = _YIELD if _stands_at_yield(frame) else _opcode(frame)
        if is_generator(code) and ran == _YIELD:
            self._sink(left(YIELD, code, frame, value))
        elif exc is not None and ran not in _RETURNS:
            self._sink(left(UNWIND, code, frame, exc))
        else:
            self._sink(left(RETURN, code, frame, value))


def _opcode(frame: FrameType) -> int:
    return frame.f_code.co_code[frame.f_lasti]


def _stands_at_yield(frame: FrameType) -> bool:
    """At the yield itself, or at where a run after it begins; a first run's is 0."""
    opcode, argument = frame.f_code.co_code[frame.f_lasti :][:2]
    return opcode == _YIELD or (opcode == _RESUME and argument != 0)
