"""Websockets from synchronous handlers (RFC 6455), on gunicorn's threads and ASGI."""

from roob.websockets.closing import CloseCode, ConnectionClosed
from roob.websockets.endpoint import WebSocketEndpoint
from roob.websockets.socket import WebSocket

__all__ = ["CloseCode", "ConnectionClosed", "WebSocket", "WebSocketEndpoint"]
