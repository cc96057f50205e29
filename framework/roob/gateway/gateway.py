"""Between the server and the handlers: a chain is made for each request."""

from collections.abc import Iterable

from roob.gateway.chain import (
    ChainExceptionHandler,
    ChainHandler,
    HandlerChain,
    handler_list,
    take_error,
)
from roob.gateway.context import RequestContext
from roob.gateway.response import ChainResponse
from roob.models.requests import Request


class Gateway:
    """The handlers that every request goes through, in lists that may be added to.

    ::

        def hello(chain, context, response):
            chain.respond(200, {"hello": context.request.path_info})

        app = WsgiGateway(Gateway(request_handlers=[hello]))

    ``context_class`` is what the handlers of one request share; ``debug`` puts
    exceptions' texts into 500s.

    Raises:
        TypeError: one of the handlers cannot be called.
    """

    def __init__(
        self,
        request_handlers: Iterable[ChainHandler] = (),
        response_handlers: Iterable[ChainHandler] = (),
        exception_handlers: Iterable[ChainExceptionHandler] = (),
        finalizers: Iterable[ChainHandler] = (),
        context_class: type[RequestContext] = RequestContext,
        *,
        debug: bool = False,
    ) -> None:
        self.request_handlers = handler_list(request_handlers)
        self.response_handlers = handler_list(response_handlers)
        self.exception_handlers = handler_list(exception_handlers)
        self.finalizers = handler_list(finalizers)
        self.context_class = context_class
        self.debug = debug

    def new_chain(self) -> HandlerChain:
        """A chain for one request, of the handlers that are there now."""
        return HandlerChain(
            self.request_handlers,
            self.response_handlers,
            self.exception_handlers,
            self.finalizers,
            debug=self.debug,
        )

    def process(self, request: Request) -> ChainResponse:
        """The answer to one request; whatever a handler raises, there is one."""
        response = ChainResponse()
        try:
            context = self.context_class(request)
        except Exception as raised:  # the context's class is the user's code too
            take_error(response, request, raised, debug=self.debug)
            return response
        self.new_chain().handle(context, response)
        return response
