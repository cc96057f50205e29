"""What a handler gives, written by its return annotation."""

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from types import GenericAlias, NoneType
from typing import Any, Literal, get_args, get_origin

import webob
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from roob.constants import Status
from roob.models.answers import make_response
from roob.models.responses import JSONResponse
from roob.typed.adapters import adapter_of
from roob.typed.declared import UNSAID
from roob.typed.rows import is_row, told_by_row
from roob.typed.shapes import (
    SCALARS,
    bare,
    is_model,
    is_series,
    members,
    rebuilt,
    within,
)
from roob.typed.signature import Returned

# Answered as from any handler, whatever stands beside them in the annotation.
_ANSWERS = (webob.Response, str, bytes, NoneType, Iterator)
_TEXT = (str, bytes)
_OTHER_TYPE = "an attribute has a value of another type"


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
    owner = f"{owner}: what it returns"
    for kind in members(annotation):
        _refuse_ambiguous(kind, owner)
    kinds = _contents(annotation)
    if not kinds or Any in kinds or not any(map(_is_filtered, kinds)):
        return Returned(annotation)
    content = annotation if [bare(annotation)] == kinds else reduce(or_, kinds)
    return Returned(annotation, adapter_of(rebuilt(content, told_by_row), owner))


def _contents(annotation: Any) -> list[Any]:
    """The types in it that JSON is written of; ``Iterable[User]`` is a list."""
    kinds = map(_content, members(annotation))
    return [_as_list(kind) for kind in kinds if not _answers(kind)]


def _as_list(kind: Any) -> Any:
    if get_origin(kind) is not Iterable:
        return kind
    return GenericAlias(list, get_args(kind))


def _is_filtered(kind: Any) -> bool:
    """Whether its type says what goes out; where all are rows, they do themselves."""
    inner = [*within(kind)]
    return any(map(is_model, inner)) or not any(map(is_row, inner))


def _content(kind: Any) -> Any:
    """``tuple[User, int]`` and ``tuple[User, int, dict]`` answer with a User."""
    return bare(get_args(kind)[0]) if _has_status(kind) else kind


def _has_status(kind: Any) -> bool:
    args = get_args(kind)
    if get_origin(kind) is not tuple or len(args) not in (2, 3):
        return False
    return _is_status(args[1]) and not (len(args) == 3 and _scalars(args[2]))


def _is_status(kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return all(isinstance(each, int) for each in get_args(kind))
    return isinstance(kind, type) and issubclass(kind, int | str) and kind is not bool


def _refuse_ambiguous(kind: Any, owner: str) -> None:
    if not _has_status(kind) or len(get_args(kind)) == 3:
        return
    body, status = get_args(kind)
    scalars = _scalars(body)
    is_page = all(_is_one_of(one, _TEXT) for one in scalars) and status is not str
    if scalars and not is_page and get_origin(status) is not Literal:
        raise TypeError(
            f"{owner}: {kind!r} may be two values, or a body and its status, which "
            "Literal[201] would say"
        )


def _scalars(annotation: Any) -> list[Any]:
    return [kind for kind in members(annotation) if _is_one_of(kind, SCALARS)]


def _is_one_of(kind: Any, kinds: tuple[type, ...]) -> bool:
    return isinstance(kind, type) and issubclass(kind, kinds)


def _answers(kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return all(isinstance(each, str) for each in get_args(kind))
    return _is_one_of(get_origin(kind) or kind, _ANSWERS) or _is_stream(kind)


def _is_stream(kind: Any) -> bool:
    """An iterator, or an ``Iterable[str]``; one of models is a list of them."""
    origin = get_origin(kind) or kind
    pieces = [one for arg in get_args(kind) for one in members(arg)]
    is_of_text = all(_is_one_of(one, _TEXT) for one in pieces)
    return _is_one_of(origin, (Iterator,)) or (origin is Iterable and is_of_text)


class Writer:
    """From a result to an answer: ``Writer(User, adapter, "put_user")(user)``."""

    def __init__(self, annotation: Any, adapter: TypeAdapter[Any], owner: str) -> None:
        self._annotation = annotation
        self._adapter = adapter
        self._to_json = adapter.serializer.to_json
        self._owner = owner
        self._may_be_tuple = _may_be_tuple(annotation)
        self._is_list = _is_list(annotation)
        # Its instances were valid when they were made; others are looked at closely.
        is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
        self._trusted = annotation if is_model else None

    def __call__(self, result: Any) -> Any:
        """The answer; what is one already, or makes one by itself, as it is.

        Raises:
            TypeError: it is not what the annotation says.
        """
        if type(result) is self._trusted:
            try:
                return WrittenJSON(self._to_json(result, by_alias=True))
            except UserWarning as warning:  # where the program makes errors of them
                raise self._wrong(result, _OTHER_TYPE) from warning
        if isinstance(result, tuple) and not self._may_be_tuple:
            return self._with_status(*result)
        return self._content(result)

    def _content(self, value: Any) -> Any:
        """The answer without a status of its own."""
        if self._is_list and isinstance(value, Iterator):
            value = list(value)
        if isinstance(value, _ANSWERS):
            return value
        return WrittenJSON(self._written(value))

    def _with_status(self, body: Any, status: Status = 200, headers: Any = None) -> Any:
        return make_response((self._content(body), status, headers))

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
            raise self._wrong(value, _said(error)) from error

    def _wrong(self, value: Any, said: str) -> TypeError:
        return TypeError(
            f"The handler {self._owner} returned {type(value).__name__}, which is no "
            f"{self._annotation!r}: {said}"
        )


def _said(error: ValidationError | PydanticSerializationError) -> str:
    """The first thing that is wrong, without the value, which may be a secret."""
    if isinstance(error, PydanticSerializationError):
        return _OTHER_TYPE
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]


def _is_list(annotation: Any) -> bool:
    """Whether an iterator that comes back is a list's members, and no stream."""
    is_stream = any(map(_is_stream, members(annotation)))
    return any(map(is_series, _contents(annotation))) and not is_stream


def _may_be_tuple(annotation: Any) -> bool:
    """Whether a tuple that comes back is content, and not body and status."""
    return any(
        issubclass(get_origin(kind) or kind, tuple)
        for kind in members(annotation)
        if isinstance(get_origin(kind) or kind, type) and _content(kind) is kind
    )
