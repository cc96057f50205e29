"""What of a request is passed on to another server: its target, headers and body."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from urllib.parse import quote, unquote_to_bytes

from roob.exceptions import BadRequest, ContentTooLarge
from roob.headers import checked_header
from roob.models.bodies import declared_length, read_piece, rewind_body
from roob.types import WSGIEnvironment

_PIECE_BYTES = 64 * 1024
# Methods whose empty body is said to be empty (RFC 9110 8.6).
_HAVE_A_BODY = ("POST", "PUT", "PATCH")
_TOKEN = re.compile(r"%[0-9A-Fa-f]{2}|.", re.DOTALL)
_UNSENDABLE = re.compile(r"[^\x21-\x7e]")
# Some servers end a segment at ";" or at NUL, and take a backslash for a slash.
_DOTS = re.compile(r"(?:^|[/\\])\.{1,2}(?:[/\\;\0]|\Z)")
# RFC 3986 3.3: what may stand in a path as it is.
_PATH_LETTERS = "/!$&'()*+,;=:@~"

# The headers that tell how long the body is, and its pieces; b"" where there is none.
Body = tuple[list[tuple[str, str]], bytes | Iterable[bytes]]


def headers_of(environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    """The request's headers, under their names' usual spelling.

    Raises:
        BadRequest: the server let one through that cannot be sent on.
    """
    named = {
        key.removeprefix("HTTP_"): value
        for key, value in environ.items()
        if key.startswith("HTTP_") or (key == "CONTENT_TYPE" and value)
    }
    try:
        for key, value in named.items():
            yield checked_header(key.replace("_", "-").title(), value)
    except ValueError as error:
        raise BadRequest(f"The request cannot be passed on: {error}") from error


def target_of(environ: WSGIEnvironment, base: str) -> str:
    """Path and query as the client wrote them, below a path of the upstream.

    ``({"RAW_URI": "/a%2Fb?c", "PATH_INFO": "/a/b", ...}, "/v1") -> "/v1/a%2Fb?c"``.
    Where the server does not tell how the path was written, it is written anew.

    Raises:
        BadRequest: a segment is ``.`` or ``..``, in whatever writing: the upstream
            might take it for a way out of the path that a route or the base gave it,
            or around a handler that has looked at the path.
    """
    path = environ.get("PATH_INFO", "")
    if _DOTS.search(path):
        raise BadRequest("The path may have no segment . or .., in whatever writing")
    written = _as_written(environ, path)
    target = base + "/" + (written[1:] if written[:1] == "/" else written)
    query = environ.get("QUERY_STRING", "")
    return _sendable(f"{target}?{query}" if query else target)


def _as_written(environ: WSGIEnvironment, path: str) -> str:
    """The part of the request line that became ``PATH_INFO``, with its encoding."""
    uri = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    raw = uri.partition("?")[0]
    tokens = _TOKEN.findall(raw)
    mounted_at = environ.get("SCRIPT_NAME", "")
    for prefix in (mounted_at, ""):
        if _decoded(raw) == prefix + path:
            return "".join(tokens[len(prefix) :])
    # Something has changed the path since, or the server does not tell.
    return quoted(path)


def _decoded(raw: str) -> str:
    return unquote_to_bytes(raw.encode("latin-1")).decode("latin-1")


def quoted(path: str) -> str:
    """An environ's path as a URL has it: ``"/caf\xc3\xa9" -> "/caf%C3%A9"``."""
    return quote(path.encode("latin-1"), safe=_PATH_LETTERS)


def _sendable(target: str) -> str:
    """Bytes that may not stand in a request line, written as ``%20`` and the like."""
    return _UNSENDABLE.sub(lambda found: f"%{ord(found[0]):02X}", target)


def body_of(environ: WSGIEnvironment) -> Body:
    """The headers that frame the body, and its pieces.

    Raises:
        BadRequest: its length is no number.
        ContentTooLarge: it says that it is over the route's own limit.
    """
    rewind_body(environ)
    length = declared_length(environ)
    if length is None:
        return _unmeasured_body(environ)
    limit = environ.get("roob.max_body_bytes")
    if limit is not None and length > limit:
        raise ContentTooLarge(limit)
    if length:
        return [("Content-Length", str(length))], _measured(environ, length)
    return _no_body(environ)


def _unmeasured_body(environ: WSGIEnvironment) -> Body:
    """A body that ends by itself, which may at once: servers say so of each GET."""
    pieces = _until_the_end(environ)
    first = next(pieces, b"")
    return ([], chain([first], pieces)) if first else _no_body(environ)


def _no_body(environ: WSGIEnvironment) -> Body:
    says_so = environ["REQUEST_METHOD"] in _HAVE_A_BODY
    return ([("Content-Length", "0")] if says_so else []), b""


def _measured(environ: WSGIEnvironment, length: int) -> Iterator[bytes]:
    left = length
    while left:
        piece = read_piece(environ["wsgi.input"], min(left, _PIECE_BYTES))
        if not piece:
            raise BadRequest(
                f"The request body ends after {length - left} of {length} bytes"
            )
        left -= len(piece)
        yield piece


def _until_the_end(environ: WSGIEnvironment) -> Iterator[bytes]:
    limit, size = environ.get("roob.max_body_bytes"), 0
    while piece := read_piece(environ["wsgi.input"], _PIECE_BYTES):
        size += len(piece)
        if limit is not None and size > limit:
            raise ContentTooLarge(limit)
        yield piece
