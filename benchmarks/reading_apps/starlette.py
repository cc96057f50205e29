"""Starlette as it comes; an async handler."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def _item(request: Request) -> JSONResponse:
    return JSONResponse({"id": request.path_params["number"]})


def make() -> Starlette:
    """Build the app."""
    return Starlette(routes=[Route("/items/{number:int}", _item)])
