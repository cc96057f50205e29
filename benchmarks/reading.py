"""How much must one read to follow a request?  The code behind `GET /items/1`.

`python -m benchmarks.reading` gives each framework an app of one route and asks it
twice.  Of the second request it keeps every Python function that is entered between
the call of the app and the end of the body, and counts its executable lines:

- A function counts once, and whole: also the lines that this request did not take.
- Lines are the line numbers of its bytecode, the one it begins at among them: its `def`
  or its decorator.  So nothing that is blank, a comment or a docstring counts, and a
  nested function counts only if it is entered too.
- All packages count, the standard library's with them, and the threads that are
  started for the request; so does the handler.  Not counted are this benchmark and the
  event loop (`asyncio` and `selectors`), which drives an app as a server does.
- C and compiled extensions are not seen.  A line under the table names the compiled
  modules of a framework's own.

`python -m benchmarks.reading --list roob` prints them in the order they are entered.
"""

import argparse
import asyncio
import gc
import sys
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from wsgiref.types import WSGIApplication

from benchmarks.cases import Answer, Exchange, check, media_type_of
from benchmarks.clock import environ_of
from benchmarks.reading_apps import ASGI, FRAMEWORKS, make
from benchmarks.table import Verdict, figure, markdown

ITEM = Exchange("GET", "/items/1", 200, "application/json", {"id": 1})

GOAL = 250
"""Lines to read, in all packages."""

OWN_GOAL = 120
"""Lines of Roob's own among them."""

UNCOUNTED = ("asyncio", "selectors", "__main__", "benchmarks.reading")
"""Modules, each with all that is in it: the event loop, and this benchmark."""

Watch = AbstractContextManager[object]
"""Is entered right before the app is called, and left at the end of the body."""


@dataclass(frozen=True)
class Function:
    """A function that was entered, and the module that it runs in."""

    code: CodeType
    module: str

    @property
    def package(self) -> str:
        """Where it belongs: `"roob"` for one of `roob.framework`."""
        return self.module.partition(".")[0]

    @property
    def place(self) -> str:
        """Where it begins, from the working directory if it is there: `"a.py:7"`."""
        path, here = Path(self.code.co_filename), Path.cwd()
        near = path.relative_to(here) if path.is_relative_to(here) else path
        return f"{near}:{self.code.co_firstlineno}"

    @property
    def lines(self) -> frozenset[int]:
        """The numbers of its executable lines, its `def` with them."""
        return frozenset(line for *_, line in self.code.co_lines() if line)


@dataclass(frozen=True)
class Reading:
    """What is to be read of one framework; empty: not installed."""

    framework: str
    functions: tuple[Function, ...] = ()
    compiled: tuple[str, ...] = ()

    @property
    def lines(self) -> int | None:
        """The executable lines of all functions."""
        return _total(self.functions)

    @property
    def own_lines(self) -> int | None:
        """Those of the framework's own package."""
        own = [one for one in self.functions if one.package == self.framework]
        return _total(own)


def _total(functions: Sequence[Function]) -> int | None:
    return sum(len(one.lines) for one in functions) or None


class Recording:
    """Remembers, inside its `with`, each function that is entered, once and in order.

    The collector is off meanwhile, so that no clean-up of something else gets in.
    """

    def __init__(self) -> None:
        self._entered: dict[tuple[str, CodeType], Function] = {}

    @property
    def functions(self) -> tuple[Function, ...]:
        """Those that count."""
        return tuple(one for one in self._entered.values() if _counts(one.module))

    def __enter__(self) -> None:
        gc.disable()
        threading.setprofile(self._enter)
        sys.setprofile(self._enter)

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)
        gc.enable()

    def _enter(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            code = frame.f_code
            known = (code.co_filename, code)
            self._entered.setdefault(known, Function(code, _module(frame)))


def _module(frame: FrameType) -> str:
    """Find the frame's module; that of its caller for code generated without one."""
    at: FrameType | None = frame
    while at and "__name__" not in at.f_globals:
        at = at.f_back
    return at.f_globals["__name__"] if at else ""


def _counts(module: str) -> bool:
    return not any(f"{module}.".startswith(f"{name}.") for name in UNCOUNTED)


def read(framework: str) -> Reading:
    """Ask the framework's app twice and record the second request.

    Raises:
        WrongAnswerError: an answer is not right.
    """
    try:
        app = make(framework)
    except ImportError:
        return Reading(framework)
    ask = ask_asgi if framework in ASGI else ask_wsgi
    recording = Recording()
    check(ITEM, ask(app, nullcontext()))
    check(ITEM, ask(app, recording))
    return Reading(framework, recording.functions, compiled_modules(framework))


def ask_wsgi(app: WSGIApplication, watch: Watch) -> Answer:
    """Ask for the item as a WSGI server would (PEP 3333)."""
    environ = environ_of(ITEM)
    heads: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status, headers, exc_info=None):
        heads.append((status, headers))

    with watch:
        chunks = app(environ, start_response)
        body = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers = heads[-1]
    return Answer(int(status.split()[0]), media_type_of(headers), body)


