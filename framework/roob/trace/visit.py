"""One request made in this process, as a server would make it, and its answer."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from time import perf_counter
from typing import Any
from urllib.parse import unquote_to_bytes

from roob.types import WSGIApp, WSGIEnvironment

Headers = list[tuple[str, str]]

# So far an answer that is made piece by piece is read: one may have no end.
SECONDS = 2.0
MOST_PIECES = 10_000
# More is counted, and not kept: a longer body is shown by its length.
_MOST_BODY = 64 * 1024 + 1  # bytes


@dataclass(frozen=True)
class Visit:
    """``Visit("GET", "/api/products/1?full=1")``; the path as it is typed in a URL."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def is_safe(self) -> bool:
        """Whether the method promises to change nothing (RFC 9110 9.2.1)."""
        return self.method in ("GET", "HEAD", "OPTIONS")

    def environ(self) -> WSGIEnvironment:
        """What a server hands over (PEP 3333); a new one each time."""
        path, _, query = self.path.partition("?")
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "SERVER_SOFTWARE": "roob trace",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1:8000",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(self.body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if self.body or not self.is_safe:
            environ["CONTENT_LENGTH"] = str(len(self.body))
        environ.update(_variables(self.headers))
        return environ


def _variables(headers: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for name, value in headers:
        key = name.upper().replace("-", "_")
        bare = key in ("CONTENT_TYPE", "CONTENT_LENGTH")
        yield (key if bare else f"HTTP_{key}"), value


@dataclass
class Answer:
    """What came back: status line, headers, body; or the error that left the app.

    ``length`` counts the bytes of the body, of which only the first are kept, and
    ``pieces`` what it came in. One that ``is_cut`` went on when it was closed.
    """

    status: str = ""
    headers: Headers | None = None
    body: bytes = b""
    length: int = 0
    error: BaseException | None = None
    pieces: int = 0
    is_cut: bool = False

    def add(self, piece: bytes) -> None:
        """One more piece of the body."""
        self.pieces += 1
        self.length += len(piece)
        self.body += piece[: _MOST_BODY - len(self.body)]


class _Patience:
    """How long a stream is read. A stream that asks for its client ends by itself."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._until: float | None = None

    def begin(self) -> None:
        self._until = perf_counter() + SECONDS

    def is_over(self) -> bool:
        """What ``roob.disconnected`` answers, too; false until the stream begins."""
        if self._until is None:
            return False
        answer = self._answer
        is_long = perf_counter() > self._until or answer.pieces >= MOST_PIECES
        answer.is_cut = answer.is_cut or is_long
        return is_long


def send(app: WSGIApp, environ: WSGIEnvironment) -> Answer:
    """Call the app with a request, read the body, close it.

    A list is read whole, and a stream for a while. An exception that a server would
    have to answer is in the result, beside what was sent before it.
    """
    answer = Answer()
    patience = _Patience(answer)
    environ["roob.disconnected"] = patience.is_over

    def start_response(status: str, headers: Headers, _exc_info: Any = None) -> Any:
        answer.status, answer.headers = status, [*headers]
        return answer.add  # PEP 3333's write()

    try:
        pieces = app(environ, start_response)
        try:
            _read(pieces, answer, patience)
        finally:
            getattr(pieces, "close", lambda: None)()
    except (Exception, SystemExit) as error:  # which ones, only the app knows
        answer.error = error
    return answer


def _read(pieces: Iterable[bytes], answer: Answer, patience: _Patience) -> None:
    is_stream = not isinstance(pieces, list | tuple)
    patience.begin()
    for piece in pieces:
        answer.add(piece)
        if is_stream and patience.is_over():
            return
