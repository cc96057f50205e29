"""From a route and a verb to an operation: what it takes, and which answers it has."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roob.constants import VERBS
from roob.models.route_definition import RouteDefinition
from roob.openapi import signatures
from roob.openapi.answers import (
    OF_BODY,
    OF_FIELDS,
    OF_METHOD,
    OF_QUERY,
    OF_TYPE,
    answers_of,
    responses_of,
    returned_by,
    success_of,
)
from roob.openapi.components import Components, NamedField
from roob.openapi.describe import (
    Answer,
    Description,
    by_type,
    description_of,
    words_of,
)
from roob.openapi.fields import Json, Path, path_of

# HEAD follows GET and OPTIONS is the table's own: neither is worth a line.
DOCUMENTED = tuple(verb for verb in VERBS if verb not in ("HEAD", "OPTIONS"))
# A GET's body means nothing (RFC 9110 9.3.1).
_WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")
_KIND = re.compile(r"(?<=\w)(Controller|Resource|Handler|Endpoint|Collection)$")
_WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, in OpenAPI's parts.

    ``fields`` are the path's, by name; ``parameters`` all others. ``host`` is set
    where it is for one host alone, ``security`` where it is not the document's.
    """

    path: Path
    method: str
    id: str
    summary: str
    text: str
    tags: Sequence[str]
    deprecated: bool
    fields: Mapping[str, Json]
    parameters: Sequence[Json]
    body: Json | None
    responses: Mapping[str, Json]
    host: str | None = None
    security: Sequence[Json] | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What an operation is made of: where it stands, what answers, what is said of it.

    ``code`` is the function or the object whose docstring and annotations count,
    ``call`` what the route calls.
    """

    path: Path
    method: str
    name: str
    code: Any
    call: Any
    said: Description
    field_names: frozenset[str] = frozenset()
    host: str | None = None
    is_refused_elsewhere: bool = False


def subjects_of(route: RouteDefinition) -> Iterator[Subject]:
    """A subject for each verb of a route: of a class its methods."""
    path, verbs = path_of(route.template), _verbs_of(route)
    names = route.template.names | (route.host_template or route.template).names
    for verb in verbs:
        code, call = route.handler, route.call
        if isinstance(code, type):
            code, call = getattr(code, verb.lower()), getattr(call, verb.lower())
        said = description_of(code, route.handler)
        name = said.operation_id or name_of(route.name, verb, is_one=len(verbs) == 1)
        yield Subject(path, verb, name, code, call, said, names, route.host)


def _verbs_of(route: RouteDefinition) -> list[str]:
    return [verb for verb in DOCUMENTED if verb in route.allowed_methods]


def name_of(name: str, verb: str, *, is_one: bool = False) -> str:
    """An operation's name: ``("BookController", "GET") -> "get_book"``.

    A function that answers one verb alone keeps the name it has.
    """
    is_class = name[:1].isupper()
    words = "_".join(filter(None, _WORD_ENDS.split(_KIND.sub("", name)))).lower()
    return words if is_one and not is_class else f"{verb.lower()}_{words}"


def operation_of(subject: Subject, components: Components) -> Operation:
    """The whole operation; its schemas are there when the components are finished."""
    taken = _taken_by(subject, components)
    said = subject.said
    summary, text = words_of(subject.code)
    return Operation(
        subject.path,
        subject.method.lower(),
        subject.name,
        said.summary or summary,
        said.description or text,
        list(said.tags),
        said.deprecated,
        {**subject.path.fields, **taken.fields},
        taken.parameters,
        taken.body,
        responses_of(_answers_of(subject, taken), components),
        subject.host,
        security_of(said.security),
    )


def security_of(ways: Sequence[Any] | None) -> list[Json] | None:
    """``["token", {"login": ["read"]}] -> [{"token": []}, {"login": ["read"]}]``."""
    if ways is None:
        return None
    return [{way: []} if isinstance(way, str) else dict(way) for way in ways]


def _taken_by(subject: Subject, components: Components) -> signatures.Taken:
    """What it takes: by its description, and by its signature where it is typed."""
    of_type = signatures.taken_by(
        subject.call, subject.field_names, subject.path, components
    )
    said = _said_to_be_taken(subject, components)
    return said if of_type is None else signatures.joined(said, of_type)


def _said_to_be_taken(subject: Subject, components: Components) -> signatures.Taken:
    said = subject.said
    models = (("query", said.query), ("header", said.headers))
    parameters = [
        parameter(location, each)
        for location, model in models
        if model is not None
        for each in components.fields_of(model)
    ]
    has_body = subject.method in _WITH_BODY and said.body is not None
    body = request_body(said.body, components) if has_body else None
    of_path = {k: components.of(v, "validation") for k, v in said.path.items()}
    return signatures.Taken(of_path, parameters, body)


def parameter(location: str, field: NamedField) -> Json:
    """A parameter as OpenAPI writes it."""
    found: Json = {"name": field.name, "in": location, "schema": field.schema}
    if field.required:
        found["required"] = True
    return {**found, "description": field.description} if field.description else found


def request_body(content: Any, components: Components) -> Json:
    """A body that has to be sent, of one type or of one of several."""
    by_media_type = {
        media_type: {"schema": components.of(kind, "validation")}
        for media_type, kind in by_type(content).items()
    }
    return {"required": True, "content": by_media_type}


def _answers_of(subject: Subject, taken: signatures.Taken) -> dict[int, Answer]:
    own = dict(OF_FIELDS) if subject.path.fields else {}
    if subject.is_refused_elsewhere:
        own |= OF_METHOD
    if any(each["in"] in ("query", "cookie") for each in taken.parameters):
        own = {**OF_QUERY, **own}
    if taken.body is not None:
        own |= OF_BODY
        is_json = any("json" in media_type for media_type in taken.body["content"])
        own |= OF_TYPE if is_json or taken.is_typed else {}
    own |= taken.answers
    if taken.is_typed:
        success = success_of(taken.returns, taken.content)
    else:
        success = success_of(returned_by(subject.code))
    return answers_of(subject.said.answers(), own, success)
