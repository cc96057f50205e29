"""What a handler gives, written by its return annotation."""

import types
from collections.abc import Generator, Iterable, Iterator
from functools import reduce
from operator import or_
from typing import Any, get_args, get_origin

import webob
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from roob.constants import Status
from roob.models.answers import make_response
from roob.models.responses import JSONResponse
from roob.typed.adapters import adapter_of
from roob.typed.declared import UNSAID
from roob.typed.shapes import bare, members
from roob.typed.signature import Returned

# Answered as from any handler, whatever stands beside them in the annotation.
_ANSWERS = (webob.Response, str, bytes, types.NoneType, Iterator)
_STREAMS = (Generator, Iterable, Iterator)


class WrittenJSON(JSONResponse):
    """JSON that is written already: ``WrittenJSON(b'{"id":1}')``."""

    encode = staticmethod(bytes)  # type: ignore[assignment]  # given bytes, the same


def returned_of(annotation: Any, owner: str) -> Returned | None:
    """``User -> Returned(User, adapter)``; ``tuple[User, int]`` has User's adapter.

    Raises:
        TypeError: it is a type that pydantic cannot write.
    """
    if annotation is UNSAID:
        return None
    kinds = [kind for kind in map(_content, members(annotation)) if not _answers(kind)]
    if not kinds or any(kind is Any or _is_row(kind) for kind in kinds):
        return Returned(annotation)
    content = annotation if _is_plain(annotation, kinds) else reduce(or_, kinds)
    return Returned(annotation, adapter_of(content, f"{owner}: what it returns"))


def _is_plain(annotation: Any, kinds: list[Any]) -> bool:
    """Whether it can be taken as it is written, with what stands around its type."""
    return [bare(annotation)] == kinds


def _content(kind: Any) -> Any:
    """``tuple[User, int]`` and ``tuple[User, int, dict]`` answer with a User."""
    args = get_args(kind)
    if get_origin(kind) is tuple and len(args) in (2, 3) and _is_status(args[1]):
        return bare(args[0])
    return kind


def _is_status(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, int | str)


def _answers(kind: Any) -> bool:
    kind = get_origin(kind) or kind
    if not isinstance(kind, type):
        return False
    return issubclass(kind, _ANSWERS) or kind in _STREAMS


def _is_row(kind: Any) -> bool:
    """Whether it, or what it is made of, says itself what it shows: a table's row."""
    return hasattr(kind, "to_dict") or any(map(_is_row, get_args(kind)))


class Writer:
    """From a result to an answer: ``Writer(User, adapter, "put_user")(user)``."""

    def __init__(self, annotation: Any, adapter: TypeAdapter[Any], owner: str) -> None:
        self._annotation = annotation
        self._adapter = adapter
        self._to_json = adapter.serializer.to_json
        self._owner = owner
        self._may_be_tuple = _may_be_tuple(annotation)
        # Its instances were valid when they were made; others are looked at closely.
        is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
        self._trusted = annotation if is_model else None

    def __call__(self, result: Any) -> Any:
        """The answer; what is one already, or makes one by itself, as it is.

        Raises:
            TypeError: it is not what the annotation says.
        """
        if type(result) is self._trusted:
            return WrittenJSON(self._to_json(result, by_alias=True))
        if isinstance(result, _ANSWERS):
            return result
        if isinstance(result, tuple) and not self._may_be_tuple:
            return self._with_status(*result)
        return WrittenJSON(self._written(result))

    def _with_status(self, body: Any, status: Status = 200, headers: Any = None) -> Any:
        if isinstance(body, _ANSWERS):
            return body, status, headers
        return make_response((WrittenJSON(self._written(body)), status, headers))

    def _written(self, value: Any) -> bytes:
        try:
            return self._to_json(value, by_alias=True, warnings="error")
        except PydanticSerializationError:
            return self._converted(value)

    def _converted(self, value: Any) -> bytes:
        """A dictionary or an object with the right attributes, as the type."""
        try:
            fit = self._adapter.validate_python(value, from_attributes=True)
            return self._to_json(fit, by_alias=True, warnings="error")
        except (ValidationError, PydanticSerializationError) as error:
            raise TypeError(
                f"The handler {self._owner} returned {type(value).__name__}, which is "
                f"no {self._annotation!r}: {_said(error)}"
            ) from error


def _said(error: ValidationError | PydanticSerializationError) -> str:
    """The first thing that is wrong, without the value, which may be a secret."""
    if isinstance(error, PydanticSerializationError):
        return "an attribute has a value of another type"
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]


def _may_be_tuple(annotation: Any) -> bool:
    """Whether a tuple that comes back is content, and not body and status."""
    return any(
        issubclass(get_origin(kind) or kind, tuple)
        for kind in members(annotation)
        if isinstance(get_origin(kind) or kind, type) and _content(kind) is kind
    )
