"""The shapes that rooms hand to each other.

``WSGIApp`` is what a server calls, ``Handler`` what a user writes, ``RequestHandler``
what a middleware wraps.
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol
from wsgiref.types import StartResponse, WSGIEnvironment

from webob import Response

__all__ = [
    "ExceptionHandler",
    "Handler",
    "RequestHandler",
    "StartResponse",
    "WSGIApp",
    "WSGIEnvironment",
]

# environ, start_response -> body (PEP 3333)
WSGIApp = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]

# A function, a bound method, a callable object or a class with verbs for methods.
# Its parameters are the path's, so only the person who writes both can name them.
Handler = Callable[..., Any]

ExceptionHandler = Callable[[Any, Any], Any]


class RequestHandler(Protocol):
    """Anything that turns a request into a response: the step that a step wraps."""

    def __call__(self, request: Any, /) -> Response:
        """Answer one request."""
        ...
