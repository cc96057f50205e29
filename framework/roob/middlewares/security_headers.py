"""On the way out: headers that tell a browser what these pages never do."""

from webob import Response

from roob.middlewares.base import Middleware
from roob.models.requests import Request
from roob.types import WSGIApp

# Scripts, styles and pictures are this site's own files; nothing is inline.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)


class SecurityHeadersMiddleware(Middleware):
    """Puts ``Content-Security-Policy`` and its relatives on every answer.

    ``app.add_middleware(SecurityHeadersMiddleware, policy="default-src 'none'")``; a
    handler's own header of these names stays.
    """

    def __init__(self, app: WSGIApp, policy: str = CONTENT_SECURITY_POLICY) -> None:
        super().__init__(app)
        self._headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
        }

    def process_response(self, _request: Request, response: Response) -> Response:
        """Add the headers."""
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)
        return response
