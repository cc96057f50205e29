"""BlackSheep with orjson in place of the standard library's json; async handlers."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from blacksheep import Application, Response, json, text
from blacksheep.settings.json import json_settings


def _dumps(content: Any) -> str:
    return orjson.dumps(content).decode()


async def _text() -> Response:
    return text("Hello, World!")


async def _message() -> Response:
    return json({"message": "Hello"})


def _item() -> Callable[[int], Awaitable[Response]]:
    async def item(number: int) -> Response:
        return json({"id": number})

    return item


def make(n_routes: int = 50) -> Application:
    """Build the app."""
    json_settings.use(loads=orjson.loads, dumps=_dumps)
    app = Application()
    app.router.add_get("/", _text)
    app.router.add_get("/json", _message)
    for index in range(n_routes):
        app.router.add_get(f"/r{index}/items/{{number}}", _item())
    return app
