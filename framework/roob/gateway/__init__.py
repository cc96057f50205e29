"""Beyond routes: every request through one chain of handlers (RPC, proxies, sockets).

A gateway makes a chain for each request; a router may be one of its handlers.
"""

from roob.gateway.asgi import AsgiGateway
from roob.gateway.chain import HandlerChain
from roob.gateway.composite import (
    CompositeExceptionHandler,
    CompositeFinalizer,
    CompositeHandler,
    CompositeResponseHandler,
)
from roob.gateway.context import RequestContext
from roob.gateway.gateway import Gateway
from roob.gateway.handlers import RouterHandler
from roob.gateway.wsgi import WsgiGateway

__all__ = [
    "AsgiGateway",
    "CompositeExceptionHandler",
    "CompositeFinalizer",
    "CompositeHandler",
    "CompositeResponseHandler",
    "Gateway",
    "HandlerChain",
    "RequestContext",
    "RouterHandler",
    "WsgiGateway",
]
