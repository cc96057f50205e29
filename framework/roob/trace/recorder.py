"""One request's events, or a start-up's: the back end armed, the thread listened to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter_ns
from types import FrameType

from roob.trace import monitor
from roob.trace.events import Event
from roob.trace.layers import Layers
from roob.trace.monitor import Monitor
from roob.trace.settrace import SetTrace

# More are a loop that nobody steps through, and memory.
MOST_EVENTS = 200_000


class Recorder:
    """``with recorder.armed(), recorder.recording() as events: list(app(...))``.

    Several threads may record at once: each gets its own events.
    """

    def __init__(self, layers: Layers, most_events: int = MOST_EVENTS) -> None:
        self.layers = layers
        self._most_events = most_events
        self._back_end: Monitor | SetTrace = _back_end_for(layers.follows)

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Between the two the interpreter tells of calls; before and after it does not.

        Raises:
            RuntimeError: other tools have taken all that the interpreter has to give.
        """
        self.arm()
        try:
            yield
        finally:
            self._back_end.disarm()

    def arm(self) -> None:
        """For good, as a server that shows its requests does; see :meth:`armed`."""
        self._back_end.arm()

    def learn(self, app: object) -> None:
        """Follow an app's handlers too; cheap where nothing is new."""
        if self.layers.learn(app):
            self._back_end.look_again()

    @contextmanager
    def recording(self, events: list[Event] | None = None) -> Iterator[list[Event]]:
        """What this thread does inside of the block; may go on with earlier events."""
        found = [] if events is None else events

        def sink(event: Event) -> None:
            if len(found) < self._most_events:
                found.append(event)

        self._back_end.begin(sink)
        try:
            yield found
        finally:
            self._back_end.end()


def _back_end_for(follows: Callable[[FrameType], bool]) -> Monitor | SetTrace:
    return (Monitor if monitor.IS_AVAILABLE else SetTrace)(follows)


def nanoseconds_of_an_event(rounds: int = 5, calls: int = 200) -> float:
    """What it takes to note one event here: a small function, watched and not."""
    back_end = _back_end_for(_is_sample)
    back_end.arm()
    try:
        differences = [_difference(back_end, calls) for _ in range(rounds)]
    finally:
        back_end.disarm()
    return max(0.0, median(differences)) / (2 * calls)


def _difference(back_end: Monitor | SetTrace, calls: int) -> float:
    plain = _time(calls)
    events: list[Event] = []
    back_end.begin(events.append)
    try:
        watched = _time(calls)
    finally:
        back_end.end()
    return watched - plain


def _time(calls: int) -> int:
    began = perf_counter_ns()
    for turn in range(calls):
        _sample(turn, "text", {"id": turn})
    return perf_counter_ns() - began


def _sample(number: int, text: str, mapping: dict[str, int]) -> int:
    return number + len(text) + len(mapping)


def _is_sample(frame: FrameType) -> bool:
    return frame.f_code is _sample.__code__
