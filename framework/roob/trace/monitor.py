"""The back end for Python 3.12 and later: ``sys.monitoring`` (PEP 669).

What is not followed is looked at once and then costs nothing. The interpreter's
events are of the whole process, so each is given to the thread that it happened in.
"""

import sys
from collections.abc import Callable, Iterator
from threading import get_ident
from types import CodeType, FrameType
from typing import Any

from roob.trace.events import (
    RESUME,
    RETURN,
    UNWIND,
    YIELD,
    Sink,
    caller,
    left,
    started,
)

# Where an interpreter has it; mypy looks at 3.11.
_monitoring: Any = getattr(sys, "monitoring", None)

# Tools 0 to 2 and 5 are spoken for: debugger, coverage, profiler, optimizer.
_TOOL_IDS = (4, 3)
_NAME = "roob.trace"

IS_AVAILABLE = _monitoring is not None


class Monitor:
    """``Monitor(follows)``: ``arm()``, then ``begin(sink)`` and ``end()`` per request.

    ``follows(frame)`` says whether a function is watched; it is asked once for each.
    """

    def __init__(self, follows: Callable[[FrameType], bool]) -> None:
        self._follows = follows
        self._known: dict[int, CodeType | None] = {}
        self._seen: list[CodeType] = []  # so that no id is given away
        self._sinks: dict[int, Sink] = {}
        self._outer: dict[int, list[Sink]] = {}  # of the recordings around those
        self._tool: int = -1

    def arm(self) -> None:
        """Let the interpreter tell of functions that begin.

        Raises:
            RuntimeError: other tools have all the places.
        """
        self._tool = _free_tool()
        _monitoring.use_tool_id(self._tool, _NAME)
        events = _monitoring.events
        for event, callback in self._callbacks():
            _monitoring.register_callback(self._tool, event, callback)
        # What an earlier one with this place did not follow is off to this day.
        _monitoring.restart_events()
        # Being left by an exception is no local event, so it is dropped by code.
        everywhere = events.PY_START | events.PY_UNWIND | events.PY_THROW
        _monitoring.set_events(self._tool, everywhere)

    def _callbacks(self) -> Iterator[tuple[int, Callable[..., object]]]:
        events = _monitoring.events
        yield events.PY_START, self._on_start
        yield events.PY_RESUME, self._on_resume
        yield events.PY_THROW, self._on_throw
        yield events.PY_YIELD, self._on_yield
        yield events.PY_RETURN, self._on_return
        yield events.PY_UNWIND, self._on_unwind

    def disarm(self) -> None:
        """Take everything back: the interpreter is as it was."""
        _monitoring.set_events(self._tool, 0)
        for code in self._known.values():
            if code is not None:
                _monitoring.set_local_events(self._tool, code, 0)
        for event, _ in self._callbacks():
            _monitoring.register_callback(self._tool, event, None)
        _monitoring.free_tool_id(self._tool)
        self._known.clear()

    def look_again(self) -> None:
        """Ask anew for functions that were not followed so far."""
        known = [*self._known.items()]  # at once: other threads meet functions
        self._known = {key: code for key, code in known if code}
        _monitoring.restart_events()

    def begin(self, sink: Sink) -> None:
        """From here on the events of this thread go to the sink."""
        thread = get_ident()
        if thread in self._sinks:
            self._outer.setdefault(thread, []).append(self._sinks[thread])
        self._sinks[thread] = sink

    def end(self) -> None:
        """No more of them; a recording around this one goes on."""
        thread = get_ident()
        if self._outer.get(thread):
            self._sinks[thread] = self._outer[thread].pop()
        else:
            self._sinks.pop(thread, None)

    def _on_start(self, code: CodeType, _offset: int) -> object:
        known = self._known.get(id(code), self)
        if known is self:
            known = self._meet(code, caller())
        if known is None:
            return _monitoring.DISABLE
        sink = self._sinks.get(get_ident())
        if sink is not None:
            sink(started(code, caller()))
        return None

    def _meet(self, code: CodeType, frame: FrameType) -> CodeType | None:
        self._seen.append(code)
        if not self._follows(frame):
            self._known[id(code)] = None
            return None
        self._known[id(code)] = code
        events = _monitoring.events
        wanted = events.PY_RESUME | events.PY_YIELD | events.PY_RETURN
        _monitoring.set_local_events(self._tool, code, wanted)
        return code

    def _note(self, kind: int, code: CodeType, frame: FrameType, value: object) -> None:
        sink = self._sinks.get(get_ident())
        if sink is not None:
            sink(left(kind, code, frame, value))

    def _on_resume(self, code: CodeType, _offset: int) -> None:
        self._note(RESUME, code, caller(), None)

    def _on_throw(self, code: CodeType, _offset: int, _exc: BaseException) -> None:
        if self._known.get(id(code)):
            self._note(RESUME, code, caller(), None)

    def _on_yield(self, code: CodeType, _offset: int, value: object) -> None:
        self._note(YIELD, code, caller(), value)

    def _on_return(self, code: CodeType, _offset: int, value: object) -> None:
        self._note(RETURN, code, caller(), value)

    def _on_unwind(self, code: CodeType, _offset: int, exc: BaseException) -> None:
        if self._known.get(id(code)):
            self._note(UNWIND, code, caller(), exc)


def _free_tool() -> int:
    for tool in _TOOL_IDS:
        if _monitoring.get_tool(tool) is None:
            return tool
    raise RuntimeError(
        f"tracing needs one of sys.monitoring's tools {_TOOL_IDS}; others have them: "
        f"{[_monitoring.get_tool(tool) for tool in _TOOL_IDS]}"
    )
