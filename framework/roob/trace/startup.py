"""What happens before the first request: imports, registrations, the finished table."""

import inspect
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import CodeType, FrameType, MappingProxyType
from typing import Any

from roob.trace import copies
from roob.trace.calls import Call, calls_of
from roob.trace.layers import Layers, name_of_handler, roob_of
from roob.trace.places import Places
from roob.trace.recorder import Recorder
from roob.trace.text import Line, duration

REGISTRATIONS: Mapping[str, str] = MappingProxyType(
    {
        "roob.framework:Roob.__init__": "app",
        "roob.framework:Roob.add_middleware": "middleware",
        "roob.framework:Roob.add_exception_handler": "errors",
        "roob.routing_manager:RouteManager.register": "route",
    }
)
_MODULE = "<module>"
_FRAMEWORK = "roob/"
_MOST_LIBRARIES = 6
# -X importtime writes: "import time:      self |  cumulative | name".
_IMPORT = re.compile(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", re.MULTILINE)
_MARK = "--- the app"
_SECONDS = 60


@dataclass(frozen=True)
class Startup:
    """A headline, and a line for each import, registration and finished route."""

    headline: str
    lines: Sequence[Line]

    def to_json(self) -> dict[str, Any]:
        """As plain lists and texts."""
        return asdict(self)


class _StartLayers(Layers):
    """The modules of the app that are imported, and what they register."""

    def _find(self, frame: FrameType) -> str | None:
        code, module = frame.f_code, frame.f_globals.get("__name__", "")
        if code.co_name == _MODULE:
            return "import" if self._is_near(code.co_filename) else None
        return REGISTRATIONS.get(f"{module}:{code.co_qualname}")


def watch(load: Callable[[], Any], name: str, layers: Layers) -> Startup:
    """Load an app and tell what that did: ``watch(lambda: load_app(name), name, ...)``.

    Libraries' times come from an interpreter of their own, where nothing is watched
    and nothing was imported before.
    """
    layers = _StartLayers(layers.root)
    recorder = Recorder(layers)
    with recorder.armed(), recorder.recording() as events:
        app = load()
    telling = _Telling(layers, Places(layers.root))
    lines = [line for call in calls_of(events) for line in telling.lines(call, 0)]
    imported = _import_times(name.partition(":")[0])
    table = [*_table(app, telling.places)]
    whole = duration(sum(imported.values()))
    headline = (
        f"start-up of {name}      imported in {whole}; {len(table)} routes in the table"
    )
    return Startup(headline, [*lines, *_libraries(imported), *table])


class _Telling:
    """Imports and registrations in words."""

    def __init__(self, layers: Layers, places: Places) -> None:
        self.places = places
        self._layers = layers
        self._words: Mapping[str, Callable[[Call], str]] = {
            "app": _app,
            "middleware": _middleware,
            "errors": _errors,
            "route": _route,
        }

    def lines(self, call: Call, depth: int) -> Iterator[Line]:
        layer = self._layers.layer_of(call.code)
        file = self.places.file_of(call.code)
        if layer == "import":
            inside = _count(call) if file.startswith(_FRAMEWORK) else 0
            yield Line(
                layer, "", depth, file + (f" and {inside} below it" if inside else "")
            )
        else:
            yield Line(layer, "", depth, self._words[layer](call), self._place(call))
        if call.error is not None:
            yield Line(layer, "✗", depth, f"{type(call.error).__name__}", is_error=True)
        if not (layer == "import" and file.startswith(_FRAMEWORK)):
            for child in call.children:
                yield from self.lines(child, depth + 1)

    def _place(self, call: Call) -> str:
        thing = call.arguments.get("handler") or call.arguments.get("middleware")
        return place_of(thing or type(call.arguments["self"]), self.places)


def _count(call: Call) -> int:
    return sum(1 + _count(child) for child in call.children)


def place_of(thing: Any, places: Places) -> str:
    """Where a handler or a class stands: ``"demo_app/core/products.py:33"``."""
    if not (inspect.isclass(thing) or inspect.isroutine(thing)):
        thing = type(thing)
    try:
        thing = _written(inspect.unwrap(thing))
        _, line = inspect.getsourcelines(thing)
        return f"{places.shown(inspect.getfile(thing))}:{line}"
    except (OSError, TypeError):  # made by hand, or of C
        return ""


def _written(thing: Any) -> Any:
    """A class as it was written, where one without lines of its own stands for it."""
    if not inspect.isclass(thing):
        return thing
    has_own = any(
        isinstance(getattr(v, "__code__", None), CodeType) for v in vars(thing).values()
    )
    bases = [kind for kind in thing.__mro__[1:] if kind.__name__ == thing.__name__]
    return bases[0] if bases and not has_own else thing


def _app(call: Call) -> str:
    return f"{type(call.arguments['self']).__name__}()"


def _middleware(call: Call) -> str:
    return f"{name_of_handler(call.arguments['middleware'])} is outermost now"


def _errors(call: Call) -> str:
    kind = call.arguments["exception_type"].__name__
    return f"{kind} is answered by {name_of_handler(call.arguments['handler'])}"


def _route(call: Call) -> str:
    path, handler = call.arguments["path"], call.arguments["handler"]
    verbs = getattr(call.result, "allowed_methods", ())
    return f"{', '.join(sorted(verbs))} {path} → {name_of_handler(handler)}"


def _table(app: Any, places: Places) -> Iterator[Line]:
    roob = roob_of(app)
    for route in roob.routing_manager.routes if roob is not None else ():
        verbs = ", ".join(sorted(route.allowed_methods))
        kind = "looked up" if route.template.is_exact else "a pattern"
        text = f"{route.path}  {verbs}, {kind}"
        yield Line("table", "", 0, text, place_of(route.handler, places))


def _import_times(module: str) -> Counter[str]:
    """Microseconds that each top-level package takes to import, by itself."""
    code = (
        f"import runpy, sys; sys.path[:0] = ['', 'src'];"
        f"runpy.run_path({copies.__file__!r})['Copies']().__enter__();"
        f"print({_MARK!r}, file=sys.stderr); import {module}"
    )
    done = subprocess.run(  # noqa: S603 - the interpreter that runs this, and a name
        [sys.executable, "-X", "importtime", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    times: Counter[str] = Counter()
    _, _, since = done.stderr.partition(_MARK)  # what came before is not the app's
    for spent, name in _IMPORT.findall(since):
        times[name.partition(".")[0]] += int(spent)
    return times


def _libraries(times: Counter[str]) -> Iterator[Line]:
    others = Counter(
        {n: t for n, t in times.items() if n not in sys.stdlib_module_names}
    )
    for name, spent in others.most_common(_MOST_LIBRARIES):
        yield Line("library", "", 0, name, duration(spent))
