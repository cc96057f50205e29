"""Towards other servers: requests go out as they were written, answers come back raw.

Both ways piece by piece, over connections that are kept for the next request. Needs
``pip install 'roob[proxy]'``.
"""

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import httpcore

from roob.constants import HOP_BY_HOP, HttpStatus, Status, is_bodiless
from roob.exceptions import ResponseError
from roob.headers import HeaderItems, checked_header
from roob.models.responses import Response

_FIT_PATH = re.compile(r"[\x21-\x7e]*")
_SAFE = ("GET", "HEAD", "OPTIONS")
_LOOK_FOR_THE_CLIENT_EVERY = 1.0  # seconds
_KEEP_IDLE = 5.0  # seconds
_MAX_IDLE = 20


class UpstreamError(ResponseError):
    """The other server gave no answer that can be passed on (RFC 9110 15.6.3).

    ::

        ResponseError
        └── UpstreamError        502
            ├── UpstreamTimeout  504  it took too long
            ├── UpstreamBusy     503  all connections to it are taken
            └── ClientGone       499  nobody waits for its answer any more
    """

    said = "The upstream server gave no valid answer"
    answer: Status = HttpStatus.BAD_GATEWAY

    def __init__(self) -> None:
        super().__init__(self.said, self.answer)


class UpstreamTimeout(UpstreamError):
    """It took too long (RFC 9110 15.6.5)."""

    said = "The upstream server did not answer in time"
    answer = HttpStatus.GATEWAY_TIMEOUT


class UpstreamBusy(UpstreamError):
    """All connections that there may be are taken (RFC 9110 15.6.4)."""

    said = "All connections to the upstream server are taken"
    answer = HttpStatus.SERVICE_UNAVAILABLE


class ClientGone(UpstreamError):
    """Nobody waits for the answer any more; the status is what servers log for it."""

    said = "The client has gone"
    answer = "499 Client Closed Request"


