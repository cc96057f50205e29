"""The answer on its way out: WebOb's response, with its edges made safe.

Its status and headers are checked where they are set (``constants``, ``headers``).
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

import webob
from webob.response import EmptyResponse

from roob.constants import STATUS_LINES, ContentType, HttpStatus, Status, status_line
from roob.exceptions import BadRequest
from roob.headers import HeaderItems, HeaderList, check_cookie
from roob.models.bodies import rewind_body
from roob.types import StartResponse, WSGIApp, WSGIEnvironment
from roob.utils.json_util import JSONUtils

_OK = STATUS_LINES[200]
_BODY, _PIECES = webob.Response.body, webob.Response.app_iter
# These statuses have no body (RFC 9110 6.4.1), and so nothing that describes one.
_BODILESS = ("1", "204", "304")
_DESCRIBE_A_BODY = ("content-type", "content-length")


def add_headers(response: webob.Response, headers: HeaderItems) -> None:
    """Set some headers in place of those of the same names.

    Several of one name in a list of pairs all stay, as ``Set-Cookie`` needs.

    Raises:
        ValueError: one of them is not fit to be sent.
    """
    added = HeaderList.checked(headers)
    kept = HeaderList(response.headerlist).without(name for name, _ in added)
    response.headerlist = kept + added


def close_body(response: webob.Response) -> None:
    """Let the body free what it holds, because nobody will read it (PEP 3333)."""
    _close(response.app_iter)


def _close(pieces: Any) -> None:
    getattr(pieces, "close", lambda: None)()


def vary_by(response: webob.Response, header: str) -> None:
    """Tell caches that the answer depends on a header of the request: ``"Accept"``.

    What it depends on already stays (RFC 9110 12.5.5).
    """
    named = response.vary or ()
    if header not in named:
        response.vary = (*named, header)


class Response(webob.Response):
    """An answer: ``Response("<p>Hi</p>")``, ``Response(b"...", 201, {"X-A": "b"})``.

    WebOb's response, with its attributes and keywords (``text=``, ``json_body=``,
    ``app_iter=``, ``content_type=``, ``set_cookie()`` ...), and ``headers=``, which
    adds to the headers that the body brings and never loses one. ``Location`` goes
    out as it was written: a relative one is legal (RFC 9110 10.2.2), and needs no
    ``Host`` that a client can forge.

    Raises:
        ValueError: the status or a header is not fit to be sent.
    """

    # What WebOb keeps under these names.
    _status: str
    _headers: Any
    _headerlist: Any
    _app_iter: Any

    def __init__(
        self,
        body: bytes | str | None = None,
        status: Status = 200,
        headers: HeaderItems | None = None,
        **options: Any,
    ) -> None:
        super().__init__(body, status_line(status), **options)
        self.headerlist = self._headerlist
        if headers:
            add_headers(self, headers)

    def add_headers(self, headers: HeaderItems) -> None:
        """Set some headers; see :func:`add_headers`."""
        add_headers(self, headers)

    def set_cookie(  # type: ignore[override]  # the options are named in WebOb
        self,
        name: str,
        value: Any = "",
        max_age: Any = None,
        path: str = "/",
        domain: str | None = None,
        **options: Any,
    ) -> None:
        """One more cookie: ``set_cookie("theme", "dark", max_age=3600)``, in seconds.

        Options are WebOb's: ``secure``, ``httponly``, ``samesite``, ``overwrite`` ...

        Raises:
            ValueError: the name or an attribute is not fit to be sent.
        """
        check_cookie(name, path, domain, options.get("comment"))
        super().set_cookie(name, value, max_age, path, domain, **options)

    @property
    def status(self) -> str:
        """The status line: ``"404 Not Found"``. Takes every form of a status."""
        return self._status

    @status.setter
    def status(self, status: Status | bytes) -> None:
        self._status = status_line(status)  # type: ignore[arg-type]  # refuses bytes

    def _set_body(self, body: bytes = b"") -> None:
        replaced = self._app_iter
        _BODY.__set__(self, body)
        _close(replaced)

    # ``text`` and ``json`` are set by way of it.
    body = property(_BODY.__get__, _set_body, _set_body)

    def _set_pieces(self, pieces: Iterable[bytes]) -> None:
        replaced = self._app_iter
        _PIECES.__set__(self, pieces)
        # Others than a list may be made of those that they replace.
        if isinstance(pieces, list | tuple) and pieces is not replaced:
            _close(replaced)

    app_iter = property(_PIECES.__get__, _set_pieces, _PIECES.__delete__)

    @property
    def headerlist(self) -> list[tuple[str, str]]:
        """The headers as they are sent; one may be appended."""
        headers: list[tuple[str, str]] = self._headerlist
        return headers

    @headerlist.setter
    def headerlist(self, headers: Any) -> None:
        self._headers = None
        self._headerlist = HeaderList.checked(headers)

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Send it: the server gets status, headers and body (PEP 3333)."""
        if self.conditional_response:
            body: Iterable[bytes] = self.conditional_response_app(
                environ, start_response
            )
            return body
        if self._status.startswith(_BODILESS):
            start_response(self._status, [*self._headerlist.without(_DESCRIBE_A_BODY)])
            return EmptyResponse(self._app_iter)
        # A copy: servers may change the list, and a response may be sent twice.
        start_response(self._status, [*self._headerlist])
        if environ["REQUEST_METHOD"] == "HEAD":
            return EmptyResponse(self._app_iter)
        sent: Iterable[bytes] = self._app_iter
        return sent

    def copy(self) -> "Response":
        """The same answer again, its body read; as a plain ``Response``."""
        body = b"".join(self._app_iter)
        _close(self._app_iter)
        self._app_iter = [body]
        return Response(
            status=self._status, headerlist=[*self._headerlist], app_iter=[body]
        )

    @classmethod
    def from_wsgi(cls, app: WSGIApp, environ: WSGIEnvironment) -> "Response":
        """What another WSGI application answers, its body unread, as a response.

        The request's body is whole for it, also where somebody here has read it.

        Raises:
            RuntimeError: it does not call ``start_response``.
        """
        rewind_body(environ)
        if environ.get("webob.is_body_seekable"):
            environ["wsgi.input"].seek(0)
        start = _Start()
        body = start.begin(app(environ, start))
        return cls(status=start.status, headerlist=list(start.headers), app_iter=body)


