"""Which routes a request's host leads to, where routes are for hosts of their own.

A host is read as the path that DNS makes of it, from the top: ``a.example.com`` is
``/com/example/a``. So templates of hosts are compiled and found as those of paths are.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import count

from roob.helpers import Candidate, Parameters, RoutingHelper, TemplateIndex
from roob.models.route_definition import RouteDefinition, RouteMatch
from roob.path_segment import Converters
from roob.path_template import PathTemplate, compile_path
from roob.types import WSGIEnvironment

# Names as DNS and IPv4 have them, and IPv6 in brackets (RFC 3986 3.2.2).
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")
_MAX_HOST_LETTERS = 255
_PORT = re.compile(r":[0-9]*\Z")
_FIELD = re.compile(r"(\{[^{}]*\})")


def compile_host(
    host: str | None, template: PathTemplate, converters: Converters
) -> PathTemplate | None:
    """A route's host, read: ``"{tenant}.example.com"``; beside its path's template.

    Raises:
        ValueError: it is no host, or has a field that is no template's, or is in
            the path as well.
    """
    if host is None:
        return None
    compiled = compile_path(_path_of_template(host), converters)
    twice = compiled.names & template.names
    if twice:
        raise ValueError(
            f"Path: {template.path} and host {host} both have {', '.join(twice)}"
        )
    return compiled


def _path_of_template(host: str) -> str:
    """``"{sub:path}.Example.com" -> "/com/example/{sub:path}"``."""
    if not isinstance(host, str) or not _HOST.fullmatch(_FIELD.sub("x", host).lower()):
        raise ValueError(
            f"Host: {host!r} is no host: write it as {{tenant}}.example.com, without "
            "a port, and other letters than ASCII's as DNS does (xn--...)"
        )
    # Every second piece is a field: its case counts, and its dots part no labels.
    pieces = _FIELD.split(host)
    pieces[::2] = [text.lower() for text in pieces[::2]]
    pieces[1::2] = [field.replace(".", "\0") for field in pieces[1::2]]
    return _reversed_path("".join(pieces)).replace("\0", ".")


def _reversed_path(host: str) -> str:
    labels = [host] if host.startswith("[") else host.split(".")
    return "/" + "/".join(reversed(labels))


def host_of(environ: WSGIEnvironment) -> str:
    """The host that was asked for, small and without its port: ``"a.example.com"``.

    Nothing where it is no host's name (RFC 9110 7.2).
    """
    text: str = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "")
    host = _PORT.sub("", text).lower().removesuffix(".")
    is_host = len(host) <= _MAX_HOST_LETTERS and _HOST.fullmatch(host)
    return host if is_host else ""


class HostTable(RoutingHelper):
    """The finished table of routes some of which are for a host.

    Those of the request's host are asked first: of a host without fields, then of
    the others in the order in which the hosts came first; after them the routes that
    are for every host. Where none has the method, ``allowed`` gathers what all have.
    """

    def __init__(self, routes: Sequence[RouteDefinition]) -> None:
        super().__init__([route for route in routes if route.host_template is None])
        self.has_hosts = True
        by_host: dict[str, list[RouteDefinition]] = {}
        templates: dict[str, PathTemplate] = {}
        for route in routes:
            if route.host_template is not None:
                path = route.host_template.path
                by_host.setdefault(path, []).append(route)
                templates.setdefault(path, route.host_template)
        self._tables = [RoutingHelper(its_own) for its_own in by_host.values()]
        self._hosts = TemplateIndex(map(Candidate, templates.values(), count()))

    def find_in(self, environ: WSGIEnvironment) -> tuple[RouteMatch, Parameters]:
        """The first route of a fitting host that takes path and method, or none.

        Raises:
            BadRequest: as :func:`decode_path`.
        """
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        allowed = set[str]()
        for table, host_parameters in self._asked(host_of(environ)):
            match, parameters = table.find_route(method, path)
            if match.endpoint is not None:
                return match, host_parameters | parameters
            allowed.update(match.allowed)
        return RouteMatch(allowed=tuple(sorted(allowed))), {}

    def _asked(self, host: str) -> Iterator[tuple[RoutingHelper, Parameters]]:
        for candidate, parameters in self._hosts.fitting(_reversed_path(host)):
            table = self._tables[candidate.position]
            yield table, _as_in_host(candidate.template, parameters)
        yield self, {}


def read_host(template: PathTemplate | None, host: str) -> Parameters | None:
    """What a template's fields take of a host; None where it is another one's.

    Every host fits where there is no template.
    """
    if template is None:
        return {}
    path = _reversed_path(host)
    fitting = TemplateIndex([Candidate(template, 0)]).fitting(path)
    return next((_as_in_host(template, found) for _, found in fitting), None)


def _as_in_host(template: PathTemplate, parameters: Parameters) -> Parameters:
    """``{"sub": "b/a"} -> {"sub": "a.b"}``: the rest of a path as the host has it."""
    rest = template.rest
    if rest is None:
        return parameters
    labels = parameters[rest].split("/")
    return {**parameters, rest: ".".join(reversed(labels))}
