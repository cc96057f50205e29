"""A route's path, read once: where its literals stand and what its fields take.

``/books/{id:d}/pages/{rest:path}`` is compiled when a route is registered; a request
meets only the finished :class:`PathTemplate`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from roob.path_segment import (
    NAME,
    Converters,
    ParsedSegment,
    Segment,
    compile_segment,
)


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """A compiled path: ``"/books/{id:d}"`` reads ``"/books/7"`` as ``{"id": 7}``.

    ``literals`` and ``segments`` give each part with its position, the first after
    the leading slash being 1, and ``length`` is the last one's; ``rest`` is the name
    of a final ``{rest:path}``, which takes all that is left, slashes included.
    ``tail`` is the only field, where it is the whole last segment, the most frequent
    shape: ``/books/{id:d}``.
    """

    path: str
    literals: tuple[tuple[int, str], ...]
    segments: tuple[tuple[int, Segment], ...]
    length: int
    rest: str | None
    tail: Segment | None = None

    @property
    def is_exact(self) -> bool:
        """Whether it has no field, so that one dictionary look-up finds it."""
        return not self.segments and self.rest is None

    @property
    def shape(self) -> str:
        """The path without its fields' names: ``/books/{:d}``."""
        parts = dict(self.literals) | {at: s.shape for at, s in self.segments}
        rest = ["{:path}"] if self.rest else []
        texts = [parts[at] for at in range(1, self.length + 1)]
        return "/" + "/".join(texts + rest)

    @property
    def prefix(self) -> str:
        """What stands before the first field: ``/books/``."""
        fields = [at for at, _ in self.segments]
        first = min(fields, default=self.length + 1)
        return "/" + "".join(f"{word}/" for at, word in self.literals if at < first)

    @property
    def beginnings(self) -> list[tuple[int, str]]:
        """Literals before the first field of a segment: ``/v{n:d} -> [(1, "v")]``."""
        parsed = [(at, s) for at, s in self.segments if isinstance(s, ParsedSegment)]
        return [(at, s.pieces[0].literal) for at, s in parsed if s.pieces[0].literal]

    @property
    def names(self) -> frozenset[str]:
        """Its fields' names."""
        rest = [self.rest] if self.rest else []
        return frozenset([n for _, s in self.segments for n in s.names] + rest)

    def read(self, path: str, last: str = "") -> dict[str, Any] | None:
        """The fields' values; None where a field does not take its text.

        The path is one whose literals fit, and which is long enough; ``last`` is
        its last segment, for callers who have it at hand.
        """
        parameters: dict[str, Any] = {}
        if self.tail is not None:
            text = last or path.rpartition("/")[2]
            return parameters if self.tail.read(text, parameters) else None
        texts = path.split("/")
        for at, segment in self.segments:
            if not segment.read(texts[at], parameters):
                return None
        if self.rest is not None:
            parameters[self.rest] = rest = "/".join(texts[self.length + 1 :])
            return parameters if rest else None
        return parameters

    def write(self, parameters: Mapping[str, Any]) -> str:
        """The path with those values; the ones that are no fields become the query.

        ``{"id": 7, "page": 2, "sort": None} -> "/books/7?page=2"``.
        """
        parts = {at: quote(literal) for at, literal in self.literals}
        parts |= {at: segment.write(parameters) for at, segment in self.segments}
        texts = [parts[at] for at in range(1, self.length + 1)]
        if self.rest is not None:
            texts.append(quote(str(parameters[self.rest]), safe="/"))
        path = "/" + "/".join(texts)
        query = self._query(parameters)
        return f"{path}?{urlencode(query, doseq=True)}" if query else path

    def _query(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        names = self.names
        return {
            name: value
            for name, value in parameters.items()
            if name not in names and value is not None
        }


def compile_path(path: str, converters: Converters) -> PathTemplate:
    """Read a template: ``("/books/{id:d}", {}) -> PathTemplate``.

    Raises:
        ValueError: it has no leading slash, two slashes in a row, a field without
            a name or named twice, a format that parse does not know, or ``:path``
            before the end.
    """
    path = _trimmed(path)
    texts = path[1:].split("/")
    rest = _rest_field(texts[-1])
    if rest is not None:
        texts.pop()
    literals: list[tuple[int, str]] = []
    segments: list[tuple[int, Segment]] = []
    for at, text in enumerate(texts, start=1):
        if "{" in text or "}" in text:
            segments.append((at, compile_segment(path, text, converters)))
        else:
            literals.append((at, text))
    template = PathTemplate(path, tuple(literals), tuple(segments), len(texts), rest)
    _refuse_repeated_names(template)
    return replace(template, tail=_tail_of(template))


def _tail_of(template: PathTemplate) -> Segment | None:
    is_last = [at for at, _ in template.segments] == [template.length]
    if not is_last or template.rest is not None or template.beginnings:
        return None
    return template.segments[0][1]


def _trimmed(path: str) -> str:
    if not isinstance(path, str) or not path.startswith("/"):
        raise ValueError(f"Path: {path!r} must be text that starts with a slash")
    if "//" in path:
        raise ValueError(f"Path: {path} has two slashes in a row")
    return (path[:-1] if path.endswith("/") else path) or "/"


def _rest_field(text: str) -> str | None:
    match = re.fullmatch(rf"\{{({NAME.pattern}):path\}}", text)
    return match and match[1]


def _refuse_repeated_names(template: PathTemplate) -> None:
    names = [name for _, segment in template.segments for name in segment.names]
    for name in [*names, template.rest]:
        if names.count(str(name)) + (name == template.rest) > 1:
            raise ValueError(f"Path: {template.path} has the field {name!r} twice")
