"""One registered route, frozen, and what comes of matching a request with the table."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from roob.path_template import PathTemplate
from roob.types import Handler


@dataclass(frozen=True, slots=True)
class RouteDefinition:
    """A path, the handler bound to it and the methods that it answers.

    ``RouteDefinition("/books/{id:d}", get_book, frozenset({"GET"}), ...)``.
    ``handler`` is what was registered, ``call`` what a dispatcher made of it: that is
    called with the request and the fields' values by name. ``host`` is the one that
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
