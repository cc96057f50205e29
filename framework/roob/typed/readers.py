"""The parameters that are not looked up by name alone: lists, files, whole models."""

from collections.abc import Callable, Iterable
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from roob.typed.refusals import Error, wrong
from roob.typed.shapes import bare, is_file, is_series, members
from roob.typed.signature import Field, Parameter
from roob.typed.sources import UploadedFile
from roob.typed.wire import MISSING, Lists, Reading, environ_key, split_list

Reader = Callable[[Reading], Any]

_TOO_LARGE = ("less_than_equal", "greater_than_equal", "finite_number")


def header_list(parameter: Parameter) -> Reader:
    """``X-Tags: a, b -> ["a", "b"]``."""
    key, is_bytes = environ_key(parameter.alias), takes_bytes(parameter)

    def read(reading: Reading) -> Any:
        value = reading.request.environ.get(key)
        if value is None:
            return MISSING
        found = split_list(value)
        return [one.encode("latin-1") for one in found] if is_bytes else found

    return read


def takes_bytes(parameter: Parameter) -> bool:
    """Whether it, or each of its list, is to be bytes: ``bytes | None``."""
    kinds = [*members(parameter.annotation)]
    inner = [each for kind in kinds if is_series(kind) for each in get_args(kind)]
    return any(bare(kind) is bytes for kind in (*kinds, *inner))


def file(parameter: Parameter) -> Reader:
    """A form's files: as such, or their contents."""
    alias, is_list = parameter.alias, parameter.is_list

    def read(reading: Reading) -> Any:
        values = reading.form().get(alias, ())
        # A browser sends an empty text for a field in which no file was chosen.
        files = [value for value in values if value != ""]
        if not files:
            return MISSING
        return files if is_list else files[-1]

    return read if is_file(parameter.annotation) else _contents(read)


def _contents(read: Reader) -> Reader:
    def read_contents(reading: Reading) -> Any:
        found = read(reading)
        if isinstance(found, list):
            return [_content(one) for one in found]
        return found if found is MISSING else _content(found)

    return read_contents


def _content(value: Any) -> Any:
    return value.read() if isinstance(value, UploadedFile) else value


def spreading(parameter: Parameter, beside: Iterable[Parameter]) -> Reader:
    """A model's fields, by name; MISSING where there are none and none need be.

    It is also given what nobody asked for, to refuse it if it wants to, but not what
    the parameters beside it take; of headers, of which every request has some that
    nobody asked for, only its own.
    """
    find = _finder(parameter, beside)
    is_optional, bounds = not parameter.required, parameter.bounds

    def read(reading: Reading) -> Any:
        found = find(reading)
        if found and bounds is not None:
            reading.refuse(_out_of_bounds(parameter, bounds, found))
        return MISSING if is_optional and not found else found

    return read


def _out_of_bounds(
    parameter: Parameter, bounds: TypeAdapter[Any], found: dict[str, Any]
) -> list[Error]:
    """The numbers that are too large; all else is for the model itself to refuse."""
    try:
        bounds.validator.validate_python(found)
    except ValidationError as error:
        return wrong(parameter, error, only=_TOO_LARGE)
    return []


def _finder(parameter: Parameter, beside: Iterable[Parameter]) -> Reader:
    location = parameter.location
    if location == "header":
        return _headers(parameter.fields)
    others = {one.alias for one in beside if one.location == location}
    if location == "cookie":
        return lambda reading: _without(reading.cookies(), others)
    lists = {field.alias for field in parameter.fields if field.is_list}
    if location == "query":
        return lambda reading: _picked(_without(reading.query(), others), lists)
    blank = {one.alias for one in parameter.fields if _means_nothing_when_empty(one)}
    return lambda reading: _picked(_without(reading.filled(blank), others), lists)


def _means_nothing_when_empty(field: Field) -> bool:
    return not (field.is_text or field.required or field.is_list)


def _picked(found: Lists, lists: set[str]) -> dict[str, Any]:
    """All values of lists, of others the last one."""
    return {name: found[name] if name in lists else found[name][-1] for name in found}


def _without(values: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: values[name] for name in values if name not in names}


def _headers(fields: tuple[Field, ...]) -> Reader:
    keys = [(one.name, environ_key(one.alias), one.is_list) for one in fields]

    def find(reading: Reading) -> dict[str, Any]:
        environ = reading.request.environ
        return {
            name: split_list(environ[key]) if is_list else environ[key]
            for name, key, is_list in keys
            if key in environ
        }

    return find
