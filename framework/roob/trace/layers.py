"""Which functions are steps of a request, and of which layer.

The framework's own are in the table below; the app's are its handlers, what its
settings name, and what the usual names tell. ``__layer__`` on a function, a class or
a module overrules all of them.
"""

import inspect
import re
import sys
import sysconfig
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import CodeType, FrameType, MappingProxyType
from typing import Any

# Everything below the app's folder and the framework that is no layer of its own.
CALL = "call"
# In the place of a method: a websocket's route answers GET, and not as one reads it.
WEBSOCKET = "WS"

FRAMEWORK: Mapping[str, str] = MappingProxyType(
    {
        "roob.framework:Roob.__call__": "app",
        "roob.framework:Roob.handle_request": "app",
        "roob.framework:Roob.handle_exception": "error",
        "roob.framework:Roob.template": "template",
        "roob.mounting:MountedApp.__call__": "mount",
        "roob.routing_manager:RouteManager.dispatch": "router",
        "roob.helpers:RoutingHelper.find_route": "router",
        "roob.static_files:StaticFiles.respond": "static",
        "roob.common_handlers:CommonHandlers.url_not_found_handler": "error",
        "roob.common_handlers:CommonHandlers.method_not_allowed_handler": "error",
        "roob.common_handlers:CommonHandlers.generic_exception_handler": "error",
        "roob.models.answers:make_response": "response",
        "roob.models.responses:Response.__call__": "response",
        "roob.models.responses:_EncodedResponse.__call__": "response",
        "roob.typed.binding:Binder.bind": "parameters",
        "roob.typed.refusals:refusal": "parameters",
        "roob.gateway.wsgi:WsgiGateway.__call__": "gateway",
        "roob.gateway.handlers:RouterHandler.__call__": "gateway",
        "roob.gateway.forwarding:forward_to.<locals>.handler": "gateway",
        "roob.gateway.response:ChainResponse.take": "gateway",
        **{
            f"roob.gateway.composite:{kind}.__call__": "gateway"
            for kind in (
                "CompositeHandler",
                "CompositeResponseHandler",
                "CompositeExceptionHandler",
                "CompositeFinalizer",
            )
        },
        **{
            f"roob.gateway.chain:HandlerChain.{verb}": "gateway"
            for verb in ("respond", "stop", "terminate", "throw")
        },
        **{
            f"roob.orm.{room}:{kind}.{method}": "sql"
            for room, kind in (
                ("sqlite", "SqliteConnection"),
                ("postgres", "PostgresConnection"),
            )
            for method in ("fetch", "stream", "insert", "change", "change_many")
        },
    }
)

# What classes of the app are called, by convention.
SUFFIXES = (("Service", "service"), ("Repository", "repository"))

_HOOKS = ("process_request", "process_response", "handle_request")
_MIDDLEWARE = ("roob.middlewares.base", "Middleware")
_COLLECTION = ("roob.collection", "Collection")
# Python 3.12 runs comprehensions without a function; where there is one, it is none
# that anybody named.
_NAMELESS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
_MEMBER = re.compile("list|create|retrieve|update|delete|(get|post)_[a-z0-9_]+")
# A gateway's lists of handlers, and that of a composite one.
_CHAIN = ("request_handlers", "response_handlers", "exception_handlers", "finalizers")
_COMPOSITE = ("handlers",)
_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")


