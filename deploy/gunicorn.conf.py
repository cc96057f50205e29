"""Before any request: how gunicorn serves the app, read from the environment.

`gunicorn --config deploy/gunicorn.conf.py demo_app.core.main:app` listens on
127.0.0.1:8000 with two workers of four threads each. With `WORKER_CLASS=asgi`, or
`-k asgi`, it serves `demo_app.core.asgi:app`.

| variable | default | meaning |
| --- | --- | --- |
| `HOST` | `127.0.0.1` | the address to listen on; the image sets `0.0.0.0` |
| `PORT` | 8000 | the port to listen on |
| `WEB_CONCURRENCY` | 2 | worker processes |
| `WEB_THREADS` | 4 | requests that each worker serves at a time |
| `WORKER_CLASS` | `gthread` | `asgi` for the app on ASGI |
| `ACCESS_LOG` | 0 | 1 writes a line per request to standard output |
| `FORWARDED_ALLOW_IPS` | loopback | proxies whose `X-Forwarded-Proto` is believed |
"""

import asyncio
import os
import re
import signal
from pathlib import Path
from types import FrameType
from typing import Protocol


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


def whole_number(name: str, default: int, allowed: range) -> int:
    """Read a whole number from the environment; empty counts as unset.

    `PORT=8080` -> 8080

    Raises:
        SystemExit: the text is not a whole number in the allowed range.

    """
    text = os.environ.get(name) or str(default)
    if re.fullmatch("[0-9]{1,5}", text) and int(text) in allowed:
        return int(text)
    limits = f"from {allowed[0]} to {allowed[-1]}"
    raise SystemExit(f"{name} must be a whole number {limits}, not {text!r}")


def address() -> str:
    """Join `HOST` and `PORT`.

    `HOST=0.0.0.0`, `PORT=8080` -> "0.0.0.0:8080"
    """
    host = os.environ.get("HOST") or "127.0.0.1"
    return f"{host}:{whole_number('PORT', 8000, range(1, 65536))}"


def heartbeat_dir() -> str | None:
    """Name a folder in memory, or None for gunicorn's own choice.

    Each worker touches a file once a second; on a busy disk that can block it
    until the master takes it for dead.
    """
    memory = Path("/dev/shm")  # noqa: S108 - gunicorn makes a private file there
    return str(memory) if os.access(memory, os.W_OK) else None


def one_of(name: str, *allowed: str) -> str:
    """Read a word from the environment; the first one is the default.

    `WORKER_CLASS=asgi` -> "asgi"

    Raises:
        SystemExit: the text is none of the words.

    """
    text = os.environ.get(name) or allowed[0]
    if text in allowed:
        return text
    raise SystemExit(f"{name} must be {' or '.join(allowed)}, not {text!r}")


def drain_app(app: object, log: Log) -> None:
    """Call the app's `drain()`, where it has one; a failing one is logged."""
    drain = getattr(app, "drain", None)
    if not callable(drain):
        return
    try:
        drain()
    except Exception:
        # Whatever the app's code raises, the worker still has to finish its requests.
        log.exception("The app failed to drain")


def post_worker_init(worker: ThreadedWorker | AsgiWorker) -> None:
    """Let TERM drain the app as the worker stops.

    The worker goes on answering on connections that are open; from here on its
    readiness route can say 503 there.
    """
    if hasattr(worker, "asgi"):
        drain_in_loop(worker)
    else:
        drain_by_signal(worker)


def drain_by_signal(worker: ThreadedWorker) -> None:
    """Have the gthread worker drain."""

    def drain_and_exit(signum: int, frame: FrameType | None) -> None:
        # In this order an answer that says "draining" also closes its connection.
        worker.handle_exit(signum, frame)
        drain_app(worker.wsgi, worker.log)

    signal.signal(signal.SIGTERM, drain_and_exit)
    # signal() undoes what gunicorn had set: TERM must not cut off a request's I/O.
    signal.siginterrupt(signal.SIGTERM, False)


def drain_in_loop(worker: AsgiWorker) -> None:
    """Have the asgi worker drain, beside its event loop: that must never wait.

    Its lifespan ends only after its last connection, too late to say 503.
    """

    def drain_and_exit() -> None:
        worker.handle_exit_signal()
        worker.loop.run_in_executor(None, drain_app, worker.asgi, worker.log)

    worker.loop.add_signal_handler(signal.SIGTERM, drain_and_exit)


bind = address()
worker_class = one_of("WORKER_CLASS", "gthread", "asgi")
workers = whole_number("WEB_CONCURRENCY", 2, range(1, 65))
threads = whole_number("WEB_THREADS", 4, range(1, 257))
if worker_class == "asgi":
    # The bridge has the threads; gunicorn would warn that it starts none itself.
    threads = 1
worker_tmp_dir = heartbeat_dir()
timeout = 30
# Seconds; docker-compose.yml waits longer before it kills.
graceful_timeout = 10
keepalive = 5
# Recycling workers hides leaks; nothing here is known to leak.
max_requests = 0
accesslog = "-" if whole_number("ACCESS_LOG", 0, range(2)) else None
errorlog = "-"
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS") or "127.0.0.1,::1"
# Nobody manages this server at run time, and the image's root is read-only.
control_socket_disable = True
