"""The errors that carry a status: raised below, answered by ``common_handlers``.

::

    Exception
    └── ResponseError            any 4xx or 5xx, with a message for the client
        ├── BadRequest           400  the request cannot be understood
        ├── MethodNotAllowed     405  the path is known, the method is not
        ├── ContentTooLarge      413  the body is over ``max_body_bytes``
        ├── UnsupportedMediaType 415  the body is of a type that is not read
        └── UnprocessableContent 422  it is understood, and its values are wrong
"""

from collections.abc import Iterable, Mapping

from roob.constants import HttpStatus, Status, status_line
from roob.headers import HeaderList


class ResponseError(Exception):
    """An error that becomes an answer.

    ``raise ResponseError("This is a custom error", 400)`` answers 400 with
    ``{"message": "This is a custom error"}``; ``headers`` go out with it.

    Raises:
        ValueError: the status is none of 4xx and 5xx, or a header is unfit to be sent.
    """

    def __init__(
        self,
        message: str,
        status: Status = HttpStatus.INTERNAL_SERVER_ERROR,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status_line(status)
        self.headers = dict(HeaderList.checked(headers or {}))
        if self.status[0] not in "45":
            raise ValueError(f"{self.status!r} is no error: give a 4xx or 5xx status")

    @property
    def content(self) -> dict[str, object]:
        """What the answer says, as JSON: ``{"message": "No"}``."""
        return {"message": self.message}

    def __reduce__(self) -> tuple[object, ...]:
        # Exception would call the class again with its message alone, which
        # fails for a subclass whose arguments are others.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(
    kind: type[ResponseError], args: tuple[object, ...], state: dict[str, object]
) -> ResponseError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class BadRequest(ResponseError):
    """The request cannot be understood (RFC 9110 15.5.1)."""

    def __init__(self, message: str) -> None:
        super().__init__(message, HttpStatus.BAD_REQUEST)


class MethodNotAllowed(ResponseError):
    """The path is known, the method is not (RFC 9110 15.5.6).

    ``MethodNotAllowed("PUT", "/api/products", ["POST", "GET"])`` says
    ``PUT request is not allowed for /api/products``, with ``Allow: GET, POST``.
    """

    def __init__(self, method: str, path: str, allowed: Iterable[str] = ()) -> None:
        super().__init__(
            f"{method} request is not allowed for {path}",
            HttpStatus.METHOD_NOT_ALLOWED,
            {"Allow": ", ".join(sorted(allowed))},
        )


class ContentTooLarge(ResponseError):
    """The body is over the limit and was not read (RFC 9110 15.5.14)."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The request body is over the limit of {limit} bytes",
            HttpStatus.CONTENT_TOO_LARGE,
        )


class UnsupportedMediaType(ResponseError):
    """The body is of a type that is not read here (RFC 9110 15.5.16)."""

    def __init__(self, message: str) -> None:
        super().__init__(message, HttpStatus.UNSUPPORTED_MEDIA_TYPE)


class UnprocessableContent(ResponseError):
    """The request is understood, and its values are wrong (RFC 9110 15.5.21).

    ``errors`` tells of each one where it is and what is wrong with it:
    ``{"in": "query", "name": "page", "message": "...", "type": "int_parsing"}``. The
    answer has the members of a problem (RFC 9457) whatever type it goes out as.
    """

    def __init__(
        self, message: str, errors: Iterable[Mapping[str, object]] = ()
    ) -> None:
        super().__init__(message, HttpStatus.UNPROCESSABLE_CONTENT)
        self.errors = tuple(errors)

    @property
    def content(self) -> dict[str, object]:
        said = problem_members(self.status, self.message)
        return {**said, "message": self.message, "errors": self.errors}


def problem_members(status: str, detail: str) -> dict[str, object]:
    """What every problem has, for a status line and a message (RFC 9457 3.1, 4.2.1)."""
    code, _, title = status.partition(" ")
    return {
        "type": "about:blank",
        "title": title,
        "status": int(code),
        "detail": detail,
    }
