"""One request on its way through the handlers of a gateway.

::

    running ──> every request handler ──> response handlers ──> finalizers
    stop()      no more request handlers  response handlers     finalizers
    terminate() no more request handlers                        finalizers
    exception   all exception handlers    response handlers     finalizers
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from roob.common_handlers import CommonHandlers
from roob.constants import Status
from roob.gateway.context import RequestContext
from roob.gateway.response import ChainResponse
from roob.headers import HeaderItems
from roob.models.answers import make_response
from roob.models.requests import Request
from roob.models.responses import Response

logger = logging.getLogger("roob.errors")

# (chain, context, response); the context is of the gateway's class, which only those
# who write both can name.
ChainHandler = Callable[["HandlerChain", Any, ChainResponse], Any]
# (chain, exception, context, response)
ChainExceptionHandler = Callable[["HandlerChain", Any, Any, ChainResponse], Any]
HandlerT = TypeVar("HandlerT", ChainHandler, ChainExceptionHandler)


class HandlerChain:
    """The chain of responsibility of one request; it is born and dies with it.

    A handler is called as ``handler(chain, context, response)``; it answers by
    ``chain.respond(...)`` or by filling the response in. The chain goes on until one
    stops it. Where none has answered the answer is 404; where one has raised, all
    exception handlers are asked, and if none of them answers it is the exception's
    own status, or 500.
    """

    def __init__(
        self,
        request_handlers: Iterable[ChainHandler] = (),
        response_handlers: Iterable[ChainHandler] = (),
        exception_handlers: Iterable[ChainExceptionHandler] = (),
        finalizers: Iterable[ChainHandler] = (),
        *,
        debug: bool = False,
    ) -> None:
        # Copies: a gateway may be given more handlers while a request is on its way.
        self.request_handlers = tuple(request_handlers)
        self.response_handlers = tuple(response_handlers)
        self.exception_handlers = tuple(exception_handlers)
        self.finalizers = tuple(finalizers)
        self.debug = debug
        self.stopped = False
        self.terminated = False
        self.error: Exception | None = None
        self._may_throw = True

    def handle(self, context: RequestContext, response: ChainResponse) -> None:
        """Fill in the response to the request of that context; once in its life."""
        self.context = context
        self.response = response
        try:
            self._call_request_handlers()
            self._settle()
            self.call_response_handlers(self.response_handlers, context, response)
        finally:
            self.call_guarded(self.finalizers, self, context, response)

    def stop(self) -> None:
        """No more request handlers; the response handlers are next."""
        self.stopped = True

    def terminate(self) -> None:
        """No more request or response handlers; the finalizers are next."""
        self.terminated = True

    def throw(self, error: Exception) -> None:
        """Let the handler end, and then take this as raised by it.

        In an exception handler: answer as for this exception in place of the other,
        where no handler answers.

        Raises:
            RuntimeError: the answer is settled, in response handlers and finalizers.
            TypeError: it is no exception.
        """
        if not isinstance(error, Exception):
            raise TypeError(f"{error!r} is no exception that can be thrown")
        if not self._may_throw:
            raise RuntimeError(f"too late to throw {error!r}: the answer is settled")
        self.error = error

    def respond(
        self,
        status: Status | None = None,
        payload: Any = None,
        headers: HeaderItems | None = None,
    ) -> None:
        """Answer, and stop: ``chain.respond(201, {"id": 7}, {"Location": "/x/7"})``.

        The payload may be whatever a route's handler may return; the status and the
        headers given here are the answer's in any case, and None is an empty body.
        Without a status it is the payload's own, else 200. Headers that earlier
        handlers set stay unless these replace them.

        Raises:
            TypeError: the payload is nothing that can be sent.
            ValueError: the status or a header is not fit to be sent.
        """
        answer = Response(headerlist=[]) if payload is None else make_response(payload)
        environ = self.context.request.environ
        self.response.take(answer, environ, status, headers or ())
        self.stop()

    @property
    def is_running(self) -> bool:
        """Whether the next request handler is to be called."""
        return not (self.stopped or self.terminated or self.error is not None)

    def call_request_handlers(
        self,
        handlers: Iterable[ChainHandler],
        context: RequestContext,
        response: ChainResponse,
        *,
        until_stopped: bool = True,
    ) -> None:
        """Call them in order, until one stops, terminates or throws.

        Raises:
            Exception: what one of them raised; those behind it are not called.
        """
        for handler in handlers:
            handler(self, context, response)
            is_over = self.terminated or self.error is not None
            if is_over or (self.stopped and until_stopped):
                return

    def call_response_handlers(
        self,
        handlers: Iterable[ChainHandler],
        context: RequestContext,
        response: ChainResponse,
    ) -> None:
        """Call them in order, each guarded, until one terminates the chain."""
        for handler in handlers:
            if self.terminated:
                return
            self.call_guarded([handler], self, context, response)

    def call_guarded(
        self, handlers: Iterable[Callable[..., Any]], *arguments: Any
    ) -> None:
        """Call several that all have to run; what one of them raises is logged."""
        for handler in handlers:
            try:
                handler(*arguments)
            except Exception:  # what a user's code raises, only it knows
                logger.exception(
                    "%r raised, request id %s", handler, self.context.request.id
                )

    def _call_request_handlers(self) -> None:
        try:
            self.call_request_handlers(
                self.request_handlers, self.context, self.response
            )
        except Exception as raised:  # the exception handlers' business
            self.error = raised
        if self.error is not None:
            self._call_exception_handlers(self.error)

    def _call_exception_handlers(self, raised: Exception) -> None:
        self.stop()
        self.response.forget()
        arguments = (self, raised, self.context, self.response)
        self.call_guarded(self.exception_handlers, *arguments)

    def _settle(self) -> None:
        """Answer where nobody has, before the response handlers look at it."""
        self._may_throw = False
        if self.response.is_answered:
            return
        request = self.context.request
        if self.error is not None:
            take_error(self.response, request, self.error, debug=self.debug)
        else:
            answer = CommonHandlers.url_not_found_handler(request)
            self.response.take(answer, request.environ)


def take_error(
    response: ChainResponse, request: Request, error: Exception, *, debug: bool
) -> None:
    """Make it the answer to an error: the error's own status, or a 500 with an id."""
    answer = CommonHandlers.generic_exception_handler(request, error, debug=debug)
    response.take(answer, request.environ)


def handler_list(handlers: Iterable[HandlerT]) -> list[HandlerT]:
    """The handlers, to be added to.

    Raises:
        TypeError: one of them cannot be called.
    """
    checked = list(handlers)
    for handler in checked:
        if not callable(handler):
            raise TypeError(f"{handler!r} cannot be called: it is no handler")
    return checked
