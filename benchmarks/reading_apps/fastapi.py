"""FastAPI as its page on path parameters has it: an async handler, no return type."""

from fastapi import FastAPI


def make() -> FastAPI:
    """Build the app."""
    app = FastAPI()

    @app.get("/items/{number}")
    async def item(number: int):
        return {"id": number}

    return app
