"""Which answers an operation has: what is said of it, and what Roob itself answers."""

import inspect
from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from roob.constants import STATUS_LINES, ContentType
from roob.events import EventStream
from roob.models.responses import HTMLResponse, JSONResponse, Response, TextResponse
from roob.openapi.components import Components
from roob.openapi.describe import Answer, Schema, by_type, unwrapped
from roob.openapi.fields import Json

Answers = Mapping[int, Answer]

MESSAGE = Schema(
    {
        "type": "object",
        "description": "Why a request is refused.",
        "properties": {"message": {"type": "string"}},
        "required": ["message"],
    },
    "Message",
)
PROBLEM = Schema(
    {
        "type": "object",
        "description": "The same for those who ask for problems (RFC 9457).",
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "instance": {"type": "string"},
            "message": {"type": "string"},
        },
        "required": ["type", "title", "status", "detail", "message"],
    },
    "Problem",
)
# What errors are answered with, as ``Accept`` says.
OF_ERRORS = {ContentType.JSON.value: MESSAGE, ContentType.PROBLEM.value: PROBLEM}

# What Roob answers before a handler is called, or while it reads.
OF_FIELDS: Answers = MappingProxyType(
    {
        400: Answer(None, "The path is not UTF-8, or has a NUL in it"),
        404: Answer(None, "There is nothing at such a path"),
    }
)
OF_QUERY: Answers = MappingProxyType(
    {400: Answer(None, "The query is not UTF-8, or is not what it has to be")}
)
OF_BODY: Answers = MappingProxyType(
    {
        400: Answer(None, "The body cannot be read, or is not what it has to be"),
        413: Answer(None, "The body is too long"),
    }
)
OF_TYPE: Answers = MappingProxyType(
    {415: Answer(None, "The body is of a type that is not read here")}
)
OF_METHOD: Answers = MappingProxyType(
    {405: Answer(None, "Such a path has other methods", {"Allow": "Which they are"})}
)

_OF_RESPONSES: tuple[tuple[type[Response], Any], ...] = (
    (EventStream, {"text/event-stream": str}),
    (HTMLResponse, {"text/html": str}),
    (TextResponse, {"text/plain": str}),
    (JSONResponse, Any),
    (Response, None),
)
_OF_TYPES: Mapping[Any, Any] = MappingProxyType(
    {bytes: {ContentType.BINARY.value: bytes}}
)


def answers_of(said: Answers, own: Answers, success: Answers) -> dict[int, Answer]:
    """All answers by status: those of success as said, else by the annotation."""
    is_told = any(code < 400 for code in said)
    found = {**own, **said} if is_told else {**own, **success, **said}
    return dict(sorted(found.items()))


def success_of(returns: Any, content: Any = None) -> dict[int, Answer]:
    """By an annotation: ``Book | None -> {200: Answer(Book), 204: Answer()}``.

    ``content`` is what is known to write the JSON of it.
    """
    is_union = get_origin(returns) in (Union, UnionType)
    kinds = get_args(returns) if is_union else (returns,)
    there = [kind for kind in kinds if kind not in (None, NoneType)]
    found = {204: Answer()} if len(there) < len(kinds) else {}
    if there:
        found[200] = Answer(_with_text(there, content))
    return found


def _with_text(kinds: list[Any], content: Any) -> Any:
    """The content of several types; text is a page, whatever is beside it."""
    texts = [kind for kind in kinds if _is_text(kind)]
    others = [kind for kind in kinds if not _is_text(kind)]
    if content is None and others:
        content = _content_of(reduce(or_, others))
    if not texts or (content is None and others):
        return content
    return {**by_type(content), "text/html": reduce(or_, texts)}


def _is_text(kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return all(isinstance(each, str) for each in get_args(kind))
    return isinstance(kind, type) and issubclass(kind, str)


def _content_of(returns: Any) -> Any:
    """By media type, as ``make_response`` would send it; None where nobody knows."""
    if returns is inspect.Parameter.empty or _is_open(returns):
        return None
    if isinstance(returns, type) and issubclass(returns, Response):
        return next(found for kind, found in _OF_RESPONSES if issubclass(returns, kind))
    return _OF_TYPES.get(returns, returns)


def _is_open(returns: Any) -> bool:
    """Whether it tells nothing: a tuple brings a status along, an iterator any text."""
    origin = getattr(returns, "__origin__", returns)
    is_class = isinstance(origin, type)
    return returns is Any or (is_class and issubclass(origin, tuple | Iterator))


def returned_by(handler: Any) -> Any:
    """What a handler says it returns; ``Parameter.empty`` where it does not."""
    for each in unwrapped(handler):
        if "return" in getattr(each, "__annotations__", {}):
            return _hints(each).get("return", inspect.Parameter.empty)
    return inspect.Parameter.empty


def _hints(function: Any) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except Exception:  # an annotation that is not importable here, whatever it is
        return {}


def responses_of(answers: Answers, components: Components) -> dict[str, Json]:
    """The answers as OpenAPI writes them, by status."""
    return {
        str(code): response_of(code, answer, components)
        for code, answer in answers.items()
    }


def response_of(code: int, answer: Answer, components: Components) -> Json:
    """One answer; an error of which no body is said has a message."""
    phrase = STATUS_LINES.get(code, f"{code} Unknown")[4:]
    found: Json = {"description": answer.description or phrase}
    if answer.headers or answer.optional_headers:
        found["headers"] = _headers(answer)
    if answer.content is None and code >= 400:
        answer = Answer(OF_ERRORS)
    content = {
        media_type: {"schema": components.of(kind, "serialization")}
        for media_type, kind in answer.by_type().items()
    }
    return {**found, "content": content} if content else found


def _headers(answer: Answer) -> Json:
    text: Json = {"schema": {"type": "string"}}
    always = {
        name: {"description": meaning, "required": True, **text}
        for name, meaning in answer.headers.items()
    }
    sometimes = answer.optional_headers.items()
    return always | {name: {"description": said, **text} for name, said in sometimes}
