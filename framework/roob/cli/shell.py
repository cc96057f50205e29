"""``roob shell``: Python with the app, its models and its database at hand."""

import code
import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from importlib import import_module
from importlib.util import find_spec
from rlcompleter import Completer
from typing import Any, TextIO

import click

from roob.cli import project
from roob.cli.finding import app_option, load_app, name_of_app
from roob.orm.table import Table
from roob.types import WSGIApp


@click.command()
@app_option
@click.option("-c", "text", metavar="CODE", help="Run this, and leave.")
def shell(name: str | None, text: str | None) -> None:
    """Open Python with the app, its models and its database.

    \b
    roob shell
    roob shell -c 'print(client.get("/").status_code)'
    roob shell < script.py

    A client of the app is there too, where httpx is installed. The database is the
    real one, not a copy: what is saved here is saved.
    """
    app = load_app(name_of_app(name))
    with ExitStack() as closing:
        names = {"app": app, **_models(), **_tools(app, closing)}
        if text is not None:
            _run(text, "<command>", names)
        elif _stdin().isatty():
            _interact(names)
        else:
            _run(_stdin().read(), "<stdin>", names)


def _stdin() -> TextIO:
    return sys.stdin


def _models() -> dict[str, type[Table]]:
    """The project's tables by class name; else all that the app's import defined."""
    is_named = project.name_of_models() is not None
    tables = project.tables() if is_named else [*_defined(Table)]
    return {table.__name__: table for table in tables}


def _defined(base: type[Table]) -> Iterator[type[Table]]:
    for table in base.__subclasses__():
        is_framework = table.__module__.partition(".")[0] == "roob"
        if table.__schema__.keys and not is_framework:
            yield table
        yield from _defined(table)


def _tools(app: WSGIApp, closing: ExitStack) -> dict[str, Any]:
    """``db`` where the project names one, and ``client`` where httpx is installed."""
    found: dict[str, Any] = {}
    if project.name_of_database() is not None:
        found["db"] = closing.enter_context(project.database())
    if find_spec("httpx") is not None:
        client = import_module("roob.testing").TestClient(app)
        found["client"] = closing.enter_context(client)
    return found


def _interact(names: dict[str, Any]) -> None:
    banner = f"Python {sys.version.partition(' ')[0]} with {', '.join(names)}"
    namespace = _namespace(names)
    _complete(namespace)
    code.interact(f"{banner}\nThe database is the real one.", None, namespace, "")


def _namespace(names: dict[str, Any]) -> dict[str, Any]:
    return {"__name__": "__main__", "__doc__": None, **names}


def _complete(namespace: dict[str, Any]) -> None:
    with suppress(ImportError):  # there is no readline everywhere
        readline = import_module("readline")
        readline.set_completer(Completer(namespace).complete)
        is_libedit = "libedit" in (readline.__doc__ or "")
        readline.parse_and_bind(
            "bind ^I rl_complete" if is_libedit else "tab: complete"
        )


def _run(text: str, file: str, names: dict[str, Any]) -> None:
    try:
        exec(compile(text, file, "exec"), _namespace(names))  # noqa: S102 - the purpose
    except Exception as error:  # whatever the code raises
        last = error.__traceback__
        traceback.print_exception(error.with_traceback(last and last.tb_next))
        raise SystemExit(1) from None
