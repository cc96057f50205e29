"""Routing logic: from a path and a method to the endpoint that answers.

Where none does, the reason is part of the result: path unknown, or method unknown.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import Any

from roob.exceptions import BadRequest
from roob.models.route_definition import RouteDefinition, RouteMatch
from roob.path_template import PathTemplate

Endpoint = Callable[..., Any]
Parameters = dict[str, Any]

_UNKNOWN_PATH = RouteMatch()


def decode_path(raw: str) -> str:
    r"""The path that a person would write: ``"/caf\xc3\xa9" -> "/café"``.

    PEP 3333 gives UTF-8's bytes as latin-1 letters.

    Raises:
        BadRequest: the bytes are not UTF-8, or one of them is NUL.
    """
    if "\0" in raw:
        raise BadRequest("The path has a NUL character in it")
    try:
        return raw if raw.isascii() else raw.encode("latin-1").decode()
    except UnicodeError as error:
        raise BadRequest("The path is not valid UTF-8") from error


def split_path(raw: str) -> list[str]:
    """What stands between the slashes: ``"/books/7/" -> ["books", "7"]``.

    One trailing slash is ignored.

    Raises:
        BadRequest: as :func:`decode_path`.
    """
    if not raw.isascii() or "\0" in raw:
        raw = decode_path(raw)
    segments = raw.split("/")
    if segments[-1] == "" and len(segments) > 2:
        segments.pop()
    del segments[0]
    return segments


@dataclass(slots=True)
class Candidate:
    """One path with all that is registered for it, method by method."""

    template: PathTemplate
    position: int
    matches: dict[str, RouteMatch] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()


class Drawer:
    """The patterns whose literals stand at the same places: ``/a/{x}``, ``/b/{y}``.

    A request's words at those places are the key, so finding the one or two
    patterns that may fit takes the same time among ten routes and ten thousand.
    """

    def __init__(self, length: int, places: Sequence[int]) -> None:
        self.length = length
        self.places = places
        # itemgetter gives one word bare and several as a tuple; both can be a key.
        self.words: Callable[[Sequence[str]], Any] = (
            itemgetter(*places) if places else lambda _segments: None
        )
        self.candidates: dict[Any, list[Candidate]] = {}

    def add(self, candidate: Candidate) -> None:
        """Keep a pattern under its own literals."""
        literals = dict(candidate.template.literals)
        words = self.words([literals.get(at, "") for at in range(self.length)])
        self.candidates.setdefault(words, []).append(candidate)


_NO_DRAWERS: list[Drawer] = []


class RoutingHelper:
    """The finished route table: built once, then only read, by any thread.

    ``RoutingHelper(routes).find_route("GET", "/books/7")
    -> RouteMatch(route, get_book, ("GET", "HEAD", "OPTIONS")), {"id": 7}``.
    """

    def __init__(self, routes: Iterable[RouteDefinition]) -> None:
        self._exact: dict[str, Candidate] = {}
        self._drawers: dict[int, list[Drawer]] = {}
        self._rest_drawers: list[Drawer] = []
        self._rest_words: set[str] = set()
        self._rest_begins_anyhow = False
        for candidate in _candidates(routes):
            self._add(candidate)

    def _add(self, candidate: Candidate) -> None:
        template = candidate.template
        if template.is_exact:
            self._add_exact(candidate)
        elif template.rest is None:
            drawers = self._drawers.setdefault(template.length, [])
            _drawer(drawers, template).add(candidate)
        else:
            self._add_rest(candidate)

    def _add_exact(self, candidate: Candidate) -> None:
        # Under the letters that PEP 3333 gives, so that nothing need be decoded.
        path = candidate.template.path.encode().decode("latin-1").rstrip("/")
        self._exact[path] = self._exact[f"{path}/"] = candidate

    def _add_rest(self, candidate: Candidate) -> None:
        _drawer(self._rest_drawers, candidate.template).add(candidate)
        begins_with = dict(candidate.template.literals).get(0)
        if begins_with is None:
            self._rest_begins_anyhow = True
        else:
            self._rest_words.add(begins_with)

    def find_route(self, method: str, path: str) -> tuple[RouteMatch, Parameters]:
        """An exact path first; then patterns in the order of registration.

        The path is ``PATH_INFO`` as the server gives it. The first pattern that
        takes path and method wins; where paths fit and the method is none of
        theirs, ``allowed`` names the methods they have.

        Raises:
            BadRequest: as :func:`decode_path`.
        """
        exact = self._exact.get(path)
        if exact is None:
            return self._find_pattern(method, path, ())
        match = exact.matches.get(method)
        if match is None:
            return self._find_pattern(method, path, exact.allowed)
        return match, {}

    def _find_pattern(
        self, method: str, path: str, allowed: tuple[str, ...]
    ) -> tuple[RouteMatch, Parameters]:
        segments = split_path(path)
        for candidate in self._candidates_for(segments):
            parameters = candidate.template.read(segments)
            if parameters is None:
                continue
            match = candidate.matches.get(method)
            if match is not None:
                return match, parameters
            allowed = tuple(sorted({*allowed, *candidate.allowed}))
        return RouteMatch(allowed=allowed) if allowed else _UNKNOWN_PATH, {}

    def _candidates_for(self, segments: Sequence[str]) -> Sequence[Candidate]:
        """The patterns whose literals fit, in the order of registration."""
        count = len(segments)
        drawers = self._drawers.get(count, _NO_DRAWERS)
        if self._rest_begins_anyhow or segments[0] in self._rest_words:
            drawers = drawers + [d for d in self._rest_drawers if d.length < count]
        found: Sequence[Candidate] = ()
        for drawer in drawers:
            hit = drawer.candidates.get(drawer.words(segments))
            if hit is not None:
                found = _merge(found, hit) if found else hit
        return found


def _merge(
    some: Sequence[Candidate], others: Sequence[Candidate]
) -> Sequence[Candidate]:
    return sorted([*some, *others], key=attrgetter("position"))


def _drawer(drawers: list[Drawer], template: PathTemplate) -> Drawer:
    places = [at for at, _ in template.literals]
    for drawer in drawers:
        if drawer.places == places and drawer.length == template.length:
            return drawer
    drawers.append(Drawer(template.length, places))
    return drawers[-1]


def _candidates(routes: Iterable[RouteDefinition]) -> Iterable[Candidate]:
    """The routes gathered by path; HEAD follows GET (RFC 9110 9.3.2)."""
    by_path: dict[str, dict[str, RouteDefinition]] = {}
    for route in routes:
        verbs = by_path.setdefault(route.template.path, {})
        verbs.update(dict.fromkeys(route.allowed_methods, route))
    for position, verbs in enumerate(by_path.values()):
        if "GET" in verbs:
            verbs.setdefault("HEAD", verbs["GET"])
        allowed = tuple(sorted({*verbs, "OPTIONS"}))
        matches = {
            verb: RouteMatch(
                route, endpoint_of(route, verb), allowed, route.max_body_bytes
            )
            for verb, route in verbs.items()
        }
        template = next(iter(verbs.values())).template
        yield Candidate(template, position, matches, allowed)


def endpoint_of(route: RouteDefinition, method: str) -> Endpoint:
    """What is called for a method: the handler, or a fresh instance's verb.

    The verb's name comes from the fixed list that the route was registered with,
    never from a request.
    """
    handler = route.handler
    if not isinstance(handler, type):
        return handler
    verb = method.lower()

    def endpoint(request: Any, **parameters: Any) -> Any:
        return getattr(handler(), verb)(request, **parameters)

    return endpoint
