"""The latest recordings, in memory: what the page lists."""

from collections import deque
from collections.abc import Iterator
from threading import Condition
from typing import Any

from roob.trace.steps import Recording

SIZE = 50


class Ring:
    """``ring.expect()``, then ``ring.add(recording)``; the oldest one makes room.

    A recording is written after its answer is out, so whoever got the answer may ask
    for it before: :meth:`settle` waits for what is expected.
    """

    def __init__(self, size: int = SIZE) -> None:
        self._recordings: deque[dict[str, Any]] = deque(maxlen=size)
        self._expected = 0
        self._change = Condition()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        with self._change:
            return iter([*self._recordings])

    def expect(self) -> None:
        """One more will be added."""
        with self._change:
            self._expected += 1

    def add(self, recording: Recording) -> None:
        """Keep one more."""
        content = recording.to_json()
        with self._change:
            self._recordings.append(content)
            self.give_up()

    def give_up(self) -> None:
        """Expect one less."""
        with self._change:
            self._expected -= 1
            self._change.notify_all()

    def settle(self, seconds: float) -> None:
        """Wait until all are there that are expected, for so long at most."""
        with self._change:
            self._change.wait_for(lambda: self._expected <= 0, seconds)

    def after(self, identity: str) -> dict[str, Any]:
        """The ones that came after that one, all where it is not there any more."""
        recordings = [*self]
        known = [each["id"] for each in recordings]
        new = known.index(identity) + 1 if identity in known else 0
        return {"recordings": recordings[new:], "known": known}
