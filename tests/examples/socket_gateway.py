"""A gateway whose app has a websocket, a stream and a guard before them."""

from collections.abc import Iterator
from typing import Any

from roob import Roob
from roob.exceptions import ResponseError
from roob.gateway import Gateway, RouterHandler, WsgiGateway

routes = Roob()
ended: list[str] = []


@routes.route("/public")
@routes.route("/up")
def up(_request: Any) -> dict[str, Any]:
    return {"ended": ended}


@routes.route("/events")
def events(_request: Any) -> Iterator[str]:
    yield "one "
    yield "two"


@routes.websocket("/echo")
def echo(socket: Any) -> None:
    for message in socket:
        socket.send(f"{socket.request.headers['X-User']}: {message}")


def authenticate(_chain: Any, context: Any, _response: Any) -> None:
    is_public = context.request.path_info == "/public"
    if "X-User" not in context.request.headers and not is_public:
        raise ResponseError("Who are you?", 401)


def stamp(_chain: Any, _context: Any, response: Any) -> None:
    response.headers["X-Gateway"] = "roob"


def note(_chain: Any, context: Any, response: Any) -> None:
    ended.append(f"{context.request.path_info} {response.status_code}")


app = WsgiGateway(
    Gateway(
        request_handlers=[authenticate, RouterHandler(routes)],
        response_handlers=[stamp],
        finalizers=[note],
    )
)
