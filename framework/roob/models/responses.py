"""The answer on its way out: WebOb's response, with its edges made safe.

Status, header names and header values are set in this room alone, and it refuses
what would let a value become a second header (RFC 9110 section 5.5).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any, Self, SupportsIndex

import webob
from webob.response import EmptyResponse

from roob.constants import STATUS_LINES, ContentType, HttpStatus, Status, status_line
from roob.types import StartResponse, WSGIApp, WSGIEnvironment
from roob.utils.json_util import JSONUtils

HeaderItems = Mapping[str, str] | Iterable[tuple[str, str]]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIT_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def checked_header(name: object, value: object) -> tuple[str, str]:
    """A header that can be sent as it is: ``("ETag", '"7"') -> ("ETag", '"7"')``.

    Raises:
        ValueError: the name is no token, or the value has control characters or
            letters that latin-1 lacks (PEP 3333).
    """
    if not isinstance(name, str) or not _is_token(name):
        raise ValueError(f"{name!r} is no header name")
    if not isinstance(value, str):
        raise ValueError(f"header {name}: {value!r} is no text")
    if not _FIT_VALUE.fullmatch(value):
        raise ValueError(
            f"header {name}: {value!r} has control characters, or letters that are "
            "not in latin-1"
        )
    return name, value


@lru_cache(maxsize=512)
def _is_token(name: str) -> bool:
    return _TOKEN.fullmatch(name) is not None


class HeaderList(list[tuple[str, str]]):
    """The list that WebOb keeps headers in; it takes none that is unfit to be sent.

    Every way to set a header ends here: ``response.headers["ETag"] = ...``,
    ``response.location = ...``, ``set_cookie()``, ``response.headerlist.append``.
    """

    @classmethod
    def checked(cls, headers: HeaderItems) -> "HeaderList":
        """Those headers, ``{"ETag": '"7"'}`` or a list of pairs, each one checked.

        Raises:
            ValueError: as :func:`checked_header`.
        """
        items = headers.items() if isinstance(headers, Mapping) else headers
        return cls([checked_header(name, value) for name, value in items])

    def append(self, header: tuple[str, str]) -> None:
        super().append(checked_header(*header))

    def insert(self, at: SupportsIndex, header: tuple[str, str]) -> None:
        super().insert(at, checked_header(*header))

    def extend(self, headers: Iterable[tuple[str, str]]) -> None:
        super().extend(self.checked(headers))

    def __iadd__(self, headers: Iterable[tuple[str, str]]) -> Self:  # type: ignore[override,misc]
        self.extend(headers)
        return self

    def __setitem__(self, at: Any, new: Any) -> None:
        is_part = isinstance(at, slice)
        super().__setitem__(at, self.checked(new) if is_part else checked_header(*new))


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
        self._headerlist = HeaderList.checked(self._headerlist)
        if headers:
            self.add_headers(headers)

    def add_headers(self, headers: HeaderItems) -> None:
        """Set some headers in place of those of the same names.

        Several of one name in a list of pairs all stay, as ``Set-Cookie`` needs.
        """
        added = HeaderList.checked(headers)
        names = {name.lower() for name, _ in added}
        kept = [header for header in self._headerlist if header[0].lower() not in names]
        self.headerlist = kept + added

    @property
    def status(self) -> str:
        """The status line: ``"404 Not Found"``. Takes every form of a status."""
        return self._status

    @status.setter
    def status(self, status: Status | bytes) -> None:
        self._status = status_line(status)  # type: ignore[arg-type]  # refuses bytes

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
        start_response(self._status, list(self._headerlist))
        if environ["REQUEST_METHOD"] == "HEAD":
            return EmptyResponse(self._app_iter)
        sent: Iterable[bytes] = self._app_iter
        return sent

    @classmethod
    def from_wsgi(cls, app: WSGIApp, environ: WSGIEnvironment) -> "Response":
        """What another WSGI application answers, body unread, as a response."""
        status, headers, body = webob.Request(environ).call_application(app)
        return cls(status=status, headerlist=list(headers), app_iter=body)


class _EncodedResponse(Response):
    """What JSON, HTML and text have in common: one body, encoded once.

    It sets the attributes that ``webob.Response.__init__`` would arrive at after
    its questions about charsets and iterators, whose answers are known here. Most
    answers are sent as they were made: the header list, which WebOb keeps under
    this name, is made for those who ask for it, or when it is sent.
    """

    content_type_header = ("Content-Type", ContentType.TEXT.value)
    encode: Callable[[Any], bytes] = staticmethod(str.encode)
    _headers = None

    def __init__(
        self, content: Any, status: Status = 200, headers: HeaderItems | None = None
    ) -> None:
        self._app_iter = [self.encode(content)]
        self._status = STATUS_LINES.get(status) or status_line(status)
        self._made_headerlist: HeaderList | None = None
        self.conditional_response = False
        if headers:
            self.add_headers(headers)

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
        if self._made_headerlist is not None or environ["REQUEST_METHOD"] == "HEAD":
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

    def __init__(self, pieces: Iterable[str | bytes]) -> None:
        self._source = pieces
        iterator = iter(pieces)
        self._pieces = chain([next(iterator, b"")], iterator)

    def __iter__(self) -> Iterator[bytes]:
        return (p.encode() if isinstance(p, str) else p for p in self._pieces)

    def close(self) -> None:
        close = getattr(self._source, "close", None)
        if close is not None:
            close()


class RedirectResponse(Response):
    """Send the client to another page of this site: ``RedirectResponse("/login")``.

    A target that came from a client can be passed as it is: what would lead off
    the site is refused (``//evil``, ``https:...``, backslashes, leading blanks).
    ``external=True`` is for a constant address of another site.

    Raises:
        ValueError: the target leads off the site, or the status is not 3xx.
    """

    def __init__(
        self,
        location: str,
        status: Status = HttpStatus.FOUND,
        *,
        external: bool = False,
    ) -> None:
        if not external and not is_local(location):
            raise ValueError(f"{location!r} leads off the site: redirect refused")
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
