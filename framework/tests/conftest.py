"""A server of ten lines: what a client library would tidy up arrives here as it is."""

import io
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import settings
from roob.types import WSGIApp, WSGIEnvironment

# For the interpreters beside the first one: `pytest --hypothesis-profile=brief`.
settings.register_profile("brief", max_examples=20)


@dataclass(frozen=True)
class Answer:
    """What a WSGI application said: status line, headers and body."""

    line: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def status(self) -> int:
        return int(self.line[:3])

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        values = [v for k, v in self.headers if k.lower() == name.lower()]
        assert len(values) < 2, f"{name} is there {len(values)} times"
        return values[0] if values else None


def make_environ(
    path: str = "/", method: str = "GET", body: bytes = b"", **changes: Any
) -> WSGIEnvironment:
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    } | changes


def call_with(app: WSGIApp, environ: WSGIEnvironment) -> Answer:
    said: list[Any] = []

    def start_response(line: str, headers: Any, _exc_info: Any = None) -> Any:
        said[:] = [line, list(headers)]

    pieces: Iterable[bytes] = app(environ, start_response)
    try:
        body = b"".join(pieces)
    finally:
        getattr(pieces, "close", lambda: None)()
    return Answer(said[0], said[1], body)


@pytest.fixture(scope="session")
def environ() -> Callable[..., WSGIEnvironment]:
    """``environ("/books", "POST", b"{}", CONTENT_TYPE=...)``: PEP 3333's dictionary."""
    return make_environ


@pytest.fixture(scope="session")
def serve() -> Callable[[WSGIApp, WSGIEnvironment], Answer]:
    """``serve(app, environ)``: one request as a server makes it."""
    return call_with


@pytest.fixture(scope="session")
def call() -> Callable[..., Answer]:
    """``call(app, "/books", "POST", b"{}", CONTENT_TYPE=...)``: both in one."""

    def call(app: WSGIApp, *request: Any, **changes: Any) -> Answer:
        return call_with(app, make_environ(*request, **changes))

    return call