def ask_asgi(app: Any, watch: Watch) -> Answer:
    """Ask for the item as an ASGI server would, on an event loop of its own."""
    sent: list[dict[str, Any]] = []
    asyncio.run(_converse(app, sent, watch))
    start, *rest = sent
    headers = [(key.decode(), value.decode()) for key, value in start["headers"]]
    body = b"".join(message.get("body", b"") for message in rest)
    return Answer(start["status"], media_type_of(headers), body)


async def _converse(app: Any, sent: list[dict[str, Any]], watch: Watch) -> None:
    scope = _scope()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    with watch:
        await app(scope, receive, send)


def _scope() -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": ITEM.method,
        "scheme": "http",
        "path": ITEM.path,
        "raw_path": ITEM.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1:8000"), (b"accept", b"*/*")],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }


def compiled_modules(package: str) -> tuple[str, ...]:
    """Name a package's loaded modules that are machine code: `("falcon.app",)`."""
    loaded = sorted(name for name in sys.modules if name.startswith(f"{package}."))
    files = {name: str(getattr(sys.modules[name], "__file__", "")) for name in loaded}
    suffixes = tuple(EXTENSION_SUFFIXES)
    return tuple(name for name in loaded if files[name].endswith(suffixes))


def render(readings: Sequence[Reading]) -> str:
    """Draw the table, the least to read first, and what it does not show."""
    header = ("", "functions", "lines in all packages", "lines of its own package")
    rows = [_row(one) for one in sorted(readings, key=_place_in_table)]
    notes = [note for one in readings if (note := _note(one))]
    return "\n".join([markdown(header, rows), *([""] if notes else []), *notes])


def _place_in_table(reading: Reading) -> tuple[bool, int]:
    return reading.lines is None, reading.lines or 0


def _row(reading: Reading) -> tuple[str, ...]:
    figures = (len(reading.functions) or None, reading.lines, reading.own_lines)
    return (reading.framework, *(figure(value, 0) for value in figures))


def _note(reading: Reading) -> str:
    if not reading.functions:
        return f"* {reading.framework}: not installed"
    if not reading.compiled:
        return ""
    names = ", ".join(reading.compiled)
    return f"* {reading.framework} (compiled: not all is visible): {names}"


def verdicts(readings: Sequence[Reading]) -> tuple[Verdict, Verdict]:
    """Hold Roob against its goals."""
    roob = next((one for one in readings if one.framework == "roob"), Reading("roob"))
    return (
        Verdict("lines to read, all packages", roob.lines, GOAL),
        Verdict("lines of Roob's own", roob.own_lines, OWN_GOAL),
    )


def in_order(reading: Reading) -> str:
    """List what is to be read: its number of lines, where it begins and its name."""
    return "\n".join(
        f"{len(one.lines):>4}  {one.place}  {one.code.co_qualname}"
        for one in reading.functions
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and the goals, or the list of one framework."""
    options = _parser().parse_args(arguments)
    if options.list:
        reading = read(options.list)
        print(in_order(reading) or _note(reading))
        return
    readings = [read(framework) for framework in FRAMEWORKS]
    print(render(readings), end="\n\n")
    for verdict in verdicts(readings):
        print(verdict)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="benchmarks.reading",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--list", choices=FRAMEWORKS, help="print its functions")
    return parser


if __name__ == "__main__":
    main()
