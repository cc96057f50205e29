"""``roob routes``: the finished table, in the order in which paths are tried."""

import click

from roob.cli import terminal
from roob.cli.finding import app_option, name_of_app
from roob.cli.sandbox import layers_here, opened
from roob.trace.layers import name_of_handler, roob_of
from roob.trace.places import Places
from roob.trace.startup import place_of


@click.command()
@app_option
@click.pass_context
def routes(context: click.Context, name: str | None) -> None:
    """List the routes: methods, path, handler and where it stands."""
    with opened(context) as sandbox:
        app = sandbox.load(name_of_app(name))
    roob = roob_of(app)
    if roob is None:
        raise click.ClickException(f"{type(app).__name__} is no Roob application")
    places = Places(layers_here().root)
    rows: list[tuple[str, ...]] = [
        (
            _verbs(route.allowed_methods),
            route.path,
            name_of_handler(route.handler),
            place_of(route.handler, places),
        )
        for route in roob.routing_manager.routes
    ]
    for row in _aligned(rows):
        click.echo(_coloured(row))


def _verbs(methods: frozenset[str]) -> str:
    return ", ".join(sorted(methods))


def _aligned(rows: list[tuple[str, ...]]) -> list[list[str]]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        for row in rows
    ]


def _coloured(row: list[str]) -> str:
    verbs, path, handler, place = row
    if terminal.has_colours():
        verbs, path = click.style(verbs, "magenta"), click.style(path, "yellow")
        handler, place = click.style(handler, "green"), click.style(place, dim=True)
    return "  ".join([verbs, path, handler, place]).rstrip()
