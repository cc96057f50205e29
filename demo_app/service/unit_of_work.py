"""Around a service's method: all that it changes is one unit of work."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from demo_app.service.ports import Store

P = ParamSpec("P")
T = TypeVar("T")


class HasStore(Protocol):
    """A service, which keeps what it changes in a store."""

    _store: Store


S = TypeVar("S", bound=HasStore)


def unit_of_work(
    method: Callable[Concatenate[S, P], T],
) -> Callable[Concatenate[S, P], T]:
    """Run the method as one unit of work of its service's store.

    It may run several times, of which one counts: where another unit of work came in
    between, the store begins it again.  So it changes nothing but the store.
    """

    @wraps(method)
    def run(service: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return service._store.run(partial(method, service, *args, **kwargs))

    return run
