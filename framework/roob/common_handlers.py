"""The framework's own answers, for when nothing matched or something raised."""

import logging
from collections.abc import Iterable
from typing import Any

from roob.constants import HttpStatus
from roob.exceptions import MethodNotAllowed, ResponseError
from roob.models.problems import error_answer, whole_path
from roob.models.requests import Request
from roob.models.responses import Response

logger = logging.getLogger("roob.errors")


class CommonHandlers:
    """Handlers of last resort; each can be called with a request of one's own."""

    @staticmethod
    def url_not_found_handler(request: Request, **_parameters: Any) -> Response:
        """404: ``{"message": "Requested path: /api/invalid does not exist"}``."""
        return error_answer(
            request,
            {"message": f"Requested path: {shown_path(request)} does not exist"},
            HttpStatus.NOT_FOUND,
        )

    @staticmethod
    def method_not_allowed_handler(request: Request, **_parameters: Any) -> Response:
        """405 with ``Allow``: ``PUT request is not allowed for /api/products``."""
        path, allowed = shown_path(request), request.match.allowed
        return error_response(request, MethodNotAllowed(request.method, path, allowed))

    @staticmethod
    def options_handler(request: Request, **_parameters: Any) -> Response:
        """204 with ``Allow``, for a path that has no OPTIONS of its own."""
        return options_response(request.match.allowed)

    @staticmethod
    def generic_exception_handler(
        request: Request, exc: Exception, *, debug: bool = False
    ) -> Response:
        """An exception's answer: its own status where it has one, else 500.

        The log gets the traceback and the request's id, the client only the id;
        in debug the message goes on ``: <text of the exception>``.
        """
        if isinstance(exc, ResponseError):
            return error_response(request, exc)
        logger.error(
            "%r %r raised %s, request id %s",
            request.method,
            shown_path(request),
            type(exc).__name__,
            request.id,
            exc_info=exc,
        )
        message = "Unhandled Exception Occurred" + (f": {exc}" if debug else "")
        return error_answer(
            request,
            {"message": message, "request_id": request.id},
            HttpStatus.INTERNAL_SERVER_ERROR,
        )


def options_response(allowed: Iterable[str]) -> Response:
    """204 with ``Allow``: ``["GET", "HEAD"] -> Allow: GET, HEAD`` (RFC 9110 9.3.7)."""
    return Response(None, HttpStatus.NO_CONTENT, {"Allow": ", ".join(allowed)})


def error_response(request: Request, error: ResponseError) -> Response:
    """``ResponseError("No", 400)`` as ``400 {"message": "No"}``, with its headers."""
    return error_answer(request, error.content, error.status, error.headers)


def shown_path(request: Request) -> str:
    """The whole path as a person would write it, for messages: ``/api/café``."""
    return whole_path(request).decode("utf-8", "replace") or "/"
