"""The JSON body: from its bytes to validated values in one step."""

import re
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError

from roob.exceptions import BadRequest
from roob.models.bodies import JSON_TYPE, check_json_type
from roob.models.requests import Request
from roob.typed.signature import JsonBody, Parameter
from roob.typed.wire import MISSING, Reading

Reader = Callable[[Reading], Any]

# A number that may be beyond a float's range: an exponent, or digits, by the hundreds.
_LARGE = re.compile(rb"[eE]\+?[0-9]{3}")
_LONG = re.compile(rb"[0-9]{200}")


def json_reader(parameter: Parameter, body: JsonBody) -> Reader:
    """What gives a parameter its share, valid, or MISSING.

    It raises pydantic's ValidationError where the body is wrong; a body that several
    parameters share is read, and found wrong, once.
    """
    parse = _parser(body)
    return _member(parameter.alias, parse, body) if body.is_embedded else _whole(parse)


def _parser(body: JsonBody) -> Callable[[Request, bytes], Any]:
    adapter: TypeAdapter[Any] = body.adapter
    validate = adapter.validator.validate_json
    # In JSON a number is no text; None leaves it to the types' own settings.
    is_strict = all(one.marker.strict is not False for one in body.parameters)
    strict = True if is_strict else None

    def parse(request: Request, content: bytes) -> Any:
        try:
            return validate(content, strict=strict)
        except ValidationError as error:
            _refuse_malformed(request, error)
            raise

    return parse


def _whole(parse: Callable[[Request, bytes], Any]) -> Reader:
    """The body is the parameter's value."""

    def read(reading: Reading) -> Any:
        request = reading.request
        content = json_bytes(request)
        return parse(request, content) if content else MISSING

    return read


def _member(
    alias: str, parse: Callable[[Request, bytes], Any], body: JsonBody
) -> Reader:
    """The body is an object, and the parameter's value a member of it."""
    nothing = b"{}" if body.required else b""

    def read(reading: Reading) -> Any:
        if reading.whole is None:
            reading.whole = {}  # what is wrong with it is said once
            content = json_bytes(reading.request) or nothing
            reading.whole = parse(reading.request, content) if content else {}
        elif reading.errors:
            return None
        return reading.whole.get(alias, MISSING)

    return read


def json_bytes(request: Request) -> bytes:
    """The body, where it may be read as JSON.

    Raises:
        ResponseError: as ``Request.json``; its contents are not looked at, but for
            numbers that JSON does not have, which pydantic would take.
    """
    environ = request.environ
    if environ.get("CONTENT_TYPE") != JSON_TYPE:
        check_json_type(environ)
    content = request.body
    if _has_odd_numbers(content):
        request.json  # noqa: B018  # refuses them
    return content


def _has_odd_numbers(content: bytes) -> bool:
    if b"NaN" in content or b"Infinity" in content:
        return True
    is_long = len(content) > 200 and _LONG.search(content) is not None
    return is_long or _LARGE.search(content) is not None


def _refuse_malformed(request: Request, error: ValidationError) -> None:
    """Answer 400 to what is no JSON, in the words of ``Request.json``."""
    if error.error_count() > 1:  # telling them all could take gigabytes
        return
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] != "json_invalid" or first["loc"]:
        return
    request.json  # noqa: B018  # raises, but for the little on which parsers differ
    raise BadRequest(f"The request body is not valid JSON: {first['ctx']['error']}")
