"""Falcon at its quickest: orjson reads requests, writes responses and errors."""

import falcon
import orjson
from falcon import App, HTTPError, Request, Response
from falcon.media import JSONHandler

from benchmarks.peers import falcon as as_it_comes


def make(n_routes: int = 50) -> App[Request, Response]:
    """Build the app; its errors skip Falcon's content negotiation, too."""
    app = as_it_comes.make(n_routes)
    handler = JSONHandler(dumps=orjson.dumps, loads=orjson.loads)
    app.req_options.media_handlers[falcon.MEDIA_JSON] = handler
    app.resp_options.media_handlers[falcon.MEDIA_JSON] = handler

    def serialize(req: Request, resp: Response, error: HTTPError) -> None:
        resp.content_type = falcon.MEDIA_JSON
        resp.data = orjson.dumps(error.to_dict())

    app.set_error_serializer(serialize)
    return app
