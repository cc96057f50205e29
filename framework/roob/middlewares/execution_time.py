"""How long the steps inside took, as a header."""

from time import perf_counter

from webob import Response

from roob.middlewares.base import Middleware
from roob.models.requests import Request


class ExecutionTimeMiddleware(Middleware):
    """``X-Response-Time: 0.0012s``, by the monotonic clock, on errors too."""

    def handle_request(self, request: Request) -> Response:
        """The rest of the chain between two looks at the clock."""
        started = perf_counter()
        response = super().handle_request(request)
        response.headers["X-Response-Time"] = f"{perf_counter() - started:.4f}s"
        return response
