"""How a handler is called: what a dispatcher makes of it when it is registered.

A route calls ``call(request, **parameters)``; a dispatcher gives that form to handlers
that are written otherwise. One that reads annotations is in ``roob.typed``.
"""

import inspect
from collections.abc import Iterable
from functools import WRAPPER_ASSIGNMENTS, update_wrapper
from typing import Any

from roob.models.route_definition import RouteDefinition
from roob.types import Dispatcher, Handler

# What has this attribute, and it is true, has been dispatched already: it is called as
# routes call, whatever the dispatcher of its table.
MARK = "is_dispatched"


def keyword(handler: Handler) -> Handler:
    """``handler(request, id=7)``: the parameters by name. The way of applications."""
    return handler


def plain(handler: Handler) -> Handler:
    """``handler(request, {"id": 7})``: the parameters in one dictionary.

    The way of a ``Router``, for handlers that do not know which fields there will be.
    """

    # Leading arguments are the request, and before it the object of a method.
    def call(*leading: Any, **parameters: Any) -> Any:
        return handler(*leading, parameters)

    assigned = [name for name in WRAPPER_ASSIGNMENTS if hasattr(handler, name)]
    return update_wrapper(call, handler, assigned)


def dispatched(handler: Handler, dispatcher: Dispatcher, verbs: Iterable[str]) -> Any:
    """What a route calls: ``(get_book, plain, {"GET"})``.

    Of a class it is a subclass, the methods of whose verbs are dispatched.
    """
    if dispatcher is keyword:
        return handler
    if not isinstance(handler, type):
        return dispatcher(handler)
    names = [verb.lower() for verb in verbs]
    methods = {name: _dispatched_method(handler, name, dispatcher) for name in names}
    named = {"__module__": handler.__module__, "__qualname__": handler.__qualname__}
    return type(handler)(handler.__name__, (handler,), named | methods)


def _dispatched_method(kind: type, name: str, dispatcher: Dispatcher) -> Any:
    """A method for the subclass; what needs no instance still needs none."""
    method = inspect.getattr_static(kind, name)
    if getattr(method, MARK, False):
        return method
    if isinstance(method, staticmethod | classmethod):
        return staticmethod(dispatcher(getattr(kind, name)))
    return dispatcher(method)


def check_fields(route: RouteDefinition) -> None:
    """Let what a dispatcher made look at the fields of its route, at registration.

    Raises:
        TypeError: it has no parameter for one of them, or needs another.
    """
    templates = filter(None, (route.template, route.host_template))
    fields = frozenset(name for template in templates for name in template.names)
    for part in _parts_of(route):
        check = getattr(part, "check_fields", None)
        if check is not None:
            check(fields)


def _parts_of(route: RouteDefinition) -> list[Any]:
    """What is called: of a class, the method of every verb."""
    if not isinstance(route.call, type):
        return [route.call]
    return [getattr(route.call, verb.lower()) for verb in route.allowed_methods]
