"""One request on its way through the handlers of a gateway.

::

    running ──> every request handler ──> response handlers ──> finalizers
    stop()      no more request handlers  response handlers     finalizers
    terminate() no more request handlers                        finalizers
    exception   all exception handlers    response handlers     finalizers
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from roob.common_handlers import CommonHandlers
from roob.constants import Status
from roob.gateway.context import RequestContext
from roob.gateway.response import ChainResponse
from roob.headers import HeaderItems
from roob.models.answers import make_response
from roob.models.responses import Response

logger = logging.getLogger("roob.errors")

# (chain, context, response); the context is of the gateway's class, which only those
# who write both can name.
ChainHandler = Callable[["HandlerChain", Any, ChainResponse], Any]
# (chain, exception, context, response)
ChainExceptionHandler = Callable[["HandlerChain", Any, Any, ChainResponse], Any]


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
            self._call_response_handlers()
        finally:
            for finalizer in self.finalizers:
                self.call_guarded(finalizer, self, context, response)

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
        """
        if not self._may_throw:
            raise RuntimeError(f"too late to throw {error!r}: the answer is settled")
        self.error = error

    def respond(
        self,
        status: Status = 200,
        payload: Any = None,
        headers: HeaderItems | None = None,
    ) -> None:
        """Answer, and stop: ``chain.respond(201, {"id": 7}, {"Location": "/x/7"})``.

        The payload may be whatever a route's handler may return; the status and the
        headers given here are the answer's in any case, and None is an empty body.
        Headers that earlier handlers set stay unless these replace them.

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
        return not (self.stopped or self.terminated or self.error)

    def call_guarded(self, handler: Callable[..., Any], *arguments: Any) -> None:
        """Call one of several that all have to run; what it raises is logged."""
        try:
            handler(*arguments)
        except Exception:  # what a user's code raises, only it knows
            logger.exception(
                "%r raised, request id %s", handler, self.context.request.id
            )

    def _call_request_handlers(self) -> None:
        for handler in self.request_handlers:
            try:
                handler(self, self.context, self.response)
            except Exception as raised:  # the exception handlers' business
                self.error = raised
            if not self.is_running:
                break
        if self.error is not None:
            self._call_exception_handlers(self.error)

    def _call_exception_handlers(self, raised: Exception) -> None:
        self.stop()
        self.response.forget()
        for handler in self.exception_handlers:
            self.call_guarded(handler, self, raised, self.context, self.response)

    def _settle(self) -> None:
        """Answer where nobody has, before the response handlers look at it."""
        self._may_throw = False
        if self.response.is_answered:
            return
        request = self.context.request
        if self.error is None:
            answer = CommonHandlers.url_not_found_handler(request)
        else:
            answer = CommonHandlers.generic_exception_handler(
                request, self.error, debug=self.debug
            )
        self.response.take(answer, request.environ)

    def _call_response_handlers(self) -> None:
        for handler in self.response_handlers:
            if self.terminated:
                return
            self.call_guarded(handler, self, self.context, self.response)
