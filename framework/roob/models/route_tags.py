"""What ``@route`` writes on functions, methods and classes, and how it is read.

A tag says where its bearer wants to be, and belongs to no table; ``add`` of a router or
an application reads it and registers a route.
"""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any, NamedTuple, Unpack, cast

from roob.constants import VERBS
from roob.types import Dispatcher, Handler, RouteOptions

_TAGS = "__routes__"
_OPTIONS = RouteOptions.__annotations__.keys()
_RESOURCE_METHODS = {f"on_{verb.lower()}": verb for verb in VERBS}


class RouteTag(NamedTuple):
    """``RouteTag("/users/{id:d}", ["GET"], host="{tenant}.example.com")``."""

    path: str
    methods: Iterable[str] | None = None
    name: str | None = None
    max_body_bytes: int | None = None
    host: str | None = None
    dispatcher: Dispatcher | None = None

    @property
    def options(self) -> RouteOptions:
        """What it says beside path and methods; nothing of what it leaves open."""
        given = self._asdict().items()
        said = {name: value for name, value in given if value is not None}
        return cast(RouteOptions, {k: v for k, v in said.items() if k in _OPTIONS})


def tag_of(
    path: str, methods: Iterable[str] | None, options: Mapping[str, Any]
) -> RouteTag:
    """``("/users", ["GET"], {"host": "a.com"})``.

    Raises:
        TypeError: an option is unknown.
    """
    for name in options.keys() - _OPTIONS:
        raise TypeError(f"a route has no option {name!r}: it has {sorted(_OPTIONS)}")
    return RouteTag(path, methods, **options)


# A handler, and where it wants to be.
Wanted = tuple[Handler, RouteTag]


def write_tag(bearer: Any, tag: RouteTag) -> None:
    """Put one more tag on a function, a method of a class, or a class.

    Raises:
        TypeError: it takes no attributes.
    """
    try:
        setattr(bearer, _TAGS, (*tags_of(bearer), tag))
    except AttributeError as error:
        raise TypeError(
            f"{bearer!r} cannot bear @route: write it on a function, or on a method "
            "in its class; or add(path, endpoint)"
        ) from error


def tags_of(bearer: Any) -> tuple[RouteTag, ...]:
    """The tags on it, the one that is nearest to it first; a base's are not its own."""
    tags: tuple[RouteTag, ...] = _attributes(bearer).get(_TAGS, ())
    is_wrapper = isinstance(bearer, staticmethod | classmethod)
    return tags or (tags_of(bearer.__func__) if is_wrapper else ())


def _attributes(thing: Any) -> Mapping[str, Any]:
    return getattr(thing, "__dict__", {})


def wanted_of(thing: Any, **options: Unpack[RouteOptions]) -> list[Wanted]:
    """What tags want, of a function, a class, an object with methods, or a module.

    ``options`` are said of all of them, over what the tags say.

    Raises:
        TypeError: there is no tag.
    """
    wanted = [*_of_tags(thing)]
    if not wanted:
        hint = f"; add {thing.__name__}()" if inspect.isclass(thing) else ""
        raise TypeError(f"{thing!r} has no @route, and no method of it has{hint}")
    return [(handler, _with(tag, options)) for handler, tag in wanted]


def _with(tag: RouteTag, options: RouteOptions) -> RouteTag:
    said: RouteOptions = {**tag.options, **options}
    return RouteTag(tag.path, tag.methods, **said)


def _of_tags(thing: Any) -> Iterator[Wanted]:
    own = tags_of(thing)
    yield from ((thing, tag) for tag in own)
    # What bears tags itself is a handler, and what it may wrap is its own business.
    if own or inspect.isroutine(thing) or inspect.isclass(thing):
        return
    for tag in tags_of(type(thing)):
        yield from wanted_at(thing, tag)
    for member, tags in _tagged_members(thing):
        yield from ((member, tag) for tag in tags)


def _tagged_members(thing: Any) -> Iterator[tuple[Any, tuple[RouteTag, ...]]]:
    """Those that an object has, in the order of definition, its bases' first."""
    homes = [thing]
    if not isinstance(thing, ModuleType):
        homes = [*reversed(type(thing).__mro__), thing]
    for name in dict.fromkeys(name for home in homes for name in _attributes(home)):
        tags = tags_of(inspect.getattr_static(thing, name, None))
        member = getattr(thing, name) if tags else None
        if tags and _is_at_home(member, thing):
            yield member, tags


def _is_at_home(member: Any, thing: Any) -> bool:
    """Whether a module defined it; what it only imported is another's to add."""
    if not isinstance(thing, ModuleType):
        return True
    return bool(member.__module__ == thing.__name__)


def wanted_at(endpoint: Any, tag: RouteTag) -> Iterator[Wanted]:
    """What one path wants: its endpoint, or each ``on_get``, ``on_post`` ... of it.

    Raises:
        TypeError: methods are given for a resource.
    """
    verbs = _resource_verbs(endpoint)
    if not verbs:
        yield endpoint, tag
        return
    if tag.methods is not None:
        raise TypeError(
            f"Path: {tag.path}: {endpoint!r} answers {', '.join(verbs.values())} by "
            "its methods' names, so give no methods"
        )
    name = tag.name or type(endpoint).__name__
    for method, verb in verbs.items():
        yield getattr(endpoint, method), tag._replace(methods=(verb,), name=name)


def _resource_verbs(endpoint: Any) -> dict[str, str]:
    if inspect.isroutine(endpoint) or inspect.isclass(endpoint):
        return {}
    names = _RESOURCE_METHODS.items()
    return {m: v for m, v in names if callable(getattr(endpoint, m, None))}


def is_of(handler: Any, thing: Any) -> bool:
    """Whether a handler is a thing, a method of it, or what a module has tagged."""
    if isinstance(thing, ModuleType):
        is_its = getattr(handler, "__module__", None) == thing.__name__
        return is_its and bool(tags_of(handler))
    # Two methods are compared by Python, and never by what a stranger's __eq__ says.
    are_methods = inspect.ismethod(handler) and inspect.ismethod(thing)
    is_method = are_methods and handler == thing
    owner = getattr(handler, "__self__", handler)
    return handler is thing or is_method or owner is thing
