"""Handlers for a chain that are there to be used as they are."""

import webob

from roob.gateway.chain import HandlerChain
from roob.gateway.context import RequestContext
from roob.gateway.response import ChainResponse
from roob.models.requests import Request
from roob.models.responses import Response, close_body
from roob.router import Router
from roob.types import WSGIApp


class RouterHandler:
    """A ``Router``, a ``Roob`` or any WSGI application as a handler of a chain.

    ``Gateway(request_handlers=[RouterHandler(router), fallback])``. Its answer is the
    chain's, and stops it; what a handler of a router raises goes to the chain's
    exception handlers. A path that the router does not know is passed on to the
    next handler, unless ``respond_not_found``; a 404 that a handler gave never is, and
    what is mounted in the router is one of its handlers.
    """

    def __init__(
        self, router: Router | WSGIApp, *, respond_not_found: bool = False
    ) -> None:
        self._router = router
        self.respond_not_found = respond_not_found

    def __call__(
        self, chain: HandlerChain, context: RequestContext, response: ChainResponse
    ) -> None:
        """Answer, or leave it to the next one.

        Raises:
            Exception: what a handler of the router raised.
        """
        request = context.request
        request.environ.pop("roob.match", None)  # of a router that was asked before
        answer = self._answer(request)
        if not self.respond_not_found and _is_unrouted(request, answer):
            close_body(answer)
            return
        response.take(answer, request.environ)
        chain.stop()

    def _answer(self, request: Request) -> webob.Response:
        if isinstance(self._router, Router):
            return self._router.dispatch(request)
        return Response.from_wsgi(self._router, request.environ)


def _is_unrouted(request: Request, answer: webob.Response) -> bool:
    """Whether a router looked for the path in vain: its 404, not one of a handler."""
    looked = "roob.match" in request.environ
    return looked and request.match.route is None and answer.status_code == 404
