"""From an ASGI scope to a WSGI environ: what the server knows of a request."""

import sys
from urllib.parse import unquote_to_bytes

from roob.bridge.messages import Scope
from roob.types import WSGIEnvironment

_SCHEMES = {"ws": "http", "wss": "https"}
_PORTS = {"http": 80, "https": 443}


def environ_of(scope: Scope) -> WSGIEnvironment:
    """All of an environ but ``wsgi.input`` (PEP 3333, "environ Variables").

    ``{"type": "http", "method": "GET", "path": "/app/x", "root_path": "/app", ...}
    -> {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/app", "PATH_INFO": "/x", ...}``.
    The scope of a websocket becomes the environ of its handshake, a GET. The scope
    itself stands under ``asgi.scope``.
    """
    scheme = scope.get("scheme", "http")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope.get("method", "GET"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": _SCHEMES.get(scheme, scheme),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "asgi.scope": scope,
    }
    _add_path(environ, scope)
    _add_addresses(environ, scope)
    _add_headers(environ, scope["headers"])
    return environ


def _add_path(environ: WSGIEnvironment, scope: Scope) -> None:
    path = _without_authority(_path_bytes(scope).decode("latin-1"))
    root = scope.get("root_path", "").rstrip("/").encode().decode("latin-1")
    # Servers differ in whether the path begins with the root; both are meant so.
    if root and (path == root or path.startswith(f"{root}/")):
        path = path[len(root) :]
    environ["SCRIPT_NAME"] = root
    environ["PATH_INFO"] = path
    if raw := scope.get("raw_path"):
        query = environ["QUERY_STRING"]
        uri = raw.decode("latin-1")
        environ["RAW_URI"] = f"{uri}?{query}" if query else uri


def _path_bytes(scope: Scope) -> bytes:
    """The path, decoded, as the client meant it: also where that is no UTF-8.

    What mounted this app may have cut ``path`` and left ``raw_path`` alone.
    """
    path: str = scope["path"]
    raw: bytes = scope.get("raw_path") or b""
    if not raw.isascii() or b"%" in raw:
        meant = unquote_to_bytes(raw)
        if path in (meant.decode("utf-8", "replace"), meant.decode("latin-1")):
            return meant
    return path.encode("utf-8", "surrogateescape")


def _without_authority(path: str) -> str:
    """``http://host/x -> /x``: a proxy's form of a target (RFC 9112 3.2.2)."""
    scheme, found, rest = path.partition("://")
    if path.startswith("/") or not (found and scheme.isalpha()):
        return path
    return "/" + rest.partition("/")[2]


def _add_addresses(environ: WSGIEnvironment, scope: Scope) -> None:
    # A server on a Unix socket has a path for a name, and no port.
    name, port = scope.get("server") or ("localhost", None)
    if port is None:
        name, port = "localhost", _PORTS.get(environ["wsgi.url_scheme"], 80)
    environ["SERVER_NAME"] = name
    environ["SERVER_PORT"] = str(port)
    if client := scope.get("client"):
        environ["REMOTE_ADDR"] = client[0]
        environ["REMOTE_PORT"] = str(client[1])


def _add_headers(environ: WSGIEnvironment, headers: list[tuple[bytes, bytes]]) -> None:
    for name, value in headers:
        # X_Real_IP would stand where the proxy's X-Real-IP is looked for.
        if b"_" in name:
            continue
        key = _key_of(name)
        text = value.decode("latin-1")
        if key in environ:
            text = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
        environ[key] = text


def _key_of(name: bytes) -> str:
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
