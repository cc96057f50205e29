"""What a typed handler's signature says to the document; ``roob.typed`` reads it.

Handlers tell by an attribute that they are typed, so that this room needs no pydantic.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from inspect import Parameter as OfPython
from typing import Any

from roob.constants import ContentType
from roob.openapi.components import Components, NamedField
from roob.openapi.describe import Answer, Schema
from roob.openapi.fields import Json, Path

_LOCATIONS = ("query", "header", "cookie")
_FORM, _FILE = "form", "file"
_KINDS = {int: "integer", str: "string"}

WRONG_VALUE: Json = {
    "type": "object",
    "properties": {
        "in": {"type": "string", "description": "path, query, header, body ..."},
        "name": {"type": "string", "description": "Which parameter it is"},
        "pointer": {"type": "string", "description": "Where in the body it is"},
        "message": {"type": "string"},
        "type": {"type": "string", "description": "What kind of fault it is"},
    },
    "required": ["in", "message", "type"],
}
REFUSAL = Schema(
    {
        "type": "object",
        "description": "Why values are refused, each of them (RFC 9457).",
        "properties": {
            "message": {"type": "string"},
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "instance": {"type": "string"},
            "errors": {"type": "array", "items": WRONG_VALUE},
        },
        "required": ["type", "title", "status", "detail", "message", "errors"],
    },
    "Refusal",
)
OF_VALUES: Mapping[int, Answer] = {
    422: Answer(
        {ContentType.JSON.value: REFUSAL, ContentType.PROBLEM.value: REFUSAL},
        "A value is not what it has to be",
    )
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What an operation takes, and which answers come of that.

    ``fields`` are schemas of the path's fields, ``parameters`` all others. ``returns``
    is the annotation of what comes back, ``content`` what writes it as JSON.
    """

    fields: Mapping[str, Json] = field(default_factory=dict)
    parameters: Sequence[Json] = ()
    body: Json | None = None
    answers: Mapping[int, Answer] = field(default_factory=dict)
    is_typed: bool = False
    returns: Any = OfPython.empty
    content: Any = None


def taken_by(
    call: Any, names: frozenset[str], path: Path, components: Components
) -> Taken | None:
    """What a typed handler takes; None where it is none."""
    signature_for = getattr(call, "signature_for", None)
    if signature_for is None:
        return None
    signature = signature_for(names)
    shown = [p for p in _distinct(signature.all_parameters()) if _is_shown(p)]
    parts = [part for p in shown for part in _parts(p, components)]
    body = _body(signature, shown, components)
    of_path = [p for p in shown if p.alias in path.fields and p.location == "path"]
    fields = {p.alias: _of_field(p, path, components) for p in of_path}
    answers = OF_VALUES if fields or parts or body else {}
    returned = signature.returns
    told = (
        (returned.annotation, returned.adapter) if returned else (OfPython.empty, None)
    )
    return Taken(fields, parts, body, answers, True, *told)


def _distinct(parameters: Iterable[Any]) -> list[Any]:
    """Each parameter once: a handler and its dependencies may ask for the same."""
    found: dict[tuple[str, str], Any] = {}
    for each in parameters:
        key = each.location, each.alias if not each.spreads else each.name
        found.setdefault(key, each)
    return [*found.values()]


def _is_shown(parameter: Any) -> bool:
    return bool(parameter.marker.include_in_schema)


def _parts(parameter: Any, components: Components) -> Iterator[Json]:
    """The parameters of OpenAPI that it is; of a model that spreads, its fields."""
    if parameter.location not in _LOCATIONS:
        return
    for each in named_fields(parameter, components):
        yield _part(parameter, each)


def _part(parameter: Any, named: NamedField) -> Json:
    found: Json = {
        "name": named.name,
        "in": parameter.location,
        "required": named.required,
        "description": named.description,
        "schema": named.schema,
        "deprecated": parameter.marker.deprecated,
    }
    needed = ("name", "in", "schema")
    return {k: v for k, v in found.items() if v or k in needed}


def named_fields(parameter: Any, components: Components) -> list[NamedField]:
    """What a parameter is called on the wire, one or several of it."""
    if not parameter.spreads:
        text = parameter.marker.description or ""
        schema = _schema(parameter, components)
        return [NamedField(parameter.alias, schema, parameter.required, text)]
    known = {f.name: f for f in components.fields_of(parameter.annotation)}
    found = [(each, known.get(each.alias)) for each in parameter.fields]
    return [
        NamedField(
            each.alias,
            better.schema if better else each.schema,
            each.required and parameter.required,
            better.description if better else "",
        )
        for each, better in found
    ]


def _schema(parameter: Any, components: Components) -> Json:
    """Of its type, with the default that it has."""
    schema = components.of(parameter.adapter, "validation")
    default = parameter.default
    if isinstance(default, Enum):
        default = default.value
    if not parameter.required and isinstance(default, str | int | float | bool):
        schema["default"] = default
    return schema


def _of_field(parameter: Any, path: Path, components: Components) -> Json:
    """Of a field of the path: what the route says of it holds, too."""
    schema = components.of(parameter.adapter, "validation")
    kind = getattr(parameter.annotation, "__origin__", parameter.annotation)
    if path.fields[parameter.alias].get("type") == _KINDS.get(kind):
        schema.update(path.fields[parameter.alias])
    return schema


def _body(signature: Any, shown: Sequence[Any], components: Components) -> Json | None:
    """JSON, or a form; one with files is sent in parts."""
    json = signature.body
    if json is not None:
        schema = components.of(json.adapter, "validation")
        return _sent({ContentType.JSON.value: schema}, json.required)
    parts = [p for p in shown if p.location in (_FORM, _FILE)]
    if not parts:
        return None
    fields = [each for p in parts for each in named_fields(p, components)]
    has_files = any(p.location == _FILE for p in parts)
    types = [ContentType.MULTIPART] if has_files else [
        ContentType.FORM, ContentType.MULTIPART
    ]  # fmt: skip
    schema = _form(fields)
    is_required = any(each.required for each in fields)
    return _sent({kind.value: schema for kind in types}, is_required)


def _form(fields: Iterable[NamedField]) -> Json:
    found = [*fields]
    for each in found:
        if each.description:
            each.schema.setdefault("description", each.description)
    required = [each.name for each in found if each.required]
    schema: Json = {
        "type": "object",
        "properties": {each.name: each.schema for each in found},
    }
    return {**schema, "required": required} if required else schema


def _sent(by_media_type: Mapping[str, Json], is_required: bool) -> Json:
    content = {kind: {"schema": schema} for kind, schema in by_media_type.items()}
    return {"required": is_required, "content": content}


def joined(said: Taken, typed: Taken) -> Taken:
    """What is said beside a signature comes first."""
    parameters = [*said.parameters, *typed.parameters]
    fields = {**typed.fields, **said.fields}
    body = said.body or typed.body
    return replace(typed, fields=fields, parameters=parameters, body=body)
