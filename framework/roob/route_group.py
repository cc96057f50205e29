"""Where routes are registered: an application, or a group of paths with one prefix."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from roob.constants import VERBS
from roob.mounting import MountedApp
from roob.routing_manager import RouteManager
from roob.types import Handler, WSGIApp

HandlerT = TypeVar("HandlerT", bound=Handler)


class RouteGroup:
    """``api = app.group("/api")``, then ``@api.route("/books")``: ``/api/books``."""

    def __init__(self, routing_manager: RouteManager, prefix: str) -> None:
        self.routing_manager = routing_manager
        self._prefix = prefix

    def route(
        self,
        path: str,
        allowed_methods: Iterable[str] | None = None,
        *,
        name: str | None = None,
        max_body_bytes: int | None = None,
    ) -> Callable[[HandlerT], HandlerT]:
        """Register the decorated handler, which stays as it is; decorators stack.

        Raises:
            RuntimeError, ValueError, TypeError: as :meth:`RouteManager.register`.
        """

        def register(handler: HandlerT) -> HandlerT:
            self.add_route(
                path, handler, allowed_methods, name=name, max_body_bytes=max_body_bytes
            )
            return handler

        return register

    def add_route(
        self,
        path: str,
        handler: Handler,
        allowed_methods: Iterable[str] | None = None,
        *,
        name: str | None = None,
        max_body_bytes: int | None = None,
    ) -> None:
        """Register a handler: a function, a bound method, a callable or a class.

        A class is instantiated for every request, and its methods ``get``, ``post``,
        ``put``, ``patch``, ``delete``, ``head`` and ``options`` answer those verbs.

        Raises:
            RuntimeError, ValueError, TypeError: as :meth:`RouteManager.register`.
        """
        self.routing_manager.register(
            self._prefix + path if str(path).startswith("/") else path,
            handler,
            allowed_methods,
            name=name,
            max_body_bytes=max_body_bytes,
        )

    def add_converter(self, name: str, convert: Callable[[str], Any]) -> None:
        """A format of one's own for fields; see :meth:`RouteManager.add_converter`."""
        self.routing_manager.add_converter(name, convert)

    def group(self, prefix: str) -> "RouteGroup":
        """Routes below a prefix, which may have fields: ``group("/shops/{shop:d}")``.

        Raises:
            ValueError: the prefix has no leading slash.
        """
        return RouteGroup(self.routing_manager, self._prefix + _checked_prefix(prefix))

    def mount(self, prefix: str, app: WSGIApp) -> None:
        """Hand every request below a prefix to another WSGI application.

        Raises:
            RuntimeError: the prefix is bound already.
            ValueError: the prefix has no leading slash.
        """
        prefix = self._prefix + _checked_prefix(prefix)
        mounted = MountedApp(prefix, app)
        for path in (prefix or "/", f"{prefix}/{{rest:path}}"):
            self.routing_manager.register(path, mounted, VERBS, name=f"mount {prefix}")


def _checked_prefix(prefix: str) -> str:
    if not prefix.startswith("/"):
        raise ValueError(f"Prefix: {prefix!r} must start with a slash")
    return prefix.rstrip("/")
