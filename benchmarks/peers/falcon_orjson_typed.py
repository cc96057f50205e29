"""Falcon with orjson as its JSON handler, and pydantic called by hand."""

from falcon import App, Request, Response

from benchmarks.peers import falcon_orjson
from benchmarks.peers.falcon_typed import add_typed


def make(n_routes: int = 50) -> App[Request, Response]:
    """Build the app."""
    return add_typed(falcon_orjson.make(n_routes))
