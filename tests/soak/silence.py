"""Clients that never read and do not go: what of the server is theirs, and until when.

The app is rid of them after some seconds; their sockets are the server's, which closes
none of them before they do.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from socket import SO_RCVBUF, SOL_SOCKET, create_connection, socket
from urllib.parse import urlsplit

from tests.soak.clients import SMALL_BUFFER, UPGRADE
from tests.soak.process import files, seconds_until
from tests.soak.server import Served, served

IMPATIENT = "tests.soak.served:impatient"
MOST_SECONDS = 20.0


@dataclass(frozen=True)
class Silence:
    """Descriptors of the worker for each client that lives and never reads.

    ``freed_after`` so many seconds the app served none of them.
    """

    clients: int
    freed_after: float
    held: int
    left: int


def keep_silent(clients: int) -> Silence:
    """Let half of them open a socket and half a stream, and read none of it."""
    with served(IMPATIENT) as server:
        server.present()
        before = files(server.pid)
        with ExitStack() as stack:
            for number in range(clients):
                stack.enter_context(silent(server.url, is_socket=number % 2 == 0))
            seconds_until(lambda: count(server) == clients, MOST_SECONDS)
            freed_after = seconds_until(lambda: count(server) == 0, MOST_SECONDS)
            living = files(server.pid)
        # Whoever asked the server a moment ago may be counted too, each time.
        seconds_until(lambda: files(server.pid) <= before, MOST_SECONDS)
        rest = files(server.pid)
        return Silence(clients, freed_after, living - rest, max(0, rest - before))


def count(server: Served) -> int:
    """How many the app serves."""
    return sum(server.present().values())


def silent(url: str, *, is_socket: bool) -> socket:
    """A client that asks for a flood, and that is all."""
    parts = urlsplit(url)
    raw = create_connection((parts.hostname, parts.port))
    raw.setsockopt(SOL_SOCKET, SO_RCVBUF, SMALL_BUFFER)
    path = "/flood" if is_socket else "/flood-stream"
    headers = UPGRADE if is_socket else ()
    lines = [f"GET {path} HTTP/1.1", "Host: soak", *headers, "", ""]
    raw.sendall("\r\n".join(lines).encode())
    return raw
