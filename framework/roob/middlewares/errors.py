"""Between two steps of the chain: where an exception becomes an answer."""

from collections.abc import Iterable

from webob import Response

from roob.common_handlers import CommonHandlers
from roob.middlewares.base import Middleware
from roob.models.requests import Request
from roob.types import (
    ExceptionHandler,
    RequestHandler,
    StartResponse,
    WSGIApp,
    WSGIEnvironment,
)


class ErrorHandlerMiddleware(Middleware):
    """Every exception gets an answer: its own 4xx or 5xx, or a 500 with an id.

    ``app.add_middleware(ErrorHandlerMiddleware)`` covers handlers, matching and the
    other middlewares of the app, wherever it stands among them;
    ``ErrorHandlerMiddleware(app=app)`` covers any WSGI application. In ``debug``, by
    default the app's own, a 500 carries the exception's text.

    It takes the place of ``handle_request`` and so has no other hooks; a subclass
    overrides ``handle_exception``.
    """

    def __init__(self, app: WSGIApp, debug: bool | None = None) -> None:
        super().__init__(app)
        self.debug: bool = getattr(app, "debug", False) if debug is None else debug

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Serve as the wrap form; an app inside answers its errors in its own chain."""
        environ["roob.error_handler"] = self
        return super().__call__(environ, start_response)

    def handle_request(self, request: Request) -> Response:
        """The rest of the chain, and what answers when it raises."""
        try:
            return self.next(request)
        except Exception as exc:  # the purpose of this class
            return self.handle_exception(request, exc)

    def handle_exception(self, request: Request, exc: Exception) -> Response:
        """Log what was not expected, and answer (see ``CommonHandlers``)."""
        return CommonHandlers.generic_exception_handler(request, exc, debug=self.debug)


def guarded(step: RequestHandler, handle_exception: ExceptionHandler) -> RequestHandler:
    """One step of an app's chain, seen from the next one out: it never raises.

    So the ``process_response`` of every middleware sees an answer, be it an error's.
    """

    def guard(request: Request) -> Response:
        try:
            return step(request)
        except Exception as exc:  # narrowed by the app's table of exception handlers
            response: Response = handle_exception(request, exc)
            return response

    return guard
