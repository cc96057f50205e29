"""A JSON-RPC 2.0 server: a gateway without routes (https://www.jsonrpc.org/specification).

Run it, and ask it::

    python -m examples.json_rpc                 # PORT=9000 for another port
    curl http://127.0.0.1:8000/ -d \
        '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}'

Batches, notifications, parameters by position and by name, and the specification's
error codes are there. A method of one's own is a function in ``METHODS``.
"""

import inspect
import logging
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from roob.exceptions import BadRequest, MethodNotAllowed
from roob.gateway import Gateway, HandlerChain, RequestContext, WsgiGateway
from roob.gateway.response import ChainResponse
from roob.server import run
from roob.utils.json_util import JSONUtils

logger = logging.getLogger("examples.json_rpc")

JSON = {"Content-Type": "application/json"}


class RpcError(Exception):
    """An error that the caller is told; a method may raise its own.

    Codes from -32768 to -32000 are the specification's (5.1).
    """

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.content: dict[str, object] = {"code": code, "message": message}
        if data is not None:
            self.content["data"] = data


def parse_error(reason: str) -> RpcError:
    """The body is no JSON."""
    return RpcError(-32700, "Parse error", reason)


def invalid_request() -> RpcError:
    """It is JSON, but no request object."""
    return RpcError(-32600, "Invalid Request")


def method_not_found(name: str) -> RpcError:
    """There is no such method."""
    return RpcError(-32601, "Method not found", name)


def invalid_params(reason: str) -> RpcError:
    """The method takes other parameters."""
    return RpcError(-32602, "Invalid params", reason)


def internal_error() -> RpcError:
    """The method failed; why stands in the log."""
    return RpcError(-32603, "Internal error")


class Rpc(RequestContext):
    """What the handlers of one HTTP request pass on."""

    content: object = None


class Dispatcher:
    """Calls methods by their names; a handler of the chain: ``Dispatcher(METHODS)``."""

    def __init__(self, methods: Mapping[str, Callable[..., Any]]) -> None:
        self._methods = {
            name: (method, inspect.signature(method))
            for name, method in methods.items()
        }

    def __call__(
        self, chain: HandlerChain, context: Rpc, _response: ChainResponse
    ) -> None:
        """Answer one request, or a batch; 204 where all were notifications."""
        content = context.content
        if content == []:
            raise invalid_request()
        calls = content if isinstance(content, list) else [content]
        body = b",".join(filter(None, map(self._answer, calls)))
        if not body:
            chain.respond(204)
        else:
            chain.respond(200, b"[%b]" % body if calls is content else body, JSON)

    def _answer(self, call: object) -> bytes:
        """The response object of one call as JSON; of a notification, nothing."""
        if not is_request(call):
            return error_of(invalid_request(), None)
        said = self._outcome(call, call.get("id"))
        return said if "id" in call else b""

    def _outcome(self, request: Mapping[str, Any], request_id: object) -> bytes:
        try:
            return result_of(self._call(request), request_id)
        except RpcError as error:
            return error_of(error, request_id)
        except Exception:  # a method may raise anything
            logger.exception("The method failed: %r", request["method"])
            return error_of(internal_error(), request_id)

    def _call(self, request: Mapping[str, Any]) -> object:
        name, params = request["method"], request.get("params", [])
        if name not in self._methods:
            raise method_not_found(name)
        method, signature = self._methods[name]
        args, named = ([], params) if isinstance(params, dict) else (params, {})
        try:
            signature.bind(*args, **named)
        except TypeError as error:
            raise invalid_params(str(error)) from error
        return method(*args, **named)


def is_request(call: object) -> TypeGuard[dict[str, Any]]:
    """Whether it is a request object (specification, 4)."""
    if not isinstance(call, dict):
        return False
    request_id = call.get("id")
    is_id = isinstance(request_id, str | int | float | None)
    return (
        call.get("jsonrpc") == "2.0"
        and isinstance(call.get("method"), str)
        and isinstance(call.get("params", []), list | dict)
        and is_id
        and not isinstance(request_id, bool)
    )


def result_of(result: object, request_id: object) -> bytes:
    """A response object: ``{"jsonrpc": "2.0", "result": 19, "id": 1}``.

    Raises:
        TypeError, ValueError: the result has no JSON form.
    """
    return JSONUtils.encode({"jsonrpc": "2.0", "result": result, "id": request_id})


def error_of(error: RpcError, request_id: object) -> bytes:
    """The response object of an error."""
    said = {"jsonrpc": "2.0", "error": error.content, "id": request_id}
    return JSONUtils.encode(said)


def only_post(_chain: HandlerChain, context: Rpc, _response: ChainResponse) -> None:
    """Refuse what carries no call, with 405."""
    request = context.request
    if request.method != "POST":
        raise MethodNotAllowed(request.method, request.path_info, ["POST"])


def parse(_chain: HandlerChain, context: Rpc, _response: ChainResponse) -> None:
    """Read the body."""
    try:
        context.content = context.request.json
    except BadRequest as error:
        raise parse_error(error.message) from error


def answer_errors(
    chain: HandlerChain, exception: Exception, _context: Rpc, _response: ChainResponse
) -> None:
    """What is wrong with the whole body is answered without an id."""
    if isinstance(exception, RpcError):
        chain.respond(200, error_of(exception, None), JSON)


def subtract(minuend: float, subtrahend: float) -> float:
    """``subtract(42, 23) -> 19``."""
    return minuend - subtrahend


def total(*numbers: float) -> float:
    """``sum(1, 2, 4) -> 7``."""
    return sum(numbers)


METHODS: dict[str, Callable[..., Any]] = {"subtract": subtract, "sum": total}


def create_app(methods: Mapping[str, Callable[..., Any]] = METHODS) -> WsgiGateway:
    """The server for those methods."""
    return WsgiGateway(
        Gateway(
            request_handlers=[only_post, parse, Dispatcher(methods)],
            exception_handlers=[answer_errors],
            context_class=Rpc,
        )
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    run(create_app(), port=int(os.environ.get("PORT", "8000")))
