"""From what a function says to its signature on one path, checked at registration."""

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, replace
from typing import Any, NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from roob.typed.adapters import adapter_of, bounded, constrained
from roob.typed.declared import UNSAID, Declared, Said, declared, name_of
from roob.typed.returning import returned_of
from roob.typed.shapes import is_compound, is_file, is_model, is_series, on_wire
from roob.typed.signature import Dependency, JsonBody, Parameter, Signature
from roob.typed.sources import (
    REQUIRED,
    Body,
    File,
    Form,
    Path,
    Query,
    Source,
)
from roob.typed.spreading import spread
from roob.typed.wire import wire_name

Function = Callable[..., Any]
Overrides = MutableMapping[Function, Function]

_SPREADING = ("query", "header", "cookie", "form")


@dataclass(frozen=True, slots=True)
class Inspection:
    """One look at a handler for a path with these fields; None leaves them open.

    ``declared`` remembers what was read of functions, for the next look.
    """

    fields: frozenset[str] | None
    overrides: Overrides
    declared: dict[Function, Declared]

    def signature_of(self, function: Function) -> Signature:
        """The handler's signature, with its share and its dependencies' of the body.

        Raises:
            TypeError: no request could ever fill it; the message says why.
        """
        signature = self._signature_of(function, ())
        parameters = list(signature.all_parameters())
        body = _body_of(signature.name, parameters)
        if self.fields is not None:
            _check_fields(signature, parameters, self.fields)
        said = self.declared[function]
        return replace(
            signature, body=body, returns=returned_of(said.returns, signature.name)
        )

    def _signature_of(
        self, function: Function, callers: tuple[Function, ...]
    ) -> Signature:
        if function in callers:
            names = [name_of(one) for one in (*callers, function)]
            raise TypeError(f"{names[-1]} depends on itself: {' → '.join(names)}")
        said = self._declared(function)
        given = [one for one in said.parameters if one.depends is None]
        return Signature(
            said.name,
            tuple(self._parameter(said, p) for p in given if not p.is_request),
            tuple(one.name for one in given if one.is_request),
            tuple(self._dependencies(said, (*callers, function))),
            takes_rest=said.takes_rest,
        )

    def _declared(self, function: Function) -> Declared:
        if function not in self.declared:
            self.declared[function] = declared(function)
        return self.declared[function]

    def _dependencies(
        self, said: Declared, callers: tuple[Function, ...]
    ) -> Iterator[Dependency]:
        for one in said.parameters:
            if one.depends is None:
                continue
            function = one.depends.function or one.annotation
            function = self.overrides.get(function, function)
            if not callable(function) or function is UNSAID:
                raise TypeError(f"{said.name}: {one.name} depends on no function")
            signature = self._signature_of(function, callers)
            yield Dependency(one.name, function, signature, one.depends.cache)

    def _parameter(self, said: Declared, one: Said) -> Parameter:
        owner = f"{said.name}: parameter {one.name}"
        annotation = self._annotation(owner, one)
        marker = one.marker or self._inferred(one.name, annotation)
        return _parameter(owner, replace(one, annotation=annotation), marker)

    def _annotation(self, owner: str, one: Said) -> Any:
        if one.annotation is not UNSAID:
            return one.annotation
        if self.fields is None or one.name in self.fields:
            return Any
        raise TypeError(
            f"{owner} has no annotation and is no field of the path: nothing says "
            "where it comes from"
        )

    def _inferred(self, name: str, annotation: Any) -> Source:
        if self.fields is not None and name in self.fields:
            return Path()
        if is_file(annotation):
            return File()
        return Body() if is_compound(on_wire(annotation)) else Query()


def _parameter(owner: str, one: Said, marker: Source) -> Parameter:
    is_text = marker.location != "body"  # which has no bounds of its own
    annotation = bounded(one.annotation) if is_text else one.annotation
    annotation = constrained(annotation, marker, owner)
    adapter = adapter_of(annotation, owner)
    has_default = one.default is not REQUIRED or marker.default_factory is not None
    parameter = Parameter(
        one.name,
        marker.location,
        marker.alias or wire_name(one.name, marker.location),
        annotation,
        adapter,
        marker,
        required=not has_default,
        default=one.default,
        is_list=is_series(on_wire(annotation)),
    )
    if marker.location in _SPREADING and is_model(on_wire(annotation)):
        return spread(parameter, owner)
    _check_fits(owner, parameter, on_wire(one.annotation))
    return parameter


def _check_fits(owner: str, parameter: Parameter, annotation: Any) -> None:
    location = parameter.location
    if location == "body":
        return
    if is_compound(annotation):
        raise TypeError(f"{owner}: {annotation!r} does not fit into a {location}")
    if location in ("path", "cookie") and parameter.is_list:
        words = {"path": "field of the path", "cookie": "cookie"}
        raise TypeError(f"{owner}: a {words[location]} is one value, not a list")
    if is_file(annotation) and location != "file":
        raise TypeError(f"{owner}: a file does not come from a {location}")


def _check_fields(
    signature: Signature, parameters: list[Parameter], fields: frozenset[str]
) -> None:
    taken = {one.alias for one in parameters if one.location == "path"}
    if taken - fields:
        raise TypeError(
            f"{signature.name} takes {_listed(taken - fields)} from its path, which "
            f"has {_listed(fields) or 'no fields'}"
        )
    if fields - taken and not signature.takes_rest:
        raise TypeError(
            f"{signature.name} has no parameter for {_listed(fields - taken)} of its "
            "path"
        )


def _listed(names: frozenset[str] | set[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))


def _body_of(owner: str, parameters: list[Parameter]) -> JsonBody | None:
    parts = _by_alias(owner, [one for one in parameters if one.location == "body"])
    form = [one for one in parameters if isinstance(one.marker, Form | File)]
    if parts and form:
        raise TypeError(
            f"{owner}: {parts[0].name} is JSON and {form[0].name} a form's; a request "
            "has one body"
        )
    if not parts:
        return None
    is_embedded = len(parts) > 1 or getattr(parts[0].marker, "embed", False)
    adapter = _embedded(owner, parts) if is_embedded else parts[0].adapter
    required = any(one.required for one in parts)
    return JsonBody(tuple(parts), adapter, is_embedded, required)


def _by_alias(owner: str, parts: list[Parameter]) -> list[Parameter]:
    """Each part once: a handler and its dependencies may ask for the same one."""
    found: dict[str, Parameter] = {}
    for part in parts:
        known = found.setdefault(part.alias, part)
        if known.annotation != part.annotation:
            raise TypeError(
                f"{owner}: {part.alias} of the body is asked for as "
                f"{known.annotation!r} and as {part.annotation!r}"
            )
    return list(found.values())


def _embedded(owner: str, parts: list[Parameter]) -> TypeAdapter[Any]:
    members = {
        one.alias: one.annotation if one.required else NotRequired[one.annotation]
        for one in parts
    }
    return adapter_of(TypedDict("Body", members), owner)  # type: ignore[operator]
