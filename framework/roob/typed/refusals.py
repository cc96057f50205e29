"""What was wrong with a request, value by value, in the words of its 422."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import ValidationError

from roob.exceptions import UnprocessableContent
from roob.typed.signature import Parameter

# More are neither read by anybody nor worth the memory that they take.
MAX_ERRORS = 100

Error = dict[str, object]


def missing(parameter: Parameter) -> list[Error]:
    """The one error of a value that is not there and has no default."""
    said: Error = {"message": "Field required", "type": "missing"}
    return [_place(parameter, ()) | said]


def wrong(parameter: Parameter, error: ValidationError) -> list[Error]:
    """Pydantic's errors, each with its place, without what the client sent."""
    if error.error_count() > MAX_ERRORS:
        return [_too_many(parameter, error.error_count())]
    found = error.errors(include_url=False, include_input=False)
    return [
        _place(parameter, one["loc"]) | {"message": _message(one), "type": one["type"]}
        for one in found
    ]


def _too_many(parameter: Parameter, count: int) -> Error:
    said: Error = {"message": f"{count} values are wrong", "type": "too_many_errors"}
    return _place(parameter, ()) | said


def _message(one: Any) -> str:
    if one["type"] == "union_tag_invalid":  # its own words repeat the value
        return f"Input should be one of {one['ctx']['expected_tags']}"
    return str(one["msg"])


def _place(parameter: Parameter, path: Sequence[int | str]) -> Error:
    if parameter.location == "body":
        return {"in": "body", "pointer": pointer(path)}
    name, rest = parameter.alias, path
    if parameter.spreads:
        name, rest = _spread_name(parameter, path), path[1:]
    place: Error = {"in": parameter.location, "name": name}
    return place | {"pointer": pointer(rest)} if rest else place


def _spread_name(parameter: Parameter, path: Sequence[int | str]) -> str:
    first = str(path[0]) if path else parameter.name
    by_name = {field.name: field.alias for field in parameter.fields}
    return by_name.get(first, first)


def pointer(path: Iterable[int | str]) -> str:
    """A place in a JSON document: ``("tags", 0) -> "/tags/0"`` (RFC 6901)."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "".join(f"/{step}" for step in steps)


def refusal(errors: Sequence[Error]) -> UnprocessableContent:
    """The answer to all of them; its message tells the first one."""
    first = errors[0]
    where = first.get("name") or first.get("pointer") or "as a whole"
    message = f"{first['in']}, {where}: {first['message']}"
    if len(errors) > 1:
        message += f" (and {len(errors) - 1} more)"
    return UnprocessableContent(message, errors[:MAX_ERRORS])
