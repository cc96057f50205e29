"""One registered route, frozen, and what comes of matching a request with the table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from roob.path_template import PathTemplate
from roob.types import Handler


@dataclass(frozen=True, slots=True)
class RouteDefinition:
    """A path, the handler bound to it and the methods that it answers.

    ``RouteDefinition("/books/{id:d}", get_book, frozenset({"GET"}), ...)``.
    """

    path: str
    handler: Handler
    allowed_methods: frozenset[str]
    template: PathTemplate
    name: str
    max_body_bytes: int | None = None


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
