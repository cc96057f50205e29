"""Where routes are registered: an application, or a group of paths with one prefix."""

from collections.abc import Callable, Collection, Iterable
from functools import partial
from importlib import import_module
from itertools import chain
from typing import Any, TypeVar, Unpack

from roob.constants import VERBS
from roob.dispatchers import keyword
from roob.models.route_definition import RouteDefinition
from roob.models.route_tags import Wanted, is_of, tag_of, wanted_at, wanted_of
from roob.mounting import MountedApp
from roob.routing_manager import RouteManager
from roob.types import GroupOptions, Handler, RouteOptions, WSGIApp

HandlerT = TypeVar("HandlerT", bound=Handler)


class RouteGroup:
    """``api = app.group("/api")``, then ``@api.route("/books")``: ``/api/books``."""

    def __init__(
        self,
        routing_manager: RouteManager,
        prefix: str,
        **options: Unpack[GroupOptions],
    ) -> None:
        self.routing_manager = routing_manager
        self._prefix = prefix
        self._options = options

    def route(
        self,
        path: str,
        allowed_methods: Iterable[str] | None = None,
        *,
        methods: Iterable[str] | None = None,
        **options: Unpack[RouteOptions],
    ) -> Callable[[HandlerT], HandlerT]:
        """Register the decorated handler, which stays as it is; decorators stack.

        ``methods`` is another word for ``allowed_methods``.

        Raises:
            RuntimeError, ValueError, TypeError: as :meth:`RouteManager.register`.
        """
        verbs = one_of(methods, allowed_methods)

        def register(handler: HandlerT) -> HandlerT:
            self.add_route(path, handler, verbs, **options)
            return handler

        return register

    def add_route(
        self,
        path: str,
        handler: Handler,
        allowed_methods: Iterable[str] | None = None,
        **options: Unpack[RouteOptions],
    ) -> RouteDefinition:
        """Register a handler: a function, a bound method, a callable or a class.

        A class is instantiated for every request, and its methods ``get``, ``post``,
        ``put``, ``patch``, ``delete``, ``head`` and ``options`` answer those verbs.

        Raises:
            RuntimeError, ValueError, TypeError: as :meth:`RouteManager.register`.
        """
        path = self._prefix + path if str(path).startswith("/") else path
        options = {**self._options, **options}
        return self.routing_manager.register(path, handler, allowed_methods, **options)

    def add(
        self,
        thing: Any,
        endpoint: Any = None,
        methods: Iterable[str] | None = None,
        **options: Unpack[RouteOptions],
    ) -> list[RouteDefinition]:
        """Register what ``@route`` says of a thing, or an endpoint at a path.

        ::

            add(user)                     # a function or a class with @route
            add(Users())                  # an object whose methods, or class, have it
            add(users)                    # a module of them; or a list
            add("/x", get_x, ["GET"])     # as add_route
            add("/files/{n}", Files())    # a resource: on_get, on_post ...

        All of them are registered, or none; ``remove`` takes the result.

        Raises:
            TypeError: nothing in it has a tag, or it cannot be called.
            RuntimeError, ValueError: as :meth:`RouteManager.register`.
        """
        if isinstance(thing, str):
            tag = tag_of(thing, methods, options)
            return self._add_all(wanted_at(endpoint, tag))
        if endpoint is not None or methods is not None:
            raise TypeError(f"{thing!r} is no path: its @route has path and methods")
        things = thing if isinstance(thing, list | tuple) else [thing]
        return self._add_all(
            wanted for each in things for wanted in wanted_of(each, **options)
        )

    def _add_all(self, wanted: Iterable[Wanted]) -> list[RouteDefinition]:
        added: list[RouteDefinition] = []
        try:
            for handler, tag in wanted:
                methods, options = tag.methods, tag.options
                added.append(self.add_route(tag.path, handler, methods, **options))
        except Exception:
            self.routing_manager.unregister(*added)
            raise
        return added

    def remove(self, thing: Any) -> None:
        """Take routes away: what ``add`` returned, or all routes of a thing.

        ``remove(user)``, ``remove(users)`` for an object and all its methods,
        ``remove(app)`` for an application that is mounted.

        Raises:
            ValueError: there is no such route here.
        """
        things = thing if isinstance(thing, list | tuple) else [thing]
        found = [self._routes_of(each) for each in things]
        self.routing_manager.unregister(*chain.from_iterable(found))

    def _routes_of(self, thing: Any) -> list[RouteDefinition]:
        if isinstance(thing, RouteDefinition):
            return [thing]
        routes = self.routing_manager.routes
        found = [route for route in routes if _is_of(route.handler, thing)]
        if not found:
            raise ValueError(f"{thing!r} has no route here")
        return found

    def websocket(
        self,
        path: str,
        *,
        name: str | None = None,
        origins: Collection[str] | None = None,
        subprotocols: Collection[str] = (),
        max_message_bytes: int = 1024 * 1024,
        ping_interval: float | None = 20.0,
        send_timeout: float = 30.0,
        max_connections: int | None = None,
    ) -> Callable[[HandlerT], HandlerT]:
        """Let the decorated function speak with clients that open a websocket.

        ::

            @app.websocket("/rooms/{room}")
            def talk(socket, room):
                for message in socket:
                    socket.send(message)

        See :class:`roob.websockets.endpoint.WebSocketEndpoint`; ``ping_interval`` and
        ``send_timeout`` are in seconds.

        Raises:
            RuntimeError, ValueError, TypeError: as :meth:`RouteManager.register`.
        """
        endpoint = partial(
            _websocket_endpoint(),
            origins=origins,
            subprotocols=subprotocols,
            max_message_bytes=max_message_bytes,
            ping_interval=ping_interval,
            send_timeout=send_timeout,
            max_connections=max_connections,
        )
        return self.route(path, ["GET"], name=name, dispatcher=endpoint)

    def add_converter(self, name: str, convert: Callable[[str], Any]) -> None:
        """A format of one's own for fields; see :meth:`RouteManager.add_converter`."""
        self.routing_manager.add_converter(name, convert)

    def group(self, prefix: str, **options: Unpack[GroupOptions]) -> "RouteGroup":
        """Routes below a prefix, which may have fields: ``group("/shops/{shop:d}")``.

        ``host`` and ``dispatcher`` are those of its routes that have none themselves.

        Raises:
            ValueError: the prefix has no leading slash.
        """
        prefix = self._prefix + _checked_prefix(prefix)
        options = {**self._options, **options}
        return RouteGroup(self.routing_manager, prefix, **options)

    def mount(self, prefix: str, app: WSGIApp) -> None:
        """Hand every request below a prefix to another WSGI application.

        Raises:
            RuntimeError: the prefix is bound already.
            ValueError: the prefix has no leading slash.
        """
        prefix = self._prefix + _checked_prefix(prefix)
        mounted = MountedApp(prefix, app)
        for path in (prefix or "/", f"{prefix}/{{rest:path}}"):
            self.routing_manager.register(
                path,
                mounted,
                VERBS,
                name=f"mount {prefix}",
                host=self._options.get("host"),
                dispatcher=keyword,
            )


def _is_of(handler: Handler, thing: Any) -> bool:
    """As :func:`is_of`, and a mount is its application's."""
    is_mounted = isinstance(handler, MountedApp) and is_of(handler.app, thing)
    return is_mounted or is_of(handler, thing)


def one_of(
    methods: Iterable[str] | None, allowed_methods: Iterable[str] | None
) -> Iterable[str] | None:
    """The methods of a route, which go by two names; to be read more than once.

    Raises:
        TypeError: both are given.
    """
    if methods is not None and allowed_methods is not None:
        raise TypeError("methods and allowed_methods mean the same: give one of them")
    given = allowed_methods if methods is None else methods
    return given if given is None or isinstance(given, str) else tuple(given)


def _websocket_endpoint() -> Callable[..., Handler]:
    # Late: an application without websockets starts without their rooms.
    endpoint: Callable[..., Handler] = import_module(
        "roob.websockets.endpoint"
    ).WebSocketEndpoint
    return endpoint


def _checked_prefix(prefix: str) -> str:
    if not prefix.startswith("/"):
        raise ValueError(f"Prefix: {prefix!r} must start with a slash")
    return prefix.rstrip("/")
