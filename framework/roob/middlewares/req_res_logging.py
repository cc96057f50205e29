"""One log record a request: what was asked, what was answered, under which id."""

import logging

from webob import Response

from roob.common_handlers import shown_path
from roob.middlewares.base import Middleware
from roob.models.requests import Request

logger = logging.getLogger("roob.requests")


class ReqResLoggingMiddleware(Middleware):
    """``GET /api/products 200 312 bytes, request id 5f0c...``, at level INFO.

    The query, the headers and the bodies stay out of the log: they carry secrets.
    """

    def process_response(self, request: Request, response: Response) -> Response:
        """Write the record."""
        logger.info(
            "%s %s %s %s bytes, request id %s",
            escape(request.method),
            escape(shown_path(request)),
            response.status_code,
            escape(response.headers.get("Content-Length", "-")),
            request.id,
        )
        return response


def escape(text: str) -> str:
    """A client's text on one line of a log: ``"a\\nb" -> "a\\\\nb"``; no ANSI codes."""
    return text.encode("unicode_escape").decode("ascii")
