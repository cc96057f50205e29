"""Time of one request in process: from the call of the app to `close()`.

The environs are made before the clock starts and dropped while it runs, so the
benchmark's own part is small and what a framework hangs on its environ is paid
for by that framework.
"""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from itertools import cycle, islice
from typing import Any
from wsgiref.types import WSGIApplication, WSGIEnvironment

from benchmarks.asgi import KEY, AsgiExchange, Driven
from benchmarks.cases import Answer, Case, Exchange, check, media_type_of

BATCH = 256
"""Environs alive at a time: enough to hide the clock's own cost."""

_SERVER = {
    "SCRIPT_NAME": "",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "8000",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "SERVER_SOFTWARE": "benchmark",
    "REMOTE_ADDR": "127.0.0.1",
    "REMOTE_PORT": "50000",
    "HTTP_HOST": "127.0.0.1:8000",
    "HTTP_ACCEPT": "*/*",
    "HTTP_ACCEPT_ENCODING": "gzip, deflate",
    "HTTP_CONNECTION": "keep-alive",
    "HTTP_USER_AGENT": "benchmark",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


def environ_of(exchange: Exchange) -> WSGIEnvironment:
    """Make the environ a server would make of this request (PEP 3333)."""
    path, _, query = exchange.path.partition("?")
    environ: dict[str, Any] = dict(
        _SERVER,
        REQUEST_METHOD=exchange.method,
        PATH_INFO=path,
        QUERY_STRING=query,
        RAW_URI=exchange.path,
    )
    environ["wsgi.input"] = BytesIO(exchange.body)
    if exchange.body:
        environ["CONTENT_TYPE"] = "application/json"
        environ["CONTENT_LENGTH"] = str(len(exchange.body))
    return environ


def _asgi_environ_of(exchange: Exchange) -> WSGIEnvironment:
    """The same request for an ASGI app, beside the environ that it does not read."""
    path, _, query = exchange.path.partition("?")
    asked = AsgiExchange(exchange.method, path, query, exchange.body)
    return environ_of(exchange) | {KEY: asked}


def _prepares(app: WSGIApplication) -> Callable[[Exchange], WSGIEnvironment]:
    return _asgi_environ_of if isinstance(app, Driven) else environ_of


def ask(app: WSGIApplication, exchange: Exchange) -> Answer:
    """Call the app once and keep what it answers."""
    heads: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], object]:
        heads.append((status, headers))
        return _write

    chunks = app(_prepares(app)(exchange), start_response)
    body = b"".join(chunks)
    _close(chunks)
    status, headers = heads[-1]
    return Answer(int(status.split()[0]), media_type_of(headers), body)


def check_case(app: WSGIApplication, case: Case) -> None:
    """Ask every exchange of the case once.

    Raises:
        WrongAnswerError: an answer is not the case's.
    """
    for exchange in case.exchanges:
        check(exchange, ask(app, exchange))


def seconds_per_request(
    app: WSGIApplication, exchanges: Sequence[Exchange], count: int
) -> float:
    """Time `count` requests, the exchanges in turn; seconds for one of them."""
    asked = islice(cycle(exchanges), count)
    spent = 0.0
    prepare = _prepares(app)
    while batch := [prepare(exchange) for exchange in islice(asked, BATCH)]:
        batch.reverse()
        spent += _drain(app, batch)
    return spent / count


def _drain(app: WSGIApplication, environs: list[WSGIEnvironment]) -> float:
    start = time.perf_counter()
    while environs:
        chunks = app(environs.pop(), _start_response)
        for _ in chunks:
            pass
        _close(chunks)
    return time.perf_counter() - start


def _start_response(
    status: str, headers: list[tuple[str, str]], exc_info: object = None
) -> Callable[[bytes], object]:
    return _write


def _write(data: bytes) -> object:
    raise NotImplementedError("no contestant uses the write callable")


def _close(chunks: Iterable[bytes]) -> None:
    close = getattr(chunks, "close", None)
    if close is not None:
        close()
