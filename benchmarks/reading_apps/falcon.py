"""Falcon as it comes."""

from falcon import App, Request, Response


class _Item:
    def on_get(self, req: Request, resp: Response, number: int) -> None:
        resp.media = {"id": number}


def make() -> App[Request, Response]:
    """Build the app."""
    app: App[Request, Response] = App()
    app.add_route("/items/{number:int}", _Item())
    return app
