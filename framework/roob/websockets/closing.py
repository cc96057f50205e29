"""How a websocket ends: the codes of RFC 6455 7.4, and the error that carries one."""

from enum import IntEnum
from typing import NamedTuple

# Seconds that a close frame may wait for the other side's (RFC 6455 7.1.1 leaves
# it open).
CLOSE_TIMEOUT = 5.0

# A control frame has 125 bytes, two of them the code (RFC 6455 5.5).
_MAX_REASON_BYTES = 123


class CloseCode(IntEnum):
    """The codes that Roob itself sends or reports."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    NO_STATUS = 1005
    ABNORMAL = 1006
    INVALID_DATA = 1007
    POLICY_VIOLATION = 1008
    MESSAGE_TOO_BIG = 1009
    INTERNAL_ERROR = 1011


class Closing(NamedTuple):
    """A connection's end: ``Closing(1001, "Going away")``."""

    code: int
    reason: str = ""


GOING_AWAY = Closing(CloseCode.GOING_AWAY, "Going away")
LOST = Closing(CloseCode.ABNORMAL, "The connection was lost")


class ConnectionClosed(Exception):
    """The websocket is closed: nothing more can be sent or received.

    ``code`` is 1000 after a normal end, 1005 if the client gave no code, 1006 if the
    connection broke without a close frame.
    """

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"The websocket is closed: {self.code} {self.reason}".rstrip()


def check_open(closing: Closing | None) -> None:
    """Whether a connection has not ended yet: ``check_open(None)``.

    Raises:
        ConnectionClosed: it has, like this.
    """
    if closing is not None:
        raise ConnectionClosed(*closing)


def check_closing(code: int, reason: str) -> Closing:
    """What may stand in a close frame: ``(4000, "Kicked")``, ``(1000, "")``.

    Raises:
        ValueError: the code is none that may be sent (RFC 6455 7.4.2), or the reason
            is over 123 bytes of UTF-8.
    """
    is_registered = 1000 <= code <= 1014 and code not in (1004, 1005, 1006)
    if not (is_registered or 3000 <= code <= 4999):
        raise ValueError(
            f"{code} is no code to close with: use 1000, another registered code "
            "or one of your own from 4000 to 4999"
        )
    if len(reason.encode()) > _MAX_REASON_BYTES:
        raise ValueError(
            f"the reason {reason!r} is longer than {_MAX_REASON_BYTES} bytes"
        )
    return Closing(int(code), reason)


def shortened_reason(text: str) -> str:
    """As much of a text as a reason may have, no letter cut in two."""
    return text.encode("utf-8", "replace")[:_MAX_REASON_BYTES].decode("utf-8", "ignore")
