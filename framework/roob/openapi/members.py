"""A collection's members as operations: ``/employees/``, ``/employees/{id}`` ..."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from roob.collection import Collection, CollectionEndpoint
from roob.constants import ContentType
from roob.models.requests import Request
from roob.models.route_definition import RouteDefinition
from roob.openapi.describe import Answer, Description, as_answer, description_of
from roob.openapi.fields import Path, path_of
from roob.openapi.operations import Subject, name_of
from roob.views import Views

logger = logging.getLogger("roob.openapi")

_ID = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^/;]+$"}
_NO_SUCH_FORM = {406: Answer(None, "It cannot be had as any of what Accept names")}


def is_of_collections(route: RouteDefinition) -> bool:
    """Whether collections answer for it."""
    return isinstance(route.handler, CollectionEndpoint | Views)


def subjects_of(route: RouteDefinition) -> Iterator[Subject]:
    """What the collections behind a route answer."""
    if isinstance(route.handler, CollectionEndpoint):
        yield from _of_endpoint(route.handler, path_of(route.template), route.host)
    elif isinstance(route.handler, Views):
        prefix = route.template.prefix
        for endpoint in _of_views(route.handler):
            path = Path(f"{prefix}{endpoint.name}")
            yield from _of_endpoint(endpoint, path, route.host)


def _of_views(views: Views) -> Iterator[CollectionEndpoint]:
    for name in views.names():
        try:
            yield views.endpoint(name)
        except Exception:  # whatever the view's own code raises
            logger.exception("The view %s is left out of the document", name)


def _of_endpoint(
    endpoint: CollectionEndpoint, path: Path, host: str | None
) -> Iterator[Subject]:
    kind = endpoint.kind
    # As of a request, to be asked about its formats; no member of it is called.
    asked = kind(Request.blank("/"), endpoint.app, endpoint.name)
    # An id that is no more than a semicolon makes the list's address.
    of_list = kind.members.get((False, ""), {})
    for end, verbs, member in kind.addresses():
        whole = Path(end, {"id": dict(_ID)} if "{id}" in end else {}).below(path)
        said = _said_of(asked, member)
        for verb in verbs:
            name = said.operation_id or _name(endpoint.name, member, verb, verbs)
            code = getattr(kind, member)
            found = Subject(whole, verb, name, code, code, said, host=host)
            is_elsewhere = "{id}" in end and verb not in of_list
            yield replace(found, is_refused_elsewhere=is_elsewhere)


def _name(collection: str, member: str, verb: str, verbs: tuple[str, ...]) -> str:
    """``list_employees``; where a member has several methods, the method is in it."""
    noun = name_of(collection, member)
    return noun if len(verbs) == 1 else f"{noun}_by_{verb.lower()}"


def _said_of(asked: Collection, member: str) -> Description:
    """What is said of a member by who wrote it; then what its kind knows by itself."""
    kind = type(asked)
    said = description_of(getattr(kind, member), kind)
    known = Description(**kind.described(member))
    types = [form.media_type for form in asked.formats if form.renders(asked, member)]
    responses = {**known.responses, **said.responses}
    if types:
        success = as_answer(responses.get(200))
        responses[200] = replace(success, content=_in_forms(success.content, types))
        responses = {**_NO_SUCH_FORM, **responses}
    return replace(said.over(known), responses=responses)


def _in_forms(content: Any, types: list[str]) -> Mapping[str, Any]:
    """A success in each form that it can be had in; only JSON's is known by a type."""
    if isinstance(content, Mapping):
        return content
    known = {ContentType.JSON.value: Any if content is None else content}
    return {each: known.get(each, str) for each in types}
