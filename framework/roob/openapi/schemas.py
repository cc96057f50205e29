"""JSON Schema of types, by pydantic: the only room of the document that needs it.

It is imported when a document is asked for, and not before.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, PydanticSchemaGenerationError, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema

from roob.openapi.components import (
    REFERENCE,
    Components,
    Mode,
    NamedField,
    fields_of_schema,
)
from roob.openapi.describe import Schema
from roob.openapi.fields import Json

# How pydantic writes a generic type's parameters where no brackets may be.
_PARAMETERS = re.compile(r"(?<=[^_])_([^_].*)_")


class Generator(GenerateJsonSchema):
    """Pydantic's, without a title for each field, which only repeats its name."""

    ignored_warning_kinds = {  # noqa: RUF012 - pydantic's own, and of its type
        "skipped-choice",
        "non-serializable-default",
    }

    def field_title_should_be_set(self, _schema: Any) -> bool:
        """Never."""
        return False


class PydanticComponents(Components):
    """Models, dataclasses, TypedDicts, enums, lists of them: what pydantic knows.

    A type that it does not know is an open schema, ``{}``.
    """

    def __init__(self) -> None:
        super().__init__()
        self._asked: list[tuple[TypeAdapter[Any], Mode, Json]] = []

    def of_type(self, kind: Any, mode: Mode) -> Json:
        adapter = kind if isinstance(kind, TypeAdapter) else adapter_of(kind)
        schema: Json = {}
        if adapter is not None and is_describable(adapter, mode):
            self._asked.append((adapter, mode, schema))
        return schema

    def fields_of(self, model: Any) -> list[NamedField]:
        if isinstance(model, Schema):
            return super().fields_of(model)
        if isinstance(model, type) and issubclass(model, BaseModel):
            return [*self._fields_of_model(model)]
        adapter = adapter_of(model)  # a dataclass, or a TypedDict
        whole = adapter.json_schema(schema_generator=Generator) if adapter else {}
        return fields_of_schema(whole)

    def _fields_of_model(self, model: type[BaseModel]) -> Iterator[NamedField]:
        for name, info in model.model_fields.items():
            alias = info.validation_alias or info.alias
            called = alias if isinstance(alias, str) else name
            schema = self._schema_of(info)
            yield NamedField(called, schema, info.is_required(), info.description or "")

    def _schema_of(self, info: FieldInfo) -> Json:
        """Of a field's type, its bounds and its default."""
        kind: Any = info.annotation
        if info.metadata:
            kind = Annotated[info.annotation, *info.metadata]
        schema = self.of(kind, "validation")
        if isinstance(info.json_schema_extra, dict):
            schema.update(info.json_schema_extra)
        if isinstance(info.default, str | int | float):
            schema["default"] = info.default
        return schema

    def finish_types(self) -> dict[str, Json]:
        asked = [(at, mode, kind) for at, (kind, mode, _) in enumerate(self._asked)]
        found, whole = TypeAdapter.json_schemas(
            asked, ref_template=REFERENCE, schema_generator=Generator
        )
        for at, (_, mode, schema) in enumerate(self._asked):
            schema.update(found[at, mode])
        return told_apart(whole.get("$defs", {}))


def told_apart(named: Mapping[str, Json]) -> dict[str, Json]:
    """The components, none of one title: ``Page_Book_`` is ``Page[Book]``."""
    counts = Counter(each.get("title") for each in named.values())
    return {
        name: each
        if counts[each.get("title")] == 1 or "title" not in each
        else each | {"title": _PARAMETERS.sub(r"[\1]", name)}
        for name, each in named.items()
    }


def adapter_of(kind: Any) -> TypeAdapter[Any] | None:
    """What pydantic makes of a type; None where it knows nothing of it."""
    try:
        return TypeAdapter(kind)
    except (PydanticSchemaGenerationError, PydanticUserError, NameError):
        return None


def is_describable(adapter: TypeAdapter[Any], mode: Mode) -> bool:
    """Whether it has a JSON Schema: a callable has none."""
    try:
        adapter.json_schema(mode=mode, schema_generator=Generator)
    except (PydanticInvalidForJsonSchema, PydanticUserError):
        return False
    return True
