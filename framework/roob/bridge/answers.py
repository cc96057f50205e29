"""What a WSGI app says by ``start_response``, as an ASGI server wants to hear it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from roob.constants import HOP_BY_HOP, is_bodiless

# No app speaks of these (PEP 3333, "Other HTTP Features"), but for what a 426 asks for.
_NOT_SENT = HOP_BY_HOP - {"upgrade"}
_STATUS = re.compile(r"([1-9][0-9]{2}) ?[^\r\n\0]*")
_UNFIT = re.compile(r"[\r\n\0]")

Headers = Sequence[tuple[str, str]]


class IncompleteBody(RuntimeError):
    """The app's body is shorter than its ``Content-Length``."""

    def __init__(self, length: int, announced: int) -> None:
        super().__init__(f"The body ends after {length} of {announced} bytes")


@dataclass(slots=True)
class Head:
    """A status and headers, checked: ``Head(200, [(b"content-type", b"text/html")])``.

    ``has_body`` is false for answers to HEAD, and for 1xx, 204 and 304.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    content_length: int | None
    has_body: bool

    def measure(self, pieces: Iterable[bytes]) -> None:
        """Say how long the body is, where the app did not: these pieces are all of it.

        Raises:
            IncompleteBody: the app has announced more than that.
        """
        length = sum(map(len, pieces))
        if self.content_length is None:
            self.content_length = length
            self.headers.append((b"content-length", b"%d" % length))
        if length < self.content_length:
            raise IncompleteBody(length, self.content_length)


def head_of(status: str, headers: Headers, method: str) -> Head:
    """``("200 OK", [("Content-Type", "text/html")], "GET") -> Head(200, ...)``.

    Raises:
        ValueError: the status or a header is not fit to be sent.
        TypeError: they are of other types than PEP 3333 gives them.
    """
    code = _status_code(status)
    sent = _fit_headers(headers)
    lengths = [value for name, value in sent if name == b"content-length"]
    if is_bodiless(code) and code != 304:
        sent = [header for header in sent if header[0] != b"content-length"]
    has_body = not is_bodiless(code) and method != "HEAD"
    return Head(code, sent, _length(lengths), has_body)


def _status_code(status: str) -> int:
    match = _STATUS.fullmatch(status)
    if match is None:
        raise ValueError(f"{status!r} is no status such as '404 Not Found'")
    return int(match[1])


def _fit_headers(headers: Headers) -> list[tuple[bytes, bytes]]:
    sent = []
    for name, value in headers:
        lower = name.lower()
        if lower not in _NOT_SENT:
            sent.append((lower.encode("latin-1"), value.encode("latin-1")))
    # One look at them all: it is nearly always in vain.
    if _UNFIT.search("".join(map("".join, headers))):
        raise ValueError("A header holds CR, LF or NUL, and cannot be sent")
    return sent


def _length(lengths: list[bytes]) -> int | None:
    if not lengths:
        return None
    if len(set(lengths)) > 1 or not lengths[0].isdigit():
        raise ValueError(f"Content-Length {lengths!r} is no one number")
    return int(lengths[0])
