"""Rows of tables, which say themselves what they show, among types that do not."""

from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import (
    CoreSchema,
    PydanticSerializationUnexpectedValue,
    core_schema,
)

from roob.typed.shapes import is_model
from roob.utils.json_util import JSONUtils


def is_row(kind: Any) -> bool:
    """Whether its ``to_dict()`` says what it shows; of a model its fields do."""
    return isinstance(kind, type) and hasattr(kind, "to_dict") and not is_model(kind)


def told_by_row(kind: Any) -> Any:
    """A row's type as pydantic takes it: written by the row. Any other, as it is."""
    return Annotated[kind, _WrittenByItself] if is_row(kind) else kind


class _WrittenByItself:
    @classmethod
    def __get_pydantic_core_schema__(
        cls, kind: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        def written(value: Any) -> Any:
            if not isinstance(value, kind):  # another type of a union, or none
                raise PydanticSerializationUnexpectedValue(f"no {kind.__name__}")
            return JSONUtils.decode(JSONUtils.encode(value))

        writer = core_schema.plain_serializer_function_ser_schema(written)
        return core_schema.is_instance_schema(kind, serialization=writer)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "object"}
