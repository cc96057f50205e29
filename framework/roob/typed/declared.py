"""What a function says of its parameters, with every name in it resolved."""

import inspect
import sys
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import webob.request

from roob.typed.shapes import bare, below_alias, within
from roob.typed.sources import REQUIRED, Depends, Source

UNSAID: Any = inspect.Parameter.empty

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True, slots=True)
class Said:
    """One parameter: its type without the marker that stood in ``Annotated``."""

    name: str
    annotation: Any
    default: Any
    marker: Source | None = None
    depends: Depends | None = None

    @property
    def is_request(self) -> bool:
        """Whether it is given the request itself."""
        if self.annotation is UNSAID:
            return self.name == "request"
        kind = bare(self.annotation)
        return isinstance(kind, type) and issubclass(kind, webob.request.BaseRequest)


@dataclass(frozen=True, slots=True)
class Declared:
    """A function as it is written: ``takes_rest`` where it has ``**parameters``."""

    function: Callable[..., Any]
    name: str
    parameters: tuple[Said, ...]
    returns: Any
    takes_rest: bool


def declared(function: Callable[..., Any]) -> Declared:
    """Read a function, a class, a method or a callable object.

    Raises:
        TypeError: a name is not known where it is defined, or it takes parameters
            that no request can give, or it is asynchronous.
    """
    name = name_of(function)
    _refuse_async(function, name)
    hints = _hints_of(function, name)
    parameters = _open_parameters(function)
    takes_rest = bool(parameters) and parameters[-1].kind is parameters[-1].VAR_KEYWORD
    named = parameters[:-1] if takes_rest else parameters
    said = tuple(_said(name, parameter, hints) for parameter in named)
    return Declared(function, name, said, hints.get("return", UNSAID), takes_rest)


def _open_parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Those that are still to be filled: a client must not change what is set."""
    filled = function.keywords if isinstance(function, partial) else {}
    parameters = inspect.signature(function).parameters
    found = [one for name, one in parameters.items() if name not in filled]
    # A method that its class does not have yet.
    return found[1:] if found and found[0].name == "self" else found


def name_of(function: Callable[..., Any]) -> str:
    """How messages call it: ``shop.put_user``."""
    function = function.func if isinstance(function, partial) else function
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{function.__module__}.{name}"


def _refuse_async(function: Callable[..., Any], name: str) -> None:
    code = _code_owner(function)
    if inspect.iscoroutinefunction(code) or inspect.isasyncgenfunction(code):
        raise TypeError(f"{name} is asynchronous; a handler is a plain function")


def _code_owner(function: Callable[..., Any]) -> Any:
    """Whose annotations count: a class's ``__init__``, an object's ``__call__``."""
    if isinstance(function, partial):
        return _code_owner(function.func)
    if isinstance(function, type):
        return function.__init__  # type: ignore[misc]  # it is read, not called
    return function if inspect.isroutine(function) else type(function).__call__


def _hints_of(function: Callable[..., Any], name: str) -> dict[str, Any]:
    owner = inspect.unwrap(_code_owner(function))
    local = ChainMap(*_surroundings(getattr(owner, "__globals__", {})))
    try:
        return get_type_hints(owner, localns=dict(local), include_extras=True)
    except NameError as error:
        raise TypeError(f"{name}: an annotation cannot be resolved: {error}") from error


def _surroundings(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The names of the functions that are running in a module, innermost first.

    Under ``from __future__ import annotations`` a handler that is defined inside a
    function names classes that are known only there.
    """
    frame = sys._getframe()
    while frame := frame.f_back:  # type: ignore[assignment]  # None ends the loop
        if frame.f_globals is module and frame.f_locals is not module:
            yield dict(frame.f_locals)


def _said(owner: str, parameter: inspect.Parameter, hints: dict[str, Any]) -> Said:
    if parameter.kind not in _NAMED:
        raise TypeError(
            f"{owner}: {parameter} cannot be filled from a request, which gives "
            "parameters by name"
        )
    annotation = hints.get(parameter.name, UNSAID)
    default = REQUIRED if parameter.default is UNSAID else parameter.default
    said = Said(parameter.name, annotation, default)
    marker = _only_marker(f"{owner}: parameter {said.name}", said)
    if marker is None:
        return said
    if marker is default:  # x: int = Query(1)
        return _marked(replace(said, default=REQUIRED), marker)
    kind, *notes = _around(annotation)
    others = [note for note in notes if note is not marker]
    left = Annotated[(kind, *others)] if others else kind
    return _marked(replace(said, annotation=left), marker)


def _only_marker(owner: str, said: Said) -> Source | Depends | None:
    """The one marker; what would be no more than a remark is refused.

    An ignored ``Depends`` would let the client say who it is.
    """
    kind, *notes = _around(said.annotation)
    found = [note for note in (*notes, said.default) if _is_marker(note)]
    hidden = next(filter(_is_marker, within(kind)), None)
    if hidden is not None:
        raise TypeError(f"{owner}: {_named(hidden)} stands inside the type, not around")
    if len(found) > 1:
        raise TypeError(f"{owner} has two: {' and '.join(map(_named, found))}")
    if found and isinstance(found[0], type):
        raise TypeError(f"{owner} has {_named(found[0])}; write {_named(found[0])}()")
    return found[0] if found else None


def _around(annotation: Any) -> tuple[Any, ...]:
    """``Annotated[int, Query()] -> int, Query()``, also by another name."""
    if get_origin(annotation) is Annotated:
        kind, *notes = get_args(annotation)
        inner, *others = _around(kind)
        return (inner, *others, *notes)
    below = below_alias(annotation)
    return (annotation,) if below is None else _around(below)


def _is_marker(note: Any) -> bool:
    kind = note if isinstance(note, type) else type(note)
    return issubclass(kind, Source | Depends)


def _named(marker: Any) -> str:
    return str((marker if isinstance(marker, type) else type(marker)).__name__)


def _marked(said: Said, marker: Source | Depends) -> Said:
    if isinstance(marker, Depends):
        return replace(said, depends=marker)
    default = marker.default if said.default is REQUIRED else said.default
    return replace(said, marker=marker, default=default)
