"""The latest recordings, in memory: what the page lists."""

from collections import deque
from collections.abc import Iterator
from threading import Lock
from typing import Any

from roob.trace.steps import Recording

SIZE = 50


class Ring:
    """``Ring().add(recording)``; the oldest makes room for the fifty-first."""

    def __init__(self, size: int = SIZE) -> None:
        self._recordings: deque[dict[str, Any]] = deque(maxlen=size)
        self._lock = Lock()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        with self._lock:
            return iter([*self._recordings])

    def add(self, recording: Recording) -> None:
        """Keep one more."""
        content = recording.to_json()
        with self._lock:
            self._recordings.append(content)

    def after(self, identity: str) -> dict[str, Any]:
        """The ones that came after that one, all where it is not there any more."""
        recordings = [*self]
        known = [each["id"] for each in recordings]
        new = known.index(identity) + 1 if identity in known else 0
        return {"recordings": recordings[new:], "known": known}
