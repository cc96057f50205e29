"""From operations to paths: those that OpenAPI takes for one path become one.

``/products/{id}`` and ``/products/{category}`` are the same path there (OpenAPI 3.1,
4.8.8.2, "Path Templating Matching"), while Roob tells them apart by what they take.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from roob.constants import STATUS_LINES
from roob.openapi.components import free_name
from roob.openapi.fields import Json, Path, either, either_field
from roob.openapi.operations import Operation


def paths_of(operations: Iterable[Operation]) -> dict[str, Json]:
    """``{"/books/{id}": {"get": {...}, "put": {...}}}``."""
    by_shape: dict[str, list[Operation]] = {}
    for each in operations:
        by_shape.setdefault(each.path.shape, []).append(each)
    return dict(map(item_of, by_shape.values()))


def item_of(group: Sequence[Operation]) -> tuple[str, Json]:
    """The path of some operations of one shape, and what it holds."""
    names = _names([each.path for each in group])
    by_method: dict[str, list[Operation]] = {}
    for each in group:
        by_method.setdefault(each.method, []).append(renamed(each, names))
    merged = {method: reduce(merge, alike) for method, alike in by_method.items()}
    path = group[0].path.renamed(dict(zip(group[0].path.names, names, strict=True)))
    return path.text, {method: written(each) for method, each in merged.items()}


def _names(paths: Sequence[Path]) -> list[str]:
    """What the fields are called: ``["id"], ["category"] -> ["id_or_category"]``."""
    columns = zip(*(path.names for path in paths), strict=True)
    joined = ["_or_".join(dict.fromkeys(column)) for column in columns]
    return [free_name(name, joined[:at]) for at, name in enumerate(joined)]


def renamed(operation: Operation, names: Sequence[str]) -> Operation:
    """The operation with other names for its path's fields, in their order."""
    table = dict(zip(operation.path.names, names, strict=True))
    fields = {table[name]: each for name, each in operation.fields.items()}
    return replace(operation, path=operation.path.renamed(table), fields=fields)


def merge(one: Operation, other: Operation) -> Operation:
    """Two operations as one, which is either of them."""
    return replace(
        one,
        id=f"{one.id}_or_{other.id}",
        summary=" / ".join(filter(None, dict.fromkeys([one.summary, other.summary]))),
        text="\n\n".join(filter(None, dict.fromkeys([one.text, other.text]))),
        tags=[*dict.fromkeys([*one.tags, *other.tags])],
        deprecated=one.deprecated and other.deprecated,
        fields={
            name: either_field(schema, other.fields[name])
            for name, schema in one.fields.items()
        },
        parameters=_merged_parameters(one.parameters, other.parameters),
        body=_merged_bodies(one.body, other.body),
        responses=_merged_responses(one.responses, other.responses),
        host=None,
        security=_merged_security(one.security, other.security),
    )


def _merged_security(
    one: Sequence[Json] | None, other: Sequence[Json] | None
) -> Sequence[Json] | None:
    """What gets a client to one of two; nothing at all is a way, too."""
    if one == other or one is None or other is None:
        return one or other
    return [each for way in (one, other) for each in way or [{}]]


def _merged_parameters(one: Sequence[Json], other: Sequence[Json]) -> list[Json]:
    def keyed(parameters: Sequence[Json]) -> dict[tuple[str, str], Json]:
        return {(each["in"], each["name"]): each for each in parameters}

    first, second = keyed(one), keyed(other)
    found = []
    for key in dict.fromkeys([*first, *second]):
        both = [each[key] for each in (first, second) if key in each]
        schema = reduce(either, (each["schema"] for each in both))
        merged = {**both[0], "schema": schema}
        if not all(each.get("required") for each in both) or len(both) == 1:
            merged.pop("required", None)
        found.append(merged)
    return found


def _merged_bodies(one: Json | None, other: Json | None) -> Json | None:
    if one is None or other is None:
        found = one or other
        return {**found, "required": False} if found else None
    required = bool(one.get("required") and other.get("required"))
    content = _merged_content(one["content"], other["content"])
    return {"required": required, "content": content}


def _merged_content(one: Mapping[str, Any], other: Mapping[str, Any]) -> Json:
    found: Json = {}
    for kind in dict.fromkeys([*one, *other]):
        schemas = [each[kind]["schema"] for each in (one, other) if kind in each]
        found[kind] = {"schema": reduce(either, schemas)}
    return found


def _merged_responses(one: Mapping[str, Json], other: Mapping[str, Json]) -> Json:
    found = {code: each for code, each in other.items() if code not in one}
    for code, each in one.items():
        found[code] = _merged_response(each, other[code]) if code in other else each
    return _sorted(found)


def _merged_response(one: Json, other: Json) -> Json:
    texts = dict.fromkeys([one["description"], other["description"]])
    found: Json = {"description": " / ".join(_telling(texts))}
    heads = {**one.get("headers", {}), **other.get("headers", {})}
    if heads:
        both = one.get("headers", {}).keys() & other.get("headers", {}).keys()
        found["headers"] = {
            name: {**head, "required": name in both} for name, head in heads.items()
        }
    content = _merged_content(one.get("content", {}), other.get("content", {}))
    return {**found, "content": content} if content else found


def _telling(texts: Iterable[str]) -> list[str]:
    """The texts that say more than a status does, where there are such."""
    phrases = {line[4:] for line in STATUS_LINES.values()}
    known = [*texts]
    return [text for text in known if text not in phrases] or known


def _sorted(responses: Mapping[str, Json]) -> Json:
    return {code: responses[code] for code in sorted(responses)}


def written(operation: Operation) -> Json:
    """An operation as the document has it; what is empty is left out."""
    found: Json = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.text,
        "tags": [*operation.tags],
        "deprecated": operation.deprecated,
        "servers": servers_of(operation.host),
        "parameters": [*written_fields(operation.fields), *operation.parameters],
        "requestBody": operation.body,
        "responses": operation.responses,
    }
    told = {name: value for name, value in found.items() if value}
    # An empty list is a word: there is nothing to be shown here.
    security = operation.security
    return told if security is None else told | {"security": [*security]}


def written_fields(fields: Mapping[str, Json]) -> list[Json]:
    """A path's fields as parameters."""
    return [
        {"name": name, "in": "path", "required": True, **_with_words(schema)}
        for name, schema in fields.items()
    ]


def _with_words(schema: Json) -> Json:
    words = schema.get("description")
    inner = {name: value for name, value in schema.items() if name != "description"}
    return {"description": words, "schema": inner} if words else {"schema": schema}


def servers_of(host: str | None) -> list[Json]:
    """Where a route of one host is: ``"{tenant}.example.com"`` has a variable."""
    if host is None:
        return []
    names = [name.partition(":")[0] for name in Path(host).names]
    url = Path(host).renamed({n: n.partition(":")[0] for n in Path(host).names}).text
    found: Json = {"url": f"//{url}"}
    variables = {name: {"default": name} for name in names}
    return [{**found, "variables": variables} if variables else found]
