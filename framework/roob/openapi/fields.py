"""A route's path as the document writes it: ``/books/{id:d} -> /books/{id}``."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from roob.path_segment import IntegerSegment, ParsedSegment, Piece, Segment
from roob.path_template import PathTemplate

Json = dict[str, Any]

_INTEGER: Json = {
    "type": "integer",
    "format": "int64",
    "minimum": -(2**63),
    "maximum": 2**63 - 1,
}
# A segment is never empty, never longer than 255 bytes, and ends at a slash.
_TEXT: Json = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^/]+$"}
_REST: Json = {"type": "string", "minLength": 1}
_BY_FORMAT: Mapping[str, Json] = MappingProxyType(
    {
        "": _TEXT,
        "d": _INTEGER,
        **{kind: {"type": "number"} for kind in "fegn%"},
        "w": {"type": "string", "pattern": "^[A-Za-z0-9_]+$"},
        "l": {"type": "string", "pattern": "^[A-Za-z]+$"},
        "b": {"type": "string", "pattern": "^(0[bB])?[01]+$"},
        "o": {"type": "string", "pattern": "^(0[oO])?[0-7]+$"},
        "x": {"type": "string", "pattern": "^(0[xX])?[0-9a-fA-F]+$"},
    }
)
_NAME = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Path:
    """``Path("/books/{id}", {"id": {"type": "integer", ...}})``."""

    text: str
    fields: Mapping[str, Json] = field(default_factory=dict)

    @property
    def shape(self) -> str:
        """The text without names; OpenAPI takes two of one shape for the same path."""
        return _NAME.sub("{}", self.text)

    @property
    def names(self) -> list[str]:
        """The fields' names, in their order."""
        return _NAME.findall(self.text)

    def renamed(self, names: Mapping[str, str]) -> "Path":
        """The path with other names for its fields: ``{"id": "book_id"}``."""
        text = _NAME.sub(lambda found: f"{{{names[found[1]]}}}", self.text)
        return Path(text, {names[name]: each for name, each in self.fields.items()})

    def below(self, prefix: "Path") -> "Path":
        """The path behind another one, whose fields make way for its own."""
        clear = {name: _beside(name, self.names) for name in prefix.names}
        before = prefix.renamed(clear)
        fields = {**before.fields, **self.fields}
        return Path(before.text.rstrip("/") + self.text, fields)


def _beside(name: str, taken: Sequence[str]) -> str:
    return _beside(f"outer_{name}", taken) if name in taken else name


def path_of(template: PathTemplate) -> Path:
    """A template as the document has it: ``{rest:path}`` takes slashes along."""
    texts = dict(template.literals)
    fields: dict[str, Json] = {}
    for at, segment in template.segments:
        texts[at] = "".join(_shown(piece) for piece in _pieces(segment))
        fields |= _schemas(segment)
    parts = [texts[at] for at in range(1, template.length + 1)]
    if template.rest is not None:
        parts.append(f"{{{template.rest}}}")
        fields[template.rest] = {**_REST, "description": "Slashes and all"}
    return Path("/" + "/".join(parts), fields)


def _pieces(segment: Segment) -> Iterator[Piece]:
    if isinstance(segment, ParsedSegment):
        yield from segment.pieces
    else:
        spec = "d" if isinstance(segment, IntegerSegment) else ""
        yield Piece("", segment.names[0], spec)


def _shown(piece: Piece) -> str:
    return piece.literal + ("" if piece.name is None else f"{{{piece.name}}}")


def _schemas(segment: Segment) -> Iterator[tuple[str, Json]]:
    for piece in _pieces(segment):
        if piece.name is not None:
            yield piece.name, _schema(piece.spec)


def _schema(spec: str) -> Json:
    """What a format takes; of one that JSON Schema cannot say, its name."""
    known = _BY_FORMAT.get(spec)
    return dict(known) if known else {"type": "string", "format": spec}


def takes_any_text(path: Path) -> bool:
    """Whether each of its fields does, so that no text leads to another route."""
    return all(each == _TEXT for each in path.fields.values())


def either(one: Json, other: Json) -> Json:
    """A schema that takes what one of two takes."""
    if one == other:
        return one
    kinds = one.get("anyOf", [one]) if set(one) == {"anyOf"} else [one]
    return {"anyOf": [*kinds, *([other] if other not in kinds else [])]}


def either_field(one: Json, other: Json) -> Json:
    """The same for a field of a path, where a number is one of the texts."""
    both = (one, other)
    is_number = any(each.get("type") in ("integer", "number") for each in both)
    return dict(_TEXT) if is_number and _TEXT in both else either(one, other)
