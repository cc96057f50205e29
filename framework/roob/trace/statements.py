"""Which column each parameter of an SQL statement is for, as far as its text tells."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from roob.trace.hiding.naming import HIDDEN, is_secret

# In the order in which they are tried: what is in quotes, or a comment, comes whole.
_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*+|/\*.*?(?:\*/|\Z))"""
    r"""|(?P<text>'(?:[^']|'')*+'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)"""
    r"""|(?P<name>"(?:[^"]|"")*+"|`[^`]*+`|\[[A-Za-z_]\w*\]|[^\W\d]\w*+)"""
    r"""|(?P<cast>::\s*+\w++(?:\[\])*|%%)"""
    r"""|(?P<place>\?\d*+|%\(\w+\)s|%[sbt](?!\w)|\$\d++|[:@$][^\W\d]\w*+)"""
    r"""|(?P<number>\d[\w.]*+)"""
    r"""|(?P<sign>[^\w\s])""",
    re.DOTALL,
)
# Words that stand between a column and its placeholder.
_WORDS = frozenset(
    re.findall(
        r"\w+",
        """and or not in like escape between is null select from where set values order
        group by having on as case when then else end cast collate returning distinct
        any all exists ilike glob regexp integer text real using join left inner outer
        cross desc asc union except intersect default insert update delete into with
        recursive conflict do nothing over filter partition""",
    )
)
_COMPARISONS = frozenset(["=", "<", ">", "!"])
_AFTER_VALUES = frozenset(["on", "returning"])


class _Token(NamedTuple):
    """``_Token("name", '"pin"', 12)``: its kind, its text and where it begins."""

    kind: str
    text: str
    begin: int

    @property
    def word(self) -> str:
        """A bare word in small letters; other tokens as they are."""
        is_bare = self.kind == "name" and self.text[0] not in '"`['
        return self.text.lower() if is_bare else self.text

    @property
    def is_column(self) -> bool:
        """Whether it may be a column's name."""
        return self.kind == "name" and self.word not in _WORDS


_NONE = _Token("", "", 0)


@lru_cache(maxsize=1024)
def parameter_columns(sql: str) -> tuple[str, ...]:
    """``'UPDATE "a" SET "pin" = ? WHERE "id" = ?' -> ("pin", "id")``.

    An unknown one is an empty text. A parameter that the text has in several places,
    ``?1``, has all of their columns, and one with a name its name too.
    """
    columns: dict[str, list[str]] = {}
    for token, column in _read(sql):
        if token.kind == "place":
            is_new = token.text in ("?", "%s", "%b", "%t")
            key = f"{len(columns)}" if is_new else token.text
            columns.setdefault(key, []).append(column)
    return tuple(" ".join(_told(key, found)) for key, found in _in_order(columns))


def _in_order(columns: dict[str, list[str]]) -> list[tuple[str, list[str]]]:
    """As they are bound: ``?2`` and ``$2`` by their numbers."""
    if all(re.fullmatch(r"[?$]\d+", key) for key in columns):
        return sorted(columns.items(), key=lambda item: int(item[0][1:]))
    return [*columns.items()]


def _told(key: str, columns: list[str]) -> list[str]:
    name = "".join(re.findall(r"[A-Za-z_]\w*", key)[:1]) if len(key) > 1 else ""
    return [word for word in dict.fromkeys([*columns, name]) if word]


