"""A value on one line, as short as it helps, without calling any code of its class.

Names decide what is hidden, at any depth; what is hidden is learnt by ``Secrets``.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import islice
from pathlib import PurePath
from types import FunctionType, MethodType
from typing import Any
from uuid import UUID

import webob

from roob.trace.events import Answered
from roob.trace.secrets import HIDDEN, Secrets, is_secret

_LONGEST_TEXT = 60
_MOST_MEMBERS = 6
_DEEPEST = 4
_DEEPEST_NAME = 8
_BRACKETS: Mapping[type, tuple[str, str]] = {list: ("[", "]"), tuple: ("(", ")")}
_PLAIN = (int, float, complex, bool, type(None))
_PRINTED = (Decimal, UUID, datetime, date, time, timedelta, PurePath)


class Shown:
    """``Shown(secrets).value({"id": 7}) -> "{'id': 7}"``; a token in it is hidden."""

    def __init__(self, secrets: Secrets, longest: int = _LONGEST_TEXT) -> None:
        self._secrets = secrets
        self._longest = longest
        self._words: tuple[tuple[Any, Callable[[Any], str]], ...] = (
            (Enum, lambda value: f"{type(value).__name__}.{value.name}"),
            (str, self._text),
            (bytes | bytearray, lambda value: f"{len(value)} bytes"),
            (_PRINTED, lambda value: f"{type(value).__name__}({str(value)!r})"),
            (Answered | webob.Response | webob.Request, _message),
        )

    def named(self, name: object, value: object) -> str:
        """A value that goes by a name, which may hide it."""
        if is_secret(name) and value is not None and not _is_tool(value):
            self._secrets.learn(name, value)
            return HIDDEN
        return self.value(value)

    def value(self, value: Any, depth: int = 0) -> str:
        """A value alone."""
        if type(value) in _PLAIN:
            return repr(value)
        for kind, shown in self._words:
            if isinstance(value, kind):
                return shown(value)
        return self._structure(value, depth)

    def _text(self, text: str) -> str:
        text = self._secrets.scrub(str(text))  # whole: a part would not be known again
        if len(text) > self._longest:
            text = text[: self._longest - 1] + "…"
        return repr(text)

    def _structure(self, value: Any, depth: int) -> str:
        kind = type(value).__name__
        if isinstance(value, type):
            return f"class {value.__name__}"
        if isinstance(value, FunctionType | MethodType):
            return value.__qualname__
        pairs = pairs_of(value)
        if pairs is not None:
            return self._pairs(value, pairs, depth)
        if type(value) in (list, tuple, set, frozenset):
            return self._members(value, depth)
        return kind

    def _pairs(
        self, value: object, pairs: Iterable[tuple[Any, Any]], depth: int
    ) -> str:
        is_mapping = isinstance(value, Mapping)
        begin, end, joint = ("{", "}", ": ") if is_mapping else ("(", ")", "=")
        kind = "" if is_mapping else type(value).__name__
        if depth >= _DEEPEST:
            return f"{kind}{begin}…{end}"
        spell = repr if is_mapping else str
        texts = [
            f"{spell(name)}{joint}{self._inner(name, member, depth)}"
            for name, member in pairs
        ]
        return kind + begin + _joined(texts) + end

    def _inner(self, name: object, value: object, depth: int) -> str:
        if is_secret(name) and value is not None:
            self._secrets.learn(name, value)
            return HIDDEN
        return self.value(value, depth + 1)

    def _members(self, values: Any, depth: int) -> str:
        begin, end = _BRACKETS.get(type(values), ("{", "}"))
        if depth >= _DEEPEST:
            return f"{begin}…{end}"
        first = [*islice(values, _MOST_MEMBERS)]
        shown = [self.value(value, depth + 1) for value in first]
        if not isinstance(values, list | tuple):
            shown.sort()
        more = len(values) - len(shown)
        return begin + ", ".join([*shown, *([f"… {more} more"] if more else [])]) + end


def pairs_of(value: Any) -> list[tuple[Any, Any]] | None:
    """Names and values in it: a mapping's, a dataclass's, a row's, a model's."""
    if type(value) is dict or isinstance(value, Mapping):
        return list(value.items()) if type(value) is dict else None
    if dataclasses.is_dataclass(value):
        return [*_fields_of(value)]
    kind = type(value)
    if hasattr(kind, "to_dict") or hasattr(kind, "model_dump"):
        return [(n, v) for n, v in vars(value).items() if not n.startswith("_")]
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return list(zip(kind._fields, value, strict=False))
    return None


def _fields_of(value: Any) -> Iterator[tuple[str, Any]]:
    for field in dataclasses.fields(value):
        if field.repr and not field.name.startswith("_"):
            yield field.name, getattr(value, field.name, None)


def _joined(texts: list[str]) -> str:
    more = len(texts) - _MOST_MEMBERS
    if more > 0:
        texts = [*texts[:_MOST_MEMBERS], f"… {more} more"]
    return ", ".join(texts)


def _is_tool(value: object) -> bool:
    """Whether it is no text or number, but something that works: a session's class."""
    return isinstance(value, type | FunctionType | MethodType)


def _message(value: Answered | webob.Response | webob.Request) -> str:
    if isinstance(value, webob.Request):
        environ = value.environ
        return f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}"
    if isinstance(value, webob.Response):
        return value.status
    size = dict(value.headers).get("Content-Length")
    return value.status + (f", {size} bytes" if size else "")


def learn_all(value: Any, secrets: Secrets, depth: int = 0) -> None:
    """Learn the secrets that are named anywhere in a value, shown or not."""
    if depth > _DEEPEST_NAME or isinstance(value, str | bytes | type):
        return
    if type(value).__module__.startswith("roob.") and not hasattr(value, "to_dict"):
        return  # the framework's own: its keys are columns and paths
    pairs = pairs_of(value)
    for name, member in pairs or ():
        if is_secret(name) and member is not None and not _is_tool(member):
            secrets.learn(name, member)
        learn_all(member, secrets, depth + 1)
    if pairs is None and type(value) in (list, tuple, set, frozenset):
        for member in list(value)[:200]:
            learn_all(member, secrets, depth + 1)