class _Start:
    """``start_response`` for an application that is called from here (PEP 3333)."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self._written: list[bytes] = []
        self._has_begun = False

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
    ) -> Callable[[bytes], object]:
        if exc_info and self._has_begun:
            raise exc_info[1].with_traceback(exc_info[2])
        # An application may think better of it, as long as nothing has been sent.
        self.status, self.headers = status, headers
        self._written.clear()
        return self._written.append

    def begin(self, body: Iterable[bytes]) -> Iterable[bytes]:
        """The pieces: first those that it wrote. A generator starts with its first."""
        if not self.status or self._written:
            body = _Stream(body, self._written)
        self._has_begun = True
        if self.status:
            return body
        _close(body)
        raise RuntimeError("the WSGI application has not called start_response")


class _EncodedResponse(Response):
    """What JSON, HTML and text have in common: one body, encoded once.

    It sets the attributes that ``webob.Response.__init__`` would arrive at after
    its questions about charsets and iterators, whose answers are known here. Most
    answers are sent as they were made: the header list, which WebOb keeps under
    this name, is made for those who ask for it, or when it is sent.
    """

    content_type_header = ("Content-Type", ContentType.TEXT.value)
    encode: Callable[[Any], bytes] = staticmethod(str.encode)
    conditional_response = False
    _headers = None

    def __init__(
        self, content: Any, status: Status = 200, headers: HeaderItems | None = None
    ) -> None:
        self._app_iter = [self.encode(content)]
        self._status = STATUS_LINES.get(status) or status_line(status)
        self._made_headerlist: HeaderList | None = None
        if headers:
            add_headers(self, headers)

    @property
    def _headerlist(self) -> HeaderList:
        if self._made_headerlist is None:
            length = str(len(self._app_iter[0]))
            self._made_headerlist = HeaderList(
                (self.content_type_header, ("Content-Length", length))
            )
        return self._made_headerlist

    @_headerlist.setter
    def _headerlist(self, headers: HeaderList) -> None:
        self._made_headerlist = headers

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        has_body = self._status == _OK or not self._status.startswith(_BODILESS)
        is_as_made = self._made_headerlist is None and has_body
        if not is_as_made or environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        body: list[bytes] = self._app_iter
        length = str(len(body[0]))
        start_response(
            self._status, [self.content_type_header, ("Content-Length", length)]
        )
        return body


class TextResponse(_EncodedResponse):
    """Plain text: ``TextResponse("Hello")``."""


class HTMLResponse(_EncodedResponse):
    """A page: ``HTMLResponse(app.template("index.html"))``."""

    content_type_header = ("Content-Type", ContentType.HTML.value)


class JSONResponse(_EncodedResponse):
    """Any object as JSON: ``JSONResponse({"id": 1}, status=201)``.

    What may stand in it: :meth:`roob.utils.json_util.JSONUtils.encode`.

    Raises:
        TypeError, ValueError: the content has no JSON form.
    """

    content_type_header = ("Content-Type", ContentType.JSON.value)
    encode = staticmethod(JSONUtils.encode)


class StreamedResponse(Response):
    """A body sent piece by piece: ``StreamedResponse(line for line in log)``.

    The first piece is fetched at once, so that an error before it still becomes
    an error's answer; text is sent as UTF-8.
    """

    def __init__(
        self,
        pieces: Iterable[str | bytes],
        status: Status = 200,
        headers: HeaderItems | None = None,
        content_type: str = "text/html",
    ) -> None:
        stream = _Stream(pieces)
        super().__init__(None, status, headers, content_type=content_type)
        self.app_iter = stream


class _Stream:
    """Pieces of a body as bytes; closing it closes what makes them (PEP 3333)."""

    def __init__(
        self, pieces: Iterable[str | bytes], before: Iterable[bytes] = ()
    ) -> None:
        self._source = pieces
        iterator = iter(pieces)
        self._pieces = chain(before, [next(iterator, b"")], iterator)

    def __iter__(self) -> Iterator[bytes]:
        return (p.encode() if isinstance(p, str) else p for p in self._pieces)

    def close(self) -> None:
        _close(self._source)


class RedirectResponse(Response):
    """Send the client to another page of this site: ``RedirectResponse("/login")``.

    A target that came from a client can be passed as it is: what would lead off
    the site is refused (``//evil``, ``https:...``, backslashes, leading blanks).
    ``external=True`` is for a constant address of another site.

    Raises:
        BadRequest: the target leads off the site.
        ValueError: the status is not 3xx.
    """

    def __init__(
        self,
        location: str,
        status: Status = HttpStatus.FOUND,
        *,
        external: bool = False,
    ) -> None:
        if not external and not is_local(location):
            raise BadRequest(f"{location!r} leads off the site")
        super().__init__(None, status, [("Location", location)])
        if self._status[0] != "3":
            raise ValueError(f"{self._status!r} is no redirect: give a 3xx status")


def is_local(location: str) -> bool:
    """Whether a browser that follows it stays on this site: ``"/a?b=c" -> True``.

    Browsers drop tabs and line ends, trim blanks and read ``\\`` as ``/``
    (WHATWG URL 4.4), so one plain slash at the start and none of those.
    """
    starts_right = location.startswith("/") and not location.startswith("//")
    return starts_right and location.isprintable() and "\\" not in location
