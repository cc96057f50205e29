"""Before a gunicorn worker stops: the app drains, and what stays open is ended.

``gunicorn -c python:roob.stopping app:app``; a settings file of one's own imports the
two hooks: ``from roob.stopping import post_worker_init, worker_int``.
"""

import asyncio
import signal
from types import FrameType
from typing import Any, Protocol

from roob.models.connections import close_all


class Log(Protocol):
    """The one method of gunicorn's log that is needed here."""

    def exception(self, message: str) -> None:
        """Log a message with the traceback of the exception being handled."""


class ThreadedWorker(Protocol):
    """What the gthread worker offers: the loaded app, a log and an exit."""

    wsgi: object
    log: Log

    def handle_exit(self, signum: int, frame: FrameType | None) -> None:
        """Stop accepting, answer what is in flight, leave."""


class AsgiWorker(Protocol):
    """The same of the asgi worker, which has its signals from its event loop."""

    asgi: object
    log: Log
    loop: asyncio.AbstractEventLoop

    def handle_exit_signal(self) -> None:
        """Stop accepting, answer what is in flight, leave."""


def post_worker_init(worker: Any) -> None:
    """Have TERM drain the app as the worker stops.

    The worker goes on answering on connections that are open; from here on its
    readiness route can say 503 there.
    """
    if hasattr(worker, "asgi"):
        _drain_in_loop(worker)
    else:
        _drain_by_signal(worker)


def worker_int(worker: Any) -> None:
    """Drain when the worker is interrupted, or begins anew as a file has changed."""
    drain(getattr(worker, "asgi", None) or worker.wsgi, worker.log)


def _drain_by_signal(worker: ThreadedWorker) -> None:
    def drain_and_exit(signum: int, frame: FrameType | None) -> None:
        # In this order an answer that says "draining" also closes its connection.
        worker.handle_exit(signum, frame)
        drain(worker.wsgi, worker.log)

    signal.signal(signal.SIGTERM, drain_and_exit)
    # signal() undoes what gunicorn had set: TERM must not cut off a request's I/O.
    signal.siginterrupt(signal.SIGTERM, False)


def _drain_in_loop(worker: AsgiWorker) -> None:
    """Beside its event loop, which must never wait.

    Its lifespan ends only after its last connection, too late to say 503.
    """

    def drain_and_exit() -> None:
        worker.handle_exit_signal()
        worker.loop.run_in_executor(None, drain, worker.asgi, worker.log)

    worker.loop.add_signal_handler(signal.SIGTERM, drain_and_exit)


def drain(app: object, log: Log) -> None:
    """Call the app's ``drain()``, where it has one, and end all open connections.

    Websockets are closed with 1001, event streams end. A drain that fails is logged.
    """
    try:
        getattr(app, "drain", lambda: None)()
    except Exception:
        # Whatever the app's code raises, the worker still has to finish its requests.
        log.exception("The app failed to drain")
    close_all()
