"""A model's fields as parameters of their own, by what its JSON schema says of them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import GenericAlias
from typing import Annotated, Any, NotRequired

import pydantic
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from roob.typed.adapters import JsonSchema, schema_of
from roob.typed.signature import Field, Parameter
from roob.typed.wire import wire_name

# What says that a string is something else than any text.
_NO_TEXT = ("format", "enum", "const", "contentMediaType")
_NESTED = ("object", "array")
_LEAST, _MOST = ("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")


def spread(parameter: Parameter, owner: str) -> Parameter:
    """The parameter with its model's ``fields`` and their ``bounds``.

    Raises:
        TypeError: a field has no schema, or nothing on the wire could fill it.
    """
    schema = schema_of(parameter.adapter, owner)
    model = _Model(schema.get("$defs", {}))
    found = next(model.alternatives(schema))
    needed, properties = found.get("required", ()), found.get("properties", {})
    fields = tuple(
        Field(
            name,
            wire_name(name, parameter.location),
            each,
            required=name in needed,
            is_list=model.is_list(each),
            is_text=model.is_text(each),
        )
        for name, each in properties.items()
    )
    for one in fields:
        has_no_room = one.is_list and parameter.location == "cookie"
        if has_no_room or model.is_nested(one.schema):
            place = f"does not fit into a {parameter.location}"
            raise TypeError(f"{owner}: its field {one.name!r} {place}")
    return replace(parameter, fields=fields, bounds=model.bounds(properties))


class _Model:
    """Questions about schemas of fields; ``known`` are those that have a name."""

    def __init__(self, known: Mapping[str, JsonSchema]) -> None:
        self._known = known

    def alternatives(self, schema: JsonSchema) -> Iterator[JsonSchema]:
        """What a value may be, but for null, with names looked up."""
        members = schema.get("anyOf") or schema.get("oneOf") or ()
        if "$ref" in schema:
            members = (self._known[schema["$ref"].rpartition("/")[2]],)
        for member in members:
            yield from self.alternatives(member)
        if not members and schema.get("type") != "null":
            yield schema

    def is_list(self, schema: JsonSchema) -> bool:
        return any(one.get("type") == "array" for one in self.alternatives(schema))

    def is_nested(self, schema: JsonSchema) -> bool:
        """Whether only JSON carries it: an object, a list of objects or of lists."""
        return all(map(self._is_nested, self.alternatives(schema)))

    def _is_nested(self, kind: JsonSchema) -> bool:
        if kind.get("type") != "array":
            return kind.get("type") == "object"
        items = [*self.alternatives(kind.get("items", {}))]
        return all(each.get("type") in _NESTED for each in items)

    def is_text(self, schema: JsonSchema) -> bool:
        kinds = [*self.alternatives(schema)]
        if any(kind.get("type") == "number" for kind in kinds):  # a decimal is both
            return False
        texts = [kind for kind in kinds if kind.get("type") == "string"]
        return any(not any(word in kind for word in _NO_TEXT) for kind in texts)

    def bounds(self, properties: Mapping[str, JsonSchema]) -> TypeAdapter[Any] | None:
        """What refuses numbers that a parameter would not take, and no others."""
        found = {name: self._bound(each) for name, each in properties.items()}
        numbers = {n: NotRequired[kind] for n, kind in found.items() if kind}
        if not numbers:
            return None
        return TypeAdapter(TypedDict("Bounds", numbers))  # type: ignore[operator]

    def _bound(self, schema: JsonSchema) -> Any:
        kinds = [*self.alternatives(schema)]
        if len(kinds) != 1 or "enum" in kinds[0] or "const" in kinds[0]:
            return None
        (kind,) = kinds
        if kind.get("type") == "array":
            inner = self._bound(kind.get("items", {}))
            return inner and GenericAlias(list, inner)
        return _number(kind)


def _number(kind: JsonSchema) -> Any:
    """Within 64 bits, but for a bound of its own; no infinity."""
    if kind.get("type") == "number":
        return pydantic.FiniteFloat
    if kind.get("type") != "integer":
        return None
    least = None if any(word in kind for word in _LEAST) else -(2**63)
    most = None if any(word in kind for word in _MOST) else 2**63 - 1
    return Annotated[int, pydantic.Field(ge=least, le=most)]
