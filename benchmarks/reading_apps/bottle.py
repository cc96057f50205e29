"""Bottle as it comes."""

from bottle import Bottle


def make() -> Bottle:
    """Build the app."""
    app = Bottle()

    @app.get("/items/<number:int>")
    def item(number: int) -> dict[str, int]:
        return {"id": number}

    return app