@dataclass
class Layers:
    """``Layers(root, {"shop.prices": "service"})``, then ``layer_of(code)``.

    ``root`` is the app's folder; ``modules`` are the layers of modules and of those
    inside them. With ``everything`` each function of framework and app is a step.
    """

    root: Path
    modules: Mapping[str, str] = field(default_factory=dict)
    everything: bool = False
    # Each with its code, which must not go while its number is known.
    _handlers: dict[int, tuple[CodeType, str]] = field(default_factory=dict)
    _known: dict[int, str | None] = field(default_factory=dict)
    _app: object = None
    _gateway: object = None
    _tables: list[Any] = field(default_factory=list)
    _learnt: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        self.root = self.root.resolve()
        self._framework = f"{Path(__file__).resolve().parents[1]}/"
        self._observer = f"{Path(__file__).resolve().parent}/"

    def learn(self, app: object) -> bool:
        """Take the handlers of an app and of those mounted in it; say if any is new.

        It is asked before each request, and looks again once the app has other routes.
        """
        if app is not self._app:
            self._app, self._gateway, self._learnt = app, _gateway_of(app), ()
            self._tables = roobs_of(app)
        routes = (one for table in self._tables for one in table.routing_manager.routes)
        there = (*routes, *_flat(self._gateway, _CHAIN))
        if [*map(id, there)] == [*map(id, self._learnt)]:
            return False
        self._learnt, self._tables = there, roobs_of(app)
        for layer, handler in _handlers_of(app):
            for code in _codes_of(handler):
                self._handlers[id(code)] = code, layer
                self._known.pop(id(code), None)
        return True

    def follows(self, frame: FrameType) -> bool:
        """Whether a function is a step; asked when it begins for the first time."""
        layer = self._known[id(frame.f_code)] = self._find(frame)
        return layer is not None

    def layer_of(self, code: CodeType) -> str:
        """The layer of a function that is followed."""
        return self._known.get(id(code)) or CALL

    def _find(self, frame: FrameType) -> str | None:
        code, module = frame.f_code, frame.f_globals.get("__name__", "")
        if code.co_name in _NAMELESS:
            return None
        return (
            FRAMEWORK.get(f"{module}:{code.co_qualname}")
            or _middleware(frame)
            or _member(frame)
            or (self._is_near(code.co_filename) and _marked(frame))
            or self._handlers.get(id(code), (code, None))[1]
            or (self._of_app(code, module) if self._is_near(code.co_filename) else None)
        )

    def _of_app(self, code: CodeType, module: str) -> str | None:
        otherwise = CALL if self.everything else None
        if code.co_name.startswith("_") or "<" in code.co_qualname:
            return otherwise
        return _by_prefix(self.modules, module) or _by_name(code) or otherwise

    def _is_near(self, file: str) -> bool:
        """Whether a file is the framework's or the app's, and no library's."""
        if file.startswith(self._observer) or not file.endswith(".py"):
            return False
        return file.startswith(self._framework) or is_below(file, self.root)


def is_below(file: str, root: Path) -> bool:
    """Whether a file is in the folder, and in no virtualenv or library of it."""
    if not file.startswith(f"{root}/"):
        return False
    inner = file[len(str(root)) :]
    outside = "/site-packages/" in inner or "/." in inner
    return not outside and not file.startswith(_STDLIB)


