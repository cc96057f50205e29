"""A value on one line, as short as it helps, without calling any code of its class.

Names decide what is hidden, at any depth; what is hidden is learnt by ``Secrets``.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from itertools import islice
from typing import Any

import webob

from roob.trace.events import Answered
from roob.trace.hiding.looking import (
    attributes_of,
    class_name,
    function_name,
    in_class,
    is_container,
    is_plain,
    is_tool,
    pairs_of,
    plain_text,
    printed,
    raw_bytes,
)
from roob.trace.hiding.naming import HIDDEN, hides, is_secret_pair, is_told, spelled
from roob.trace.hiding.secrets import Secrets
from roob.trace.statements import with_columns, without_literals
from roob.trace.text import counted

_LONGEST_TEXT = 60
_MOST_MEMBERS = 6
_MOST_SORTED = 200  # of a set
_DEEPEST = 4
_BRACKETS: Mapping[type, tuple[str, str]] = {list: ("[", "]"), tuple: ("(", ")")}


class Shown:
    """``Shown(secrets).value({"id": 7}) -> "{'id': 7}"``; a token in it is hidden."""

    def __init__(self, secrets: Secrets, longest: int = _LONGEST_TEXT) -> None:
        self._secrets = secrets
        self._longest = longest
        self._words: tuple[tuple[Any, Callable[[Any], str]], ...] = (
            (Enum, lambda value: f"{class_name(type(value))}.{spelled(value)}"),
            (str, self._text),
            ((bytes, bytearray), lambda value: counted(len(raw_bytes(value)), "byte")),
            (
                (Answered, webob.Response, webob.Request),
                lambda value: secrets.scrub(_told(value)),
            ),
            (type, lambda value: f"class {class_name(value)}"),
        )

    def named(self, name: object, value: object) -> str:
        """A value that goes by a name, which may hide it."""
        return self._inner(name, value, -1)

    def value(self, value: Any, depth: int = 0) -> str:
        """A value alone."""
        if is_plain(value):
            return plain_text(value)
        kind = type(value)
        for kinds, shown in self._words:
            if issubclass(kind, kinds):
                return shown(value)
        return self._structure(value, depth)

    def _text(self, text: str) -> str:
        # Far beyond what is shown: a part of a secret would not be known again.
        reach = self._secrets.reach(self._longest)
        text = self._secrets.scrub(str.__str__(text)[:reach])
        if len(text) > self._longest:
            text = text[: self._longest - 1] + "…"
        return repr(text)

    def _structure(self, value: Any, depth: int) -> str:
        pairs = pairs_of(value)
        if pairs is not None:
            return self._statement(value) or self._pairs(value, pairs, depth)
        if is_container(value):
            return self._members(value, depth)
        kind, text = class_name(type(value)), printed(value)
        if text is not None:
            return f"{kind}({self._secrets.scrub(text)!r})"
        return function_name(value) or kind

    def _pairs(self, value: Any, pairs: list[tuple[Any, Any]], depth: int) -> str:
        is_mapping = issubclass(type(value), dict)
        begin, end, joint = ("{", "}", ": ") if is_mapping else ("(", ")", "=")
        kind = "" if is_mapping else class_name(type(value))
        if depth >= _DEEPEST:
            return f"{kind}{begin}…{end}"
        spell = self.value if is_mapping else spelled
        told = "value" if is_mapping and is_told(value) else None
        texts = [
            f"{spell(name)}{joint}{self._inner(name, member, depth, told)}"
            for name, member in pairs[:_MOST_MEMBERS]
        ]
        return kind + begin + _joined(texts, len(pairs)) + end

    def _statement(self, value: Any) -> str | None:
        """SQL and its parameters; None of what is no statement."""
        if not _is_statement(value):
            return None
        sql, params = tuple.__iter__(value)
        shown = ", ".join(self.parameters(sql, params))
        text = self._text(without_literals(sql))
        return f"{class_name(type(value))}(sql={text}, params=[{shown}])"

    def parameters(self, sql: str, params: Sequence[Any]) -> list[str]:
        """Those of a statement, hidden by their columns."""
        return [
            self.named(column, value) for column, value in with_columns(sql, params)
        ]

    def _inner(
        self, name: object, value: object, depth: int, told: str | None = None
    ) -> str:
        """A member; ``told`` is the name of one that another member tells of."""
        if told is not None and spelled(name) == told:
            return HIDDEN
        if hides(name, value) and not is_tool(value):
            self._secrets.learn(name, value)
            return HIDDEN
        return self.value(value, depth + 1)

    def _members(self, values: Any, depth: int) -> str:
        begin, end = _BRACKETS.get(type(values), ("{", "}"))
        if depth >= _DEEPEST:
            return f"{begin}…{end}"
        if is_secret_pair(values):
            return f"{begin}{spelled(values[0])!r}, {HIDDEN}{end}"
        if begin == "{":
            return begin + self._of_set(values, depth) + end
        shown = [self.value(each, depth + 1) for each in values[:_MOST_MEMBERS]]
        return begin + _joined(shown, len(values)) + end

    def _of_set(self, values: Any, depth: int) -> str:
        """The first members by their texts, whatever the order of the hashes is.

        Since all of them are looked at, those inside them are only half as deep.
        """
        if len(values) > _MOST_SORTED:
            return f"… {len(values):,} members"
        texts = sorted(self.value(each, depth + 2) for each in [*values])
        return _joined(texts, len(texts))


def _joined(texts: list[str], count: int) -> str:
    """``"1, 2, … 3 more"``: the first of so many."""
    more = [f"… {count - _MOST_MEMBERS} more"] if count > _MOST_MEMBERS else []
    return ", ".join([*islice(texts, _MOST_MEMBERS), *more])


def _is_statement(value: Any) -> bool:
    kind = type(value)
    names = in_class(kind, "_fields") if issubclass(kind, tuple) else None
    if type(names) is not tuple or names != ("sql", "params"):
        return False
    sql, params = tuple.__iter__(value)
    return type(sql) is str and is_container(params)


def _told(value: Any) -> str:
    kind = type(value)
    if issubclass(kind, Answered):
        size = dict(value.headers).get("Content-Length", "")
        length = f", {counted(int(size), 'byte')}" if size.isdecimal() else ""
        return f"{value.status}{length}"
    if issubclass(kind, webob.Response):
        return str(dict(attributes_of(value)).get("_status", ""))
    environ = dict(attributes_of(value)).get("environ", {})
    return f"{environ.get('REQUEST_METHOD', '')} {environ.get('PATH_INFO', '')}"
