"""The WSGI function by hand, with orjson: the floor for whoever uses orjson too."""

from wsgiref.types import WSGIApplication

import orjson

from benchmarks.peers import raw


def make(n_routes: int = 50) -> WSGIApplication:
    """Build the app."""
    return raw.make(n_routes, dumps=orjson.dumps, loads=orjson.loads)
