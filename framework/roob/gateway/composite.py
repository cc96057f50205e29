"""Several handlers in the place of one."""

from collections.abc import Iterable
from typing import Generic

from roob.gateway.chain import (
    ChainExceptionHandler,
    ChainHandler,
    HandlerChain,
    HandlerT,
    handler_list,
)
from roob.gateway.context import RequestContext
from roob.gateway.response import ChainResponse


class _Composite(Generic[HandlerT]):
    """A list of handlers, which may change between requests.

    Raises:
        TypeError: one of them cannot be called.
    """

    def __init__(self, handlers: Iterable[HandlerT] = ()) -> None:
        self.handlers: list[HandlerT] = handler_list(handlers)

    def append(self, handler: HandlerT) -> None:
        """One more, behind those that are there.

        Raises:
            TypeError: it cannot be called.
        """
        self.handlers += handler_list([handler])

    def remove(self, handler: HandlerT) -> None:
        """One less.

        Raises:
            ValueError: it is not there.
        """
        self.handlers.remove(handler)


class CompositeHandler(_Composite[ChainHandler]):
    """Request handlers, in order, until one stops, terminates or throws.

    ``CompositeHandler([authenticate, authorize])``. With ``return_on_stop=False`` they
    all run, unless one of them terminates the chain.
    """

    def __init__(
        self, handlers: Iterable[ChainHandler] = (), *, return_on_stop: bool = True
    ) -> None:
        super().__init__(handlers)
        self.return_on_stop = return_on_stop

    def __call__(
        self, chain: HandlerChain, context: RequestContext, response: ChainResponse
    ) -> None:
        """Call them.

        Raises:
            Exception: what one of them raised; those behind it are not called.
        """
        handlers, until_stopped = tuple(self.handlers), self.return_on_stop
        chain.call_request_handlers(
            handlers, context, response, until_stopped=until_stopped
        )


class CompositeResponseHandler(_Composite[ChainHandler]):
    """Response handlers, each guarded, until one terminates the chain."""

    def __call__(
        self, chain: HandlerChain, context: RequestContext, response: ChainResponse
    ) -> None:
        """Call them."""
        chain.call_response_handlers(tuple(self.handlers), context, response)


class CompositeFinalizer(_Composite[ChainHandler]):
    """Finalizers, each guarded; all of them run, always."""

    def __call__(
        self, chain: HandlerChain, context: RequestContext, response: ChainResponse
    ) -> None:
        """Call them."""
        chain.call_guarded(tuple(self.handlers), chain, context, response)


class CompositeExceptionHandler(_Composite[ChainExceptionHandler]):
    """Exception handlers, each guarded; all of them run."""

    def __call__(
        self,
        chain: HandlerChain,
        exception: Exception,
        context: RequestContext,
        response: ChainResponse,
    ) -> None:
        """Call them."""
        handlers = tuple(self.handlers)
        chain.call_guarded(handlers, chain, exception, context, response)
