"""Who asks, as the app's thread sees it: there, slow, or gone."""

import threading
from collections.abc import Callable

from roob.bridge.pool import NoRoom, Slot

# Seconds that a request waits for its client before it counts among the streams:
# slow clients must not hold the slots of those that are quick.
_PATIENCE = 0.05


class ClientDisconnected(OSError):
    """The client has gone: what is read has no more to come, what is written no reader.

    ``ClientStalled`` where it has stood still for too long, and is taken for gone.
    """


class ClientStalled(ClientDisconnected):
    """The client moves nothing."""


class Client:
    """What the event loop and the app's thread both know of a request's client.

    ``stall_timeout`` is in seconds: a client that moves nothing for so long is gone.
    """

    slot: Slot

    def __init__(self, stall_timeout: float) -> None:
        self.stall_timeout = stall_timeout
        self.changed = threading.Condition(threading.Lock())
        self.is_gone = False
        self.refusal: NoRoom | None = None

    def leave(self) -> None:
        """It has gone: wake whoever waits for it."""
        with self.changed:
            self.is_gone = True
            self.changed.notify_all()

    def wait_for(self, is_ready: Callable[[], bool]) -> None:
        """In the app's thread, which holds ``changed``: until the client has moved.

        Raises:
            ClientDisconnected: it will not.
        """
        if not self._wait(is_ready, _PATIENCE):
            self.slot.become_stream()
        self._wait_long(is_ready)

    def wait_to_read(self, is_ready: Callable[[], bool]) -> None:
        """The same, where the request may still be refused: it came only in part.

        Raises:
            ClientDisconnected: the client will not move.
            NoRoom: it is slow, and there is no stream's slot for it; ``refusal``.
        """
        if not (self._wait(is_ready, _PATIENCE) or self.slot.become_stream()):
            self.refusal = NoRoom("No more slow requests can be served at this time")
            raise self.refusal
        self._wait_long(is_ready)

    def _wait_long(self, is_ready: Callable[[], bool]) -> None:
        if not self._wait(is_ready, self.stall_timeout):
            raise ClientStalled("The client stands still")
        if not is_ready():
            raise ClientDisconnected("The client has gone")

    def _wait(self, is_ready: Callable[[], bool], timeout: float) -> bool:
        return self.changed.wait_for(lambda: is_ready() or self.is_gone, timeout)
