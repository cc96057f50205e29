"""From an annotation to what validates it, once; the rest of pydantic's ways in."""

from collections.abc import Collection
from typing import Annotated, Any, get_origin

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.errors import (
    PydanticInvalidForJsonSchema,
    PydanticSchemaGenerationError,
    PydanticUndefinedAnnotation,
    PydanticUserError,
)
from pydantic_core import SchemaError

from roob.typed.shapes import members, rebuilt
from roob.typed.sources import Source

JsonSchema = dict[str, Any]

# JSON has no word for NaN and infinity, so a query has none either.
_FINITE = ConfigDict(allow_inf_nan=False)

_NO_TYPES: tuple[type[Exception], ...] = (
    *(PydanticUserError, PydanticUndefinedAnnotation, SchemaError, TypeError),
)


def constrained(annotation: Any, marker: Source, owner: str) -> Any:
    """``int, Query(ge=1) -> Annotated[int, Field(ge=1)]``.

    Raises:
        TypeError: values of the type do not have what a constraint is about.
    """
    constraints = marker.constraints
    for name in constraints:
        if not any(_can_have(kind, name) for kind in members(annotation)):
            raise TypeError(f"{owner}: {annotation!r} cannot have {name}=")
    return Annotated[annotation, Field(**constraints)] if constraints else annotation


# What databases, and JSON as most programs write it, have room for.
_Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]


def bounded(annotation: Any) -> Any:
    """Whole numbers, alone or in lists, within 64 bits, as ``{id:d}`` gives them.

    A bound that the annotation has itself comes after these, and so in their place.
    """
    return rebuilt(annotation, lambda kind: _Int64 if kind is int else kind)


def _can_have(kind: Any, constraint: str) -> bool:
    """Pydantic itself finds that out with the first value, which is a request."""
    kind = get_origin(kind) or kind
    if not isinstance(kind, type) or constraint == "strict":
        return True
    if constraint == "pattern":
        return issubclass(kind, str)
    if constraint.endswith("_length"):
        return hasattr(kind, "__len__")
    is_ordered = getattr(kind, "__ge__", None) is not vars(object)["__ge__"]
    return is_ordered and not issubclass(kind, str | bytes | Collection)


def adapter_of(annotation: Any, owner: str) -> TypeAdapter[Any]:
    """What validates and writes a type; ``owner`` is named where there is none.

    Raises:
        TypeError: pydantic does not know the type, or a name in it.
    """
    try:
        adapter = _adapter_of(annotation)
        if not adapter.pydantic_complete:
            adapter.rebuild(raise_errors=True)
    except PydanticSchemaGenerationError as error:
        raise TypeError(
            f"{owner}: {annotation!r} is no type that values can be made of; "
            "is a Depends() missing?"
        ) from error
    except _NO_TYPES as error:
        raise TypeError(f"{owner}: {error}") from error
    return adapter


def _adapter_of(annotation: Any) -> TypeAdapter[Any]:
    try:
        return TypeAdapter(annotation, config=_FINITE)
    except PydanticUserError as error:
        if error.code != "type-adapter-config-unused":  # models have their own
            raise
        return TypeAdapter(annotation)


def schema_of(adapter: TypeAdapter[Any], owner: str) -> JsonSchema:
    """The JSON schema of a type: of a model its fields, by their names on the way in.

    Raises:
        TypeError: it, or a field, has none.
    """
    try:
        return adapter.json_schema(mode="validation")
    except PydanticInvalidForJsonSchema as error:
        raise TypeError(f"{owner}: {error}") from error
