"""The request on its way in: WebOb's, with a bounded body and JSON read with care."""

import re
from io import BytesIO
from json import JSONDecodeError
from typing import Any, Self
from uuid import uuid4

import webob
from webob.compat import parse_header
from webob.multidict import GetDict, MultiDict, NoVars

from roob.constants import ContentType
from roob.exceptions import BadRequest, ContentTooLarge, UnsupportedMediaType
from roob.models.route_definition import RouteMatch
from roob.types import WSGIEnvironment
from roob.utils.json_util import JSONUtils

DEFAULT_MAX_BODY_BYTES = 1024 * 1024
MAX_FORM_FIELDS = 1000
MAX_FORM_FILES = 100
MAX_PART_HEADERS = 16
MAX_PART_HEAD_BYTES = 4096

_JSON = ContentType.JSON.value
_NO_MATCH = RouteMatch()
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FILE_NAME = re.compile(rb"filename\s*\*?\s*=")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_UTF8 = ("", "utf-8", "utf8", "us-ascii")


class Request(webob.Request):
    """What a handler is given: WebOb's request, its body bounded.

    ``request.json``, ``request.POST``, ``request.GET``, ``request.headers``,
    ``request.cookies``, ``request.path_parameters`` ... An attribute that a
    middleware sets (``request.user = ...``) stays with the request's environ.
    """

    # An app with a limit of its own has a subclass of its own.
    app_max_body_bytes = DEFAULT_MAX_BODY_BYTES

    def __init__(self, environ: WSGIEnvironment) -> None:
        # What webob.Request does, without its questions about old keywords.
        self.__dict__["environ"] = environ

    @classmethod
    def blank(cls, path: str, *args: Any, **attributes: Any) -> Self:
        """A request for tests: ``Request.blank("/books/7", method="DELETE")``."""
        made = webob.Request.blank(path, *args, **attributes)
        return cls(made.environ)

    @property
    def match(self) -> RouteMatch:
        """What the router found; before it has looked, a match of nothing."""
        match: RouteMatch = self.environ.get("roob.match", _NO_MATCH)
        return match

    @property
    def path_parameters(self) -> dict[str, Any]:
        """What the route's fields took: ``/books/7 -> {"id": 7}``."""
        parameters: dict[str, Any] = self.environ.get("roob.path_parameters", {})
        return parameters

    @property
    def max_body_bytes(self) -> int:
        """How long the body may be: the route's own limit, else the app's."""
        limit: int = self.environ.get("roob.max_body_bytes", self.app_max_body_bytes)
        return limit

    @property
    def id(self) -> str:
        """What marks this request in logs and in the body of a 500.

        The client's ``X-Request-ID`` where it is a plain word of up to 64
        characters, else a new UUID.
        """
        known = self.environ.get("roob.request_id")
        if known is None:
            given = self.environ.get("HTTP_X_REQUEST_ID", "")
            known = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
            self.environ["roob.request_id"] = known
        return str(known)

    @property
    def body(self) -> bytes:
        """The body, whole, read from the socket once.

        Raises:
            ContentTooLarge: it is over ``max_body_bytes``; nothing was read of it.
            BadRequest: its length is no number, or it ends before its length.
        """
        environ = self.environ
        limit = environ.get("roob.max_body_bytes", self.app_max_body_bytes)
        body: bytes | None = environ.get("roob.body")
        if body is None:
            environ["roob.body"] = body = read_body(environ, limit)
        elif len(body) > limit:  # a step outside this app had another limit
            raise ContentTooLarge(limit)
        return body

    @body.setter
    def body(self, body: bytes | None) -> None:
        self.environ["roob.body"] = body or b""
        rewind_body(self.environ)

    @property
    def json(self) -> Any:
        """The JSON in the body: ``b'{"id": 5}' -> {"id": 5}``.

        Read where it is typed ``application/json`` or ``+json``, untyped, or typed
        as the form that ``curl -d`` says it sends.

        Raises:
            UnsupportedMediaType: another type or charset; or a type that pages of
                other sites may send unasked, from another site.
            BadRequest: no JSON; the message names line and column.
            ContentTooLarge: as :attr:`body`.
        """
        if self.environ.get("CONTENT_TYPE") != _JSON:
            check_json_type(self.environ)
        try:
            return JSONUtils.decode(self.body)
        except JSONDecodeError as error:
            raise BadRequest(
                f"The request body is not valid JSON: {error.msg} "
                f"at line {error.lineno}, column {error.colno}"
            ) from error

    @json.setter
    def json(self, content: object) -> None:
        self.body = JSONUtils.encode(content)

    json_body = json

    @property
    def text(self) -> str:
        """The body as text.

        Raises:
            BadRequest: it is not in the charset that it is said to be.
            ContentTooLarge: as :attr:`body`.
        """
        try:
            return str(super().text)
        except (ValueError, LookupError) as error:
            raise BadRequest("The request body is no text of its charset") from error

    @text.setter
    def text(self, text: str | None) -> None:
        self.body = (text or "").encode(self.charset or "utf-8")

    @property
    def path_info(self) -> str:
        """The path below ``script_name``, decoded.

        Raises:
            BadRequest: it is not UTF-8.
        """
        try:
            return str(super().path_info)
        except UnicodeDecodeError as error:
            raise BadRequest("The path is not valid UTF-8") from error

    @path_info.setter
    def path_info(self, path: str) -> None:
        self.environ["PATH_INFO"] = path.encode().decode("latin-1")

    @property
    def GET(self) -> GetDict:  # noqa: N802  # WebOb's name
        """The query: ``/books?page=2 -> request.GET["page"] == "2"``.

        Raises:
            BadRequest: it is not UTF-8.
        """
        try:
            return super().GET
        except UnicodeDecodeError as error:
            raise BadRequest("The query string is not valid UTF-8") from error

    @property
    def POST(self) -> MultiDict[str, Any] | NoVars:  # noqa: N802  # WebOb's name
        """The form in the body, ``request.POST["title"]``, with bounds.

        Raises:
            BadRequest: over 1,000 fields or 100 files, a part that is cut short,
                or text that is not in the charset that it is said to be.
            ContentTooLarge: as :attr:`body`.
        """
        check_form(self.body, self.content_type, _boundary_of(self.environ))
        rewind_body(self.environ)
        try:
            return super().POST
        # A DeprecationWarning is how WebOb refuses another charset than UTF-8.
        except (ValueError, LookupError, DeprecationWarning) as error:
            raise BadRequest(f"The form cannot be read: {error}") from error