def with_columns(sql: str, params: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Each parameter with its column, or with the text where that is unclear."""
    columns = parameter_columns(sql)
    if len(columns) != len(params):
        columns = (sql,) * len(params)
    yield from zip(columns, params, strict=True)


@lru_cache(maxsize=1024)
def result_columns(sql: str) -> tuple[str, ...]:
    """``'SELECT "id", lower("pin") AS p FROM "a"' -> ("id", "pin p")``.

    Empty where the text does not tell: of ``SELECT *``, and of what is no SELECT.
    """
    tokens = _tokens(sql)
    if not tokens or tokens[0].word != "select":
        return ()
    columns, depth = [""], 0
    for token in tokens[1:]:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.word in ("from", "*"):
            return tuple(columns) if token.word == "from" else ()
        if depth == 0 and token.text == ",":
            columns.append("")
        elif token.is_column:
            columns[-1] = f"{columns[-1]} {_bare(token.text)}".strip()
    return tuple(columns)


@lru_cache(maxsize=1024)
def secret_literals(sql: str) -> tuple[tuple[str, str], ...]:
    """``"... WHERE pin_token = 'x'" -> (("pin_token", "x"),)``: in the text itself."""
    return tuple(
        (column, _unquoted(token.text)) for token, column in _secret_tokens(sql)
    )


@lru_cache(maxsize=1024)
def without_literals(sql: str) -> str:
    """``"... WHERE token = 'x'" -> "... WHERE token = '‹hidden›'"``."""
    kept, done = "", 0
    for token, _ in _secret_tokens(sql):
        quote = "'" if token.kind == "text" else ""
        kept += f"{sql[done : token.begin]}{quote}{HIDDEN}{quote}"
        done = token.begin + len(token.text)
    return kept + sql[done:]


def _secret_tokens(sql: str) -> list[tuple[_Token, str]]:
    return [
        (token, column)
        for token, column in _read(sql)
        if token.kind != "place" and len(token.text) > 1 and is_secret(column)
    ]


def _unquoted(text: str) -> str:
    if text[0] == "$":
        return text.split("$", 2)[2].rpartition("$")[0].rpartition("$")[0]
    return text[1:-1].replace("''", "'") if text[0] == "'" else text


def _read(sql: str) -> Iterator[tuple[_Token, str]]:
    """Each placeholder and literal with its column."""
    return _Reader(_tokens(sql)).read()


def _tokens(sql: str) -> list[_Token]:
    found = (
        _Token(str(each.lastgroup), each[0], each.start())
        for each in _TOKEN.finditer(sql)
    )
    return [token for token in found if token.kind not in ("comment", "cast")]


@dataclass
class _Inserted:
    """The columns that an INSERT lists, and at which of them its values are."""

    names: list[str]
    depth: int  # of the parentheses around the values, or the SELECT in their place
    place: int = 0

    @property
    def column(self) -> str:
        """The one whose value is read; of too many values the last."""
        return self.names[min(self.place, len(self.names) - 1)] if self.names else ""


@dataclass
class _Reader:
    """Reads a statement once; ``latest`` is the column that was named last."""

    tokens: list[_Token]
    at: int = 0
    latest: str = ""
    depth: int = 0
    inserted: _Inserted | None = None
    _outer: list[str | None] = field(default_factory=list)

    def read(self) -> Iterator[tuple[_Token, str]]:
        """Each placeholder and literal with its column."""
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self._step(token)
            if token.kind in ("place", "text", "number"):
                yield token, self._column_after() or self.latest
            self.at += 1

    def _step(self, token: _Token) -> None:
        step = _STEPS.get(token.word)
        if step is not None:
            step(self)
        elif token.is_column and self._next().text != "(":  # else it is a function
            self.latest = _bare(token.text)

    def _next(self, more: int = 1) -> _Token:
        place = self.at + more
        return self.tokens[place] if 0 <= place < len(self.tokens) else _NONE

    def _column_after(self) -> str:
        """The one of ``? = "pin"`` and of ``? AS "pin"``."""
        more = 1
        while self._next(more).text in _COMPARISONS:
            more += 1
        if more == 1 and self._next().word != "as":
            return ""
        if more > 1 and self._next(-1).text in _COMPARISONS:
            return ""
        more += more == 1
        while self._next(more + 1).text == ".":  # the table's name comes before
            more += 2
        token = self._next(more)
        return _bare(token.text) if token.is_column else ""

    def opened(self) -> None:
        """A parenthesis: what a SELECT in it names is forgotten behind it."""
        is_select = self._next().word in ("select", "with")
        self._outer.append(self.latest if is_select else None)
        self.depth += 1
        if self._is_at_values():
            self._begin_values()

    def closed(self) -> None:
        """The end of a parenthesis."""
        before = self._outer.pop() if self._outer else None
        self.latest = self.latest if before is None else before
        self.depth -= 1

    def comma(self) -> None:
        """The next value, where values stand."""
        if self.inserted is not None and self._is_at_values():
            self.inserted.place += 1
            self.latest = self.inserted.column

    def _is_at_values(self) -> bool:
        return self.inserted is not None and self.depth == self.inserted.depth

    def _begin_values(self) -> None:
        if self.inserted is not None:
            self.inserted.place = 0
            self.latest = self.inserted.column

    def into(self) -> None:
        """The columns of an INSERT; then its values, or the SELECT that gives them."""
        while self._next().is_column or self._next().text in (".", "as"):
            self.at += 1
        if self._next().text != "(":
            return
        self.at += 2
        names = [*self._listed()]
        is_select = self._next().word in ("select", "with")
        self.inserted = _Inserted(names, self.depth + (not is_select))
        if is_select:
            self._begin_values()

    def _listed(self) -> Iterator[str]:
        """The names up to the closing parenthesis, where the reader then stands."""
        while self._next(0).text not in (")", ""):
            if self._next(0).kind == "name":
                yield _bare(self._next(0).text)
            self.at += 1

    def from_(self) -> None:
        """Behind a SELECT's values; but ``FROM unnest(?, ?)`` is them."""
        if not self._is_at_values():
            return
        if self._next().word == "unnest" and self.inserted is not None:
            self.inserted.depth += 1
        else:
            self.inserted = None

    def after_values(self) -> None:
        """ON CONFLICT and RETURNING come after the values."""
        if self.inserted is not None and self.depth < max(1, self.inserted.depth):
            self.inserted = None


_STEPS: dict[str, Callable[[_Reader], None]] = {
    "(": _Reader.opened,
    ")": _Reader.closed,
    ",": _Reader.comma,
    "into": _Reader.into,
    "from": _Reader.from_,
    **dict.fromkeys(_AFTER_VALUES, _Reader.after_values),
}


def _bare(name: str) -> str:
    """``'"pin"' -> 'pin'``."""
    if name[0] == '"':
        return name[1:-1].replace('""', '"')
    return name[1:-1] if name[0] in "`[" else name
