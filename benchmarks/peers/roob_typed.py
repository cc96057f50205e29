"""Roob with typed handlers beside the plain ones."""

from typing import Annotated

from roob.framework import Roob
from roob.typed import Query, typed

from benchmarks.peers import roob
from benchmarks.peers.typed_models import Product, Shown


@typed
def _shown(
    number: int, brand: str, limit: Annotated[int, Query(ge=1, le=100)] = 10
) -> Shown:
    return Shown(id=number, brand=brand, limit=limit)


@typed
def _posted(product: Product) -> Product:
    return product


def make(n_routes: int = 50) -> Roob:
    """Build the app."""
    app = roob.make(n_routes)
    app.add_route("/typed/{number:d}", _shown, allowed_methods=["GET"])
    app.add_route("/typed", _posted, allowed_methods=["POST"])
    return app
