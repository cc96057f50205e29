"""Bottle as it comes."""

from collections.abc import Callable
from typing import Any

import bottle


def _text() -> str:
    bottle.response.content_type = "text/plain; charset=UTF-8"
    return "Hello, World!"


def _message() -> dict[str, str]:
    return {"message": "Hello"}


def _echo() -> Any:
    return bottle.request.json


def _item() -> Callable[[int], dict[str, int]]:
    return lambda number: {"id": number}


def make(n_routes: int = 50) -> bottle.Bottle:
    """Build the app."""
    app = bottle.Bottle()
    app.get("/", callback=_text)
    app.get("/json", callback=_message)
    app.post("/echo", callback=_echo)
    for index in range(n_routes):
        app.get(f"/r{index}/items/<number:int>", callback=_item())
    return app
