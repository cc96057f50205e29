"""A value on one line, as short as it helps, without calling any code of its class.

Names decide what is hidden, at any depth; what is hidden is learnt by ``Secrets``.
"""

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import islice
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any
from uuid import UUID

import webob

from roob.trace.events import Answered
from roob.trace.secrets import HIDDEN, Secrets, attributes_of, hides, is_secret
from roob.trace.statements import with_columns, without_literals

_LONGEST_TEXT = 60
_MOST_MEMBERS = 6
_DEEPEST = 4
_MOST_LEARNT = 20_000  # names, in one value
_NAME_OF_PAIR = re.compile(r"[\w.-]{1,64}")
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
            (
                _PRINTED,
                lambda value: f"{type(value).__name__}({secrets.scrub(str(value))!r})",
            ),
            (Answered | webob.Response | webob.Request, self._message),
        )

    def named(self, name: object, value: object) -> str:
        """A value that goes by a name, which may hide it."""
        return self._inner(name, value, -1)

    def value(self, value: Any, depth: int = 0) -> str:
        """A value alone."""
        if type(value) in _PLAIN:
            return repr(value)
        for kind, shown in self._words:
            if isinstance(value, kind):
                return shown(value)
        return self._structure(value, depth)

    def _message(self, value: Answered | webob.Response | webob.Request) -> str:
        return self._secrets.scrub(_told(value))

    def _text(self, text: str) -> str:
        # Far beyond what is shown: a part of a secret would not be known again.
        text = self._secrets.scrub(str(text)[: self._secrets.reach(self._longest)])
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
        if _is_statement(value):
            return self._statement(value)
        is_mapping = isinstance(value, Mapping)
        begin, end, joint = ("{", "}", ": ") if is_mapping else ("(", ")", "=")
        kind = "" if is_mapping else type(value).__name__
        if depth >= _DEEPEST:
            return f"{kind}{begin}…{end}"
        spell = self.value if is_mapping else str
        told = "value" if _is_told(value) else None
        texts = [
            f"{spell(name)}{joint}{self._inner(name, member, depth, told)}"
            for name, member in pairs
        ]
        return kind + begin + _joined(texts) + end

    def _statement(self, value: Any) -> str:
        shown = self.parameters(value.sql, value.params)
        sql = self._text(without_literals(value.sql))
        return f"{type(value).__name__}(sql={sql}, params=[{', '.join(shown)}])"

    def parameters(self, sql: str, params: Sequence[Any]) -> list[str]:
        """Those of a statement, hidden by their columns."""
        return [
            self.named(column, value) for column, value in with_columns(sql, params)
        ]

    def _inner(
        self, name: object, value: object, depth: int, told: str | None = None
    ) -> str:
        """A member; ``told`` is the name of one that another member tells of."""
        if name == told and isinstance(name, str):
            return HIDDEN
        if hides(name, value) and not _is_tool(value):
            self._secrets.learn(name, value)
            return HIDDEN
        return self.value(value, depth + 1)

    def _members(self, values: Any, depth: int) -> str:
        begin, end = _BRACKETS.get(type(values), ("{", "}"))
        if depth >= _DEEPEST:
            return f"{begin}…{end}"
        first = [*islice(values, _MOST_MEMBERS)]
        if _is_secret_pair(values):
            return f"{begin}{first[0]!r}, {HIDDEN}{end}"
        shown = [self.value(value, depth + 1) for value in first]
        if not isinstance(values, list | tuple):
            shown.sort()
        more = len(values) - len(shown)
        return begin + ", ".join([*shown, *([f"… {more} more"] if more else [])]) + end


def pairs_of(value: Any) -> list[tuple[Any, Any]] | None:
    """Names and values in it: a dictionary's, a dataclass's, a row's, a model's."""
    kind = type(value)
    if isinstance(value, dict):
        return list(dict.items(value))
    if dataclasses.is_dataclass(value):
        return [*_fields_of(value)]
    if hasattr(kind, "to_dict") or hasattr(kind, "model_dump"):
        return [(n, v) for n, v in attributes_of(value) if not n.startswith("_")]
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return list(zip(kind._fields, tuple.__iter__(value), strict=False))
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


def _is_statement(value: object) -> bool:
    return isinstance(value, tuple) and getattr(type(value), "_fields", ()) == (
        "sql",
        "params",
    )


def _is_tool(value: object) -> bool:
    """Whether it is no text or number, but something that works: a session's class."""
    return isinstance(value, type | FunctionType | MethodType | BuiltinFunctionType)


def _told(value: Answered | webob.Response | webob.Request) -> str:
    if isinstance(value, webob.Request):
        environ = value.environ
        return f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}"
    if isinstance(value, webob.Response):
        return value.status
    size = dict(value.headers).get("Content-Length")
    return value.status + (f", {size} bytes" if size else "")


def is_told(pairs: Mapping[Any, Any]) -> bool:
    """Whether a ``value`` is a secret's by the ``name`` beside it, as in HAR files."""
    name = pairs.get("name")
    return isinstance(name, str) and hides(name, pairs.get("value"))


def _is_told(value: object) -> bool:
    return isinstance(value, dict) and is_told(value)


def _is_secret_pair(value: Any) -> bool:
    """Whether it is a name and its secret: ``("X-Api-Key", "...")``, as in headers."""
    if type(value) not in (list, tuple) or len(value) != 2:
        return False
    name, member = value
    if not isinstance(name, str) or not isinstance(member, str | bytes):
        return False
    return bool(_NAME_OF_PAIR.fullmatch(name)) and is_secret(name)


def learn_all(value: Any, secrets: Secrets) -> None:
    """Learn the secrets that are named anywhere in a value, shown or not."""
    waiting, known = [value], set[int]()
    while waiting and len(known) < _MOST_LEARNT:
        one = waiting.pop()
        if id(one) not in known:
            known.add(id(one))
            waiting += _learn_one(one, secrets)


def _learn_one(value: Any, secrets: Secrets) -> Iterable[Any]:
    """Learn what a value names, and return what else is to be looked at."""
    if isinstance(value, str):
        secrets.learn_text(value)
    if isinstance(value, str | bytes | type) or type(value) in _PLAIN:
        return []
    if type(value).__module__.startswith("roob.") and not hasattr(value, "to_dict"):
        return []  # the framework's own: its keys are columns and paths
    pairs = pairs_of(value)
    if pairs is None:
        return _learn_members(value, secrets)
    if _is_told(value):
        secrets.learn(value["name"], value["value"])
    _learn_pairs(pairs, secrets)
    return [member for _, member in pairs]


def _learn_members(value: Any, secrets: Secrets) -> Iterable[Any]:
    if type(value) in (list, tuple, set, frozenset):
        if _is_secret_pair(value):
            secrets.learn(*value)
        return list(value)
    # Of other objects only what they call a secret: their graph may be the whole app.
    _learn_pairs(attributes_of(value), secrets)
    return []


def _learn_pairs(pairs: Iterable[tuple[Any, Any]], secrets: Secrets) -> None:
    for name, member in pairs:
        if hides(name, member) and not _is_tool(member):
            secrets.learn(name, member)
