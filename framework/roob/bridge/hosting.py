"""A home for an ASGI app: an event loop in a thread of its own, and its lifespan."""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent import futures
from contextlib import suppress
from contextvars import Context
from typing import Any, TypeVar

from roob.bridge.messages import ASGIApp, Message

T = TypeVar("T")

# Seconds until it is noticed that the app has ended the loop.
_LOOK_AGAIN = 1.0
# Seconds that tasks have to clean up when they are cancelled.
_CLEANUP = 3.0
# Not of the protocol: an app has raised what ends a program.
_EXIT = "roob.lifespan.exit"

logger = logging.getLogger(__name__)


class StartupFailed(RuntimeError):
    """The app has said that it cannot serve (``lifespan.startup.failed``)."""


class LoopEnded(RuntimeError):
    """The loop runs no more, and nothing that was asked of it will come."""


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
            LoopEnded: a task of the app's has ended the loop.
        """
        self._thread.start()
        self._wait(self._lifespan.startup())

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        except BaseException as error:  # SystemExit in a task of the app's own
            logger.error("The application has ended its event loop", exc_info=error)
        finally:
            self.loop.close()

    @property
    def is_running(self) -> bool:
        """False before the start and after the end, also one from inside."""
        return self._thread.is_alive()

    def check_running(self) -> None:
        """Raise LoopEnded where it is not."""
        if not self.is_running:
            raise LoopEnded("The event loop of the application has ended")

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        outcome = asyncio.run_coroutine_threadsafe(work, self.loop)
        while not futures.wait([outcome], _LOOK_AGAIN).done:
            self.check_running()
        return outcome.result()

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
        """Wait so many seconds for what runs, as many for the app's shutdown; end."""
        if self.is_running:
            with suppress(LoopEnded):
                self._wait(self._shut_down(timeout))
            self.call(self.loop.stop)
            self._thread.join()

    async def _shut_down(self, timeout: float) -> None:
        known = {asyncio.current_task(), self._lifespan.task}
        running = asyncio.all_tasks() - known
        if running:
            await asyncio.wait(running, timeout=timeout)
        await _cancel(running)
        await self._lifespan.shutdown(timeout)
        await _cancel(asyncio.all_tasks() - {asyncio.current_task()})


async def _cancel(tasks: set["asyncio.Task[Any]"]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_CLEANUP)


class _Lifespan:
    """The server's side of it (ASGI specification, "Lifespan Protocol")."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.state: dict[str, Any] = {}
        self.task: asyncio.Task[None] | None = None
        self._has_started = False
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message] = asyncio.Queue()

    async def startup(self) -> None:
        """Have the app start; one that knows no lifespan just serves.

        Raises:
            StartupFailed: the app says so.
        """
        self.task = asyncio.create_task(self._run())
        if failure := await self._ask("lifespan.startup"):
            raise StartupFailed(failure)
        self._has_started = True

    async def shutdown(self, timeout: float) -> None:
        """Have the app stop, where it still listens; it has so many seconds."""
        if not self._has_started or self.task is None or self.task.done():
            return
        try:
            async with asyncio.timeout(timeout):
                failure = await self._ask("lifespan.shutdown")
        except TimeoutError:
            failure = f"no answer in {timeout:g} seconds"
        if failure:
            logger.error("The application did not stop: %s", failure)

    async def _ask(self, what: str) -> str:
        """Have it done; the app's words where it failed, else none."""
        self._to_app.put_nowait({"type": what})
        answer = await self._from_app.get()
        if answer.get("type") in (f"{what}.failed", _EXIT):
            return answer.get("message") or "The application gave no reason"
        return ""

    async def _run(self) -> None:
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        end: Message = {}
        try:
            await self._app(scope, self._to_app.get, self._from_app.put)
        except Exception as error:  # it may well know nothing of lifespans
            logger.debug("The application has no lifespan: %r", error)
        except BaseException as error:  # raised on, it would end the loop
            end = {"type": _EXIT, "message": f"The application raised {error!r}"}
        self._from_app.put_nowait(end)
