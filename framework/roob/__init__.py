"""Roob, the glass-box web framework. A request walks through these rooms::

server                   app(environ, start_response) is called
framework                Roob.__call__: environ becomes a Request
middlewares              outermost first: process_request ...
framework                Roob.handle_request, the innermost thing wrapped
routing_manager          the route table: dispatch()
helpers                  RoutingHelper: path + method -> endpoint and parameters
your handler             handler(request, **parameters)
models.answers           make_response: what the handler returned, as a response
models.responses         the answer; process_response runs on the way out
common_handlers          the answer when something above raised or nothing matched
"""

from roob.framework import Roob
from roob.router import Router, route

__all__ = ["Roob", "Router", "route"]
__version__ = "0.1.0"
