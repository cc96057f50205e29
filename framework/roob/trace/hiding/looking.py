"""A value looked at without calling any code of its class: its kind, its insides.

``isinstance`` asks a value for its ``__class__``, ``getattr`` for an attribute, ``==``
and ``hash`` a class for its metaclass's: each may be the app's own code, and raise.
"""

from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from pathlib import PurePath
from types import (
    BuiltinFunctionType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

# What Python itself knows of a class, whatever its metaclass says.
_NAME = type.__dict__["__name__"].__get__
_MODULE = type.__dict__["__module__"].__get__
_ANCESTORS = type.__dict__["__mro__"].__get__
_CONTENT = type.__dict__["__dict__"].__get__

_SLOTS = (GetSetDescriptorType, MemberDescriptorType)
_NO_OBJECTS = (type, ModuleType, FunctionType)
_MODELS = ("to_dict", "model_dump")
_PLAIN = frozenset(map(id, (int, float, complex, bool, type(None))))
_CONTAINERS = (list, tuple, set, frozenset)
_EXACT_CONTAINERS = frozenset(map(id, _CONTAINERS))


def is_plain(value: object) -> bool:
    """Whether it is a number, a truth or nothing, and of no class of the app's."""
    return id(type(value)) in _PLAIN


def is_container(value: object) -> bool:
    """Whether it is a list, tuple or set, and of no class of the app's."""
    return id(type(value)) in _EXACT_CONTAINERS


def is_tool(value: object) -> bool:
    """Whether it is no text or number, but something that works: a session's class."""
    return issubclass(
        type(value), (type, FunctionType, MethodType, BuiltinFunctionType)
    )


def class_name(kind: type) -> str:
    """``ProductController -> "ProductController"``."""
    return str(_NAME(kind))


def module_of(kind: type) -> str:
    """``Response -> "roob.models.responses"``."""
    name = _MODULE(kind)
    return name if type(name) is str else ""


def function_name(value: object) -> str | None:
    """``ProductController.get -> "ProductController.get"``; None of what is no one."""
    function = value.__func__ if type(value) is MethodType else value
    return function.__qualname__ if type(function) is FunctionType else None


def plain_text(value: object) -> str:
    """A plain value as Python writes it, but for a number that it refuses to write."""
    try:
        return repr(value)
    except ValueError:
        return f"int of {int.bit_length(value):,} bits"  # type: ignore[arg-type]


def raw_bytes(value: Any) -> bytes:
    """The bytes themselves, of a subclass too."""
    kind = bytes if issubclass(type(value), bytes) else bytearray
    return bytes(kind.__getitem__(value, slice(None)))


def in_class(kind: type, *names: str) -> object:
    """The first of these attributes that a class or its ancestors have, or None."""
    for each in _ANCESTORS(kind):
        content = _CONTENT(each)
        for name in names:
            if name in content:
                return content[name]
    return None


def attributes_of(value: object) -> list[tuple[str, Any]]:
    """An object's own attributes, but for those that its class computes."""
    if issubclass(type(value), _NO_OBJECTS):
        return []
    slot: Any = in_class(type(value), "__dict__")
    found = slot.__get__(value) if issubclass(type(slot), _SLOTS) else None
    return list(found.items()) if type(found) is dict else []


def members_of(value: object) -> Iterable[Any] | None:
    """What is in a list, tuple or set; None of what is none."""
    for kind in _CONTAINERS:
        if issubclass(type(value), kind):
            return kind.__iter__(value)  # type: ignore[arg-type]
    return None


def pairs_of(value: Any) -> list[tuple[Any, Any]] | None:
    """Names and values in it: a dictionary's, a dataclass's, a row's, a model's."""
    kind = type(value)
    if issubclass(kind, dict):
        return list(dict.items(value))
    if issubclass(kind, tuple):
        names = in_class(kind, "_fields")
        is_named = type(names) is tuple
        return list(zip(names, tuple.__iter__(value))) if is_named else None  # type: ignore[call-overload]  # noqa: B905
    if type(in_class(kind, "__dataclass_fields__")) is dict:
        return _fields_of(value)
    if in_class(kind, *_MODELS) is not None:
        return [pair for pair in attributes_of(value) if not pair[0].startswith("_")]
    return None


def _fields_of(value: Any) -> list[tuple[str, Any]]:
    own = dict(attributes_of(value))
    names = [each.name for each in fields(type(value)) if each.repr]
    return [
        (name, own[name] if name in own else _slot(value, name))
        for name in names
        if not name.startswith("_")
    ]


def _slot(value: Any, name: str) -> Any:
    """What stands in a slot, or is the same for all of a class."""
    slot: Any = in_class(type(value), name)
    if issubclass(type(slot), MemberDescriptorType):
        try:
            return slot.__get__(value)
        except AttributeError:  # nothing was put there
            return None
    return None if in_class(type(slot), "__get__") else slot


def printed(value: Any) -> str | None:
    """A moment, an identity, an amount or a path as it prints; None of others."""
    for kind, text_of in _PRINTED:
        if issubclass(type(value), kind):
            return text_of(value)
    return None


def _path_text(value: PurePath) -> str | None:
    is_pythons = module_of(type(value)).partition(".")[0] == "pathlib"
    return str(value) if is_pythons else None


def _identity_text(value: UUID) -> str:
    return str(UUID(int=UUID.__dict__["int"].__get__(value)))


def _moment_text(value: datetime) -> str:
    naive = datetime.combine(datetime.date(value), datetime.time(value))
    return str(_zoned(naive, datetime.__dict__["tzinfo"].__get__(value)))


def _time_text(value: time) -> str:
    naive = datetime.combine(date.min, value, None)
    return str(_zoned(naive, time.__dict__["tzinfo"].__get__(value)).timetz())


def _zoned(naive: datetime, zone: tzinfo | None) -> datetime:
    """With its zone, unless that is of a class of the app's."""
    is_pythons = type(zone) is timezone or type(zone) is ZoneInfo
    return naive.replace(tzinfo=zone) if is_pythons else naive


_PRINTED: tuple[tuple[type, Callable[[Any], str | None]], ...] = (
    (datetime, _moment_text),
    (date, date.isoformat),
    (time, _time_text),
    (timedelta, timedelta.__str__),
    (Decimal, Decimal.__str__),
    (UUID, _identity_text),
    (PurePath, _path_text),
)
