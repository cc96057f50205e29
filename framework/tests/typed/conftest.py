"""A typed handler asked over WSGI, as ``ask(handler, "/7?q=x", path="/{id}")``."""

from collections.abc import Callable
from typing import Any

import pytest
from roob import Roob
from roob.middlewares import ErrorHandlerMiddleware
from roob.typed import typed


@pytest.fixture
def app() -> Roob:
    app = Roob(dispatcher=typed)
    app.add_middleware(ErrorHandlerMiddleware)
    return app


@pytest.fixture
def ask(app: Roob, call: Any) -> Callable[..., Any]:
    """Register the handler the first time, then make a request of it."""
    known: list[Any] = []

    def ask(
        handler: Any,
        url: str = "/",
        method: str = "GET",
        body: bytes = b"",
        *,
        path: str = "/",
        **changes: Any,
    ) -> Any:
        if handler not in known:
            known.append(handler)
            app.add_route(path, handler)
        url, _, query = url.partition("?")
        return call(app, url, method, body, QUERY_STRING=query, **changes)

    return ask
