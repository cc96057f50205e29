"""Flask as it comes."""

from collections.abc import Callable
from typing import Any

import flask


def _text() -> flask.Response:
    return flask.Response("Hello, World!", mimetype="text/plain")


def _message() -> dict[str, str]:
    return {"message": "Hello"}


def _echo() -> Any:
    return flask.request.get_json()


def _item() -> Callable[[int], dict[str, int]]:
    return lambda number: {"id": number}


def make(n_routes: int = 50) -> flask.Flask:
    """Build the app."""
    app = flask.Flask(__name__)
    app.add_url_rule("/", view_func=_text)
    app.add_url_rule("/json", view_func=_message)
    app.add_url_rule("/echo", view_func=_echo, methods=["POST"])
    for index in range(n_routes):
        app.add_url_rule(f"/r{index}/items/<int:number>", f"item{index}", _item())
    return app
