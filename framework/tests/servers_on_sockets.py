"""Other people's servers, on 127.0.0.1: one that is scripted byte by byte."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from wsgiref.simple_server import WSGIRequestHandler, make_server

from roob.server import ThreadingWSGIServer
from roob.types import WSGIApp

SECONDS = 10.0

Talk = Callable[[socket.socket, bytes], None]


@dataclass
class ScriptedServer:
    """What it was asked, as bytes, and how often somebody connected."""

    listener: socket.socket
    talk: Talk
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,)).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(SECONDS)
            try:
                while head := read_head(connection):
                    self.requests.append(head)
                    self.talk(connection, head)
            except OSError:
                return


def read_head(connection: socket.socket) -> bytes:
    """Up to the empty line; nothing where the client hung up."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(1)
        if not piece:
            return b""
        head += piece
    return head


@contextmanager
def scripted(talk: Talk | bytes) -> Iterator[ScriptedServer]:
    """A server that says these bytes to each request, or does as the function."""
    if isinstance(talk, bytes):
        said = talk

        def talk(connection: socket.socket, head: bytes) -> None:
            connection.sendall(said)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = ScriptedServer(listener, talk)
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(SECONDS)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(app: WSGIApp) -> Iterator[str]:
    """The address of a threaded server of the standard library with that app."""
    with make_server(
        "127.0.0.1", 0, app, ThreadingWSGIServer, handler_class=_Quiet
    ) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(SECONDS)
