"""``@typed``: a handler whose parameters are read by their annotations."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from types import MethodType
from typing import Any

from roob.dispatchers import MARK, OWN_DISPATCHER
from roob.exceptions import UnprocessableContent
from roob.models.requests import Request
from roob.typed.declared import Declared, name_of
from roob.typed.inspection import Function, Inspection, Overrides
from roob.typed.plan import Plan
from roob.typed.signature import Signature
from roob.typed.wire import Reading

# Answers a request whose arguments were refused, in place of the 422.
Refused = Callable[[Request, UnprocessableContent], Any]


class TypedHandler:
    """``TypedHandler(put_user)(request, id=7)``: what routes call.

    Raises:
        TypeError: no request could ever fill its parameters; the message says why.
    """

    is_dispatched = True

    def __init__(
        self,
        function: Function,
        *,
        refused: Refused | None = None,
        overrides: Overrides | None = None,
    ) -> None:
        # Callable objects have none of the names that this copies, and that is fine.
        update_wrapper(self, function)
        self._function = function
        self._refused = refused
        self._overrides: Overrides = {} if overrides is None else overrides
        self._declared: dict[Function, Declared] = {}
        self._plans: dict[object, Plan] = {}
        self.signature: Signature = self._signature(None)
        self._plan: Plan | None = None

    def signature_for(self, fields: frozenset[str]) -> Signature:
        """Its signature on a path with those fields: ``frozenset({"id"})``.

        ``signature`` is the one where the path is not known, and its fields look like
        parts of the query.
        """
        return self._plan_for(frozenset(fields)).signature

    def check_fields(self, fields: frozenset[str]) -> None:
        """Get ready for a path with those fields.

        Raises:
            TypeError: it has no parameter for one of them, or one too many.
        """
        self._plan = self._plan_for(fields)

    def __call__(self, *leading: Any, **path: Any) -> Any:
        """Answer a request, which comes last, behind the object of a method.

        Raises:
            UnprocessableContent: arguments are refused, and nothing else answers that.
            ResponseError: the request cannot be read at all.
            TypeError: there is no request, as if this were the function itself.
        """
        request = leading[-1] if leading else None
        if not isinstance(request, Request):
            raise TypeError(
                f"{name_of(self._function)} is called with the request; the function "
                "itself is its __wrapped__"
            )
        plan = self._plan
        if plan is None or plan.fields != path.keys() or self._overrides:
            plan = self._plan_for(frozenset(path))
        reading = Reading(request, path)
        try:
            return plan.answer(leading[:-1], reading)
        except UnprocessableContent as error:
            if self._refused is None or not reading.errors:
                raise
            return self._refused(request, error)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def _plan_for(self, fields: frozenset[str]) -> Plan:
        key = (fields, tuple(self._overrides.items()))
        plan = self._plans.get(key)
        if plan is None:
            # Two threads may both make it; the two are equal.
            plan = Plan(self._function, self._signature(fields), fields)
            self._plans[key] = plan
        return plan

    def _signature(self, fields: frozenset[str] | None) -> Signature:
        inspection = Inspection(fields, self._overrides, self._declared)
        return inspection.signature_of(self._function)


class TypedDispatcher:
    """What ``typed`` is: a decorator, and a dispatcher of applications and routers.

    ``Roob(dispatcher=typed)``; a class has the methods of its verbs typed, when it is
    registered.
    """

    def __init__(
        self, refused: Refused | None = None, overrides: Overrides | None = None
    ) -> None:
        self._refused = refused
        self.overrides: Overrides = {} if overrides is None else overrides

    def __call__(self, handler: Any) -> Any:
        """``@typed``, below ``@app.route(...)``.

        Raises:
            TypeError: as :class:`TypedHandler`.
        """
        if isinstance(handler, type):
            setattr(handler, OWN_DISPATCHER, self)
            return handler
        if getattr(handler, MARK, False):
            return handler
        return TypedHandler(handler, refused=self._refused, overrides=self.overrides)

    def with_(
        self, *, refused: Refused | None = None, overrides: Overrides | None = None
    ) -> "TypedDispatcher":
        """One like it with settings of its own, for an application.

        ``refused(request, error)`` answers in place of the 422; ``overrides`` is a
        mapping, which may change, of dependencies to what is called instead.
        """
        used = self.overrides if overrides is None else overrides
        return TypedDispatcher(refused or self._refused, used)

    @contextmanager
    def override(self, function: Function, other: Function) -> Iterator[None]:
        """Call another function in place of a dependency, for a test.

        Handlers of a dispatcher with a mapping of its own look only into that.
        """
        before = dict(self.overrides)
        self.overrides[function] = other
        try:
            yield
        finally:
            self.overrides.clear()
            self.overrides.update(before)


typed = TypedDispatcher()
