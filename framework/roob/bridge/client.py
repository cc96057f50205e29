"""Who asks, as the app's thread sees it: there, slow, or gone."""

import threading
from collections.abc import Callable

from roob.bridge.pool import Slot

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
        if not self._waits(is_ready):
            raise ClientStalled("The client stands still")
        if not is_ready():
            raise ClientDisconnected("The client has gone")

    def _waits(self, is_ready: Callable[[], bool]) -> bool:

        def is_over() -> bool:
            return is_ready() or self.is_gone

        if self.changed.wait_for(is_over, _PATIENCE):
            return True
        self.slot.become_stream()
        return self.changed.wait_for(is_over, self.stall_timeout)
