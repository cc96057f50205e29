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

_YIELD_OPCODE = opmap["YIELD_VALUE"]
_RETURN_OPCODES = {
    opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opmap
}

_Raised = tuple[type[BaseException], BaseException, TracebackType]


class SetTrace:
    """The same calls as ``Monitor`` has; what is traced before goes on after it."""

    def __init__(self, follows: Callable[[FrameType], bool]) -> None:
        self._follows = follows
        self._known: dict[int, bool] = {}
        self._seen: list[CodeType] = []  # so that no id is given away
        self._before: dict[int, Any] = {}

    def arm(self) -> None:
        """Nothing: this hook is set for each recording."""

    def disarm(self) -> None:
        """Nothing: it is taken back after each."""

    def look_again(self) -> None:
        """Ask anew for functions that were not followed so far."""
        self._known.clear()

    def begin(self, sink: Sink) -> None:
        """From here on the events of this thread go to the sink."""
        self._before[get_ident()] = sys.gettrace()
        sys.settrace(_Thread(self._is_followed, sink).on_call)

    def end(self) -> None:
        """No more of them."""
        sys.settrace(self._before.pop(get_ident()))

    def _is_followed(self, code: CodeType, frame: FrameType) -> bool:
        key = id(code)
        if key not in self._known:
            self._seen.append(code)
            self._known[key] = self._follows(frame)
        return self._known[key]


class _Thread:
    """The hook of one recording, which runs in one thread."""

    def __init__(
        self, is_followed: Callable[[CodeType, FrameType], bool], sink: Sink
    ) -> None:
        self._is_followed = is_followed
        self._sink = sink
        self._paused: set[int] = set()
        self._raised: dict[int, BaseException] = {}

    def on_call(self, frame: FrameType, _event: str, _arg: object) -> Any:
        code = frame.f_code
        if not self._is_followed(code, frame):
            return None
        frame.f_trace_lines = False
        if id(frame) in self._paused:
            self._paused.remove(id(frame))
            self._sink(left(RESUME, code, frame, None))
        else:
            self._sink(started(code, frame))
        return self._on_event

    def _on_event(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "return":
            self._on_leave(frame, arg)
        elif event == "exception":
            self._on_exception(frame, arg)
        return self._on_event

    def _on_exception(self, frame: FrameType, raised: _Raised) -> None:
        self._raised[id(frame)] = raised[1]

    def _on_leave(self, frame: FrameType, value: object) -> None:
        code, key = frame.f_code, id(frame)
        exc = self._raised.pop(key, None)
        if is_generator(code) and _opcode(frame) == _YIELD_OPCODE:
            self._paused.add(key)
            self._sink(left(YIELD, code, frame, value))
        elif exc is not None and _opcode(frame) not in _RETURN_OPCODES:
            self._sink(left(UNWIND, code, frame, exc))
        else:
            self._sink(left(RETURN, code, frame, value))


def _opcode(frame: FrameType) -> int:
    return frame.f_code.co_code[frame.f_lasti]
