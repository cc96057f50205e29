"""From a WSGI environ to an ASGI scope: what the app knows of a request."""

from collections.abc import Iterator
from urllib.parse import quote, unquote_to_bytes

from roob.bridge.messages import Scope
from roob.types import WSGIEnvironment

_DESCRIBE_A_BODY = ("CONTENT_TYPE", "CONTENT_LENGTH")


def scope_of(environ: WSGIEnvironment) -> Scope:
    """An HTTP connection's scope (ASGI specification, "HTTP Connection Scope").

    ``{"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/app", "PATH_INFO": "/x", ...}
    -> {"type": "http", "method": "GET", "path": "/app/x", "root_path": "/app", ...}``.
    The environ itself stands under ``wsgi_environ``.
    """
    root = environ.get("SCRIPT_NAME", "")
    path = (root + environ.get("PATH_INFO", "")).encode("latin-1")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": environ.get("SERVER_PROTOCOL", "").partition("/")[2] or "1.1",
        "method": environ["REQUEST_METHOD"],
        "scheme": environ["wsgi.url_scheme"],
        "path": path.decode("utf-8", "replace"),
        "raw_path": _raw_path(environ, path),
        "query_string": environ.get("QUERY_STRING", "").encode("latin-1"),
        "root_path": root.encode("latin-1").decode("utf-8", "replace"),
        "headers": list(_headers(environ)),
        "client": _address(environ, "REMOTE_ADDR", "REMOTE_PORT"),
        "server": _address(environ, "SERVER_NAME", "SERVER_PORT"),
        "extensions": {},
        "wsgi_environ": environ,
    }


def _raw_path(environ: WSGIEnvironment, path: bytes) -> bytes:
    """As the client wrote it, where the server tells and nothing has changed it."""
    told = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    raw: bytes = told.encode("latin-1").partition(b"?")[0]
    if unquote_to_bytes(raw) == path:
        return raw
    return quote(path, safe="/:@!$&'()*+,;=~").encode("ascii")


def _headers(environ: WSGIEnvironment) -> Iterator[tuple[bytes, bytes]]:
    for key, value in environ.items():
        name = key.removeprefix("HTTP_")
        is_header = name != key and name not in _DESCRIBE_A_BODY
        if is_header or (key in _DESCRIBE_A_BODY and value):
            lower = name.replace("_", "-").lower()
            yield lower.encode("latin-1"), value.encode("latin-1")


def _address(environ: WSGIEnvironment, name: str, port: str) -> tuple[str, int] | None:
    """None where the server does not tell, as on a Unix socket."""
    if not environ.get(name):
        return None
    digits = environ.get(port, "")
    return environ[name], int(digits) if digits.isdecimal() else 0
