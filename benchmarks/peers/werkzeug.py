"""Werkzeug as a framework by hand: its map of rules, its request and response."""

import json
from collections.abc import Callable
from wsgiref.types import WSGIApplication

from werkzeug import Request, Response
from werkzeug.routing import Map, Rule


def _json(content: object) -> Response:
    return Response(json.dumps(content), mimetype="application/json")


def _text(request: Request) -> Response:
    return Response("Hello, World!", mimetype="text/plain")


def _message(request: Request) -> Response:
    return _json({"message": "Hello"})


def _echo(request: Request) -> Response:
    return _json(request.get_json())


def _item() -> Callable[[Request, int], Response]:
    return lambda request, number: _json({"id": number})


def make(n_routes: int = 50) -> WSGIApplication:
    """Build the app."""
    rules = Map(
        [
            Rule("/", endpoint=_text, methods=["GET"]),
            Rule("/json", endpoint=_message, methods=["GET"]),
            Rule("/echo", endpoint=_echo, methods=["POST"]),
        ]
    )
    for index in range(n_routes):
        rules.add(
            Rule(f"/r{index}/items/<int:number>", endpoint=_item(), methods=["GET"])
        )

    @Request.application
    def app(request: Request) -> Response:
        endpoint, fields = rules.bind_to_environ(request.environ).match()
        response: Response = endpoint(request, **fields)
        return response

    return app
