"""The whole document: every route of a table, in the words of OpenAPI 3.1.

https://spec.openapis.org/oas/v3.1.0
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from roob.models.route_definition import RouteDefinition
from roob.mounting import MountedApp
from roob.openapi import members, operations
from roob.openapi.components import Components
from roob.openapi.describe import description_of, words_of
from roob.openapi.fields import Json, Path, path_of
from roob.openapi.naming import named, with_refusals
from roob.openapi.operations import Operation, Subject, operation_of, security_of
from roob.openapi.paths import paths_of, written_fields
from roob.static_files import STATIC_PREFIX
from roob.views import Views
from roob.websockets.endpoint import WebSocketEndpoint

VERSION = "3.1.0"


@dataclass(frozen=True, slots=True)
class Info:
    """What the document says of the whole; ``tags`` are headings with their words.

    ``servers`` are addresses with a word on each, ``schemes`` the ways to show who one
    is, and ``security`` those that hold wherever nothing else is said.
    """

    title: str = "API"
    version: str = "0"
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    servers: Mapping[str, str] = field(default_factory=dict)
    schemes: Mapping[str, Json] = field(default_factory=dict)
    security: Sequence[Any] = ()

    def written(self) -> Json:
        """The document's ``info``."""
        found = {"title": self.title, "version": self.version}
        has_more = bool(self.description)
        return {**found, "description": self.description} if has_more else found

    def written_servers(self, root: str) -> list[Json]:
        """Where it is served: as said, else below a path; at none, it goes without."""
        if not self.servers:
            return [{"url": root}] if root else []
        return [
            {"url": url, "description": words} if words else {"url": url}
            for url, words in self.servers.items()
        ]

    def check_security(self, ways: Sequence[Any] | None) -> None:
        """Whether the ways to show who one is are known.

        Raises:
            ValueError: one of them is not.
        """
        for name in (name for way in security_of(ways) or () for name in way):
            if name not in self.schemes:
                raise ValueError(
                    f"security: {name!r} is none of add_openapi's security_schemes, "
                    f"{[*self.schemes]}"
                )


@dataclass(frozen=True, slots=True)
class Placed:
    """A route of the app, or of an app that is mounted in it, below a prefix."""

    route: RouteDefinition
    prefix: Path | None = None


def routes_of(app: Any, prefix: Path | None = None) -> Iterator[Placed]:
    """All routes that the document may be about, those of mounted apps too."""
    for route in app.routing_manager.routes:
        if isinstance(route.handler, MountedApp):
            yield from _mounted(route, route.handler, prefix)
        elif not route.path.startswith(STATIC_PREFIX):
            yield Placed(route, prefix)


def _mounted(
    route: RouteDefinition, mounted: MountedApp, prefix: Path | None
) -> Iterator[Placed]:
    """A mount has two routes, and its app is a table where it is one of Roob's."""
    if route.template.rest is None and hasattr(mounted.app, "routing_manager"):
        here = path_of(route.template)
        yield from routes_of(mounted.app, here.below(prefix) if prefix else here)


def sources_of(app: Any) -> tuple[object, ...]:
    """What the document is made of: as long as it is equal, so is the document."""
    placed = [*routes_of(app)]
    tables = (each.route.handler for each in placed)
    views = [each.names() for each in tables if isinstance(each, Views)]
    return (*placed, *map(tuple, views))


def document_of(app: Any, info: Info) -> Json:
    """The document of an app or a router, without its servers.

    Raises:
        Exception: what is said of a handler cannot be told; a note says of which.
    """
    placed = [*routes_of(app)]
    subjects = [s for s in subjects_of(placed) if not s.said.hidden]
    subjects = with_refusals(named(subjects))
    components = components_here()
    made = [_made(subject, components, info) for subject in subjects]
    schemas = components.finish()
    paths = paths_of(made)
    for path, item in sockets_of(placed):
        paths.setdefault(path, {}).update(item)
    found: Json = {"openapi": VERSION, "info": info.written(), "paths": paths}
    tags = [*_tags(subjects, info.tags)]
    kept = {"schemas": schemas, "securitySchemes": dict(info.schemes)}
    parts = {
        "components": {name: each for name, each in kept.items() if each},
        "tags": tags,
        "security": security_of(info.security),
    }
    return found | {name: part for name, part in parts.items() if part}


def _made(subject: Subject, components: Components, info: Info) -> Operation:
    """A subject's operation; what is of no use in it says whose it is."""
    try:
        info.check_security(subject.said.security)
        made = operation_of(subject, components)
    except Exception as error:  # as many kinds as there are ways to describe
        error.add_note(f"In the document of {subject.method} {subject.path.text}")
        error.add_note(f"which is answered by {subject.code!r}")
        raise
    if made.security is None and info.security:
        return replace(made, security=security_of(info.security))
    return made


def components_here() -> Components:
    """Schemas of types where pydantic is installed, else of the plain ones alone."""
    if find_spec("pydantic") is None:
        return Components()
    # Late: apps that nobody asks for their document need no pydantic in memory.
    made: Components = import_module("roob.openapi.schemas").PydanticComponents()
    return made


def subjects_of(placed: Iterable[Placed]) -> Iterator[Subject]:
    """What answers, route by route; a collection's routes are asked once."""
    known = set[tuple[int, str]]()
    for each in placed:
        if isinstance(each.route.call, WebSocketEndpoint):
            continue
        kind: Any = operations
        if members.is_of_collections(each.route):
            kind, key = members, (id(each.route.handler), each.route.name)
            if key in known:
                continue
            known.add(key)
        yield from _below(each.prefix, kind.subjects_of(each.route))


def _below(prefix: Path | None, subjects: Iterable[Subject]) -> Iterator[Subject]:
    for each in subjects:
        yield replace(each, path=each.path.below(prefix)) if prefix else each


def sockets_of(placed: Iterable[Placed]) -> Iterator[tuple[str, Json]]:
    """Websockets, for which OpenAPI has no words: ``{"x-websocket": {...}}``."""
    for each in placed:
        endpoint = each.route.call
        if isinstance(endpoint, WebSocketEndpoint):
            path = path_of(each.route.template)
            path = path.below(each.prefix) if each.prefix else path
            if not description_of(endpoint).hidden:
                yield path.text, {"x-websocket": _socket(endpoint, path)}


def _socket(endpoint: WebSocketEndpoint, path: Path) -> Json:
    summary, text = words_of(endpoint.handler)
    said = description_of(endpoint)
    found: Json = {
        "summary": said.summary or summary,
        "description": said.description or text,
        "tags": [*said.tags],
        "parameters": written_fields(path.fields),
        "subprotocols": [*endpoint.subprotocols],
    }
    return {name: value for name, value in found.items() if value}


def _tags(subjects: Iterable[Subject], words: Mapping[str, str]) -> Iterator[Json]:
    used = dict.fromkeys(tag for each in subjects for tag in each.said.tags)
    for tag in [*words, *(tag for tag in used if tag not in words)]:
        described = {"description": words[tag]} if words.get(tag) else {}
        yield {"name": tag, **described}
