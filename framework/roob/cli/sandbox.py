"""One app in one process: imported once, on copies of its databases."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import click

from roob.cli.finding import load_app, settings
from roob.trace.copies import Copies
from roob.trace.layers import Layers, chained_in, roob_of
from roob.trace.outside import servers
from roob.trace.recorder import Recorder
from roob.trace.tracing import Tracer
from roob.trace.visit import Visit
from roob.types import WSGIApp

# Where a project's own logs.py writes to; empty is nowhere.
LOG_FILE = "LOG_FILE"


class Sandbox:
    """``with Sandbox() as sandbox: app = sandbox.load("shop:app")``.

    Several commands of one process share one, since an app keeps the databases open
    that it once opened.
    """

    def __init__(self, for_real: bool = False) -> None:
        self.copies = None if for_real else Copies()

    def __enter__(self) -> Self:
        if self.copies is not None:
            self.copies.__enter__()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self.copies is not None:
            self.copies.__exit__()

    def load(self, name: str) -> WSGIApp:
        """The app of that name; see :func:`roob.cli.finding.load_app`."""
        if self.copies is not None:
            # A project's log tells of its visitors, not of being looked at.
            os.environ.setdefault(LOG_FILE, "")
        return load_app(name)

    def tracer(self, name: str, layers: Layers) -> Tracer:
        """What traces requests to that app."""
        app = self.load(name)
        if roob_of(app) is None and not chained_in(app):
            layers.everything = True  # no layer of it is known
        return Tracer(app, Recorder(layers), self.copies)

    def refuse_unsafe(self, visit: Visit) -> None:
        """Write nowhere that is not copied.

        Raises:
            click.ClickException: the request may write, and the app knows a server.
        """
        found = [] if visit.is_safe or self.copies is None else servers()
        if found:
            names = " and ".join(found)
            raise click.ClickException(
                f"the app may write to {names}, which is not copied: give --for-real "
                "to write there, or point the app to an SQLite file"
            )


@contextmanager
def opened(context: click.Context, for_real: bool = False) -> Iterator[Sandbox]:
    """The sandbox that the commands of this process share, or one of its own."""
    if isinstance(context.obj, Sandbox):
        yield context.obj
        return
    with Sandbox(for_real) as sandbox:
        yield sandbox


def layers_here(everything: bool = False) -> Layers:
    """The layers of the working directory's app, by its settings too.

    Raises:
        click.ClickException: the settings are no table.
    """
    trace = settings().get("trace", {})
    modules = trace.get("layers", {}) if isinstance(trace, dict) else None
    if not isinstance(modules, dict):
        raise click.ClickException("[tool.roob.trace] layers is no table of modules")
    return Layers(Path.cwd(), modules, everything)
