"""``roob why``: which route answers a request, or why none does."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import unquote

import click

from roob.cli.finding import app_option, name_of_app
from roob.cli.sandbox import opened
from roob.cli.trace import visits_of
from roob.hosts import host_of
from roob.models.route_definition import RouteDefinition
from roob.trace.candidates import CHOSEN, MARKS, REFUSED, Candidate, candidates, nearest
from roob.trace.layers import mounted_in, roobs_of
from roob.trace.visit import Visit


@click.command()
@click.argument("request", nargs=-1, metavar="[METHOD] PATH", required=True)
@app_option
@click.option(
    "-H", "--header", "headers", multiple=True, help="'Host: acme.example.com'."
)
@click.option("--all", "everything", is_flag=True, help="Every path of the table.")
@click.pass_context
def why(
    context: click.Context,
    request: Sequence[str],
    name: str | None,
    headers: Sequence[str],
    everything: bool,
) -> None:
    """Say which route answers a request, or why none does; no handler is called.

    \b
    roob why GET /api/product/1
    roob why WS /api/stock/live

    Exits with 1 where no route answers.
    """
    visits = visits_of(request, headers, None)
    if len(visits) != 1:
        raise click.UsageError("give one request, as in: roob why GET /")
    with opened(context) as sandbox:
        app = sandbox.load(name_of_app(name))
    if not roobs_of(app):
        raise click.ClickException(f"{type(app).__name__} is no Roob application")
    lines, is_answered = explanation(app, visits[0], everything)
    click.echo("\n".join(lines))
    if not is_answered:
        raise SystemExit(1)


def explanation(app: object, visit: Visit, everything: bool) -> tuple[list[str], bool]:
    """What to say of a request, and whether a route answers it; in mounted apps too."""
    routes, found = _looked_through(app, visit)
    chosen = next((each for each in found if each.verdict == CHOSEN), None)
    lines = answer(visit, found, everything)
    for route in routes:
        inner = mounted_in(route.handler)
        is_chosen = chosen is not None and route.address == chosen.path
        if is_chosen and inner is not None:
            more, is_answered = _inside(inner, route, visit, everything)
            return [*lines, "", *more], is_answered
    return lines, chosen is not None


def _looked_through(
    app: object, visit: Visit
) -> tuple[Sequence[RouteDefinition], list[Candidate]]:
    """The table that answers; of several in a gateway's chain the first, else all."""
    path, _, _ = visit.path.partition("?")
    asked = visit.method, unquote(path), host_of(visit.environ())
    tables = [roob.routing_manager.routes for roob in roobs_of(app)]
    for table in tables:
        found = candidates(table, *asked)
        if any(each.verdict == CHOSEN for each in found):
            return table, found
    routes = [route for table in tables for route in table]
    return routes, candidates(routes, *asked)


def _inside(
    app: object, route: RouteDefinition, visit: Visit, everything: bool
) -> tuple[list[str], bool]:
    if not roobs_of(app):
        return [f"{type(app).__name__} is mounted there, and no Roob application"], True
    rest = visit.path.split("/")[1 + route.template.length :]
    inner = replace(visit, path="/" + "/".join(rest))
    return explanation(app, inner, everything)


def answer(visit: Visit, found: Sequence[Candidate], everything: bool) -> list[str]:
    """The verdict in one line, then the paths that it is about."""
    shown = found if everything else nearest(found)
    widest = max((len(each.path) for each in shown), default=0)
    lines = [
        f"  {MARKS[each.verdict]} {each.path:{widest}}  {each.reason}" for each in shown
    ]
    more = len(found) - len(shown)
    rest = [f"  and {more} further off: --all"] if more else []
    return [verdict(visit, found), "", *lines, *rest]


def verdict(visit: Visit, found: Sequence[Candidate]) -> str:
    """``"404: no path fits GET /product/1; the closest is /products/{id:d}: ..."``."""
    chosen = [each for each in found if each.verdict == CHOSEN]
    if chosen:
        return f"{visit.method} {visit.path} is answered by {chosen[0].path}"
    refused = [each for each in found if each.verdict == REFUSED]
    by_method = [each for each in refused if each.reason.startswith("answers ")]
    if by_method:
        return f"405: {by_method[0].path} {by_method[0].reason}"
    closest = min(refused, key=lambda each: each.distance, default=None)
    if closest is None:
        return f"404: the app has no routes at all, so not {visit.path}"
    return (
        f"404: no path fits {visit.method} {visit.path}; "
        f"the closest is {closest.path}: {closest.reason}"
    )
