"""On the way out: headers that tell a browser what these pages never do."""

from roob.middlewares import Middleware
from roob.models.requests import Request
from webob import Response

# Scripts, styles and pictures are this site's own files; nothing is inline.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)


class SecurityHeadersMiddleware(Middleware):
    """Puts ``Content-Security-Policy`` and its relatives on every answer."""

    def process_response(self, _request: Request, response: Response) -> Response:
        """Add the headers."""
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        return response
