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

import os
import re
from importlib import import_module
from pathlib import Path
from typing import Any


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


def stopping() -> Any:
    """Find the framework's hooks for a worker's end.

    In the worker: what the master had imported would not change when a file does.
    """
    return import_module("roob.stopping")


def post_worker_init(worker: object) -> None:
    """Have TERM drain the app as the worker stops."""
    stopping().post_worker_init(worker)


def worker_int(worker: object) -> None:
    """Drain the app when the worker is interrupted, or begins anew."""
    stopping().worker_int(worker)


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
