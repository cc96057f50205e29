"""Before the app, in development: where it cannot be loaded, its traceback answers."""

import logging
import os
import traceback
from collections.abc import Iterable
from importlib import invalidate_caches

import click

from roob.cli.finding import VARIABLE, load_app
from roob.types import StartResponse, WSGIApp, WSGIEnvironment

logger = logging.getLogger("roob.errors")


class Developed:
    """The app of a name, or why it is none: ``Developed("dispatcher:app")``.

    The server begins anew when a file changes, and does not see one that comes to be:
    so what failed for want of a module is tried again at each request.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._load()

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if self._lacks_module:
            self._load()
        return self._app(environ, start_response)

    def _load(self) -> None:
        self._lacks_module = False
        invalidate_caches()
        try:
            self._app = load_app(self._name)
        except click.ClickException as error:
            self._lacks_module = isinstance(error.__cause__, ImportError)
            text = _told(error)
            logger.error("%s", text)
            self._app = _failing(text)


def app() -> Developed:
    """The app that ``$ROOB_APP`` names; the server calls this when it begins."""
    return Developed(os.environ[VARIABLE])


def _told(error: click.ClickException) -> str:
    """A sentence, and the traceback of what is behind it."""
    cause = error.__cause__
    lines = [] if cause is None else ["\n", *traceback.format_exception(cause)]
    return "".join([error.format_message(), "\n", *lines])


def _failing(text: str) -> WSGIApp:
    body = text.encode("utf-8", "backslashreplace")
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
    ]

    def fail(
        environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        start_response("500 Internal Server Error", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return fail