class Upstream:
    """One server, whose address is fixed: ``Upstream("http://127.0.0.1:8000/api")``.

    ``timeout`` is how many seconds may pass between two pieces of a request or an
    answer, ``connect_timeout`` until there is a connection. May be shared by threads;
    after a fork each process has connections of its own.

    Raises:
        ValueError: the address is no HTTP URL, or has more than a host and a path.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 60.0,
        connect_timeout: float = 5.0,
        max_connections: int = 100,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no address: give http://host:port/path")
        if parts.query or parts.fragment or parts.username is not None:
            raise ValueError(f"{url!r} may have a host, a port and a path alone")
        if not _FIT_PATH.fullmatch(parts.path):
            raise ValueError(f"{url!r} has letters in its path that have to be encoded")
        self.url = url
        self.host = parts.netloc
        self.path = parts.path.rstrip("/")
        self._address = (parts.scheme, parts.hostname, parts.port)
        self._timeout = timeout
        self._connect_timeout = connect_timeout
        self._max_connections = max_connections
        self._pool, self._pool_of = self._new_pool(), os.getpid()
        self._dropped: _Dropped = deque()

    def send(
        self,
        method: str,
        target: str = "/",
        headers: HeaderItems = (),
        body: bytes | Iterable[bytes] = b"",
        is_gone: Callable[[], bool] = bool,
    ) -> Response:
        """Ask it: ``send("GET", "/books?page=2", {"Accept": "text/html"})``.

        The target is sent as it is, below no path. ``Host`` is the server's own
        where the headers have none; a body in pieces goes in chunks where they have
        no ``Content-Length``. Redirects are not followed. The answer's body is read
        while it is iterated over, in whatever encoding it has; closing it before
        its end closes the connection, and one that is dropped unread is closed with
        the next request. ``is_gone`` is asked each second that the
        server is waited for: whether that is in vain.

        Raises:
            UpstreamError: there is no answer; the classes tell why.
            ValueError: a header is unfit to be sent.
        """
        scheme, host, port = self._address
        exchange = _Exchange(self._timeout, is_gone)
        content = body if isinstance(body, bytes) else exchange.while_unanswered(body)
        request = httpcore.Request(
            method,
            httpcore.URL(scheme=scheme, host=host, port=port, target=target),
            headers=_raw(_framed(_with_host(headers, self.host), body)),
            content=content,
            extensions={"timeout": self._timeouts(exchange)},
        )
        is_repeatable = method in _SAFE and body == b""
        self._close_dropped()
        with _translated():
            answer = self._ask(request, exchange, is_repeatable)
            return _response(answer, method, self._dropped)

    def _ask(
        self, request: httpcore.Request, exchange: "_Exchange", is_repeatable: bool
    ) -> httpcore.Response:
        try:
            return self._connections.handle_request(request)
        except (httpcore.ReadError, httpcore.RemoteProtocolError):
            # A server may close an idle connection just when it is used again; what
            # changes nothing can be asked twice (RFC 9110 9.2.2).
            if exchange.is_answered or not is_repeatable:
                raise
            return self._connections.handle_request(request)

    def close(self) -> None:
        """Give the connections up."""
        self._close_dropped()
        self._connections.close()

    def _close_dropped(self) -> None:
        with suppress(IndexError):  # that is the end, also if other threads do the same
            while True:
                self._dropped.popleft().close()

    def _timeouts(self, exchange: "_Exchange") -> dict[str, Any]:
        return {
            "connect": self._connect_timeout,
            "pool": self._connect_timeout,
            "write": exchange,
            "read": exchange,
        }

    @property
    def _connections(self) -> httpcore.ConnectionPool:
        # Sockets that a fork shares would mix two processes' answers.
        if self._pool_of != os.getpid():
            self._pool, self._pool_of = self._new_pool(), os.getpid()
        return self._pool

    def _new_pool(self) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(
            max_connections=self._max_connections,
            max_keepalive_connections=_MAX_IDLE,
            keepalive_expiry=_KEEP_IDLE,
            network_backend=_Backend(),
        )


def without_hop_by_hop(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those that may be passed on: neither of this connection nor named in its
    ``Connection`` (RFC 9110 7.6.1).
    """
    pairs = list(headers)
    named = ",".join(value for name, value in pairs if name.lower() == "connection")
    dropped = {option.strip().lower() for option in named.split(",")} | HOP_BY_HOP
    return [pair for pair in pairs if pair[0].lower() not in dropped]


def _with_host(headers: HeaderItems, host: str) -> list[tuple[str, str]]:
    items = headers.items() if isinstance(headers, Mapping) else headers
    named = [checked_header(name, value.strip(" \t")) for name, value in items]
    return named if _has(named, "host") else [("Host", host), *named]


def _framed(
    headers: list[tuple[str, str]], body: bytes | Iterable[bytes]
) -> list[tuple[str, str]]:
    """The headers, and the one that tells where the body ends (RFC 9112 6)."""
    if body == b"" or _has(headers, "content-length"):
        return headers
    if isinstance(body, bytes):
        return [*headers, ("Content-Length", str(len(body)))]
    return [*headers, ("Transfer-Encoding", "chunked")]


def _has(headers: list[tuple[str, str]], wanted: str) -> bool:
    return any(name.lower() == wanted for name, _ in headers)


def _raw(headers: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers]


def _response(answer: httpcore.Response, method: str, dropped: "_Dropped") -> Response:
    body: Iterable[bytes] = _Body(answer, dropped)
    try:
        if method == "HEAD" or is_bodiless(answer.status):
            body = [*body]  # nothing; the connection can be used again at once
        return Response(
            status=_status(answer), headerlist=_headers(answer), app_iter=body
        )
    except ValueError as error:
        answer.close()
        raise UpstreamError from error


def _status(answer: httpcore.Response) -> str:
    reason = answer.extensions["reason_phrase"].decode("latin-1").strip()
    is_fit = reason.isascii() and reason.isprintable() and reason
    return f"{answer.status} {reason if is_fit else 'Unknown'}"