# Wrappers in wrappers, and what else they keep: then it is somewhere else.
_MOST_WRAPPERS = 200
_STDLIB = (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"))


def _marked(frame: FrameType) -> str | None:
    """``__layer__`` of the function, of its class or of its module."""
    names = frame.f_code.co_qualname.split(".")
    found = frame.f_globals.get("__layer__")
    if frame.f_code.co_name.startswith("_"):
        found = None
    place: Any = sys.modules.get(frame.f_globals.get("__name__", ""))
    for name in names:
        place = inspect.getattr_static(place, name, None)
        place = getattr(place, "__func__", place)
        mark = getattr(place, "__dict__", {}).get("__layer__")
        found = mark or found
        if place is None:
            break
    return found if isinstance(found, str) else None


def _middleware(frame: FrameType) -> str | None:
    code = frame.f_code
    if code.co_name not in _HOOKS or not _is_method_of(frame, _MIDDLEWARE):
        return None
    is_base = frame.f_globals.get("__name__") == _MIDDLEWARE[0]
    return None if is_base and code.co_name != "handle_request" else "middleware"


def _member(frame: FrameType) -> str | None:
    """What a collection answers a URL with; such members call one another, too."""
    name = frame.f_code.co_name
    if not _MEMBER.fullmatch(name) or not _is_method_of(frame, _COLLECTION):
        return None
    return "handler"


def _is_method_of(frame: FrameType, kind: tuple[str, str]) -> bool:
    code = frame.f_code
    if not code.co_argcount:
        return False
    its_own = frame.f_locals.get(code.co_varnames[0])
    return kind in {(k.__module__, k.__name__) for k in type(its_own).__mro__}


def _by_prefix(modules: Mapping[str, str], module: str) -> str | None:
    while module:
        if module in modules:
            return modules[module]
        module = module.rpartition(".")[0]
    return None


def _by_name(code: CodeType) -> str | None:
    kind, _, _ = code.co_qualname.rpartition(".")
    for suffix, layer in SUFFIXES:
        if kind.endswith(suffix):
            return layer
    return None


def roob_of(app: object) -> Any:
    """The Roob application in it, below whatever wraps it; None where there is none.

    Wrappers keep it as an attribute, in a closure or as a method's object. A
    ``Router`` is one too.
    """
    return next(_tables_in(app), None)


def roobs_of(app: object) -> list[Any]:
    """The same, of a gateway all: those that its chain hands requests to, in order."""
    gateway = _gateway_of(app)
    found = [roob_of(app)] if gateway is None else map(roob_of, chained_in(app))
    return [*{id(one): one for one in found if one is not None}.values()]


def chained_in(app: object) -> list[object]:
    """The handlers in a gateway's chain, and in composite ones; none of another app."""
    return [*_flat(_gateway_of(app), _CHAIN)]


def _flat(holder: object, names: Iterable[str]) -> Iterator[object]:
    for name in names:
        for handler in _attributes(holder).get(name, ()):
            yield handler
            if type(handler).__name__.startswith("Composite"):
                yield from _flat(handler, _COMPOSITE)


def _gateway_of(app: object) -> object:
    """The gateway in it; None where a request goes through none."""
    for one in _wrapped_by(app):
        if "routing_manager" in _attributes(one):
            return None
        gateway = _attributes(one).get("gateway")
        if _attributes(gateway).keys() >= set(_CHAIN):
            return gateway
    return None


def _tables_in(app: object) -> Iterator[object]:
    return (one for one in _wrapped_by(app) if "routing_manager" in _attributes(one))


def _wrapped_by(app: object) -> Iterator[object]:
    """It, and what it wraps, the outermost first."""
    waiting, met = deque([app]), set[int]()
    while waiting and len(met) < _MOST_WRAPPERS:
        one = waiting.popleft()
        yield one
        met.add(id(one))
        waiting.extend(inner for inner in _inside(one) if id(inner) not in met)


def _inside(wrapper: Any) -> Iterator[object]:
    """What may be the app in a wrapper: objects of classes, functions and methods."""
    for value in _attributes(wrapper).values():
        if callable(value) or "routing_manager" in _attributes(value):
            yield value
    found = inspect.getattr_static(wrapper, "__self__", None)
    yield from [] if found is None else [wrapper.__self__]
    for cell in getattr(wrapper, "__closure__", None) or ():
        with suppress(ValueError):  # it is empty
            yield cell.cell_contents
    if inspect.isfunction(wrapper):
        named = (wrapper.__globals__.get(name) for name in wrapper.__code__.co_names)
        yield from (one for one in named if "routing_manager" in _attributes(one))


def _attributes(thing: object) -> Mapping[str, Any]:
    found = getattr(thing, "__dict__", {})
    return found if type(found) is dict and not inspect.isclass(thing) else {}


def name_of_handler(handler: Any) -> str:
    """``"ProductsController"``, ``"get_book"``; an object goes by its class."""
    name: str = getattr(handler, "__qualname__", type(handler).__qualname__)
    return name.rpartition("<locals>.")[2]


def mounted_in(handler: object) -> Any:
    """The application that a route hands its requests to; None where it has none."""
    is_mount = type(handler).__name__ == "MountedApp"
    return _attributes(handler).get("app") if is_mount else None


def is_websocket(route: Any) -> bool:
    """Whether a route leads to a websocket."""
    kinds = {type(route.call).__name__, type(route.handler).__name__}
    return "WebSocketEndpoint" in kinds


def _handlers_of(app: object) -> Iterator[tuple[str, object]]:
    """A gateway's handlers and the routes', each with its layer; mounted apps' too."""
    for handler in chained_in(app):
        yield "gateway", handler
    for roob in roobs_of(app):
        for route in roob.routing_manager.routes:
            yield "handler", route.handler
            inner = mounted_in(route.handler)
            yield from [] if inner is None else _handlers_of(inner)


def _codes_of(handler: Any) -> Iterator[CodeType]:
    """The code that runs for a handler: a function's, or a class's verbs'."""
    while isinstance(handler, partial):
        handler = handler.func
    if not inspect.isclass(handler):
        handler = inspect.unwrap(handler)  # a typed one, or a websocket's
    if inspect.isclass(handler):
        members = [getattr(handler, verb, None) for verb in _VERBS]
    elif inspect.isroutine(handler):
        members = [handler]
    else:
        members = [getattr(handler, "__call__", None)]  # noqa: B004 - it is looked at
    for member in members:
        code = getattr(_unwrapped(member), "__code__", None) if member else None
        module = getattr(member, "__module__", "") or ""
        if code is not None and not module.startswith("roob."):
            yield code


def _unwrapped(function: Any) -> Any:
    """The function that a decorator was given.

    Where it did not say so (``functools.wraps``), it is the only one in its closure.
    """
    function = inspect.unwrap(function)
    if "<locals>" not in getattr(function, "__qualname__", ""):
        return function
    inner = [one for one in _inside(function) if _is_decorated(one, function)]
    return _unwrapped(inner[0]) if len(inner) == 1 else function


def _is_decorated(inner: Any, function: Any) -> bool:
    """Whether it came from elsewhere; a helper is made where the function is made."""
    if not inspect.isfunction(inner) or inner is function:
        return False
    homes = {one.__qualname__.rpartition(".")[0] for one in (inner, function)}
    return len(homes) == 2 or inner.__code__ is function.__code__
