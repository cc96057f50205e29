"""A gateway in front of another server: the product inventory, or any.

Serve the inventory, then this, and ask the gateway::

    make run PORT=8001
    python -m examples.reverse_proxy http://127.0.0.1:8001
    curl http://127.0.0.1:8000/api/products/1

``python -m gunicorn --threads 8 'examples.reverse_proxy:create_app("http://...")'``
serves it to more than one. The gateway has a route of its own, refuses what is for the
inside alone, and says on every answer how long it took.
"""

import os
import sys
from collections.abc import Collection
from time import perf_counter

from roob import Router
from roob.client import Upstream
from roob.dispatchers import keyword
from roob.exceptions import ResponseError
from roob.gateway import (
    Gateway,
    HandlerChain,
    RequestContext,
    RouterHandler,
    WsgiGateway,
)
from roob.gateway.forwarding import forward_to
from roob.gateway.response import ChainResponse
from roob.models.requests import Request
from roob.server import run


class Context(RequestContext):
    """When the request came."""

    began: float

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.began = perf_counter()


class Hidden:
    """A handler that hides paths, and what is below them: ``Hidden(["/internal"])``.

    It knows the ways to write a path that servers take for the same; ``.`` and ``..``
    are not among them, because forwarding refuses those.
    """

    def __init__(self, paths: Collection[str]) -> None:
        self._paths = paths

    def __call__(
        self, _chain: HandlerChain, context: Context, _response: ChainResponse
    ) -> None:
        """Let the request pass, or not.

        Raises:
            ResponseError: 403, it is for the inside alone.
        """
        written = context.request.path_info.replace("\\", "/").split("/")
        segments = filter(None, (segment.partition(";")[0] for segment in written))
        path = f"/{'/'.join(segments)}/"
        if any(path.startswith(f"{hidden}/") for hidden in self._paths):
            raise ResponseError("This is for the inside alone", 403)


def tell_time(_chain: HandlerChain, context: Context, response: ChainResponse) -> None:
    """How long the gateway had the request, in milliseconds (W3C Server Timing)."""
    spent = (perf_counter() - context.began) * 1000
    response.headers.add("Server-Timing", f"gateway;dur={spent:.1f}")


def read_gateway_health(_request: Request) -> dict[str, str]:
    """The gateway itself is there, whatever is behind it."""
    return {"status": "live"}


def create_app(
    upstream: str, hidden: Collection[str] = ("/health/ready",)
) -> WsgiGateway:
    """The gateway in front of that server: ``create_app("http://127.0.0.1:8001")``.

    Raises:
        ValueError: it is no address.
    """
    own = Router(dispatcher=keyword)
    own.add("/gateway/health", read_gateway_health, methods=["GET"])
    return WsgiGateway(
        Gateway(
            request_handlers=[
                Hidden(hidden),
                RouterHandler(own),
                forward_to(Upstream(upstream, timeout=30)),
            ],
            response_handlers=[tell_time],
            context_class=Context,
        )
    )


if __name__ == "__main__":
    app = create_app(*(sys.argv[1:] or ["http://127.0.0.1:8001"]))
    run(app, port=int(os.environ.get("PORT", "8000")))
