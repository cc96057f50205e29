"""One registered route, frozen, and what comes of matching a request with the table."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from roob.path_template import PathTemplate
from roob.types import Handler


@dataclass(frozen=True, slots=True)
class RouteDefinition:
    """A path, the handler bound to it and the methods that it answers.

    ``RouteDefinition("/books/{id:d}", get_book, frozenset({"GET"}), ...)``.
    ``handler`` is what was registered, ``call`` what a dispatcher made of it: that is
    called with the request and the fields' values by name, or, of a class, is the
    class or its ``Verbs``. ``host`` is the one that
    the route is for, ``"{tenant}.example.com"``; without it, it is for every host.
    """

    path: str
    handler: Handler
    allowed_methods: frozenset[str]
    template: PathTemplate
    name: str
    max_body_bytes: int | None = None
    call: Handler = field(kw_only=True, repr=False)
    host: str | None = None
    host_template: PathTemplate | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """Host and path, for people: ``{tenant}.example.com/books/{id:d}``."""
        return f"{self.host or ''}{self.template.path}"


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """What path and method lead to; made at start, shared by all such requests.

    Where ``endpoint`` is None nothing answers, and ``allowed`` tells why: with
    methods in it, the path is known and only the method is not (405); empty, the
    path is unknown (404). The values of a request's fields travel beside it.
    """

    route: RouteDefinition | None = None
    endpoint: Callable[..., Any] | None = None
    allowed: tuple[str, ...] = ()
    max_body_bytes: int | None = None


class Verbs:
    """What is called of a class, verb by verb: ``Verbs(Books, {"get": call}).get``.

    They are called as functions of the class are, ``get(Books(), request, id=7)``; the
    class stays as it was written, so that one of its verbs may call another.
    """

    def __init__(self, kind: type, functions: Mapping[str, Handler]) -> None:
        self.kind = kind
        self.__dict__.update(functions)

    def endpoint(self, name: str) -> Callable[..., Any]:
        """What is called with a request: ``endpoint("get")``; an object for each."""
        kind, function = self.kind, self.__dict__[name]
        if not needs_instance(kind, name):
            return cast(Callable[..., Any], function)

        def endpoint(request: Any, /, **parameters: Any) -> Any:
            return function(kind(), request, **parameters)

        return endpoint


def needs_instance(kind: type, name: str) -> bool:
    """Whether a verb of a class is a method; not what is static, or just an object."""
    found = inspect.getattr_static(kind, name)
    is_bound = isinstance(found, staticmethod | classmethod)
    return hasattr(type(found), "__get__") and not is_bound
