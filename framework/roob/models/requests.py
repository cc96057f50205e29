"""The request on its way in: WebOb's, with a bounded body and JSON read with care."""

import re
from json import JSONDecodeError
from typing import Any, Self
from uuid import uuid4

import webob
from webob.multidict import GetDict, MultiDict, NoVars

from roob.exceptions import BadRequest, ContentTooLarge
from roob.models.bodies import JSON_TYPE, check_json_type, read_body, rewind_body
from roob.models.forms import boundary_of, check_form, use_plain_type
from roob.models.route_definition import RouteMatch
from roob.types import WSGIEnvironment
from roob.utils.json_util import JSONUtils

DEFAULT_MAX_BODY_BYTES = 1024 * 1024

_NO_MATCH = RouteMatch()
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


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
        if self.environ.get("CONTENT_TYPE") != JSON_TYPE:
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
    def content_type(self) -> str:
        """The media type alone: ``Text/HTML ; charset=utf-8 -> "text/html"``.

        Its case means nothing (RFC 9110 8.3.1).
        """
        return str(super().content_type).strip().lower()

    @content_type.setter
    def content_type(self, content_type: str | None) -> None:
        self.environ["CONTENT_TYPE"] = content_type or ""

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
        use_plain_type(self.environ, self.content_type)
        check_form(self.body, self.content_type, boundary_of(self.environ))
        rewind_body(self.environ)
        try:
            return super().POST
        except DeprecationWarning as error:  # so WebOb refuses another charset
            raise BadRequest("The form cannot be read: it is not in UTF-8") from error
        except (ValueError, LookupError) as error:
            raise BadRequest(f"The form cannot be read: {error}") from error


def request_class(max_body_bytes: int) -> type[Request]:
    """The class of an app's requests: ``Request`` itself where the limit is its own."""
    if max_body_bytes == Request.app_max_body_bytes:
        return Request
    return type("Request", (Request,), {"app_max_body_bytes": max_body_bytes})
