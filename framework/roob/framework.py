"""The application: what the server calls, and the innermost step of the chain.

``Roob`` wires routing, middlewares, templates and static files; the work is theirs.
"""

import os
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, select_autoescape
from webob import Response

from roob.common_handlers import CommonHandlers
from roob.dispatchers import keyword
from roob.exceptions import ResponseError
from roob.helpers import decode_path
from roob.middlewares import ErrorHandlerMiddleware, Middleware
from roob.middlewares.errors import guarded
from roob.models.answers import make_response
from roob.models.requests import DEFAULT_MAX_BODY_BYTES, Request, request_class
from roob.route_group import RouteGroup
from roob.routing_manager import RouteManager
from roob.static_files import STATIC_PREFIX, StaticFiles
from roob.types import (
    Dispatcher,
    ExceptionHandler,
    RequestHandler,
    StartResponse,
    WSGIEnvironment,
)

# Every template is a page, but for these; a page with an unknown ending is escaped.
_NO_PAGES = ("txt", "md", "csv", "json", "js", "css")


class Roob(RouteGroup):
    """A web application, and a WSGI callable (PEP 3333).

    ::

        app = Roob()

        @app.route("/hello/{name}", allowed_methods=["GET"])
        def hello(request, name):
            return {"message": f"Hello, {name}"}

    Folders may be missing until they are used. ``debug`` puts exceptions' texts
    into 500s, and looks for changed templates and static files on every request.
    ``dispatcher`` is how handlers are called: ``keyword``, ``handler(request, id=7)``.
    """

    def __init__(
        self,
        template_dir: str | os.PathLike[str] = "templates",
        static_dir: str | os.PathLike[str] = "static",
        *,
        debug: bool = False,
        max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
        dispatcher: Dispatcher = keyword,
    ) -> None:
        super().__init__(RouteManager(self._answer_unrouted, dispatcher), prefix="")
        self.debug = debug
        self.request_class = request_class(max_body_bytes)
        self.static_files = StaticFiles(static_dir, autorefresh=debug)
        self.add_route(
            f"{STATIC_PREFIX}{{path:path}}",
            self._answer_static,
            ["GET"],
            name="static",
            dispatcher=keyword,
        )
        self.templates_env = _templates(template_dir, auto_reload=debug)
        self.templates_env.globals.update(url_for=self.url_for, static=static_url)
        self._chain: RequestHandler = self.handle_request
        self._error_handler: ErrorHandlerMiddleware | None = None
        self._exception_handlers: dict[type[Exception], ExceptionHandler] = {
            ResponseError: CommonHandlers.generic_exception_handler
        }

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Serve one request: the server on one side, the chain on the other."""
        request = self.request_class(environ)
        response = self._chain(request)
        return response(environ, start_response)

    def handle_request(self, request: Request) -> Response:
        """The innermost step: a file, a route's handler, or the answer to an error.

        Raises:
            Exception: what a handler raised and nothing is there to answer.
        """
        try:
            return self.routing_manager.dispatch(request)
        except Exception as exc:  # narrowed by the table of exception handlers
            return self.handle_exception(request, exc)

    def _answer_static(self, request: Request, path: str) -> Response:
        found = self.static_files.respond(request, path)
        return found or CommonHandlers.url_not_found_handler(request)

    def _answer_unrouted(self, request: Request) -> Response:
        path = decode_path(request.environ.get("PATH_INFO", ""))
        return self._answer_static(request, path.lstrip("/"))

    def handle_exception(self, request: Request, exc: Exception) -> Response:
        """What the nearest registered type answers; then ``ErrorHandlerMiddleware``.

        The middleware is the one of the chain, or the one that wraps this app.

        Raises:
            Exception: this one, where none of them is there.
        """
        for kind in type(exc).__mro__:
            if kind in self._exception_handlers:
                return self._answer_by(self._exception_handlers[kind], request, exc)
        return self._answer_unexpected(request, exc)

    def _answer_by(
        self, handler: ExceptionHandler, request: Request, exc: Exception
    ) -> Response:
        try:
            return make_response(handler(request, exc))
        except Exception as handlers_own:  # the handler is the user's code too
            return self._answer_unexpected(request, handlers_own)

    def _answer_unexpected(self, request: Request, exc: Exception) -> Response:
        around = request.environ.get("roob.error_handler")
        error_handler: ErrorHandlerMiddleware | None = self._error_handler or around
        if error_handler is None:
            raise exc
        return error_handler.handle_exception(request, exc)

    def add_exception_handler(
        self, exception_type: type[Exception], handler: ExceptionHandler
    ) -> None:
        """Answer a kind of exception: ``(KeyError, lambda request, exc: ("No", 404))``.

        Subclasses are answered too, unless they have a handler of their own.
        """
        self._exception_handlers[exception_type] = handler

    def add_middleware(self, middleware: type[Middleware], **options: Any) -> None:
        """One more step around the chain so far: the one added last is outermost.

        ``app.add_middleware(RateLimit, per_minute=60)``.

        Raises:
            TypeError: it is no ``Middleware``, or does not take those options.
        """
        if not (isinstance(middleware, type) and issubclass(middleware, Middleware)):
            raise TypeError(f"{middleware!r} is no subclass of Middleware")
        step = middleware(app=self, **options)
        step.next = self._chain
        if isinstance(step, ErrorHandlerMiddleware):
            self._error_handler = step
            self._chain = step.handle_request
        else:
            self._chain = guarded(step.handle_request, self.handle_exception)

    def url_for(self, name: str, /, **parameters: Any) -> str:
        """A route's path: ``url_for("get_book", id=7, page=2) -> "/books/7?page=2"``.

        Raises:
            LookupError: no route of that name takes those parameters.
            ValueError: a value cannot stand in its field.
        """
        return self.routing_manager.url_for(name, **parameters)

    def template(self, name: str, context: Mapping[str, Any] | None = None) -> str:
        """A template filled in: ``app.template("page.html", context={"n": 1})``.

        Raises:
            jinja2.TemplateNotFound: the folder has no such template.
        """
        return self.templates_env.get_template(name).render(context or {})


def _templates(folder: str | os.PathLike[str], auto_reload: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape((), _NO_PAGES, default=True),
        auto_reload=auto_reload,
    )


def static_url(path: str) -> str:
    """A static file's path: ``static("app.css") -> "/static/app.css"``."""
    return STATIC_PREFIX + quote(path.lstrip("/"))
