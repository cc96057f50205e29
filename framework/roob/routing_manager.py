"""The route table: registration refuses what cannot work, dispatch does the rest.

A request passes here between the middlewares and its handler.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

from webob import Response

from roob.common_handlers import CommonHandlers
from roob.constants import VERBS
from roob.dispatchers import MARK, check_fields, dispatched, keyword
from roob.helpers import RoutingHelper
from roob.hosts import HostTable, compile_host
from roob.models.answers import make_response
from roob.models.requests import Request
from roob.models.route_definition import RouteDefinition, RouteMatch
from roob.path_template import compile_path
from roob.types import Dispatcher, Handler

# OPTIONS is answered by the table itself, and HEAD follows GET.
_DEFAULT_VERBS = tuple(verb for verb in VERBS if verb not in ("HEAD", "OPTIONS"))


class RouteManager:
    """``register("/books/{id:d}", get_book)``, then ``dispatch(request)``.

    Routes may come and go while other threads dispatch: what they read is a finished
    table, which is replaced and never changed.
    """

    def __init__(
        self,
        not_found: Callable[[Request], Response] = CommonHandlers.url_not_found_handler,
        dispatcher: Dispatcher = keyword,
    ) -> None:
        self._not_found = not_found
        self._dispatcher = dispatcher
        self._changing = Lock()
        self._routes: list[RouteDefinition] = []
        self._bound: set[tuple[str, ...]] = set()
        self._converters: dict[str, Callable[[str], Any]] = {}
        self._helper: RoutingHelper | None = None

    @property
    def routes(self) -> tuple[RouteDefinition, ...]:
        """All routes, in the order of registration."""
        return tuple(self._routes)

    def add_converter(self, name: str, convert: Callable[[str], Any]) -> None:
        """A format of one's own: ``("hex", parse_hex)``, then ``{colour:hex}``.

        ``convert`` is a function decorated by ``parse.with_pattern``; a ValueError
        from it means that the path does not match.
        """
        if not name.isalpha() or not callable(convert):
            raise ValueError(f"{name!r} and {convert!r} are no word and no function")
        self._converters[name] = convert

    def register(
        self,
        path: str,
        handler: Handler,
        allowed_methods: Iterable[str] | None = None,
        *,
        name: str | None = None,
        max_body_bytes: int | None = None,
        host: str | None = None,
        dispatcher: Dispatcher | None = None,
    ) -> RouteDefinition:
        """Bind a handler to a path.

        Without ``allowed_methods`` a class answers the verbs that it has methods
        for, anything else answers all of them. ``name`` is what ``url_for`` takes;
        it is the handler's own name by default. A route with a ``host`` is asked
        before those without, and ``host``'s fields are parameters, too.

        Raises:
            RuntimeError: the path is bound already for one of the methods.
            ValueError: the path, the host or ``allowed_methods`` cannot be understood.
            TypeError: the handler cannot be called.
        """
        template = compile_path(path, self._converters)
        verbs = _verbs_of(path, handler, allowed_methods)
        route = RouteDefinition(
            path,
            handler,
            verbs,
            template,
            name or _name_of(handler),
            max_body_bytes,
            host=host,
            host_template=compile_host(host, template, self._converters),
            call=dispatched(handler, dispatcher or self._usual(handler), verbs),
        )
        self._add(route)
        return route

    def _usual(self, handler: Handler) -> Dispatcher:
        """The dispatcher where the route has none: not for what another one made."""
        return keyword if getattr(handler, MARK, False) else self._dispatcher

    def _add(self, route: RouteDefinition) -> None:
        check_fields(route)
        bound = _bindings_of(route)
        with self._changing:
            if not bound.isdisjoint(self._bound):
                at = f" of {route.host}" if route.host else ""
                raise RuntimeError(
                    f"Path: {route.path}{at} already bind to another handler"
                )
            self._bound |= bound
            self._routes.append(route)
            self._helper = None

    def unregister(self, *routes: RouteDefinition) -> None:
        """Take routes away, all or none; nothing of them stays.

        Raises:
            ValueError: one of them is not registered here.
        """
        gone = set(map(id, routes))
        with self._changing:
            kept = [route for route in self._routes if id(route) not in gone]
            if len(kept) + len(gone) != len(self._routes):
                names = ", ".join(route.address for route in routes)
                raise ValueError(f"of the routes {names} one is not registered here")
            self._bound.difference_update(*map(_bindings_of, routes))
            self._routes = kept  # others may be going through the old one
            self._helper = None

    def dispatch(self, request: Request) -> Response:
        """Find the request's handler, call it, and make its result a response.

        Raises:
            BadRequest: the path is not UTF-8, or has a NUL in it.
        """
        environ = request.environ
        helper = self._helper or self._compile()
        if helper.has_hosts:
            match, parameters = helper.find_in(environ)
        else:
            match, parameters = helper.find_route(
                environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
            )
        environ["roob.match"] = match
        environ["roob.path_parameters"] = parameters
        if match.max_body_bytes is not None:
            environ["roob.max_body_bytes"] = match.max_body_bytes
        if match.endpoint is None:
            return self._answer_unmatched(request, match)
        result = match.endpoint(request, **parameters)
        return make_response(result, match.route)

    def _answer_unmatched(self, request: Request, match: RouteMatch) -> Response:
        if not match.allowed:
            return self._not_found(request)
        if request.environ["REQUEST_METHOD"] == "OPTIONS":
            return CommonHandlers.options_handler(request)
        return CommonHandlers.method_not_allowed_handler(request)

    def _compile(self) -> RoutingHelper:
        # One table at a time: an older one must not take a newer one's place.
        with self._changing:
            helper = self._helper or _table_of(self._routes)
            self._helper = helper
        return helper

    def bound_body(self, request: Request) -> None:
        """Bound a body that is read before its route is found as that route says.

        Raises:
            BadRequest: as :meth:`dispatch`.
        """
        environ = request.environ
        helper = self._helper or self._compile()
        match, _ = helper.find_in(environ)
        if match.max_body_bytes is not None:
            environ["roob.max_body_bytes"] = match.max_body_bytes

    def url_for(self, name: str, /, **parameters: Any) -> str:
        """The path of a route: ``("get_book", id=7, page=2) -> "/books/7?page=2"``.

        Raises:
            LookupError: no route of that name takes those parameters.
            ValueError: a value cannot stand in its field.
        """
        for route in self._routes:
            if route.name == name and route.template.names <= parameters.keys():
                return route.template.write(_without_host(route, parameters))
        raise LookupError(
            f"no route is named {name!r} and takes {sorted(parameters)}; "
            f"there are {sorted({route.name for route in self._routes})}"
        )


def _table_of(routes: Sequence[RouteDefinition]) -> RoutingHelper:
    has_hosts = any(route.host is not None for route in routes)
    return HostTable(routes) if has_hosts else RoutingHelper(routes)


def _bindings_of(route: RouteDefinition) -> set[tuple[str, ...]]:
    """What no other route may have: ``{("", "/books/{:d}", "GET")}``."""
    host = route.host_template.shape if route.host_template else ""
    return {(host, route.template.shape, verb) for verb in route.allowed_methods}


def _without_host(
    route: RouteDefinition, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """The parameters that belong into a path or its query."""
    names = route.host_template.names if route.host_template else frozenset()
    return {name: value for name, value in parameters.items() if name not in names}


def _name_of(handler: Handler) -> str:
    return getattr(handler, "__name__", type(handler).__name__)


def _verbs_of(
    path: str, handler: Handler, allowed_methods: Iterable[str] | None
) -> frozenset[str]:
    if not callable(handler):
        raise TypeError(f"Path: {path}: {handler!r} cannot be called")
    if inspect.iscoroutinefunction(handler):
        raise TypeError(
            f"Path: {path}: {_name_of(handler)} is asynchronous; "
            "a handler is a plain function"
        )
    offered = _offered_verbs(path, handler)
    if allowed_methods is None:
        return offered
    verbs = _checked_verbs(path, allowed_methods)
    if inspect.isclass(handler) and not verbs <= offered:
        missing = ", ".join(sorted(verbs - offered))
        raise ValueError(f"Path: {path}: {handler.__name__} has no {missing}")
    return verbs


def _offered_verbs(path: str, handler: Handler) -> frozenset[str]:
    if not inspect.isclass(handler):
        return frozenset(_DEFAULT_VERBS)
    verbs = frozenset(v for v in VERBS if callable(getattr(handler, v.lower(), None)))
    if not verbs:
        raise TypeError(
            f"Path: {path}: {handler.__name__} has no method named after a verb "
            "(get, post, put, patch, delete, head, options)"
        )
    return verbs


def _checked_verbs(path: str, allowed_methods: Iterable[str]) -> frozenset[str]:
    if isinstance(allowed_methods, str):
        raise ValueError(
            f"Path: {path}: allowed_methods is the text {allowed_methods!r}: "
            f"give a list, [{allowed_methods!r}]"
        )
    verbs = frozenset(str(method).upper() for method in allowed_methods)
    if not verbs:
        raise ValueError(
            f"Path: {path}: allowed_methods is empty: nothing can reach it"
        )
    if not verbs <= set(VERBS):
        unknown = ", ".join(sorted(verbs - set(VERBS)))
        raise ValueError(f"Path: {path}: {unknown} is none of {', '.join(VERBS)}")
    return verbs
