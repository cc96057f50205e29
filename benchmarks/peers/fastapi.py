"""FastAPI with return types, so that pydantic-core writes the JSON; async handlers."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse


async def _text() -> PlainTextResponse:
    return PlainTextResponse("Hello, World!")


async def _message() -> dict[str, str]:
    return {"message": "Hello"}


def _item() -> Callable[[int], Awaitable[dict[str, int]]]:
    async def item(number: int) -> dict[str, int]:
        return {"id": number}

    return item


def make(n_routes: int = 50) -> FastAPI:
    """Build the app."""
    app = FastAPI(openapi_url=None)
    app.get("/")(_text)
    app.get("/json")(_message)
    add_items(app, n_routes)
    return app


def add_items(app: FastAPI, n_routes: int) -> None:
    """Add the parameter routes, each with a handler of its own."""
    for index in range(n_routes):
        app.get(f"/r{index}/items/{{number}}")(_item())
