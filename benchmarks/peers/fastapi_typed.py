"""FastAPI as it is meant to be used, asked without a server: see `benchmarks.asgi`."""

from typing import Annotated
from wsgiref.types import WSGIApplication

from fastapi import Query

from benchmarks.asgi import Driven
from benchmarks.peers import fastapi
from benchmarks.peers.typed_models import Product, Shown


async def _shown(
    number: int, brand: str, limit: Annotated[int, Query(ge=1, le=100)] = 10
) -> Shown:
    return Shown(id=number, brand=brand, limit=limit)


async def _posted(product: Product) -> Product:
    return product


def make(n_routes: int = 50) -> WSGIApplication:
    """Build the app; the typed routes stand before the others, which are searched."""
    app = fastapi.make(0)
    app.get("/typed/{number}")(_shown)
    app.post("/typed")(_posted)
    fastapi.add_items(app, n_routes)
    return Driven(app)
