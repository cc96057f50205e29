"""Why a route takes a request, or does not: what the router's tables know at once.

The router looks a path up and so never tries most routes; this room says, route by
route, what it would have found.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from roob.hosts import read_host
from roob.models.route_definition import RouteDefinition
from roob.path_template import PathTemplate
from roob.trace.layers import WEBSOCKET, is_websocket

CHOSEN, LATER, REFUSED = "chosen", "later", "refused"
MARKS: Mapping[str, str] = MappingProxyType({CHOSEN: "✓", LATER: "–", REFUSED: "✗"})
# Less one slash it is as short as the root's, and no route has it.
_TWO_SLASHES = "//"
# How far off a route is of which only the host does not fit.
_OTHER_HOST = 0.25


@dataclass(frozen=True)
class Candidate:
    """A path and what it has to say to a request.

    ``Candidate("/api/products", "refused", "one segment fewer", ...)``; ``distance``
    orders the refused ones, the nearest first.
    """

    path: str
    verdict: str
    reason: str
    distance: float = 0.0


def candidates(
    routes: Iterable[RouteDefinition], method: str, path: str, host: str | None = None
) -> list[Candidate]:
    """Every path of a table in the order of registration, with its verdict.

    With a host, the routes that are for another one are refused.
    """
    served: dict[str, set[str]] = {}
    firsts: dict[str, RouteDefinition] = {}
    for route in routes:
        served.setdefault(route.address, set()).update(_served(route))
        firsts.setdefault(route.address, route)
    if path not in ("/", _TWO_SLASHES):
        path = path.removesuffix("/")
    asked = [(route, served[name]) for name, route in firsts.items()]
    found = [_look(route, methods, method, path, host) for route, methods in asked]
    if method == "OPTIONS" and not any(each.verdict == CHOSEN for each in found):
        # None has a handler for it: the table answers for every path that fits.
        found = [_look(route, {method}, method, path, host) for route, _ in asked]
    return _with_one_chosen(found, firsts)


def _served(route: RouteDefinition) -> frozenset[str]:
    methods = route.allowed_methods
    opened = {WEBSOCKET} if is_websocket(route) else set()
    return methods | opened | ({"HEAD"} if "GET" in methods else set())


def nearest(found: Sequence[Candidate], most: int = 4) -> list[Candidate]:
    """Those that fit, and of the others the most similar ones, in their order.

    Beside one that fits only those are near that are a segment or less away.
    """
    refused = [each for each in found if each.verdict == REFUSED]
    near = sorted(refused, key=lambda each: each.distance)[:most]
    fits = any(each.verdict == CHOSEN for each in found)
    limit = 1.0 if fits or not near else max(1.0, near[0].distance + 0.3)
    kept = [each for each in near if each.distance <= limit]
    return [each for each in found if each.verdict != REFUSED or each in kept]


def _look(
    route: RouteDefinition,
    methods: Set[str],
    method: str,
    path: str,
    host: str | None,
) -> Candidate:
    template, address = route.template, route.address
    refusal, distance = _refusal(template, path)
    if refusal:
        return Candidate(address, REFUSED, refusal, distance)
    of_host = {} if host is None else read_host(route.host_template, host)
    if of_host is None:
        return Candidate(address, REFUSED, f"is not for the host {host}", _OTHER_HOST)
    if method not in methods:
        # To answer a GET is only how a websocket begins.
        said = methods - {"GET", "HEAD"} if WEBSOCKET in methods else methods
        has = ", ".join(sorted(said | ({"OPTIONS"} - {method})))
        return Candidate(address, REFUSED, f"answers {has}, not {method}")
    values = {} if template.is_exact else template.read(path)
    reason = str({**of_host, **(values or {})} or "exact")
    if WEBSOCKET in methods and method in ("GET", "HEAD", WEBSOCKET):
        reason += ", a websocket"
    return Candidate(address, CHOSEN, reason)


def _refusal(template: PathTemplate, path: str) -> tuple[str, float]:
    """Why the path does not fit, and how far off it is; no reason where it fits."""
    texts = path.split("/")[1:] if path != "/" else [""]
    differences = [_literal_refusal(at, word, texts) for at, word in template.literals]
    reasons = [reason for reason, _ in differences if reason]
    distance = sum(far for _, far in differences)
    length = _length_refusal(template, len(texts))
    if length:
        return length[0] if not reasons else reasons[0], distance + length[1]
    if reasons:
        return reasons[0], distance
    return _converter_refusal(template, path)


def _literal_refusal(at: int, word: str, texts: Sequence[str]) -> tuple[str, float]:
    if at > len(texts):
        return "", 0.0
    text = texts[at - 1]
    if text == word:
        return "", 0.0
    return f"{text!r} is not {word!r}", 0.5 + 2 * (1 - _likeness(text, word))


@lru_cache(maxsize=4096)
def _likeness(text: str, word: str) -> float:
    return difflib.SequenceMatcher(None, text, word).ratio()


def _length_refusal(template: PathTemplate, length: int) -> tuple[str, float] | None:
    more = length - template.length
    if template.rest is not None and more >= 1:
        return None
    if template.rest is None and more == 0:
        return None
    missing = template.length - length + (template.rest is not None)
    if missing > 0:
        return f"{_number(missing)} more", float(missing)
    return f"{_number(more)} fewer", float(more)


def _number(count: int) -> str:
    return "one segment" if count == 1 else f"{count} segments"


def _converter_refusal(template: PathTemplate, path: str) -> tuple[str, float]:
    fits = template.is_exact or template.read(path) is not None
    if fits and path != _TWO_SLASHES:
        return "", 0.0
    texts = path.split("/")
    for at, segment in template.segments:
        if not segment.read(texts[at], {}):
            return f"{texts[at]!r} is no {segment.shape}", 0.5
    return f"nothing is left for {{{template.rest}:path}}", 0.5


def _with_one_chosen(
    found: list[Candidate], firsts: Mapping[str, RouteDefinition]
) -> list[Candidate]:
    """The exact one or the first answers; what fits as well comes too late."""
    hosts = [*dict.fromkeys(route.host for route in firsts.values())]
    fitting = [each for each in found if each.verdict == CHOSEN]
    winner = min(
        fitting, key=lambda each: _rank(firsts[each.path], hosts), default=None
    )
    return [
        Candidate(each.path, LATER, _too_late(firsts[each.path], firsts[winner.path]))
        if winner and each.verdict == CHOSEN and each is not winner
        else each
        for each in found
    ]


def _rank(route: RouteDefinition, hosts: Sequence[str | None]) -> tuple[int, bool]:
    """A host without fields, hosts as they came, no host; then exact paths."""
    return _rank_of_host(route, hosts), not route.template.is_exact


def _rank_of_host(route: RouteDefinition, hosts: Sequence[str | None]) -> int:
    if route.host_template is None:
        return len(hosts)
    return -1 if route.host_template.is_exact else hosts.index(route.host)


def _too_late(route: RouteDefinition, winner: RouteDefinition) -> str:
    if route.host != winner.host:
        return f"fits too, but the routes of {winner.host} come first"
    if winner.template.is_exact:
        return "fits too, but an exact path comes first"
    return "fits too, but an earlier route answers"
