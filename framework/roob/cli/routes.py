"""``roob routes``: the finished table, in the order in which paths are tried."""

import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Any

import click

from roob.cli import terminal
from roob.cli.finding import app_option, name_of_app
from roob.cli.sandbox import layers_here, opened
from roob.collection import Collection, CollectionEndpoint
from roob.models.route_definition import RouteDefinition
from roob.trace.layers import WEBSOCKET, is_websocket, name_of_handler, roobs_of
from roob.trace.places import Places
from roob.trace.startup import place_of
from roob.views import Views

FAILED = "✗"
Row = tuple[str, str, str, str]


@click.command()
@app_option
@click.pass_context
def routes(context: click.Context, name: str | None) -> None:
    """List the routes: methods, path, handler and where it stands.

    Views are listed too, each with what its collection answers; websockets as WS; of
    a gateway the routers in its chain.
    """
    with opened(context) as sandbox:
        app = sandbox.load(name_of_app(name))
        found = roobs_of(app)
        if not found:
            raise click.ClickException(f"{type(app).__name__} is no Roob application")
        places = Places(layers_here().root)
        rows = [row for roob in found for row in table(roob, places)]
    for row in _aligned(rows):
        click.echo(_coloured(row))


def table(roob: Any, places: Places) -> Iterator[Row]:
    """A row for each route; instead of a collection's routes, its own addresses."""
    known = set[int]()
    for route in roob.routing_manager.routes:
        found = [*_below(route, places)]
        if found and id(route.handler) not in known:
            yield from found
        elif not found:
            yield _row(route, places)
        known.add(id(route.handler))


def _row(route: RouteDefinition, places: Places) -> Row:
    verbs = ", ".join(sorted(route.allowed_methods))
    return (
        WEBSOCKET if is_websocket(route) else verbs,
        f"{route.host or ''}{route.path}",
        name_of_handler(route.handler),
        place_of(route.handler, places),
    )


def _below(route: RouteDefinition, places: Places) -> Iterator[Row]:
    """What the collections behind a route answer; nothing where there is none."""
    if isinstance(route.handler, CollectionEndpoint):
        yield from _addresses(route.path, route.handler.kind, places)
    elif isinstance(route.handler, Views):
        prefix = route.template.prefix
        for name, kind in collections_of(route.handler).items():
            if isinstance(kind, Exception):
                words = f"{FAILED} {told(kind)}"
                yield "", f"{prefix}{name}/", words, place_of_failure(kind, places)
            else:
                yield from _addresses(f"{prefix}{name}", kind, places)


def collections_of(views: Views) -> dict[str, type[Collection] | Exception]:
    """Every view by its name, imported; or why it cannot be."""
    found: dict[str, type[Collection] | Exception] = {}
    with redirect_stdout(sys.stderr):
        for name in views.names():
            try:
                found[name] = views.collection(name)
            except Exception as error:  # whatever the view's own code raises
                found[name] = error
    return found


def told(error: Exception) -> str:
    """An error in a line: ``"ValueError: no"``."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def place_of_failure(error: Exception, places: Places) -> str:
    """Where an import failed: ``"views/fred.py:3"``."""
    if isinstance(error, SyntaxError):  # it stands elsewhere than it was raised
        return f"{places.shown(error.filename or '')}:{error.lineno}"
    return places.raised(error)


def _addresses(path: str, kind: type[Collection], places: Places) -> Iterator[Row]:
    for end, verbs, member in kind.addresses():
        place = place_of(getattr(kind, member), places)
        yield ", ".join(sorted(verbs)), path + end, f"{kind.__name__}.{member}", place


def _aligned(rows: list[Row]) -> list[list[str]]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        for row in rows
    ]


def _coloured(row: list[str]) -> str:
    verbs, path, handler, place = row
    if terminal.has_colours():
        colour = "red" if handler.startswith(FAILED) else "green"
        verbs, path = click.style(verbs, "magenta"), click.style(path, "yellow")
        handler, place = click.style(handler, colour), click.style(place, dim=True)
    return "  ".join([verbs, path, handler, place]).rstrip()
