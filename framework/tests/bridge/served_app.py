"""The app that real servers are given: endless answers, uploads, and its own state."""

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from roob.bridge import WsgiToAsgi

PIECE = b"x" * 10_000
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

lock = threading.Lock()
state = {"running": 0, "made": 0, "closed": 0, "closed_elsewhere": 0}


def count(name: str, by: int) -> None:
    with lock:
        state[name] += by


def endless(environ: dict[str, Any]) -> Iterable[bytes]:
    return Endless()


class Endless:
    def __init__(self) -> None:
        self._thread = threading.get_ident()
        count("running", 1)

    def __iter__(self) -> Iterator[bytes]:
        while True:
            count("made", len(PIECE))
            yield PIECE

    def close(self) -> None:
        is_elsewhere = threading.get_ident() != self._thread
        count("closed_elsewhere", is_elsewhere)
        count("closed", 1)
        count("running", -1)


def length(environ: dict[str, Any]) -> Iterable[bytes]:
    size = 0
    while piece := environ["wsgi.input"].read(65536):
        size += len(piece)
    return [b"%d" % size]


def told(environ: dict[str, Any]) -> Iterable[bytes]:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    threads = threading.active_count()
    return [
        json.dumps(state | {"rss": pages * PAGE_BYTES, "threads": threads}).encode()
    ]


def crash(environ: dict[str, Any]) -> Iterable[bytes]:
    raise RuntimeError("asked for")


def crash_later(environ: dict[str, Any]) -> Iterable[bytes]:
    yield b"begun"
    raise RuntimeError("asked for")


ROUTES: dict[str, Callable[[dict[str, Any]], Iterable[bytes]]] = {
    "/endless": endless,
    "/length": length,
    "/state": told,
    "/crash": crash,
    "/crash-later": crash_later,
}


def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    body = ROUTES[environ["PATH_INFO"]](environ)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return body


def check_database() -> None:
    if "NO_DATABASE" in os.environ:
        raise ConnectionError("there is no database")


app = WsgiToAsgi(wsgi, requests=4, on_startup=[check_database])
