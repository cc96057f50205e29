"""The parameters that are not looked up by name alone: lists, files, whole models."""

from collections.abc import Callable, Iterable
from typing import Any

from roob.typed.shapes import is_file
from roob.typed.signature import Field, Parameter
from roob.typed.sources import UploadedFile
from roob.typed.wire import MISSING, Lists, Reading, environ_key, split_list

Reader = Callable[[Reading], Any]


def header_list(parameter: Parameter) -> Reader:
    """``X-Tags: a, b -> ["a", "b"]``."""
    key = environ_key(parameter.alias)

    def read(reading: Reading) -> Any:
        value = reading.request.environ.get(key)
        return MISSING if value is None else split_list(value)

    return read


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
    the parameters beside it take.
    """
    find = _finder(parameter, beside)
    is_optional = not parameter.required

    def read(reading: Reading) -> Any:
        found = find(reading)
        return MISSING if is_optional and not found else found

    return read


def _finder(parameter: Parameter, beside: Iterable[Parameter]) -> Reader:
    location = parameter.location
    if location == "header":
        return _headers(parameter.fields)
    others = {one.alias for one in beside if one.location == location}
    if location == "cookie":
        return lambda reading: _without(reading.cookies(), others)
    lists = {field.alias for field in parameter.fields if field.is_list}
    lists_of = Reading.query if location == "query" else Reading.form

    def find(reading: Reading) -> dict[str, Any]:
        found: Lists = _without(lists_of(reading), others)
        return {
            name: values if name in lists else values[-1]
            for name, values in found.items()
        }

    return find


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
