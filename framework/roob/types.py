"""The shapes that rooms hand to each other.

``WSGIApp`` is what a server calls, ``Handler`` what a user writes, ``RequestHandler``
what a middleware wraps.
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypedDict
from wsgiref.types import StartResponse, WSGIEnvironment

from webob import Response

__all__ = [
    "Dispatcher",
    "ExceptionHandler",
    "GroupOptions",
    "Handler",
    "RequestHandler",
    "RouteOptions",
    "StartResponse",
    "WSGIApp",
    "WSGIEnvironment",
]

# environ, start_response -> body (PEP 3333)
WSGIApp = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]

# A function, a bound method, a callable object or a class with verbs for methods.
# Its parameters are the path's, so only the person who writes both can name them.
Handler = Callable[..., Any]

# Makes what a route calls, call(request, **parameters), of what was registered; once,
# at registration. The rooms ``dispatchers`` and ``typed`` have some.
Dispatcher = Callable[[Handler], Handler]

ExceptionHandler = Callable[[Any, Any], Any]


class GroupOptions(TypedDict, total=False):
    """What all routes of a group may have in common.

    ``host`` is the host that they are for, ``"{tenant}.example.com"``; ``dispatcher``
    says how their handlers are called, where that is not as their table says.
    """

    host: str | None
    dispatcher: Dispatcher | None


class RouteOptions(GroupOptions, total=False):
    """What a route may be given beside its path and its methods.

    ``name`` is what ``url_for`` takes, ``max_body_bytes`` the route's own limit.
    """

    name: str | None
    max_body_bytes: int | None


class RequestHandler(Protocol):
    """Anything that turns a request into a response: the step that a step wraps."""

    def __call__(self, request: Any, /) -> Response:
        """Answer one request."""
        ...
