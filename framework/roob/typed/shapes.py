"""Questions about annotations: is it a list, a model, a file, made of models?"""

import dataclasses
import types
from collections import deque
from collections.abc import (
    Collection,
    Iterable,
    Iterator,
    Mapping,
    MutableSequence,
    Sequence,
)
from collections.abc import Set as AbstractSet
from typing import Annotated, Any, NewType, Union, get_args, get_origin

from pydantic import BaseModel
from typing_extensions import is_typeddict

from roob.typed.sources import UploadedFile

UNIONS = (Union, types.UnionType)
_SERIES: tuple[object, ...] = (
    *(list, tuple, set, frozenset, deque),
    *(Sequence, MutableSequence, AbstractSet, Collection, Iterable),
)


def bare(annotation: Any) -> Any:
    """Without what is said around it: ``Annotated[int, ...] -> int``."""
    if get_origin(annotation) is Annotated:
        return bare(get_args(annotation)[0])
    # An alias, of the language (``type Users = list[User]``) or of typing_extensions.
    named = getattr(annotation, "__value__", None)
    if named is not None:
        arguments = get_args(annotation)
        return bare(named[arguments] if arguments else named)
    if isinstance(annotation, NewType):
        return bare(annotation.__supertype__)
    return annotation


def members(annotation: Any) -> Iterator[Any]:
    """What it may be: ``int | None -> int, NoneType``; itself where it is no union."""
    annotation = bare(annotation)
    if get_origin(annotation) not in UNIONS:
        yield annotation
        return
    for member in get_args(annotation):
        yield from members(member)


def is_series(annotation: Any) -> bool:
    """Whether it may be many values: ``list[int]``, ``set[str] | None``."""
    return any(
        member in _SERIES or get_origin(member) in _SERIES
        for member in members(annotation)
    )


def is_model(annotation: Any) -> bool:
    """Whether it is one object with named fields, or nothing."""
    kinds = [member for member in members(annotation) if member is not type(None)]
    return len(kinds) == 1 and _has_fields(kinds[0])


def _has_fields(kind: Any) -> bool:
    kind = get_origin(kind) or kind
    if not isinstance(kind, type):
        return False
    is_class = issubclass(kind, BaseModel) or dataclasses.is_dataclass(kind)
    return (is_class and kind is not UploadedFile) or is_typeddict(kind)


def is_compound(annotation: Any) -> bool:
    """Whether only JSON carries it: a model, a mapping, a list of those or of lists."""
    return any(map(_is_compound, members(annotation)))


def _is_compound(kind: Any) -> bool:
    if is_series(kind):
        return any(is_compound(arg) or is_series(arg) for arg in get_args(kind))
    return _has_fields(kind) or _is_mapping(kind) or hasattr(kind, "_fields")


def _is_mapping(kind: Any) -> bool:
    kind = get_origin(kind) or kind
    return isinstance(kind, type) and issubclass(kind, Mapping)


def is_file(annotation: Any) -> bool:
    """Whether it is an uploaded file, or some of them."""
    return any(
        member is UploadedFile or any(map(is_file, get_args(member)))
        for member in members(annotation)
    )
