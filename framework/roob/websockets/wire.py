"""The socket under a websocket: reads and writes that wait only as long as they may."""

import contextlib
import select
import socket
import ssl
import struct
from collections.abc import Callable
from threading import Lock
from time import monotonic

from roob.models.connections import peer_has_gone

# Seconds between two looks at what else may have happened: a drain, a silence.
SLICE = 0.5

# Seconds for what the client has sent on the way to its own end.
_LINGER = 2.0

_PIECE = 64 * 1024
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Wire:
    """A connected socket, TLS or not, for one reader and one writer at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        # A TLS connection is one object, which two threads must not enter at once.
        self._turn = Lock()
        # When the other side last made room for something, on the monotonic clock.
        self.moved_at = monotonic()

    def take_over(self) -> None:
        """From here on the server writes nothing more to it."""
        self._sock.settimeout(0)

    def read(self, timeout: float) -> bytes | None:
        """What has arrived, at most 64 KiB; None: nothing in so many seconds.

        ``b""``: the other side has closed, or the connection is broken.
        """
        piece = self._read_now()
        if piece is None and timeout > 0:
            self._wait(select.POLLIN, timeout)
            piece = self._read_now()
        return piece

    def _read_now(self) -> bytes | None:
        try:
            with self._turn:
                return self._sock.recv(_PIECE)
        except _NOT_NOW:
            return None
        except OSError:
            return b""

    def write(self, data: bytes, is_late: Callable[[], bool]) -> bool:
        """Send all of it; False where the client has gone, or it became too late."""
        left = memoryview(data)
        while left:
            sent = self._write_now(left)
            if sent < 0 or (sent == 0 and is_late()):
                return False
            if sent == 0:
                self._wait(select.POLLOUT, SLICE)
            else:
                self.moved_at = monotonic()
            left = left[sent:]
        return True

    def _write_now(self, data: memoryview) -> int:
        try:
            with self._turn:
                return self._sock.send(data)
        except _NOT_NOW:
            return 0
        except OSError:
            return -1

    def _wait(self, event: int, timeout: float) -> None:
        poller = select.poll()
        # The server may close it under a thread that still sends.
        with contextlib.suppress(ValueError):
            poller.register(self._sock, event)
            poller.poll(timeout * 1000)

    def has_gone(self) -> bool:
        """Whether the other side has closed, also behind what is not read yet."""
        return peer_has_gone(self._sock)

    def finish(self) -> None:
        """Say that nothing more comes, and let the other side close first.

        What it still sends is thrown away: a close amid unread bytes would reset the
        connection, and the close frame could be lost (RFC 9112 9.6).
        """
        deadline = monotonic() + _LINGER
        self._shut(socket.SHUT_WR)
        while (left := deadline - monotonic()) > 0:
            if self.read(left) == b"":
                return

    def abort(self) -> None:
        """End it now; what the client has not taken is dropped with it."""
        with contextlib.suppress(OSError):
            at_once = struct.pack("ii", 1, 0)
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        self._shut(socket.SHUT_RDWR)

    def _shut(self, how: int) -> None:
        # From here on the server's own writes fail: it sends no second answer.
        with contextlib.suppress(OSError), self._turn:
            self._sock.shutdown(how)
