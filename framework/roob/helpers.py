"""Routing logic: from a path and a method to the endpoint that answers.

Where none does, the reason is part of the result: path unknown, or method unknown.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import Any

from roob.exceptions import BadRequest
from roob.models.route_definition import RouteDefinition, RouteMatch, Verbs
from roob.path_template import PathTemplate
from roob.types import WSGIEnvironment

Endpoint = Callable[..., Any]
Parameters = dict[str, Any]

_UNKNOWN_PATH = RouteMatch()


def decode_path(raw: str) -> str:
    r"""The path that patterns are matched with: ``"/caf\xc3\xa9/" -> "/café"``.

    PEP 3333 gives UTF-8's bytes as latin-1 letters. One trailing slash is ignored.

    Raises:
        BadRequest: the bytes are not UTF-8, or one of them is NUL.
    """
    if "\0" in raw:
        raise BadRequest("The path has a NUL character in it")
    if not raw.isascii():
        raw = _decode_utf8(raw)
    return raw[:-1] if raw.endswith("/") else raw


def _decode_utf8(raw: str) -> str:
    try:
        return raw.encode("latin-1").decode()
    except UnicodeError as error:
        raise BadRequest("The path is not valid UTF-8") from error


@dataclass(slots=True)
class Candidate:
    """One path with all that is registered for it, method by method."""

    template: PathTemplate
    position: int
    matches: dict[str, RouteMatch] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()


class Drawer:
    """The patterns whose literals stand at the same places: ``/{x}/a``, ``/{y}/b``.

    A request's words at those places are the key, so finding the one or two
    patterns that may fit takes the same time among ten routes and ten thousand.
    A literal at the beginning of a segment, ``/v{n:d}``, belongs to the key too.
    """

    def __init__(self, template: PathTemplate) -> None:
        self.arrangement = _arrangement(template)
        self.length = template.length
        self._places = places = [at for at, _ in template.literals]
        # itemgetter gives one word bare and several as a tuple; both can be a key.
        self._words: Callable[[Sequence[str]], Any] = (
            itemgetter(*places) if places else lambda _segments: None
        )
        self._begins = [(at, len(text)) for at, text in template.beginnings]
        self._candidates: dict[Any, list[Candidate]] = {}

    def add(self, candidate: Candidate) -> None:
        """Keep a pattern under its own literals."""
        key = self._key(candidate.template.path.split("/"))
        self._candidates.setdefault(key, []).append(candidate)

    def find(self, segments: Sequence[str]) -> Sequence[Candidate]:
        """The patterns with the request's words in their literal places."""
        return self._candidates.get(self._key(segments), ())

    def may_find(self, segments: Sequence[str]) -> bool:
        """Whether it has patterns for them, whatever the last one will be."""
        return self._asks_for(len(segments) - 1) or bool(self.find(segments))

    def _asks_for(self, place: int) -> bool:
        return place in self._places or place in dict(self._begins)

    def _key(self, segments: Sequence[str]) -> object:
        words = self._words(segments)
        if not self._begins:
            return words
        return words, *[segments[at][:length] for at, length in self._begins]


class TemplateIndex:
    """Templates, found by what they take; built once, then only read, by any thread.

    Exact paths are in one dictionary; paths whose only field is the last segment,
    the most frequent shape, in another, under what stands before it; all others
    are in drawers, those that may be longer than their template apart. A prefix is
    undisputed where no drawer has a pattern for the same paths.
    """

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._exact: dict[str, Candidate] = {}
        self._by_prefix: dict[str, list[Candidate]] = {}
        self._drawers: dict[int, list[Drawer]] = {}
        self._rest_drawers: list[Drawer] = []
        for candidate in candidates:
            self._add(candidate)
        self._undisputed = {p for p in self._by_prefix if not self._is_disputed(p)}

    def _add(self, candidate: Candidate) -> None:
        template = candidate.template
        if template.is_exact:
            # In the letters that PEP 3333 gives, so that nothing need be decoded.
            path = template.path.encode().decode("latin-1").rstrip("/")
            self._exact[path] = self._exact[f"{path}/"] = candidate
        elif template.rest is not None:
            _drawer(self._rest_drawers, template).add(candidate)
        elif template.tail is not None:
            prefix = template.prefix.removesuffix("/")
            self._by_prefix.setdefault(prefix, []).append(candidate)
        else:
            drawers = self._drawers.setdefault(template.length, [])
            _drawer(drawers, template).add(candidate)

    def fitting(self, path: str) -> Iterator[tuple[Candidate, Parameters]]:
        """Each that takes a path, the exact one first, with its fields' values."""
        if path in self._exact:
            yield self._exact[path], {}
        prefix, _, last = path.rpartition("/")
        for candidate in self._candidates_for(path, prefix):
            parameters = candidate.template.read(path, last)
            if parameters is not None:
                yield candidate, parameters

    def _candidates_for(self, path: str, prefix: str) -> Sequence[Candidate]:
        """The patterns whose literals fit, in the order of registration."""
        found = self._by_prefix.get(prefix, ())
        if prefix in self._undisputed:
            return found
        return _in_order([*found, *self._look_into_drawers(path.split("/"))])

    def _look_into_drawers(self, segments: Sequence[str]) -> list[Candidate]:
        if segments[0]:
            return []  # a path without its leading slash, as in "OPTIONS *"
        drawers = self._drawers_for(len(segments) - 1)
        return [found for drawer in drawers for found in drawer.find(segments)]

    def _drawers_for(self, length: int) -> list[Drawer]:
        longer = [drawer for drawer in self._rest_drawers if drawer.length < length]
        return self._drawers.get(length, []) + longer

    def _is_disputed(self, prefix: str) -> bool:
        """Whether a pattern in a drawer may fit a path that begins like this, too."""
        segments = f"{prefix}/".split("/")
        drawers = self._drawers_for(len(segments) - 1)
        return any(drawer.may_find(segments) for drawer in drawers)


