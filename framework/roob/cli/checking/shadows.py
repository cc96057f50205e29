"""Which routes can never answer, since others before them take all of their paths."""

from collections.abc import Iterable, Iterator

from roob.models.route_definition import RouteDefinition
from roob.path_segment import IntegerSegment, Segment, TextSegment
from roob.path_template import PathTemplate


def shadowed(
    routes: Iterable[RouteDefinition],
) -> Iterator[tuple[RouteDefinition, RouteDefinition]]:
    """Each route that is never asked, with one that is asked instead.

    Exact paths are looked up first, so none of them is ever hidden; patterns are tried
    in the order in which their paths came first. Only what is certain is told.
    """
    before: dict[str, list[RouteDefinition]] = {}
    for route in routes:
        before.setdefault(route.address, []).append(route)
    earlier: list[RouteDefinition] = []
    for same in before.values():
        for route in same:
            hiding = _hiding(route, earlier)
            if hiding is not None:
                yield route, hiding
        earlier += same


def _hiding(
    route: RouteDefinition, earlier: list[RouteDefinition]
) -> RouteDefinition | None:
    """One of those that answer in its place, where they do so for all its methods."""
    at_host = [each for each in earlier if each.host == route.host]
    takers = [each for each in at_host if takes_all(each.template, route.template)]
    taken = {method for each in takers for method in each.allowed_methods}
    taken |= {"HEAD"} if "GET" in taken else set()
    return takers[0] if takers and route.allowed_methods <= taken else None


def takes_all(first: PathTemplate, later: PathTemplate) -> bool:
    """Whether a pattern surely takes each path that the other one takes.

    ``("/{name}", "/{id:d}") -> True``: where one goes the other never arrives.
    """
    if first.is_exact or later.is_exact or not _is_as_long(first, later):
        return False
    fields, literals = dict(first.segments), dict(first.literals)
    words, others = dict(later.literals), dict(later.segments)
    for at in range(1, first.length + 1):
        if at in literals and literals[at] != words.get(at):
            return False
        if at in fields and not _takes(fields[at], words.get(at), others.get(at)):
            return False
    return first.rest is None or _is_text(later, first.length + 1)


def _is_as_long(first: PathTemplate, later: PathTemplate) -> bool:
    if first.rest is None:
        return later.rest is None and first.length == later.length
    return later.length + (later.rest is not None) > first.length


def _is_text(later: PathTemplate, at: int) -> bool:
    """Whether what begins there is never empty, as the rest of a path may not be."""
    is_more = later.length > at or (later.length == at and later.rest is not None)
    segment = dict(later.segments).get(at)
    return is_more or segment is None or not _takes_nothing(segment)


def _takes(field: Segment, word: str | None, other: Segment | None) -> bool:
    """Whether a field takes a word, or all that another field does."""
    if word is not None:
        return field.read(word, {})
    if other is None:
        return False
    is_text = isinstance(field, TextSegment) and not _takes_nothing(other)
    return is_text or field.shape == other.shape


def _takes_nothing(segment: Segment) -> bool:
    is_known = isinstance(segment, TextSegment | IntegerSegment)
    return not is_known and segment.read("", {})
