"""What a request goes through on its way to one handler: dependencies, then itself.

They are called in the order in which they are needed, and torn down in reverse.
"""

import inspect
import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import (
    AbstractContextManager,
    ExitStack,
    contextmanager,
    nullcontext,
)
from dataclasses import dataclass
from functools import partial
from typing import Any

import webob

from roob.models.answers import make_response
from roob.models.requests import Request
from roob.typed.binding import Binder
from roob.typed.refusals import refusal
from roob.typed.returning import Writer
from roob.typed.signature import Dependency, JsonBody, Signature
from roob.typed.wire import Reading

logger = logging.getLogger("roob.errors")

Takes = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A dependency; ``takes`` are its parameters that earlier steps have given."""

    binder: Binder
    call: Callable[..., Any]
    is_opened: bool
    takes: Takes

    def run(self, arguments: dict[str, Any], opened: ExitStack) -> Any:
        """What it gives; a generator's rest is left for later."""
        if not self.is_opened:
            return self.call(**arguments)
        context: AbstractContextManager[Any] = self.call(**arguments)
        given = context.__enter__()
        opened.push(partial(_leave, context))
        return given


def _leave(context: AbstractContextManager[Any], *raised: Any) -> None:
    """Tear down; what was raised goes on, whether the dependency caught it or not."""
    context.__exit__(*raised)


class Plan:
    """A handler on one path: ``plan.answer(leading, reading)``, in any thread."""

    def __init__(
        self,
        function: Callable[..., Any],
        signature: Signature,
        fields: frozenset[str],
    ) -> None:
        self.signature = signature
        self.fields = fields
        self._function = function
        self._steps, self._takes = _steps_of(signature)
        self._binder = Binder(signature, signature.body)
        returned = signature.returns
        self._write: Callable[[Any], Any] | None = None
        if returned is not None and returned.adapter is not None:
            self._write = Writer(returned.annotation, returned.adapter, signature.name)

    def answer(self, leading: Sequence[Any], reading: Reading) -> Any:
        """What the handler returned, written where its annotation says how.

        Raises:
            UnprocessableContent: parameters are missing or wrong; all are named.
        """
        if self._steps:
            return self._answer_with_dependencies(leading, reading)
        arguments = self._binder.bind(reading)
        if reading.errors:
            raise refusal(reading.errors)
        result = self._function(*leading, **arguments)
        return result if self._write is None else self._write(result)

    def _answer_with_dependencies(
        self, leading: Sequence[Any], reading: Reading
    ) -> webob.Response:
        with ExitStack() as opened:
            given = self._give(reading, opened)
            arguments = self._binder.bind(reading)
            if reading.errors:
                raise refusal(reading.errors)
            arguments |= {name: given[at] for name, at in self._takes}
            result = self._function(*leading, **arguments)
            response = self._response(result, reading.request)
            if is_stream(response):
                _depend(response, opened)
            return response

    def _give(self, reading: Reading, opened: ExitStack) -> list[Any]:
        """Every step's value; none is called any more once something is wrong."""
        given: list[Any] = []
        for step in self._steps:
            arguments = step.binder.bind(reading)
            if reading.errors:
                given.append(None)
                continue
            arguments |= {name: given[at] for name, at in step.takes}
            given.append(step.run(arguments, opened))
        return given

    def _response(self, result: Any, request: Request) -> webob.Response:
        written = result if self._write is None else self._write(result)
        return make_response(written, request.match.route)


def _steps_of(signature: Signature) -> tuple[tuple[Step, ...], Takes]:
    steps: list[Step] = []
    takes = _add_steps(signature, signature.body, steps, {})
    return tuple(steps), takes


def _add_steps(
    signature: Signature,
    body: JsonBody | None,
    steps: list[Step],
    known: dict[Callable[..., Any], int],
) -> Takes:
    """Append a function's dependencies; where each of its parameters comes from."""
    takes = []
    for one in signature.dependencies:
        at = known.get(one.function) if one.cache else None
        if at is None:
            inner = _add_steps(one.signature, body, steps, known)
            at = len(steps)
            steps.append(_step_of(one, body, inner))
            known.setdefault(one.function, at)
        takes.append((one.name, at))
    return tuple(takes)


def _step_of(dependency: Dependency, body: JsonBody | None, takes: Takes) -> Step:
    function = dependency.function
    binder = Binder(dependency.signature, body)
    if _is_generator(function):
        return Step(binder, contextmanager(function), True, takes)
    inner = function.func if isinstance(function, partial) else function
    if _is_generator(inspect.unwrap(inner)):
        return Step(binder, partial(_opener, function), True, takes)
    return Step(binder, function, False, takes)


def _is_generator(function: Callable[..., Any]) -> bool:
    called = (function, type(function).__call__)  # the second one is an object's
    return any(map(inspect.isgeneratorfunction, called))


def _opener(
    wrapper: Callable[..., Any], /, **arguments: Any
) -> AbstractContextManager[Any]:
    """What opens the value of a generator function's wrapper, whatever it made of it.

    ``contextlib.contextmanager`` is such a wrapper.
    """
    made = wrapper(**arguments)
    if isinstance(made, Generator):
        return contextmanager(lambda: made)()
    return made if isinstance(made, AbstractContextManager) else nullcontext(made)


def is_stream(response: webob.Response) -> bool:
    """Whether its body is still to be made when the handler has returned."""
    return not isinstance(response.app_iter, list | tuple)


def _depend(response: webob.Response, opened: ExitStack) -> None:
    length = response.content_length  # WebOb forgets it with the body
    response.app_iter = DependentStream(response.app_iter, opened)
    response.content_length = length


class DependentStream:
    """A stream's pieces; when it is closed, what it depends on is torn down.

    An exception while it is read is thrown into the dependencies. One that a teardown
    raises is logged: the answer has gone out.
    """

    def __init__(self, pieces: Any, opened: ExitStack) -> None:
        self._pieces = pieces
        self._opened = opened.pop_all()

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._pieces
        except Exception as error:
            self._tear_down(error)
            raise

    def close(self) -> None:
        """Close the stream, then everything that it depends on."""
        try:
            getattr(self._pieces, "close", lambda: None)()
        finally:
            self._tear_down(None)

    def _tear_down(self, error: Exception | None) -> None:
        opened = self._opened.pop_all()
        trace = error.__traceback__ if error else None
        try:
            opened.__exit__(type(error) if error else None, error, trace)
        except Exception as raised:  # the user's own, and there is nobody to answer
            if raised is not error:
                logger.exception("The teardown of a dependency raised")
