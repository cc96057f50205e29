"""``roob check``: is all there that the app needs, and does it fit together?"""

import inspect
import os
from collections.abc import Callable, Iterator
from typing import Any

import click

from roob.cli.checking import database, pages
from roob.cli.checking.findings import WRONG, Finding, well, wrong
from roob.cli.checking.shadows import shadowed
from roob.cli.finding import app_option, name_of_app
from roob.cli.sandbox import Sandbox, layers_here, opened
from roob.framework import Roob
from roob.middlewares import CsrfMiddleware, Middleware
from roob.trace.layers import name_of_handler, roob_of
from roob.trace.places import Places
from roob.trace.text import counted
from roob.views import Views


@click.command()
@app_option
@click.pass_context
def check(context: click.Context, name: str | None) -> None:
    """Say whether all that the app needs is there and fits.

    Routes, views, templates, static files, models and the database are looked at.
    Nothing is written: SQLite files are read as copies. With ROOB_ENV=production in
    the environment it also looks for what no public server should have.

    Exits with 1 where there is a problem.
    """
    with opened(context) as sandbox:
        findings = []
        for finding in _findings(sandbox, name_of_app(name)):
            finding.echo()
            findings.append(finding)
    problems = sum(finding.mark == WRONG for finding in findings)
    click.echo(f"\n{counted(problems, 'problem') if problems else 'No problems'}.")
    if problems:
        raise SystemExit(1)


def _findings(sandbox: Sandbox, name: str) -> Iterator[Finding]:
    try:
        roob = roob_of(sandbox.load(name))
    except click.ClickException as error:
        yield wrong(f"app: {error.format_message()}", "correct it there")
    else:
        yield from _of_app(name, roob)
    yield from database.of_models()
    yield from database.of_database()


def _of_app(name: str, roob: Roob | None) -> Iterator[Finding]:
    if roob is None:
        yield wrong(f"app: {name} is no Roob application", "give another --app")
        return
    yield well(f"app: {name}")
    yield from of_routes(roob)
    yield from pages.of_views(roob, Places(layers_here().root))
    yield from pages.of_templates(roob)
    if os.environ.get("ROOB_ENV") == "production":
        yield from of_production(roob)


def of_routes(roob: Roob) -> Iterator[Finding]:
    """How many there are, and which of them can never answer."""
    routes = roob.routing_manager.routes
    handlers = {id(route.handler) for route in routes}
    count = f"{counted(len(routes), 'route')}, {counted(len(handlers), 'handler')}"
    yield well(f"routes: {count}")
    for route, hiding in shadowed(routes):
        label = f"{route.path} ({name_of_handler(route.handler)})"
        words = f"routes: {label} never answers, {hiding.path} takes all its requests"
        yield wrong(words, f"register it before {hiding.path}")


def of_production(roob: Roob) -> Iterator[Finding]:
    """What a public server has to have."""
    if roob.debug:
        yield wrong("production: debug is on, and shows errors to anyone", "DEBUG=0")
    else:
        yield well("production: debug is off")
    has_views = any(isinstance(r.handler, Views) for r in roob.routing_manager.routes)
    if has_views and not any(isinstance(s, CsrfMiddleware) for s in steps_of(roob)):
        words = "production: no CsrfMiddleware guards the forms of the views"
        yield wrong(words, "app.add_middleware(CsrfMiddleware)")


def steps_of(roob: Roob) -> Iterator[Middleware]:
    """The middlewares of an app's chain, the outermost first."""
    step = _owner(roob._chain)
    while isinstance(step, Middleware):
        yield step
        step = _owner(step.next)


def _owner(handler: Callable[..., Any]) -> object:
    """The object whose method it is, below the guard that a chain puts around it."""
    if inspect.isfunction(handler):
        handler = inspect.getclosurevars(handler).nonlocals.get("step", handler)
    return getattr(handler, "__self__", None)
