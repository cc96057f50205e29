"""A chain that keeps a diary: which handlers ran, in which order."""

from collections.abc import Callable
from typing import Any

import pytest
from roob.gateway import Gateway, WsgiGateway

Answer = Any


class Diary(list[str]):
    """``diary.note("a")`` is a handler that writes "a" down, and acts."""

    def note(self, word: str, act: Callable[..., Any] | None = None) -> Any:
        def handler(chain: Any, *rest: Any) -> None:
            self.append(word)
            if act is not None:
                act(chain)

        return handler

    def fail(self, word: str, exception: Exception) -> Any:
        def handler(*_: Any) -> None:
            self.append(word)
            raise exception

        return handler


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def ask(call: Callable[..., Answer]) -> Callable[..., Answer]:
    """``ask([handler], response_handlers=[...], path="/x")``: the gateway's answer."""

    def ask(
        request_handlers: Any = (),
        path: str = "/",
        method: str = "GET",
        body: bytes = b"",
        environ: Any = None,
        **handlers: Any,
    ) -> Answer:
        app = WsgiGateway(Gateway(request_handlers, **handlers))
        return call(app, path, method, body, **(environ or {}))

    return ask
