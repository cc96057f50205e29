"""Roob, with its error handler on."""

from collections.abc import Callable
from typing import Any

from roob.framework import Roob
from roob.middlewares import ErrorHandlerMiddleware
from roob.models.requests import Request
from roob.models.responses import TextResponse


def _text(request: Request) -> TextResponse:
    return TextResponse("Hello, World!")


def _message(request: Request) -> dict[str, str]:
    return {"message": "Hello"}


def _item() -> Callable[[Request, int], dict[str, int]]:
    return lambda request, number: {"id": number}


def _echo(request: Request) -> Any:
    return request.json


def make(n_routes: int = 50) -> Roob:
    """Build the app."""
    app = Roob()
    app.add_middleware(ErrorHandlerMiddleware)
    app.add_route("/", _text)
    app.add_route("/json", _message)
    app.add_route("/echo", _echo, allowed_methods=["POST"])
    for index in range(n_routes):
        app.add_route(f"/r{index}/items/{{number:d}}", _item())
    return app
