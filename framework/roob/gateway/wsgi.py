"""A gateway as the WSGI application that a server calls."""

from collections.abc import Iterable

from roob.gateway.gateway import Gateway
from roob.models.requests import DEFAULT_MAX_BODY_BYTES, request_class
from roob.types import StartResponse, WSGIEnvironment


class WsgiGateway:
    """``app = WsgiGateway(Gateway(request_handlers=[echo]))``, for any WSGI server.

    ``max_body_bytes`` bounds what ``context.request.body`` reads; what is streamed
    past it, as a forwarding handler does, is not bounded by it.
    """

    def __init__(
        self, gateway: Gateway, *, max_body_bytes: int = DEFAULT_MAX_BODY_BYTES
    ) -> None:
        self.gateway = gateway
        self.request_class = request_class(max_body_bytes)

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Serve one request (PEP 3333)."""
        response = self.gateway.process(self.request_class(environ))
        return response(environ, start_response)
