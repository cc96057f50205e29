"""What types look like as JSON: asked for one by one, told when all are known.

A type's name in the document depends on what else is in it, so ``of`` gives an empty
schema that ``finish`` fills in.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from roob.openapi.describe import Schema
from roob.openapi.fields import Json

# What a client has to send, or what it gets: a field with a default is in each of the
# latter.
Mode = Literal["validation", "serialization"]

REFERENCE = "#/components/schemas/{model}"
_PLAIN = MappingProxyType(
    {
        str: {"type": "string"},
        bytes: {"type": "string", "contentMediaType": "application/octet-stream"},
        bool: {"type": "boolean"},
        int: {"type": "integer"},
        float: {"type": "number"},
        type(None): {"type": "null"},
        dict: {"type": "object"},
        list: {"type": "array"},
    }
)


class NamedField(NamedTuple):
    """A field of a model whose fields travel one by one, as in a query."""

    name: str
    schema: Json
    required: bool = False
    description: str = ""


class Components:
    """``of(Book, "serialization") -> {}``, which is ``{"$ref": ...}`` in the end.

    This one knows plain types and schemas of one's own; for all others it says
    nothing, which allows anything. ``schemas.PydanticComponents`` knows them.
    """

    def __init__(self) -> None:
        self._own: list[tuple[Schema, Json]] = []

    def of(self, content: Any, mode: Mode) -> Json:
        """The schema of a type, or of a :class:`Schema`."""
        if isinstance(content, Schema):
            own = Schema(self._expanded(content.content, mode), content.name)
            schema: Json = {}
            self._own.append((own, schema))
            return schema
        return self.of_type(content, mode)

    def _expanded(self, content: Any, mode: Mode) -> Any:
        """A schema's content, the schemas and types that stand in it asked for."""
        if isinstance(content, Mapping):
            return {name: self._expanded(each, mode) for name, each in content.items()}
        if isinstance(content, list):
            return [self._expanded(each, mode) for each in content]
        is_schema = isinstance(content, Schema | type)
        return self.of(content, mode) if is_schema else content

    def of_type(self, kind: Any, _mode: Mode) -> Json:
        """The schema of a type."""
        is_known = isinstance(kind, type) and kind in _PLAIN
        return dict(_PLAIN[kind]) if is_known else {}

    def fields_of(self, model: Any) -> list[NamedField]:
        """The fields of a model, or the properties of a :class:`Schema`."""
        return fields_of_schema(model.content) if isinstance(model, Schema) else []

    def finish(self) -> dict[str, Json]:
        """Fill in what was asked for; the components by name."""
        named = self.finish_types()
        for own, schema in self._own:
            schema.update(_placed(own, named))
        return dict(sorted(named.items()))

    def finish_types(self) -> dict[str, Json]:
        """The components that types need."""
        return {}


def fields_of_schema(schema: Mapping[str, Any]) -> list[NamedField]:
    """``{"properties": {"page": {...}}} -> [NamedField("page", {...})]``."""
    required = schema.get("required", ())
    found = []
    for name, each in schema.get("properties", {}).items():
        inner = {key: value for key, value in each.items() if key != "description"}
        text = each.get("description", "")
        found.append(NamedField(name, inner, name in required, text))
    return found


def _placed(own: Schema, named: dict[str, Json]) -> Json:
    """Where a schema is kept: under its name, or where it stands."""
    if not own.name:
        return dict(own.content)
    name = free_name(own.name, (k for k, v in named.items() if v != own.content))
    named[name] = dict(own.content)
    return {"$ref": REFERENCE.format(model=name)}


def free_name(name: str, taken: Iterable[str]) -> str:
    """The name, or the first of its kind that is free: ``"Book" -> "Book_2"``."""
    known, number, found = {*taken}, 1, name
    while found in known:
        number += 1
        found = f"{name}_{number}"
    return found
