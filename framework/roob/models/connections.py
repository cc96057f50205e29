"""Connections that stay open: who is still there, and how a drain ends them all.

Websockets and streams of events stand in one register while they are served, since a
server that stops has to end them; a plain answer never comes here.
"""

import select
from threading import RLock
from typing import Any, Protocol
from weakref import WeakSet

from roob.types import WSGIEnvironment

# Linux says that the other side has sent its FIN, also behind unread bytes; without
# the flag poll() still tells of a connection that is reset.
_HALF_CLOSED = getattr(select, "POLLRDHUP", 0)


class Connection(Protocol):
    """What stands in the register."""

    def go_away(self) -> None:
        """End soon; called from any thread, and from signal handlers: never blocks."""
        ...


class OpenConnections:
    """The register: ``add`` while a connection is served, ``discard`` after it."""

    def __init__(self) -> None:
        # A signal's handler may interrupt the very thread that holds the lock.
        self._lock = RLock()
        self._open: WeakSet[Any] = WeakSet()

    def add(self, connection: Connection) -> None:
        """One more to end when the server stops."""
        with self._lock:
            self._open.add(connection)

    def discard(self, connection: Connection) -> None:
        """This one has ended."""
        with self._lock:
            self._open.discard(connection)

    def close_all(self) -> int:
        """Ask all that are open to end; how many were asked. Returns at once."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            connection.go_away()
        return len(connections)


# One process, one register: what has to end is what this process serves.
open_connections = OpenConnections()


def close_all() -> int:
    """End this process's websockets (1001) and event streams: an app's ``drain()``.

    It only asks, and returns how many it asked: each ends in its own thread, within a
    second where that thread waits for messages or events.
    """
    return open_connections.close_all()


def client_has_gone(environ: WSGIEnvironment) -> bool:
    """Whether the client of a request has closed its connection, as far as known.

    By ``roob.disconnected`` behind an ASGI server, by a look at the socket on
    gunicorn; another server does not tell, and then it is False.
    """
    is_disconnected = environ.get("roob.disconnected")
    if is_disconnected is not None:
        return bool(is_disconnected())
    sock = environ.get("gunicorn.socket")
    return sock is not None and peer_has_gone(sock)


def peer_has_gone(sock: Any) -> bool:
    """Whether the other side of a socket has closed or reset it."""
    if sock.fileno() < 0:
        return True
    poller = select.poll()
    poller.register(sock, _HALF_CLOSED)
    return bool(poller.poll(0))
