"""Falcon with orjson as its JSON handler: requests, responses, and so its errors."""

import falcon
import orjson
from falcon import App, Request, Response
from falcon.media import JSONHandler

from benchmarks.peers import falcon as as_it_comes


def make(n_routes: int = 50) -> App[Request, Response]:
    """Build the app as Falcon's documentation tells for another JSON library."""
    app = as_it_comes.make(n_routes)
    handler = JSONHandler(dumps=orjson.dumps, loads=orjson.loads)
    app.req_options.media_handlers[falcon.MEDIA_JSON] = handler
    app.resp_options.media_handlers[falcon.MEDIA_JSON] = handler
    return app
