"""Around an app while one works on it: requests are recorded, and shown as a page.

``app = watch(app)`` is a WSGI application like the one inside, with ``/__trace__``.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from time import perf_counter_ns
from typing import Any
from urllib.parse import parse_qs

from roob.trace.events import RETURN, START, UNWIND, Event
from roob.trace.gate import HOSTS, PREFIX, Gate, refuse_in_production
from roob.trace.layers import Layers
from roob.trace.page import as_live_page, policy
from roob.trace.recorder import Recorder, nanoseconds_of_an_event
from roob.trace.ring import Ring
from roob.trace.telling import Seen, Teller
from roob.trace.visit import Answer
from roob.types import StartResponse, WSGIApp, WSGIEnvironment

logger = logging.getLogger("roob.trace")

# Fifty recordings are kept, and told while the next request waits.
_MOST_EVENTS, _MOST_STEPS = 20_000, 1_000
_SECONDS_TO_SETTLE = 0.25
_MS = 1e6  # nanoseconds in a millisecond


def watch(
    app: WSGIApp,
    *,
    address: str = "",
    hosts: tuple[str, ...] = HOSTS,
    layers: Layers | None = None,
) -> "Watch":
    """The app, with its requests shown at ``/__trace__``.

    ``watch(app, address="http://127.0.0.1:8000")`` prints the page's address, which has
    the token that opens it. ``hosts`` are the names that the page answers to.

    Raises:
        TracingRefused: in production, or where the app is not in debug.
    """
    refuse_in_production(app)
    watched = Watch(app, Gate(hosts), layers or Layers(Path.cwd()))
    opening = f"{address}{PREFIX}?token={watched.gate.token}"
    print(f"Roob trace: {opening}", file=sys.stderr, flush=True)
    return watched


class Watch:
    """The app and what watches it; other attributes are the app's own."""

    def __init__(self, app: WSGIApp, gate: Gate, layers: Layers) -> None:
        self.app = app
        self.gate = gate
        self.ring = Ring()
        self._cost = nanoseconds_of_an_event()
        self._teller = Teller(layers, _MOST_STEPS)
        self._recorder = Recorder(layers, _MOST_EVENTS)
        self._recorder.arm()

    def __getattr__(self, name: str) -> Any:
        if name == "app":
            raise AttributeError("app: __init__ has not run")
        return getattr(self.app, name)

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """The page, or the app's own answer, watched."""
        path = environ.get("PATH_INFO", "")
        if path == PREFIX or path.startswith(f"{PREFIX}/"):
            return self._show(environ, start_response)
        return self._watched(environ, start_response)

    def _watched(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        self._recorder.learn(self.app)
        self.ring.expect()
        watched = _Request(environ, start_response, self._cost, self._recorder.layers)
        try:
            with self._recorder.recording(watched.events):
                pieces = self.app(environ, watched.start_response)
        except BaseException as error:  # the server's to answer; here it is only seen
            watched.answer.error = error
            self._finish(watched)
            raise
        kind = _SizedBody if hasattr(pieces, "__len__") else _Body
        return kind(pieces, watched, self._recorder, self._finish)

    def _finish(self, watched: "_Request") -> None:
        try:
            recording = self._teller.tell(watched.seen())
        except Exception as error:  # the app's answer is out, and stays as it is
            # Its words may be the request's own.
            logger.error("a recording cannot be told: %s", type(error).__name__)
            self.ring.give_up()
            return
        at = datetime.now(UTC).astimezone().strftime("%H:%M:%S")
        self.ring.add(recording.named(watched.identity, at))

    def _show(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        refusal = self.gate.refusal(environ)
        if refusal:
            return _send(start_response, "403 Forbidden", "text/plain", refusal)
        if self.gate.is_opened(environ):
            here = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]
            headers = [("Location", here), ("Set-Cookie", self.gate.cookie(environ))]
            start_response("303 See Other", [*headers, ("Content-Length", "0")])
            return []
        if environ["PATH_INFO"] == f"{PREFIX}/recordings":
            self.ring.settle(_SECONDS_TO_SETTLE)
            after = parse_qs(environ.get("QUERY_STRING", "")).get("after", [""])[0]
            found = json.dumps(self.ring.after(after))
            return _send(start_response, "200 OK", "application/json", found)
        page = as_live_page([*self.ring])
        return _send(start_response, "200 OK", "text/html", page)


class _Request:
    """One request while it runs, and all that is known of it when it is over."""

    def __init__(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        cost: float,
        layers: Layers,
    ) -> None:
        self.identity = token_hex(4)
        self.events: list[Event] = []
        self.answer = Answer()
        self.ended = 0
        self._environ = environ
        self._asked = dict(environ)  # the app may change its own
        self._here = environ.get("SCRIPT_NAME", "")
        self._start_response = start_response
        self._cost = cost
        self._layers = layers
        self._began = perf_counter_ns()

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Any:
        """Tell the client where to look, and its browser how long it took."""
        self.answer.status, self.answer.headers = status, [*headers]
        added = [
            ("X-Roob-Trace", f"{self._here}{PREFIX}/{self.identity}"),
            ("Server-Timing", self._server_timing()),
        ]
        return self._start_response(status, [*headers, *added], exc_info)

    def _server_timing(self) -> str:
        """So far, and less the recorder's own work: ``app;dur=0.21, sql;dur=0.05``."""
        spent = perf_counter_ns() - self._began - self._cost * len(self.events)
        count, in_sql = self._statements()
        return (
            f"app;dur={max(0.0, spent) / _MS:.3f}, "
            f'sql;dur={in_sql / _MS:.3f};desc="{count} statements"'
        )

    def _statements(self) -> tuple[int, int]:
        """How many ran so far, and how many nanoseconds they took."""
        count = spent = 0
        began: dict[int, int] = {}
        for event in self.events:
            if self._layers.layer_of(event.code) != "sql":
                continue
            if event.kind == START:
                count += 1
                began[event.frame] = event.at
            elif event.kind in (RETURN, UNWIND):
                spent += event.at - began.get(event.frame, event.at)
        return count, spent

    def seen(self) -> Seen:
        """What is told of it."""
        ended = self.ended or perf_counter_ns()
        if self.events:  # closing the body is seen too, after its end
            ended = max(ended, self.events[-1].at)
        return Seen(
            environ=self._asked,
            body=self._environ.get("roob.body") or b"",
            answer=self.answer,
            events=self.events,
            began=self._began,
            ended=ended,
            cost=self._cost,
        )


class _Body:
    """The app's pieces on their way to the server, each made under observation."""

    def __init__(
        self,
        pieces: Iterable[bytes],
        watched: _Request,
        recorder: Recorder,
        finish: Callable[[_Request], None],
    ) -> None:
        self._source: Any = pieces
        self._is_over = hasattr(pieces, "__len__")
        self._pieces = iter(pieces)
        self._watched = watched
        self._recorder = recorder
        self._finish = finish

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        watched = self._watched
        try:
            with self._recorder.recording(watched.events):
                piece = next(self._pieces)
        except BaseException as error:
            watched.ended = perf_counter_ns()
            self._is_over = True
            if not isinstance(error, StopIteration):
                watched.answer.error = error
            raise
        watched.answer.add(piece)
        return piece

    def close(self) -> None:
        """The server is done: only now is the recording written."""
        self._watched.answer.is_cut = not self._is_over
        try:
            close = getattr(self._source, "close", None)
            if close is not None:
                with self._recorder.recording(self._watched.events):
                    close()
        finally:
            self._finish(self._watched)


class _SizedBody(_Body):
    """One whose pieces can be counted: of one the server tells the length itself."""

    def __len__(self) -> int:
        return len(self._source)


def _send(
    start_response: StartResponse, status: str, kind: str, text: str
) -> list[bytes]:
    body = text.encode()
    headers = [
        ("Content-Type", f"{kind}; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", f"{policy(live=True)}; frame-ancestors 'none'"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response(status, headers)
    return [body]