class RoutingHelper(TemplateIndex):
    """The finished route table: built once, then only read, by any thread.

    ``RoutingHelper(routes).find_route("GET", "/books/7")
    -> RouteMatch(route, get_book, ("GET", "HEAD", "OPTIONS")), {"id": 7}``.
    """

    def __init__(self, routes: Sequence[RouteDefinition]) -> None:
        super().__init__(_candidates(routes))
        self.routes = tuple(routes)
        # Whether a host matters, so that all of the environ has to be looked at.
        self.has_hosts = False

    def find_in(self, environ: WSGIEnvironment) -> tuple[RouteMatch, Parameters]:
        """The same for a request's environ, its host looked at where it matters.

        Raises:
            BadRequest: as :func:`decode_path`.
        """
        return self.find_route(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""))

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
        prefix, _, last = path.rpartition("/")
        if not last or not path.isascii() or "\0" in path:
            path = decode_path(path)
            prefix, _, last = path.rpartition("/")
        for candidate in self._candidates_for(path, prefix):
            parameters = candidate.template.read(path, last)
            if parameters is None:
                continue
            match = candidate.matches.get(method)
            if match is not None:
                return match, parameters
            allowed = tuple(sorted({*allowed, *candidate.allowed}))
        return RouteMatch(allowed=allowed) if allowed else _UNKNOWN_PATH, {}


def _in_order(candidates: list[Candidate]) -> list[Candidate]:
    if len(candidates) > 1:
        candidates.sort(key=attrgetter("position"))
    return candidates


def _drawer(drawers: list[Drawer], template: PathTemplate) -> Drawer:
    arrangement = _arrangement(template)
    for drawer in drawers:
        if drawer.arrangement == arrangement:
            return drawer
    drawers.append(Drawer(template))
    return drawers[-1]


def _arrangement(template: PathTemplate) -> object:
    places = tuple(at for at, _ in template.literals)
    beginnings = tuple((at, len(text)) for at, text in template.beginnings)
    return template.length, places, beginnings


def _candidates(routes: Iterable[RouteDefinition]) -> Iterator[Candidate]:
    """The routes gathered by path; HEAD follows GET (RFC 9110 9.3.2)."""
    by_path: dict[str, dict[str, RouteDefinition]] = {}
    for route in routes:
        verbs = by_path.setdefault(route.template.path, {})
        verbs.update(dict.fromkeys(route.allowed_methods, route))
    for position, verbs in enumerate(by_path.values()):
        yield _candidate(position, verbs)


def _candidate(position: int, verbs: dict[str, RouteDefinition]) -> Candidate:
    allowed = answered(verbs)
    matches = {
        verb: RouteMatch(route, endpoint_of(route, verb), allowed, route.max_body_bytes)
        for verb, route in verbs.items()
    }
    if "GET" in matches:
        matches.setdefault("HEAD", matches["GET"])
    template = next(iter(verbs.values())).template
    return Candidate(template, position, matches, allowed)


def answered(verbs: Iterable[str]) -> tuple[str, ...]:
    """What ``Allow`` names for verbs: ``["GET"] -> ("GET", "HEAD", "OPTIONS")``."""
    given = {*verbs, "OPTIONS"}
    return tuple(sorted(given | {"HEAD"} if "GET" in given else given))


def endpoint_of(route: RouteDefinition, method: str) -> Endpoint:
    """What is called for a method: the route's call, or a fresh instance's verb.

    The verb's name comes from the fixed list that the route was registered with,
    never from a request.
    """
    call, verb = route.call, method.lower()
    if isinstance(call, Verbs):
        return call.endpoint(verb)
    if not isinstance(call, type):
        return call

    def endpoint(request: Any, /, **parameters: Any) -> Any:
        return getattr(call(), verb)(request, **parameters)

    return endpoint