def _headers(answer: httpcore.Response) -> list[tuple[str, str]]:
    pairs = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in answer.headers]
    if _has(pairs, "transfer-encoding"):
        # It says where the body ends, whatever a length beside it says (RFC 9112 6.3).
        pairs = [pair for pair in pairs if pair[0].lower() != "content-length"]
    return without_hop_by_hop(pairs)


# Answers that were never closed, whose connections have to be given back.
_Dropped = deque[httpcore.Response]


class _Body:
    """The pieces of an answer, as they arrive."""

    def __init__(self, answer: httpcore.Response, dropped: _Dropped) -> None:
        self._answer = answer
        self._dropped = dropped
        self._is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        with _translated():
            yield from self._answer.iter_stream()
        self.close()

    def close(self) -> None:
        self._is_closed = True
        self._answer.close()

    def __del__(self) -> None:
        # To close takes a lock, and the garbage collector may call this just where
        # this very thread holds it: only put it down, which takes none.
        if not self._is_closed:
            self._dropped.append(self._answer)


@contextmanager
def _translated() -> Iterator[None]:
    """The client library's exceptions as this room's, once, at the border."""
    try:
        yield
    except httpcore.PoolTimeout as error:
        raise UpstreamBusy from error
    except httpcore.TimeoutException as error:
        raise UpstreamTimeout from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise UpstreamError from error


# What the client library does not know of a request has to reach the connection that
# it chooses for it. It hands on timeouts as they are, so an _Exchange travels as one:
#
#     Upstream.send ──> httpcore's pool ──> its HTTP/1.1 ──> _Connection.read, .write
#     makes one                                              ask it how to wait


class _Exchange:
    """One request and its answer: how long to wait, and whether anybody still does."""

    def __init__(self, seconds: float, is_gone: Callable[[], bool]) -> None:
        self.seconds = seconds
        self.is_answered = False
        self._is_gone = is_gone
        self._stream: httpcore.NetworkStream | None = None

    def read(self, stream: httpcore.NetworkStream, max_bytes: int) -> bytes:
        """What comes next; the client is looked after while nothing does."""
        piece = self._waited_for(stream, max_bytes)
        self.is_answered = self.is_answered or piece != b""
        return piece

    def _waited_for(self, stream: httpcore.NetworkStream, max_bytes: int) -> bytes:
        left = self.seconds
        while left > _LOOK_FOR_THE_CLIENT_EVERY:
            try:
                return stream.read(max_bytes, _LOOK_FOR_THE_CLIENT_EVERY)
            except httpcore.ReadTimeout:
                if self._is_gone():
                    raise ClientGone from None
            left -= _LOOK_FOR_THE_CLIENT_EVERY
        return stream.read(max_bytes, left)

    def write(self, stream: httpcore.NetworkStream, octets: bytes) -> None:
        """Send them, and remember where."""
        self._stream = stream
        stream.write(octets, self.seconds)

    def while_unanswered(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """A request's body, up to where the server has answered: it wants no more."""
        for piece in pieces:
            if self._has_news():
                # What the library takes as the moment to read the answer.
                raise httpcore.WriteError("The server has answered already")
            yield piece

    def _has_news(self) -> bool:
        # Under TLS there may be something to read that is no answer.
        stream = self._stream
        if stream is None or stream.get_extra_info("ssl_object"):
            return False
        return bool(stream.get_extra_info("is_readable"))


class _Backend(httpcore.SyncBackend):
    """Makes the connections, for the library's pool."""

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _Connection(super().connect_tcp(*args, **options))


class _Connection(httpcore.NetworkStream):
    """One connection, on which an exchange says how to wait."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: Any = None) -> bytes:
        exchange: _Exchange = timeout
        return exchange.read(self._stream, max_bytes)

    def write(self, buffer: bytes, timeout: Any = None) -> None:
        exchange: _Exchange = timeout
        exchange.write(self._stream, buffer)

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _Connection(self._stream.start_tls(*args, **options))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
