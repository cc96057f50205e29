"""From what a handler returned to the response that is sent."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import webob

from roob.headers import HeaderList
from roob.models.responses import (
    HTMLResponse,
    JSONResponse,
    Response,
    StreamedResponse,
    add_headers,
)
from roob.models.route_definition import RouteDefinition
from roob.utils.json_util import speaks_for_itself


def _bytes_response(body: bytes) -> Response:
    return Response(body, content_type="application/octet-stream")


def _empty_response(_nothing: None) -> Response:
    return Response(None, 204)


# The types that most handlers return; a subclass takes the longer way below.
_BY_TYPE: dict[type, Callable[[Any], Response]] = {
    dict: JSONResponse,
    list: JSONResponse,
    str: HTMLResponse,
    bytes: _bytes_response,
    type(None): _empty_response,
}


def make_response(result: Any, route: RouteDefinition | None = None) -> webob.Response:
    """A handler's result as a response.

    A response stays as it is; ``str`` is a page, ``bytes`` are bytes, a ``dict``,
    ``list``, dataclass, table row or pydantic model is JSON, a generator is
    streamed, None is 204; ``(body, status)`` and ``(body, status, headers)`` add
    to any of those.

    Raises:
        TypeError: it is something else; the message names the handler.
        ValueError: a plain WebOb response has a header that is unfit to be sent.
    """
    convert = _BY_TYPE.get(type(result))
    if convert is not None:
        return convert(result)
    if isinstance(result, webob.Response):
        return _checked(result)
    convert = _converter_for(result)
    if convert is not None:
        return convert(result)
    if isinstance(result, tuple) and len(result) in (2, 3):
        body = b"" if result[0] is None else result[0]
        return _with_status(make_response(body, route), *result[1:])
    raise TypeError(
        f"{_described(route)} returned {type(result).__name__}: return a response, "
        "text, bytes, an object that has a JSON form, a generator, None, "
        "or (body, status, headers)"
    )


def _checked(response: webob.Response) -> webob.Response:
    if not isinstance(response, Response):
        HeaderList.checked(response.headerlist)  # WebOb's own checks less
    return response


def _converter_for(result: Any) -> Callable[[Any], Response] | None:
    for base, convert in _BY_TYPE.items():
        if isinstance(result, base):
            return convert
    if isinstance(result, Iterator):
        return StreamedResponse
    has_json = speaks_for_itself(result) or dataclasses.is_dataclass(type(result))
    return JSONResponse if has_json else None


def _with_status(
    response: webob.Response, status: Any, headers: Any = None
) -> webob.Response:
    response.status = status
    if headers:
        add_headers(response, headers)
    return response


def _described(route: RouteDefinition | None) -> str:
    if route is None:
        return "The handler"
    handler = route.handler
    name = getattr(handler, "__qualname__", type(handler).__qualname__)
    return f"The handler {getattr(handler, '__module__', '')}.{name} of {route.path}"
