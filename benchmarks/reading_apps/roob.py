"""Roob, with its error handler on."""

from roob import Roob
from roob.middlewares import ErrorHandlerMiddleware
from roob.models.requests import Request


def make() -> Roob:
    """Build the app."""
    app = Roob()
    app.add_middleware(ErrorHandlerMiddleware)

    @app.route("/items/{id:d}", allowed_methods=["GET"])
    def item(request: Request, id: int) -> dict[str, int]:
        return {"id": id}

    return app
