"""Every example of the guide to live connections, against a real server."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import uvicorn
from roob import Roob
from roob.bridge import WsgiToAsgi

from tests.docs.test_guides import DOCS, run
from tests.e2e.servers import free_port, wait_for


@contextmanager
def served(app: Roob) -> Iterator[str]:
    port = free_port()
    # With its default, uvicorn imports a module that warns of its end.
    config = uvicorn.Config(WsgiToAsgi(app), port=port, ws="wsproto", log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started, "started", 10)
        yield f"ws://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


@pytest.fixture
def serve() -> Iterator[Callable[[Roob], str]]:
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(served(app))


def test_every_example_of_the_live_guide_answers_as_printed(
    serve: Callable[[Roob], str],
) -> None:
    assert run(DOCS / "live.md", serve=serve) > 10
