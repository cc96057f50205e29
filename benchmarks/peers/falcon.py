"""Falcon as it comes."""

import falcon
from falcon import App, Request, Response


class _Text:
    def on_get(self, req: Request, resp: Response) -> None:
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = "Hello, World!"


class _Message:
    def on_get(self, req: Request, resp: Response) -> None:
        resp.media = {"message": "Hello"}


class _Echo:
    def on_post(self, req: Request, resp: Response) -> None:
        resp.media = req.get_media()


class _Item:
    def on_get(self, req: Request, resp: Response, number: int) -> None:
        resp.media = {"id": number}


def make(n_routes: int = 50) -> App[Request, Response]:
    """Build the app."""
    app: App[Request, Response] = App()
    app.add_route("/", _Text())
    app.add_route("/json", _Message())
    app.add_route("/echo", _Echo())
    for index in range(n_routes):
        app.add_route(f"/r{index}/items/{{number:int}}", _Item())
    return app
