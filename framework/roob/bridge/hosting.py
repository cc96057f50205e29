"""A home for an ASGI app: an event loop in a thread of its own, and its lifespan."""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context
from typing import Any, TypeVar

from roob.bridge.messages import ASGIApp, Message

T = TypeVar("T")

logger = logging.getLogger(__name__)


class StartupFailed(RuntimeError):
    """The app has said that it cannot serve (``lifespan.startup.failed``)."""


class Host:
    """A running event loop: ``host = Host(app); host.start(); host.stop(10.0)``."""

    def __init__(self, app: ASGIApp) -> None:
        self.loop = asyncio.new_event_loop()
        self._lifespan = _Lifespan(app)
        self._thread = threading.Thread(
            target=self._run, name="roob-bridge-loop", daemon=True
        )

    @property
    def state(self) -> dict[str, Any]:
        """What the app has put into its lifespan's state; each request has a copy."""
        return dict(self._lifespan.state)

    def start(self) -> None:
        """Begin, and come back when the app has started.

        Raises:
            StartupFailed: it has not.
        """
        self._thread.start()
        self._wait(self._lifespan.startup())

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.close()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def call(
        self,
        function: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> None:
        """Have the loop call a function; nothing where it has stopped."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(function, *args, context=context)

    def stop(self, timeout: float) -> None:
        """Wait so many seconds for what runs, let the app shut down, end the loop."""
        self._wait(self._shut_down(timeout))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()

    async def _shut_down(self, timeout: float) -> None:
        known = {asyncio.current_task(), self._lifespan.task}
        running = asyncio.all_tasks() - known
        if running:
            await asyncio.wait(running, timeout=timeout)
        for task in running:
            task.cancel()
        await self._lifespan.shutdown()


class _Lifespan:
    """The server's side of it (ASGI specification, "Lifespan Protocol")."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.state: dict[str, Any] = {}
        self.task: asyncio.Task[None] | None = None
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message] = asyncio.Queue()

    async def startup(self) -> None:
        """Have the app start; one that knows no lifespan just serves.

        Raises:
            StartupFailed: the app says so.
        """
        self.task = asyncio.create_task(self._run())
        answer = await self._ask("lifespan.startup")
        if answer.get("type") == "lifespan.startup.failed":
            raise StartupFailed(
                answer.get("message") or "The application did not start"
            )

    async def shutdown(self) -> None:
        """Have the app stop, where it still listens."""
        if self.task is None or self.task.done():
            return
        answer = await self._ask("lifespan.shutdown")
        if answer.get("type") == "lifespan.shutdown.failed":
            logger.error("The application did not stop: %s", answer.get("message"))
        self.task.cancel()

    async def _ask(self, what: str) -> Message:
        self._to_app.put_nowait({"type": what})
        return await self._from_app.get()

    async def _run(self) -> None:
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self._app(scope, self._to_app.get, self._from_app.put)
        except Exception as error:  # it may well know nothing of lifespans
            logger.debug("The application has no lifespan: %r", error)
        self._from_app.put_nowait({})
