"""What was wrong with a request, value by value, in the words of its 422."""

from collections.abc import Collection, Sequence
from typing import Any

from pydantic import ValidationError

from roob.exceptions import UnprocessableContent
from roob.typed.signature import Parameter

# More are neither read by anybody nor worth the memory that they take.
MAX_ERRORS = 100
# Names and keys are the client's own; a long one would be sent back with every error.
MAX_PLACE = 200

Error = dict[str, object]


def missing(parameter: Parameter) -> list[Error]:
    """The one error of a value that is not there and has no default."""
    said: Error = {"message": "Field required", "type": "missing"}
    return [_place(parameter, ()) | said]


def wrong(
    parameter: Parameter, error: ValidationError, only: Collection[str] = ()
) -> list[Error]:
    """Pydantic's errors, each with its place, without the values that were sent.

    Where only some types of them count, too many of any tell nothing.
    """
    if error.error_count() > MAX_ERRORS:
        return [] if only else [_too_many(parameter, error.error_count())]
    found = error.errors(include_url=False, include_input=False)
    return [
        _place(parameter, one["loc"]) | {"message": _message(one), "type": one["type"]}
        for one in found
        if not only or one["type"] in only
    ]


def _too_many(parameter: Parameter, count: int) -> Error:
    said: Error = {"message": f"{count} values are wrong", "type": "too_many_errors"}
    return _place(parameter, ()) | said


def _message(one: Any) -> str:
    """Pydantic's own, but for those that repeat the value or a part of it."""
    if one["type"] == "union_tag_invalid":
        return f"Input should be one of {one['ctx']['expected_tags']}"
    return "Input should be a valid UUID" if "uuid" in one["type"] else str(one["msg"])


def _place(parameter: Parameter, path: Sequence[int | str]) -> Error:
    if parameter.location == "body":
        return {"in": "body", "pointer": pointer(path)}
    name, rest = parameter.alias, path
    if parameter.spreads:
        name, rest = _cut(_spread_name(parameter, path)), path[1:]
    place: Error = {"in": parameter.location, "name": name}
    return place | {"pointer": pointer(rest)} if rest else place


def _spread_name(parameter: Parameter, path: Sequence[int | str]) -> str:
    first = str(path[0]) if path else parameter.name
    by_name = {field.name: field.alias for field in parameter.fields}
    return by_name.get(first, first)


def _cut(name: str) -> str:
    return name if len(name) <= MAX_PLACE else f"{name[:MAX_PLACE]}…"


def pointer(path: Sequence[int | str]) -> str:
    """A place in a JSON document: ``("tags", 0) -> "/tags/0"`` (RFC 6901).

    One that would be over 200 characters long ends earlier, at what holds the value.
    """
    # So pydantic says that a key is meant, whose value is at the same place.
    path = path[:-1] if len(path) > 1 and path[-1] == "[key]" else path
    found = ""
    for step in map(str, path):
        longer = f"{found}/{step[:MAX_PLACE].replace('~', '~0').replace('/', '~1')}"
        if len(step) >= MAX_PLACE or len(longer) > MAX_PLACE:
            break
        found = longer
    return found


def refusal(errors: Sequence[Error]) -> UnprocessableContent:
    """The answer to all of them; its message tells the first one."""
    first = errors[0]
    where = first.get("name") or first.get("pointer") or "as a whole"
    message = f"{first['in']}, {where}: {first['message']}"
    if len(errors) > 1:
        message += f" (and {len(errors) - 1} more)"
    return UnprocessableContent(message, errors[:MAX_ERRORS])
