"""A gateway as the ASGI application that a server calls."""

from typing import Any

from roob.bridge.wsgi_to_asgi import WsgiToAsgi
from roob.gateway.gateway import Gateway
from roob.gateway.wsgi import WsgiGateway
from roob.models.requests import DEFAULT_MAX_BODY_BYTES


class AsgiGateway(WsgiToAsgi):
    """``app = AsgiGateway(Gateway(request_handlers=[echo]))``, for any ASGI server.

    The handlers stay synchronous and run in the bridge's threads; its options,
    ``requests=40``, ``on_startup=[...]`` and so on, are taken here too.
    """

    def __init__(
        self,
        gateway: Gateway,
        *,
        max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
        **options: Any,
    ) -> None:
        self.gateway = gateway
        super().__init__(WsgiGateway(gateway, max_body_bytes=max_body_bytes), **options)
