"""Falcon, with pydantic called by hand on what it gives and takes as media."""

from falcon import App, Request, Response

from benchmarks.peers import falcon as as_it_comes
from benchmarks.peers.typed_models import Product, Shown


class _Shown:
    def on_get(self, req: Request, resp: Response, number: int) -> None:
        brand = req.get_param("brand", required=True)
        limit = req.get_param_as_int("limit", min_value=1, max_value=100, default=10)
        resp.media = Shown(id=number, brand=brand, limit=limit).model_dump(mode="json")


class _Posted:
    def on_post(self, req: Request, resp: Response) -> None:
        product = Product.model_validate(req.get_media())
        resp.media = product.model_dump(mode="json")


def add_typed(app: App[Request, Response]) -> App[Request, Response]:
    """Add the typed routes to an app."""
    app.add_route("/typed/{number:int}", _Shown())
    app.add_route("/typed", _Posted())
    return app


def make(n_routes: int = 50) -> App[Request, Response]:
    """Build the app."""
    return add_typed(as_it_comes.make(n_routes))
