"""What a back end notes while a request runs: one tuple an event, nothing formatted.

Both back ends, ``monitor`` and ``settrace``, write this one stream.
"""

import sys
from collections.abc import Callable
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from time import perf_counter_ns
from types import CodeType, FrameType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import webob

START, RESUME, YIELD, RETURN, UNWIND = range(5)

_WAITING = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR

# Larger ones are kept as they are: they are shown by their length.
_MOST_COPIED = 1000
_known_kinds: WeakKeyDictionary[type, bool] = WeakKeyDictionary()
_RECORDS = ("__dataclass_fields__", "to_dict", "model_dump")
_COPIED = (dict, list, set)


class Event(NamedTuple):
    """``Event(START, 8123, code, frame, {"id": 7})``: the payload is the kind's.

    START has the arguments, YIELD and RETURN the value, UNWIND the exception.
    ``frame`` tells the runs of one generator from another's; it is a number.
    """

    kind: int
    at: int  # nanoseconds of the monotonic clock
    code: CodeType
    frame: int
    payload: Any


class Answered(NamedTuple):
    """A response as it was at that moment: steps outside will change its headers."""

    response: webob.Response
    status: str
    headers: list[tuple[str, str]]


# Where a back end puts the events of the thread that runs.
Sink = Callable[[Event], None]


def started(code: CodeType, frame: FrameType) -> Event:
    """A function begins, with its arguments."""
    return Event(START, perf_counter_ns(), code, id(frame), _arguments(code, frame))


def left(kind: int, code: CodeType, frame: FrameType, value: object) -> Event:
    """A function yields, returns or is left by an exception."""
    return Event(kind, perf_counter_ns(), code, id(frame), snapshot(value))


def is_generator(code: CodeType) -> bool:
    """Whether calling it makes a generator, or anything else that runs in pieces."""
    return bool(code.co_flags & _WAITING)


def argument_names(code: CodeType) -> tuple[str, ...]:
    """The parameters in their order, ``*args`` and ``**kwargs`` last."""
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & 4) + bool(code.co_flags & 8)
    return code.co_varnames[:count]


def _arguments(code: CodeType, frame: FrameType) -> dict[str, Any]:
    values = frame.f_locals
    return {
        name: snapshot(values[name]) for name in argument_names(code) if name in values
    }


def snapshot(value: Any) -> Any:
    """The value as it is now: what may change before it is shown is copied, flat."""
    if type(value) in _COPIED:
        return value.copy() if len(value) <= _MOST_COPIED else value
    # Not isinstance, which asks a proxy for its class and so runs the app's code.
    if issubclass(type(value), webob.Response):
        return _answered(value)
    return _copied(value) if _is_record(type(value)) else value


def _is_record(kind: type) -> bool:
    """Whether its objects are shown by their attributes: rows, models, dataclasses."""
    if kind not in _known_kinds:
        bases = map(vars, kind.__mro__)
        _known_kinds[kind] = any(name in base for base in bases for name in _RECORDS)
    return _known_kinds[kind]


def _copied(value: Any) -> Any:
    """The same object again, with its attributes of now; no code of its class runs."""
    try:
        attributes = object.__getattribute__(value, "__dict__")
        copy = object.__new__(type(value))
        object.__getattribute__(copy, "__dict__").update(attributes)
    except (AttributeError, TypeError):  # it has slots, or is of C
        return value
    return copy


def _answered(response: webob.Response) -> webob.Response | Answered:
    try:
        return Answered(response, response.status, _headers_of(response))
    except Exception:  # its __init__ only begins, or it is a class of the app's
        return response


def _headers_of(response: webob.Response) -> list[tuple[str, str]]:
    """The headers made so far. To ask Roob's own responses for them would make them."""
    inside: dict[str, Any] = vars(response)
    if inside.get("_made_headerlist", response) is None:
        made_later: Any = response  # one of Roob's own: WebOb's types do not know it
        length = ("Content-Length", str(len(inside["_app_iter"][0])))
        return [made_later.content_type_header, length]
    return list(response.headerlist)


def caller() -> FrameType:
    """The frame of the function that a callback was called for."""
    return sys._getframe(2)
