"""Routes apart from an application: tagged where they are written, added where wanted.

A ``Router`` has the route table that an application has, and nothing else of it: no
middlewares, no templates, no files. A request comes here from a gateway, or from a
server or a mount by ``wsgi()``.
"""

from collections.abc import Callable, Iterable
from typing import Any, Unpack

from webob import Response

from roob.common_handlers import CommonHandlers
from roob.dispatchers import plain
from roob.exceptions import ResponseError
from roob.models.requests import Request
from roob.models.route_tags import tag_of, write_tag
from roob.route_group import HandlerT, RouteGroup, one_of
from roob.routing_manager import RouteManager
from roob.types import (
    Dispatcher,
    RouteOptions,
    StartResponse,
    WSGIApp,
    WSGIEnvironment,
)


def route(
    path: str,
    methods: Iterable[str] | None = None,
    *,
    allowed_methods: Iterable[str] | None = None,
    **options: Unpack[RouteOptions],
) -> Callable[[HandlerT], HandlerT]:
    """Say where a function, a method or a class wants to be; it stays as it is.

    ::

        @route("/users/{id:d}", methods=["GET"])
        def user(request, args): ...

        router.add(user)

    Decorators stack; nothing is registered until ``add``. ``allowed_methods`` is
    another word for ``methods``.

    Raises:
        TypeError: an option is unknown, or what is decorated takes no attributes.
    """
    tag = tag_of(path, one_of(methods, allowed_methods), options)

    def write(handler: HandlerT) -> HandlerT:
        write_tag(handler, tag)
        return handler

    return write


class Router(RouteGroup):
    """A route table of its own.

    ::

        router = Router()
        router.add(user)                            # what @route says
        router.add("/files/{name}", Files())        # on_get, on_put ...
        router.dispatch(request)                    # a response
        app.mount("/api", router.wsgi())

    Handlers are called ``handler(request, args)``, with the fields' values in a
    dictionary; ``Router(dispatcher=keyword)`` calls them as an application does.
    """

    def __init__(
        self,
        dispatcher: Dispatcher = plain,
        *,
        not_found: Callable[[Request], Response] = CommonHandlers.url_not_found_handler,
    ) -> None:
        super().__init__(RouteManager(not_found, dispatcher), prefix="")

    def dispatch(self, request: Request) -> Response:
        """The answer of the request's route; 404, 405 or 204 with ``Allow`` of none.

        Raises:
            BadRequest: the path is not UTF-8, or has a NUL in it.
            Exception: what a handler raised.
        """
        return self.routing_manager.dispatch(request)

    def url_for(self, name: str, /, **parameters: Any) -> str:
        """A route's path: see :meth:`RouteManager.url_for`."""
        return self.routing_manager.url_for(name, **parameters)

    def wsgi(self) -> WSGIApp:
        """The router as a WSGI application (PEP 3333), with its later routes, too."""
        return RouterApp(self.routing_manager)


class RouterApp:
    """What a server or a mount calls: a request in, the router's response out.

    A ``ResponseError`` is answered; other exceptions reach the server, or the
    ``ErrorHandlerMiddleware`` that wraps this.
    """

    def __init__(self, routing_manager: RouteManager) -> None:
        self.routing_manager = routing_manager

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Serve one request.

        Raises:
            Exception: what a handler raised, but for a ``ResponseError``.
        """
        return self.handle_request(Request(environ))(environ, start_response)

    def handle_request(self, request: Request) -> Response:
        """The response to one request."""
        try:
            return self.routing_manager.dispatch(request)
        except ResponseError as error:
            return CommonHandlers.generic_exception_handler(request, error)
