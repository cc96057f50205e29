"""Robyn: its own server, so this module is run: `python -m benchmarks.peers.robyn`.

The port comes from `ROBYN_PORT`, the number of processes from its command line.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from robyn import Request, Response, Robyn


async def _text(request: Request) -> Response:
    headers = {"Content-Type": "text/plain"}
    return Response(status_code=200, headers=headers, description="Hello, World!")


async def _message(request: Request) -> dict[str, str]:
    return {"message": "Hello"}


def _item() -> Callable[[Request], Awaitable[dict[str, int]]]:
    async def item(request: Request) -> dict[str, int]:
        return {"id": int(request.path_params["number"])}

    return item


def make(n_routes: int = 50) -> Any:
    """Build the app."""
    app = Robyn(__file__)
    app.get("/")(_text)
    app.get("/json")(_message)
    for index in range(n_routes):
        app.get(f"/r{index}/items/:number")(_item())
    return app


if __name__ == "__main__":
    make().start()
