"""Before the first request and after the last: a server's lifespan on ASGI."""

import asyncio
import inspect
import logging
from collections.abc import Callable, Iterable

from roob.bridge.messages import Receive, Send
from roob.bridge.pool import Pool

# A function, called in a thread; what it gives to be awaited is awaited in the loop,
# where one that is async runs from the beginning.
Hook = Callable[[], object]

logger = logging.getLogger(__name__)


class Lifespan:
    """What an application does as its server starts and stops.

    At the start ``on_startup`` in order; one that raises stops the server. At the
    end ``drain`` says that the end has come, then what still runs is waited for
    (``shutdown_timeout`` seconds at most), then ``on_shutdown`` in order, all of it
    even where some raise.
    """

    def __init__(
        self,
        pool: Pool,
        on_startup: Iterable[Hook],
        on_shutdown: Iterable[Hook],
        drain: Hook,
        shutdown_timeout: float,
    ) -> None:
        self._pool = pool
        self._on_startup = tuple(on_startup)
        self._on_shutdown = tuple(on_shutdown)
        self._drain = drain
        self._shutdown_timeout = shutdown_timeout

    async def serve(self, receive: Receive, send: Send) -> None:
        """Answer the server's two messages (ASGI specification, "Lifespan")."""
        await receive()
        if failure := await self._start():
            await send({"type": "lifespan.startup.failed", "message": failure})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if failure := await self._stop():
            await send({"type": "lifespan.shutdown.failed", "message": failure})
            return
        await send({"type": "lifespan.shutdown.complete"})

    async def _start(self) -> str:
        for hook in self._on_startup:
            if failure := await self._run(hook):
                return failure
        return ""

    async def _stop(self) -> str:
        failures = [await self._run(self._drain)]
        await self._wait_for_what_runs()
        failures += [await self._run(hook) for hook in self._on_shutdown]
        return "; ".join(filter(None, failures))

    async def _wait_for_what_runs(self) -> None:
        try:
            async with asyncio.timeout(self._shutdown_timeout):
                await self._pool.finished()
        except TimeoutError:
            logger.warning("Stopped while requests were running: they took too long")

    async def _run(self, hook: Hook) -> str:
        """A hook's failure in words; empty where there is none."""
        try:
            is_async = inspect.iscoroutinefunction(hook)
            outcome = hook() if is_async else await asyncio.to_thread(hook)
            if inspect.isawaitable(outcome):
                await outcome
        except Exception as error:  # a hook is the user's code
            name = getattr(hook, "__qualname__", repr(hook))
            logger.exception("%s failed", name)
            return f"{name}: {type(error).__name__}: {error}"
        return ""
