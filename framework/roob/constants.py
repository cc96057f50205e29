"""The wire's fixed words: status lines, content types and the verbs that are served.

Every room may read them; they change only when an RFC does.
"""

from enum import StrEnum
from http import HTTPStatus


class HttpStatus(StrEnum):
    """A status as it stands on the wire, and as a number.

    ``HttpStatus.NOT_FOUND == "404 Not Found"``; ``int(HttpStatus.NOT_FOUND) == 404``.
    The names are those of :class:`http.HTTPStatus` (RFC 9110 section 15).
    """

    CONTINUE = "100 Continue"
    SWITCHING_PROTOCOLS = "101 Switching Protocols"
    EARLY_HINTS = "103 Early Hints"
    OK = "200 OK"
    CREATED = "201 Created"
    ACCEPTED = "202 Accepted"
    NO_CONTENT = "204 No Content"
    RESET_CONTENT = "205 Reset Content"
    PARTIAL_CONTENT = "206 Partial Content"
    MULTI_STATUS = "207 Multi-Status"
    MULTIPLE_CHOICES = "300 Multiple Choices"
    MOVED_PERMANENTLY = "301 Moved Permanently"
    FOUND = "302 Found"
    SEE_OTHER = "303 See Other"
    NOT_MODIFIED = "304 Not Modified"
    TEMPORARY_REDIRECT = "307 Temporary Redirect"
    PERMANENT_REDIRECT = "308 Permanent Redirect"
    BAD_REQUEST = "400 Bad Request"
    UNAUTHORIZED = "401 Unauthorized"
    PAYMENT_REQUIRED = "402 Payment Required"
    FORBIDDEN = "403 Forbidden"
    NOT_FOUND = "404 Not Found"
    METHOD_NOT_ALLOWED = "405 Method Not Allowed"
    NOT_ACCEPTABLE = "406 Not Acceptable"
    REQUEST_TIMEOUT = "408 Request Timeout"
    CONFLICT = "409 Conflict"
    GONE = "410 Gone"
    LENGTH_REQUIRED = "411 Length Required"
    PRECONDITION_FAILED = "412 Precondition Failed"
    CONTENT_TOO_LARGE = "413 Content Too Large"
    URI_TOO_LONG = "414 URI Too Long"
    UNSUPPORTED_MEDIA_TYPE = "415 Unsupported Media Type"
    RANGE_NOT_SATISFIABLE = "416 Range Not Satisfiable"
    EXPECTATION_FAILED = "417 Expectation Failed"
    IM_A_TEAPOT = "418 I'm a Teapot"
    MISDIRECTED_REQUEST = "421 Misdirected Request"
    UNPROCESSABLE_CONTENT = "422 Unprocessable Content"
    LOCKED = "423 Locked"
    FAILED_DEPENDENCY = "424 Failed Dependency"
    TOO_EARLY = "425 Too Early"
    UPGRADE_REQUIRED = "426 Upgrade Required"
    PRECONDITION_REQUIRED = "428 Precondition Required"
    TOO_MANY_REQUESTS = "429 Too Many Requests"
    REQUEST_HEADER_FIELDS_TOO_LARGE = "431 Request Header Fields Too Large"
    UNAVAILABLE_FOR_LEGAL_REASONS = "451 Unavailable For Legal Reasons"
    INTERNAL_SERVER_ERROR = "500 Internal Server Error"
    NOT_IMPLEMENTED = "501 Not Implemented"
    BAD_GATEWAY = "502 Bad Gateway"
    SERVICE_UNAVAILABLE = "503 Service Unavailable"
    GATEWAY_TIMEOUT = "504 Gateway Timeout"
    HTTP_VERSION_NOT_SUPPORTED = "505 HTTP Version Not Supported"
    INSUFFICIENT_STORAGE = "507 Insufficient Storage"
    NETWORK_AUTHENTICATION_REQUIRED = "511 Network Authentication Required"

    def __int__(self) -> int:
        return int(self.value[:3])


# The same line for 404, HTTPStatus.NOT_FOUND, "404 Not Found" and
# HttpStatus.NOT_FOUND: equal values hash alike, so one table serves all four.
STATUS_LINES: dict[object, str] = {
    **{status.value: f"{status.value} {status.phrase}" for status in HTTPStatus},
    **{int(status): status.value for status in HttpStatus},
    **{status.value: status.value for status in HttpStatus},
}

Status = int | str


def status_line(status: Status) -> str:
    """The status as PEP 3333 wants it: ``404 -> "404 Not Found"``.

    Raises:
        ValueError: it is no number from 100 to 599, or no such number, a space
            and a printable reason.
    """
    line = STATUS_LINES.get(status)
    return line if line is not None else _uncommon_status_line(status)


def _uncommon_status_line(status: object) -> str:
    text = f"{status} Unknown" if type(status) is int else str(status)
    code, space, _ = text.partition(" ")
    is_code = len(code) == 3 and code.isdecimal() and "100" <= code <= "599"
    if not (is_code and space and text.isascii() and text.isprintable()):
        raise ValueError(
            f"{status!r} is no HTTP status: give a number from 100 to 599, "
            'or a line such as "404 Not Found"'
        )
    return text


# Connection-level, and so for the next server alone (RFC 9110 7.6.1). PEP 3333 and
# RFC 9110 11.7 add those of proxies, and an old draft of HTTP "Proxy-Connection".
HOP_BY_HOP = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
    )
)


def is_bodiless(status: int) -> bool:
    """Whether an answer of that status ends with its head (RFC 9110 section 6.4.1)."""
    return status < 200 or status in (204, 304)


class ContentType(StrEnum):
    """The content types that Roob itself sends and reads (RFC 9110 section 8.3)."""

    JSON = "application/json"
    PROBLEM = "application/problem+json"
    HTML = "text/html; charset=UTF-8"
    TEXT = "text/plain; charset=UTF-8"
    BINARY = "application/octet-stream"
    FORM = "application/x-www-form-urlencoded"
    MULTIPART = "multipart/form-data"


# What an HTML form may be sent as (HTML 4.10.22).
FORM_TYPES = (ContentType.FORM.value, ContentType.MULTIPART.value)

# The only methods that ever reach a handler (RFC 9110 section 9, RFC 5789).
VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
