"""Rolo as it comes: a router with its handler dispatcher.

The routes are added in one go, because each `Router.add` copies the whole map.
"""

from collections.abc import Callable
from typing import Any
from wsgiref.types import WSGIApplication

from rolo import Request, Response, Router
from rolo.routing import handler_dispatcher
from werkzeug.routing import Rule


def _text(request: Request) -> Response:
    return Response("Hello, World!", mimetype="text/plain")


def _message(request: Request) -> dict[str, str]:
    return {"message": "Hello"}


def _echo(request: Request) -> Any:
    return request.get_json()


def _item() -> Callable[[Request, int], dict[str, int]]:
    return lambda request, number: {"id": number}


def _fixed() -> list[Rule]:
    return [
        Rule("/", endpoint=_text, methods=["GET"]),
        Rule("/json", endpoint=_message, methods=["GET"]),
        Rule("/echo", endpoint=_echo, methods=["POST"]),
    ]


def make(n_routes: int = 50) -> WSGIApplication:
    """Build the app."""
    items = [
        Rule(f"/r{index}/items/<int:number>", endpoint=_item(), methods=["GET"])
        for index in range(n_routes)
    ]
    router = Router(handler_dispatcher())
    router.add(_fixed() + items)
    app: WSGIApplication = router.wsgi()
    return app
