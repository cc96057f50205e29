"""Flask as it comes."""

from flask import Flask


def make() -> Flask:
    """Build the app."""
    app = Flask(__name__)

    @app.get("/items/<int:number>")
    def item(number: int) -> dict[str, int]:
        return {"id": number}

    return app
