"""Questions about annotations: is it a list, a model, a file, made of models?"""

import dataclasses
import types
from collections import deque
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    MutableSequence,
    Sequence,
)
from collections.abc import Set as AbstractSet
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, NewType, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel, Json
from typing_extensions import is_typeddict

from roob.typed.sources import UploadedFile

UNIONS = (Union, types.UnionType)
# Values that have no parts; nobody can change them.
SCALARS = (
    *(str, bytes, int, float, complex, Decimal, Enum, UUID),
    *(date, time, timedelta),
)
_SERIES: tuple[object, ...] = (
    *(list, tuple, set, frozenset, deque),
    *(Sequence, MutableSequence, AbstractSet, Collection, Iterable),
)


def bare(annotation: Any) -> Any:
    """Without what is said around it: ``Annotated[int, ...] -> int``."""
    if get_origin(annotation) is Annotated:
        return bare(get_args(annotation)[0])
    below = below_alias(annotation)
    return annotation if below is None else bare(below)


def below_alias(annotation: Any) -> Any:
    """What it is another name of: ``type Users = list[User]``, or a ``NewType``.

    None where it is none.
    """
    if isinstance(annotation, NewType):
        return annotation.__supertype__
    named = getattr(annotation, "__value__", None)  # typing_extensions' have it, too
    arguments = get_args(annotation)
    return named[arguments] if named is not None and arguments else named


def members(annotation: Any) -> Iterator[Any]:
    """What it may be: ``int | None -> int, NoneType``; itself where it is no union."""
    annotation = bare(annotation)
    if get_origin(annotation) not in UNIONS:
        yield annotation
        return
    for member in get_args(annotation):
        yield from members(member)


def within(annotation: Any, above: tuple[Any, ...] = ()) -> Iterator[Any]:
    """Itself and everything that stands in it, also behind other names."""
    yield annotation
    below = below_alias(annotation)
    for inner in get_args(annotation) if below is None else (below,):
        if inner not in above:  # an alias may stand in itself
            yield from within(inner, (*above, inner))


def rebuilt(
    annotation: Any, change: Callable[[Any], Any], above: tuple[Any, ...] = ()
) -> Any:
    """The same of other types: ``change`` gives what stands for one, or the same.

    ``rebuilt(list[int] | None, {int: float}.get...) -> list[float] | None``.
    """
    changed = change(annotation)
    if changed is not annotation:
        return changed
    below = below_alias(annotation)
    if below is not None:
        found = below if below in above else rebuilt(below, change, (*above, below))
        return annotation if found == below else found
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return Annotated[(rebuilt(args[0], change, above), *args[1:])]
    inner = tuple(rebuilt(each, change, above) for each in args)
    if origin in UNIONS:
        return Union[inner]  # noqa: UP007  # of a tuple
    is_made_of_them = is_series(annotation) or _is_mapping(annotation)
    return origin[inner] if args and is_made_of_them else annotation


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


def on_wire(annotation: Any) -> Any:
    """Its type where everything is text: ``Json[list[int]] -> str``."""
    if get_origin(annotation) is Annotated:
        kind, *notes = get_args(annotation)
        # To type checkers Json is no class.
        is_json = any(one is Json or isinstance(one, Json) for one in notes)  # type: ignore[misc]
        return str if is_json else Annotated[(on_wire(kind), *notes)]
    if get_origin(annotation) in UNIONS:
        members = tuple(map(on_wire, get_args(annotation)))
        return Union[members]  # noqa: UP007  # of a tuple
    return annotation


def is_file(annotation: Any) -> bool:
    """Whether it is an uploaded file, or some of them."""
    return any(
        member is UploadedFile or any(map(is_file, get_args(member)))
        for member in members(annotation)
    )
