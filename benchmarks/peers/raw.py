"""A WSGI function by hand: the floor, without a framework."""

import json
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Dumps = Callable[[Any], bytes]
Loads = Callable[[bytes], Any]


def _dumps(content: object) -> bytes:
    return json.dumps(content).encode()


def make(
    n_routes: int = 50, dumps: Dumps = _dumps, loads: Loads = json.loads
) -> WSGIApplication:
    """Build the app; its routes are a set of first segments."""
    collections = {f"r{index}" for index in range(n_routes)}

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/":
            return _text(start_response)
        if path == "/json":
            return _json(start_response, dumps({"message": "Hello"}))
        if path == "/echo" and environ["REQUEST_METHOD"] == "POST":
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            return _json(start_response, dumps(loads(body)))
        return _item(path, start_response)

    def _item(path: str, start_response: StartResponse) -> Iterable[bytes]:
        match path.split("/"):
            case ["", collection, "items", item] if collection in collections:
                return _json(start_response, dumps({"id": int(item)}))
        message = {"message": f"Requested path: {path} does not exist"}
        return _json(start_response, dumps(message), HTTPStatus.NOT_FOUND)

    return app


def _text(start_response: StartResponse) -> Iterable[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "13")]
    start_response("200 OK", headers)
    return [b"Hello, World!"]


def _json(
    start_response: StartResponse, body: bytes, status: HTTPStatus = HTTPStatus.OK
) -> Iterable[bytes]:
    line = "200 OK" if status is HTTPStatus.OK else f"{status.value} {status.phrase}"
    length = str(len(body))
    start_response(
        line, [("Content-Type", "application/json"), ("Content-Length", length)]
    )
    return [body]
