"""How a handler is called: what a dispatcher makes of it when it is registered.

A route calls ``call(request, **parameters)``; a dispatcher gives that form to handlers
that are written otherwise. One that reads annotations is in ``roob.typed``.
"""

import inspect
from collections.abc import Iterable
from functools import WRAPPER_ASSIGNMENTS, partial, update_wrapper
from types import MethodType
from typing import Any

from roob.models.route_definition import RouteDefinition, Verbs, needs_instance
from roob.types import Dispatcher, Handler

# What has this attribute, and it is true, has been dispatched already: it is called as
# routes call, whatever the dispatcher of its table.
MARK = "is_dispatched"

# What a class has that says how its verbs are called, whatever its table's dispatcher.
OWN_DISPATCHER = "__dispatcher__"


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
    """What a route calls: ``(get_book, plain, {"GET"})``; of a class its verbs."""
    if isinstance(handler, type):
        dispatcher = getattr(handler, OWN_DISPATCHER, dispatcher)
        return handler if dispatcher is keyword else _verbs(handler, dispatcher, verbs)
    return dispatcher(handler)


def _verbs(kind: type, dispatcher: Dispatcher, verbs: Iterable[str]) -> Verbs:
    names = [verb.lower() for verb in verbs]
    return Verbs(kind, {n: _dispatched_verb(kind, n, dispatcher) for n in names})


def _dispatched_verb(kind: type, name: str, dispatcher: Dispatcher) -> Handler:
    function: Handler = getattr(kind, name)
    return function if getattr(function, MARK, False) else dispatcher(function)


def check_fields(route: RouteDefinition) -> None:
    """Let what a dispatcher made look at the fields of its route, at registration.

    Raises:
        TypeError: it has no parameter for one of them, or needs another; or one is
            named as a parameter that is given by its position.
    """
    templates = filter(None, (route.template, route.host_template))
    fields = frozenset(name for template in templates for name in template.names)
    for part, leading in _parts_of(route):
        taken = sorted(fields & _given_by_position(part, leading))
        if taken:
            raise TypeError(
                f"Path: {route.address}: no field of it can be named {taken[0]!r}: "
                f"{route.name} is given that parameter by its position"
            )
        check = getattr(part, "check_fields", None)
        if check is not None:
            check(fields)


def _parts_of(route: RouteDefinition) -> list[tuple[Any, int]]:
    """What is called, of a class each verb, and with how many arguments in front."""
    kind = route.handler
    if not isinstance(kind, type):
        return [(route.call, 1)]
    names = [verb.lower() for verb in route.allowed_methods]
    return [(getattr(route.call, n), 1 + needs_instance(kind, n)) for n in names]


def _given_by_position(call: Any, leading: int) -> frozenset[str]:
    """``(get_book, 1) -> {"request"}``: what cannot be given by name any more."""
    while isinstance(call, partial):
        call, leading = call.func, leading + len(call.args)
    if not inspect.isroutine(call):
        call = MethodType(type(call).__call__, call)
    if inspect.ismethod(call):
        call, leading = call.__func__, leading + 1
    code = getattr(call, "__code__", None)  # what is of C has none
    if code is None:
        return frozenset()
    last = min(leading, code.co_argcount)
    return frozenset(code.co_varnames[code.co_posonlyargcount : last])
