"""A request's body on its way from the server's socket: bounded, whole, and typed."""

from io import BytesIO
from typing import Any

from roob.constants import ContentType
from roob.exceptions import BadRequest, ContentTooLarge, UnsupportedMediaType
from roob.types import WSGIEnvironment

JSON_TYPE = ContentType.JSON.value

_UTF8 = ("", "utf-8", "utf8", "us-ascii")


def read_body(environ: WSGIEnvironment, limit: int) -> bytes:
    """The whole body, from the server's socket.

    Raises:
        ContentTooLarge: it is over the limit; a declared length is believed unread.
        BadRequest: its length is no number, it ends before its length, or its
            chunks are broken.
    """
    length = declared_length(environ)
    if length is None:
        return read_chunked(environ["wsgi.input"], limit)
    if length > limit:
        raise ContentTooLarge(limit)
    return read_exactly(environ["wsgi.input"], length)


def declared_length(environ: WSGIEnvironment) -> int | None:
    """``Content-Length`` as a number; None for a chunked body (RFC 9112 6).

    Raises:
        BadRequest: it is no number.
    """
    text = environ.get("CONTENT_LENGTH") or ""
    if text.isdecimal() and len(text) < 19:
        return int(text)
    if text:
        raise BadRequest(f"Content-Length {text!r} is no number of bytes")
    return None if environ.get("wsgi.input_terminated") else 0


def read_chunked(stream: Any, limit: int) -> bytes:
    """A body that tells its length by its end (RFC 9112 7.1).

    Raises:
        ContentTooLarge: it is over the limit.
    """
    body = b""
    while piece := read_piece(stream, limit + 1 - len(body)):
        body += piece
        if len(body) > limit:
            raise ContentTooLarge(limit)
    return body


def read_exactly(stream: Any, length: int) -> bytes:
    """So many bytes of a stream, which may give them in pieces.

    Raises:
        BadRequest: the stream ends before.
    """
    body = read_piece(stream, length)
    while len(body) < length:
        piece = read_piece(stream, length - len(body))
        if not piece:
            raise BadRequest(
                f"The request body ends after {len(body)} of {length} bytes"
            )
        body += piece
    return body


def read_piece(stream: Any, size: int) -> bytes:
    """What the server has of the body now, at most so many bytes.

    Raises:
        BadRequest: a chunk is malformed, or the client has gone.
    """
    try:
        piece: bytes = stream.read(size)
    except Exception as error:  # each server has its own, with no base in common
        raise BadRequest(
            "The request body cannot be read: it is broken off or malformed"
        ) from error
    return piece


def rewind_body(environ: WSGIEnvironment) -> None:
    """Let the next reader, a form's parser or a wrapped app, find the whole body."""
    body = environ.get("roob.body")
    if body is not None:
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["webob.is_body_seekable"] = True


def check_json_type(environ: WSGIEnvironment) -> None:
    """Whether the body may be read as JSON.

    Raises:
        UnsupportedMediaType: as :attr:`Request.json`.
    """
    content_type = environ.get("CONTENT_TYPE") or ""
    media_type, _, parameters = content_type.lower().partition(";")
    media_type = media_type.strip()
    is_json = media_type == JSON_TYPE or media_type.endswith("+json")
    if not (is_json or media_type in ("", ContentType.FORM)):
        raise UnsupportedMediaType(
            f"The request body is {media_type}; send application/json"
        )
    if not is_json and is_cross_site(environ):
        raise UnsupportedMediaType(
            "A page of another site may only send JSON typed application/json"
        )
    _check_charset(parameters)


def _check_charset(parameters: str) -> None:
    _, _, charset = parameters.partition("charset=")
    charset = charset.partition(";")[0].strip(' "')
    if charset not in _UTF8:
        raise UnsupportedMediaType(
            f"The request body's charset is {charset}; JSON is sent in utf-8"
        )


def is_cross_site(environ: WSGIEnvironment) -> bool:
    """Whether a browser says that a page of another site makes this request.

    By ``Sec-Fetch-Site``; where a browser does not send it, by ``Origin``.
    """
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = environ.get("HTTP_ORIGIN")
    return origin is not None and origin.partition("://")[2] != environ.get("HTTP_HOST")
