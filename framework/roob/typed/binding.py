"""From one request to a handler's arguments, or to all that is wrong with it.

A handler's parameters are bound in groups, one for each part of the request that is
looked through by name; what needs more than that is a group of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from pydantic import ValidationError

from roob.typed import readers
from roob.typed.json_body import json_reader
from roob.typed.refusals import missing, wrong
from roob.typed.shapes import SCALARS, bare, members
from roob.typed.signature import JsonBody, Parameter, Signature
from roob.typed.sources import REQUIRED
from roob.typed.wire import MISSING, Reading, environ_key

Arguments = dict[str, Any]
Bind = Callable[[Reading, Arguments], None]
Reader = Callable[[Reading], Any]

# Defaults that need no copy.
_FIXED = (*SCALARS, type(None))


class _Row(NamedTuple):
    """A parameter as the loop over its group needs it, in that order.

    ``is_last`` is one that takes the last of several values.
    """

    parameter: Parameter
    name: str
    key: str
    validate: Callable[[Any], Any]
    is_last: bool = False


class Binder:
    """All parameters of one function: ``binder.bind(reading) -> {"id": 7, ...}``."""

    def __init__(self, signature: Signature, body: JsonBody | None) -> None:
        self._requests = signature.requests
        self._groups = tuple(_groups_of(signature, body))
        self._takes_rest = signature.takes_rest
        self._taken = {one.alias for one in signature.parameters}

    def bind(self, reading: Reading) -> Arguments:
        """The arguments; where there are ``reading.errors`` they are not to be used.

        Raises:
            ResponseError: the request, or its body, cannot be read at all.
        """
        arguments: Arguments = {}
        for bind in self._groups:
            bind(reading, arguments)
        for name in self._requests:
            arguments[name] = reading.request
        if self._takes_rest:
            self._add_rest(arguments, reading.path)
        return arguments

    def _add_rest(self, arguments: Arguments, path: dict[str, Any]) -> None:
        taken = self._taken | arguments.keys()
        arguments |= {name: path[name] for name in path if name not in taken}


def _groups_of(signature: Signature, body: JsonBody | None) -> Iterator[Bind]:
    """The JSON body comes last: reading it costs most."""
    own = [one for one in signature.parameters if one.location != "body"]
    for how, group in groupby(sorted(own, key=_lookup), key=_lookup):
        if how == "alone":
            for one in group:
                yield _alone(one, _reader_of(one, own))
        else:
            yield _GROUPS[how](list(group))
    for one in signature.parameters:
        if one.location == "body" and body is not None:
            yield _alone(one, json_reader(one, body), lambda value: value)


def _lookup(parameter: Parameter) -> str:
    """How it is found: the name of its group."""
    is_list_of_one = parameter.is_list and parameter.location in ("header", "cookie")
    if parameter.spreads or is_list_of_one or parameter.location == "file":
        return "alone"
    return parameter.location


def _reader_of(parameter: Parameter, beside: Iterable[Parameter]) -> Reader:
    if parameter.spreads:
        return readers.spreading(parameter, beside)
    if parameter.location == "file":
        return readers.file(parameter)
    return readers.header_list(parameter)


def _rows(group: Iterable[Parameter]) -> list[_Row]:
    return [
        _Row(one, one.name, one.alias, one.adapter.validator.validate_python)
        for one in group
    ]


def _from_values(
    rows: list[_Row], values_of: Callable[[Reading], Mapping[str, Any]]
) -> Bind:
    absent = {row.name: _absent(row.parameter) for row in rows}

    def bind(reading: Reading, arguments: Arguments) -> None:
        values = values_of(reading)
        for parameter, name, key, validate, is_last in rows:
            value = values.get(key, MISSING)
            try:
                if value is MISSING:
                    arguments[name] = absent[name](reading)
                else:
                    arguments[name] = validate(value[-1] if is_last else value)
            except ValidationError as error:
                reading.refuse(wrong(parameter, error))

    return bind


def _from_lists(
    group: list[Parameter], lists_of: Callable[[Reading], Mapping[str, list[Any]]]
) -> Bind:
    rows = [row._replace(is_last=not row.parameter.is_list) for row in _rows(group)]
    return _from_values(rows, lists_of)


def _headers(group: list[Parameter]) -> Bind:
    rows = [
        row._replace(key=environ_key(row.key), validate=_of_header(row))
        for row in _rows(group)
    ]
    return _from_values(rows, lambda reading: reading.request.environ)


def _of_header(row: _Row) -> Callable[[Any], Any]:
    """PEP 3333 gives the bytes of a header as latin-1 letters."""
    if not readers.takes_bytes(row.parameter):
        return row.validate
    return lambda value: row.validate(value.encode("latin-1"))


def _form(group: list[Parameter]) -> Bind:
    blank = {one.alias for one in group if _means_nothing_when_empty(one)}
    return _from_lists(group, lambda reading: reading.filled(blank))


def _means_nothing_when_empty(parameter: Parameter) -> bool:
    is_text = str in map(bare, members(parameter.annotation))
    return not (is_text or parameter.required or parameter.is_list)


_GROUPS: dict[str, Callable[[list[Parameter]], Bind]] = {
    "path": lambda group: _from_values(_rows(group), attrgetter("path")),
    "query": lambda group: _from_lists(group, Reading.query),
    "header": _headers,
    "cookie": lambda group: _from_values(_rows(group), Reading.cookies),
    "form": _form,
}


def _alone(
    parameter: Parameter, read: Reader, validate: Callable[[Any], Any] | None = None
) -> Bind:
    """A group of one; what a body's reader gives is valid."""
    checked = validate or parameter.adapter.validator.validate_python
    absent, name = _absent(parameter), parameter.name

    def bind(reading: Reading, arguments: Arguments) -> None:
        try:
            raw = read(reading)
            arguments[name] = absent(reading) if raw is MISSING else checked(raw)
        except ValidationError as error:
            reading.refuse(wrong(parameter, error))

    return bind


def _absent(parameter: Parameter) -> Callable[[Reading], Any]:
    """What stands for a value that is not there."""
    default, factory = parameter.default, parameter.marker.default_factory
    if parameter.required:
        return lambda reading: reading.refuse(missing(parameter))
    if default is REQUIRED and factory is not None:
        return lambda _reading: factory()
    if isinstance(default, _FIXED):
        return lambda _reading: default
    return lambda _reading: deepcopy(default)
