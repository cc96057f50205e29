"""The request that becomes a websocket: is it one, from where, and what is answered.

RFC 6455 section 4.2, read from a WSGI environ.
"""

import re
from base64 import b64encode
from collections.abc import Collection, Iterable
from hashlib import sha1

from roob.constants import HttpStatus
from roob.exceptions import BadRequest, ResponseError
from roob.types import WSGIEnvironment

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 1.3
_KEY = re.compile(r"[A-Za-z0-9+/]{21}[AQgw]==")  # 16 bytes in base64
# Browsers send a host in ASCII (bücher.example is xn--bcher-kva.example).
_ORIGIN = re.compile(
    r"[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.IGNORECASE
)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def check_handshake(environ: WSGIEnvironment) -> None:
    """Whether the request asks for a websocket as RFC 6455 4.2.1 has it.

    Behind an ASGI server that has been checked.

    Raises:
        ResponseError: 426, it is a plain request, or another version.
        BadRequest: it asks in a way that cannot be answered.
    """
    if "roob.websocket" in environ:
        return
    if not _asks_for_upgrade(environ):
        raise ResponseError(
            "This is a websocket: connect to it by ws:// or wss://",
            HttpStatus.UPGRADE_REQUIRED,
            _upgrade_header(environ),
        )
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION", "").strip() != "13":
        raise ResponseError(
            "Sec-WebSocket-Version: 13 is the version that is spoken here",
            HttpStatus.UPGRADE_REQUIRED,
            {"Sec-WebSocket-Version": "13"} | _upgrade_header(environ),
        )
    if not _KEY.fullmatch(environ.get("HTTP_SEC_WEBSOCKET_KEY", "").strip()):
        raise BadRequest("Sec-WebSocket-Key must be 16 bytes in base64")
    if environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in environ:
        raise BadRequest("A websocket's handshake has no body")


def _asks_for_upgrade(environ: WSGIEnvironment) -> bool:
    upgrade = _tokens(environ.get("HTTP_UPGRADE", ""))
    connection = _tokens(environ.get("HTTP_CONNECTION", ""))
    is_get = environ["REQUEST_METHOD"] == "GET"
    return is_get and "websocket" in upgrade and "upgrade" in connection


def _tokens(header: str) -> list[str]:
    return [token.strip().lower() for token in header.split(",")]


def _upgrade_header(environ: WSGIEnvironment) -> dict[str, str]:
    # RFC 9110 15.5.22 asks for it in a 426. PEP 3333 leaves such headers to servers,
    # and the standard library's server fails when it sees one.
    is_stdlib = environ.get("SERVER_SOFTWARE", "").startswith("WSGIServer")
    return {} if is_stdlib else {"Upgrade": "websocket"}


def checked_origin(origin: str) -> str:
    """An origin as browsers send it: ``"https://Shop.example:443"`` without the port.

    Raises:
        ValueError: no page has such an origin (RFC 6454 6.1).
    """
    if origin != "*" and not _ORIGIN.fullmatch(origin):
        raise ValueError(
            f"{origin!r} is no origin: write scheme://host[:port], as in "
            "'https://shop.example', or '*' for all"
        )
    return _normal(origin)


def _normal(origin: str) -> str:
    origin = origin.lower()
    scheme, _, _host = origin.partition("://")
    return origin.removesuffix(_DEFAULT_PORTS.get(scheme, ""))


def check_origin(environ: WSGIEnvironment, origins: Collection[str]) -> None:
    """Whether the page that opens the websocket may: browsers ask nobody else.

    Without ``Origin`` it is no browser's. The site's own pages may, and those of
    ``origins``, which :func:`checked_origin` has made.

    Raises:
        ResponseError: 403, a page of another site (RFC 6455 10.2).
    """
    origin = environ.get("HTTP_ORIGIN")
    if origin is None or _is_own(origin, environ) or _is_listed(origin, origins):
        return
    raise ResponseError(
        "Pages of another site may not open this websocket", HttpStatus.FORBIDDEN
    )


def _is_own(origin: str, environ: WSGIEnvironment) -> bool:
    # The scheme is left out: behind a proxy that ends TLS, this side sees http.
    scheme, _, host = origin.lower().partition("://")
    default = _DEFAULT_PORTS.get(scheme, "")
    own = environ.get("HTTP_HOST", "").lower()
    return host != "" and host.removesuffix(default) == own.removesuffix(default)


def _is_listed(origin: str, origins: Collection[str]) -> bool:
    return "*" in origins or _normal(origin) in origins


def offered_subprotocols(environ: WSGIEnvironment) -> list[str]:
    """What the client speaks, what it likes best first: ``["chat.v2", "chat"]``."""
    header = environ.get("HTTP_SEC_WEBSOCKET_PROTOCOL", "")
    return [name.strip() for name in header.split(",") if name.strip()]


def choose_subprotocol(offered: Collection[str], spoken: Iterable[str]) -> str | None:
    """The first that is spoken here and offered there; None where there is none."""
    return next((name for name in spoken if name in offered), None)


def accept_token(key: str) -> str:
    """The answer to a key: ``"dGhlIHNhbXBsZSBub25jZQ==" -> "s3pPLMBiTxaQ9k..."``."""
    # The protocol's own digest: it proves understanding and keeps no secret.
    digest = sha1((key.strip() + _GUID).encode("latin-1"), usedforsecurity=False)
    return b64encode(digest.digest()).decode()


def handshake_answer(
    key: str, subprotocol: str | None, headers: Iterable[tuple[str, str]]
) -> bytes:
    """The 101 as it stands on the wire (RFC 6455 4.2.2)."""
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept_token(key)}",
    ]
    if subprotocol is not None:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