def request_class(max_body_bytes: int) -> type[Request]:
    """The class of an app's requests: ``Request`` itself where the limit is its own."""
    if max_body_bytes == Request.app_max_body_bytes:
        return Request
    return type("Request", (Request,), {"app_max_body_bytes": max_body_bytes})


def read_body(environ: WSGIEnvironment, limit: int) -> bytes:
    """The whole body, from the server's socket.

    Raises:
        ContentTooLarge: it is over the limit; a declared length is believed unread.
        BadRequest: its length is no number, it ends before its length, or its
            chunks are broken.
    """
    length = declared_length(environ)
    if length is not None and length > limit:
        raise ContentTooLarge(limit)
    if length is None:
        return read_chunked(environ["wsgi.input"], limit)
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
    is_json = media_type == _JSON or media_type.endswith("+json")
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


def _boundary_of(environ: WSGIEnvironment) -> str | None:
    # By the function that WebOb's own parser asks, so that both see the same parts.
    _, parameters = parse_header(environ.get("CONTENT_TYPE") or "")
    boundary: str | None = parameters.get("boundary")
    return boundary


def check_form(body: bytes, content_type: str, boundary: str | None) -> None:
    """Refuse what would make a form's parser work without measure.

    Raises:
        BadRequest: too many fields, files or headers, a form inside a form, or a
            multipart body without its end.
    """
    if content_type == ContentType.MULTIPART:
        _check_multipart(body, f"--{boundary}".encode())
    else:
        _refuse_too_many(fields=body.count(b"&") + 1, files=0)


def _check_multipart(body: bytes, delimiter: bytes) -> None:
    _, *parts = body.split(delimiter)
    if not parts or not parts.pop().startswith(b"--"):
        raise BadRequest("The form is cut short: its last boundary is missing")
    heads = [_HEAD_END.split(part.lstrip(b"\r\n"), 1)[0].lower() for part in parts]
    files = sum(1 for head in heads if _FILE_NAME.search(head))
    _refuse_too_many(len(parts), files)
    if any(map(_is_overgrown, heads)):
        raise BadRequest("A field of the form has too long a head, or is a form")


def _is_overgrown(head: bytes) -> bool:
    has_many_lines = head.count(b"\n") + head.count(b"\r") > 2 * MAX_PART_HEADERS
    return has_many_lines or len(head) > MAX_PART_HEAD_BYTES or b"multipart/" in head


def _refuse_too_many(fields: int, files: int) -> None:
    if fields > MAX_FORM_FIELDS or files > MAX_FORM_FILES:
        raise BadRequest(
            f"The form has {fields} fields and {files} files; "
            f"{MAX_FORM_FIELDS} and {MAX_FORM_FILES} are the most"
        )
