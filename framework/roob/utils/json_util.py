"""Any returned object to JSON bytes, and a request's bytes to objects.

orjson does the work; this room says what a page of products may consist of, and
refuses what JSON cannot carry instead of sending something else.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Any
from uuid import UUID

import orjson

_OPTIONS = orjson.OPT_NON_STR_KEYS

# What a search for NaN need not enter; an iterator is spent by then anyhow.
_BYTES = (bytes, bytearray, memoryview)
_WITHOUT_MEMBERS = (
    *_BYTES,
    *(str, int, type(None), Decimal, Enum, UUID, date, time, Iterator),
)


class JSONUtils:
    """``encode(object) -> bytes`` and ``decode(bytes) -> object`` (RFC 8259)."""

    @staticmethod
    def encode(content: object) -> bytes:
        """The content as JSON: ``{"id": UUID(...)} -> b'{"id":"8d2f..."}'``.

        Takes what JSON has, and dates, times, ``Decimal`` (as a string, which keeps
        every digit), ``UUID``, enums, dataclasses, sets, generators, mappings,
        objects with ``to_dict()`` or ``model_dump()`` and any other object by its
        public attributes. Attributes that start with an underscore stay inside.

        Raises:
            TypeError: a value has no JSON form, or contains itself.
            ValueError: a number is NaN or infinite, or text is not UTF-8.
        """
        try:
            encoded = orjson.dumps(content, to_plain, _OPTIONS)
        except orjson.JSONEncodeError as error:
            raise _explained(content, error) from error
        # orjson writes NaN as null; only an answer with a null in it can hide one.
        if encoded.find(b"null") >= 0:
            refuse_nan(content)
        return encoded

    @staticmethod
    def decode(body: bytes) -> Any:
        """The objects that JSON text stands for: ``b'{"id": 5}' -> {"id": 5}``.

        Raises:
            json.JSONDecodeError: it is no JSON; ``lineno`` and ``colno`` say where.
        """
        return orjson.loads(body)


def _explained(content: object, error: orjson.JSONEncodeError) -> Exception:
    cause = error.__cause__
    if isinstance(cause, ValueError):
        return cause
    if "Recursion limit" in str(error) or isinstance(cause, RecursionError):
        return TypeError(
            f"{type(content).__name__} cannot become JSON: it contains itself, "
            "or is nested more than 254 levels deep"
        )
    return TypeError(f"{type(content).__name__} cannot become JSON: {cause or error}")


def to_plain(value: Any) -> object:
    """One object that JSON has no word for, as something that it has.

    ``{3} -> [3]``, ``Decimal("1.50") -> "1.50"``, ``b"abc" -> "abc"``,
    ``Point(1, 2) -> {"x": 1, "y": 2}``.

    Raises:
        TypeError: the object has neither attributes nor members.
        ValueError: bytes are not UTF-8, or a generator yields NaN.
    """
    for kind, convert in _SCALARS:
        if isinstance(value, kind):
            return convert(value)
    if isinstance(value, Mapping):
        return dict(value)
    # Before Iterable: a pydantic model can be iterated, and gives pairs.
    if speaks_for_itself(value):
        return value.to_dict() if hasattr(value, "to_dict") else value.model_dump()
    if isinstance(value, Iterable):
        return _members_of(value)
    return _attributes_of(value)


def speaks_for_itself(value: object) -> bool:
    """Whether its class says what it shows: a table's row, a pydantic model."""
    kind = type(value)
    return hasattr(kind, "to_dict") or hasattr(kind, "model_dump")


def _text_of(value: bytes | bytearray | memoryview) -> str:
    try:
        return bytes(value).decode()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"bytes that are not UTF-8 cannot become JSON ({error.reason} at byte "
            f"{error.start}): encode them first, as base64 or hexadecimal"
        ) from error


# orjson knows floats, and not their subclasses.
_SCALARS: tuple[tuple[Any, Callable[[Any], object]], ...] = (
    (Decimal, str),
    (float, float),
    (_BYTES, _text_of),
)


def _members_of(values: Iterable[object]) -> list[object]:
    members = list(values)
    # A generator is empty after this: it has to be looked through now.
    refuse_nan(members)
    return members


def _attributes_of(value: object) -> dict[str, object]:
    names = _public_names(value)
    if not (names or getattr(value, "__dict__", None)) or inspect.isroutine(value):
        raise TypeError(f"there is no JSON for {type(value).__name__}")
    if inspect.isclass(value):
        raise TypeError(f"there is no JSON for the class {value.__name__}")
    return {name: getattr(value, name) for name in names}


def _public_names(value: object) -> list[str]:
    names = [*getattr(value, "__dict__", ())]
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        names.extend([slots] if isinstance(slots, str) else slots)
    return [n for n in names if not n.startswith("_") and hasattr(value, n)]


def refuse_nan(value: object) -> None:
    """Pass over every number below a value.

    Raises:
        ValueError: one of them is NaN or infinite, which JSON cannot carry.
    """
    if isinstance(value, float):
        if not isfinite(value):
            raise ValueError(f"{value} cannot become JSON: it is not a finite number")
    elif isinstance(value, Mapping):
        for member in value.values():
            refuse_nan(member)
    elif isinstance(value, _WITHOUT_MEMBERS):
        return
    elif isinstance(value, Iterable) and not speaks_for_itself(value):
        for member in value:
            refuse_nan(member)
    else:
        refuse_nan(to_plain(value))
