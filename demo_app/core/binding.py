"""Before the first request: controllers, which are made per request, get a service."""

from typing import TypeVar, cast

Controller = TypeVar("Controller")


def bound(controller: type[Controller], service: object) -> type[Controller]:
    """The same class of controllers, their ``service`` set.

    A subclass, so that several applications of one process keep their own.
    """
    names = {
        "service": service,
        "__doc__": controller.__doc__,
        "__module__": controller.__module__,
        "__qualname__": controller.__qualname__,
    }
    kind = type(controller.__name__, (controller,), names)
    return cast(type[Controller], kind)
