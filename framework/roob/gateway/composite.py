"""Several handlers in the place of one."""

from collections.abc import Iterable
from typing import Generic, TypeVar

from roob.gateway.chain import ChainExceptionHandler, ChainHandler, HandlerChain
from roob.gateway.context import RequestContext
from roob.gateway.response import ChainResponse

HandlerT = TypeVar("HandlerT", ChainHandler, ChainExceptionHandler)


class _Composite(Generic[HandlerT]):
    """A list of handlers, which may change between requests."""

    def __init__(self, handlers: Iterable[HandlerT] = ()) -> None:
        self.handlers: list[HandlerT] = list(handlers)

    def append(self, handler: HandlerT) -> None:
        """One more, behind those that are there."""
        self.handlers.append(handler)

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
        for handler in tuple(self.handlers):
            handler(chain, context, response)
            is_stopped = chain.stopped and self.return_on_stop
            if chain.terminated or chain.error or is_stopped:
                return


class CompositeResponseHandler(_Composite[ChainHandler]):
    """Response handlers, each guarded, until one terminates the chain."""

    def __call__(
        self, chain: HandlerChain, context: RequestContext, response: ChainResponse
    ) -> None:
        """Call them."""
        for handler in tuple(self.handlers):
            if chain.terminated:
                return
            chain.call_guarded(handler, chain, context, response)


class CompositeFinalizer(_Composite[ChainHandler]):
    """Finalizers, each guarded; all of them run, always."""

    def __call__(
        self, chain: HandlerChain, context: RequestContext, response: ChainResponse
    ) -> None:
        """Call them."""
        for handler in tuple(self.handlers):
            chain.call_guarded(handler, chain, context, response)


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
        for handler in tuple(self.handlers):
            chain.call_guarded(handler, chain, exception, context, response)
