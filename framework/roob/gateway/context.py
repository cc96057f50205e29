"""What handlers of one request tell each other: the request, and what they declare."""

from difflib import get_close_matches
from inspect import get_annotations
from typing import Any, ClassVar

from roob.models.requests import Request


class RequestContext:
    """The request, and room for what the handlers of a chain pass on.

    ::

        class Context(RequestContext):
            user: str | None = None

    A context whose attributes are declared takes no others, so ``context.usr = "ada"``
    raises. ``RequestContext`` itself takes any. One is made for each request.

    Raises:
        AttributeError: an attribute is set that is not declared.
        ValueError: a declared default could be changed, and all requests share it.
    """

    request: Request
    # What this class and its bases declare, ``request`` apart.
    _names: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, request: Request) -> None:
        self.request = request

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = _declared_in(cls)
        for name, default in own.items():
            if type(default).__hash__ is None:
                raise ValueError(
                    f"{cls.__name__}.{name}: all requests would share one "
                    f"{type(default).__name__}; make it in __init__"
                )
        inherited = [
            getattr(base, "_names", _declared_in(base)) for base in cls.__mro__
        ]
        cls._names = frozenset(own).union(*inherited)

    def __setattr__(self, name: str, value: Any) -> None:
        if self._names and name != "request" and name not in self._names:
            raise AttributeError(_refusal(type(self).__name__, name, self._names))
        super().__setattr__(name, value)

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute that may not be set: ``context.get("user", "nobody")``."""
        return getattr(self, name, default)


def _declared_in(cls: type) -> dict[str, Any]:
    """The names in a class's body that are no methods, and their defaults."""
    own = {
        name: value
        for name, value in vars(cls).items()
        if not callable(value) and not name.startswith("__")
    }
    return {**dict.fromkeys(get_annotations(cls)), **own}


def _refusal(owner: str, name: str, declared: frozenset[str]) -> str:
    close = get_close_matches(name, declared, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"it has {sorted(declared)}"
    return f"{owner} declares no attribute {name!r}: {hint}"
