"""What every middleware is: a step around the next one, inside an app or around one.

``app.add_middleware(Cls)`` makes it a step of the app's chain; ``Cls(app=app)`` wraps
any WSGI application and is one itself.
"""

from collections.abc import Iterable
from typing import Any

from webob import Response

from roob.models import responses
from roob.models.requests import Request
from roob.types import RequestHandler, StartResponse, WSGIApp, WSGIEnvironment


def wsgi_handler(app: WSGIApp) -> RequestHandler:
    """A WSGI application seen as a step: its answer, body unread, as a response."""

    def call_app(request: Request) -> Response:
        return responses.Response.from_wsgi(app, request.environ)

    return call_app


def bound_body(app: WSGIApp, request: Request) -> None:
    """Bound a body that a step reads before its route is found as that route says."""
    routing_manager = getattr(app, "routing_manager", None)
    if routing_manager is not None:
        routing_manager.bound_body(request)


class Middleware:
    """Override one of the hooks; each may be left out.

    ``process_request`` may return a response, which is then the answer;
    ``process_response`` sees every answer, errors' too. ``next`` is the step inside
    this one. Options of ``add_middleware`` arrive as keywords of ``__init__``.
    """

    def __init__(self, app: WSGIApp) -> None:
        self.app = app
        self.next: RequestHandler = wsgi_handler(app)

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Serve a request as the WSGI application that the wrap form is."""
        return self.handle_request(Request(environ))(environ, start_response)

    def __getattr__(self, name: str) -> Any:
        # Only for names that are not found here: route, add_route, template ...
        if name == "app":
            raise AttributeError("app: the middleware's __init__ has not run")
        return getattr(self.app, name)

    def process_request(self, request: Request) -> Response | None:  # noqa: ARG002
        """Look at the request on its way in; a response returned is the answer."""
        return None

    def process_response(
        self,
        request: Request,  # noqa: ARG002
        response: Response,
    ) -> Response | None:
        """Look at the answer on its way out; a response returned replaces it."""
        return response

    def handle_request(self, request: Request) -> Response:
        """One step in, the rest of the chain, one step out."""
        response = self.process_request(request)
        if response is None:
            response = self.next(request)
        try:
            answer = self.process_response(request, response) or response
        except BaseException:
            responses.close_body(response)
            raise
        if answer is not response:
            _close_replaced(response, answer)
        return answer


def _close_replaced(response: Response, answer: Response) -> None:
    """Close what is not sent, unless the answer may be made of it, piece by piece."""
    pieces = answer.app_iter
    if isinstance(pieces, list | tuple) and pieces is not response.app_iter:
        responses.close_body(response)
