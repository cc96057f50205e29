"""What a typed handler takes and gives, read once at registration, frozen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from roob.typed.sources import REQUIRED, Source


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value from the request: ``page: Annotated[int, Query(ge=1)] = 1``.

    ``location`` is ``path``, ``query``, ``header``, ``cookie``, ``form``, ``file`` or
    ``body``, ``alias`` the name on the wire. ``annotation`` is the type with its
    constraints, which ``adapter`` validates. ``default`` counts where it is not
    ``required``. Where a model spreads over the location, ``fields`` are the names on
    the wire of what it asks for, ``alias`` names nothing, and ``bounds`` are what its
    numbers are held against beforehand.
    """

    name: str
    location: str
    alias: str
    annotation: Any
    adapter: TypeAdapter[Any]
    marker: Source
    required: bool = True
    default: Any = REQUIRED
    is_list: bool = False
    fields: tuple["Field", ...] = ()
    bounds: TypeAdapter[Any] | None = None

    @property
    def spreads(self) -> bool:
        """Whether its fields are parameters of their own."""
        return bool(self.fields)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a model that spreads: ``Field("page", "page", {...}, False)``.

    ``name`` is what the model calls it on its way in, ``alias`` the name on the wire.
    ``is_text`` is one that may be the empty text.
    """

    name: str
    alias: str
    schema: dict[str, Any]
    required: bool = True
    is_list: bool = False
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class JsonBody:
    """The JSON that is read: a value, or one object with all ``parameters`` in it.

    ``adapter`` validates the body as a whole.
    """

    parameters: tuple[Parameter, ...]
    adapter: TypeAdapter[Any]
    is_embedded: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Returned:
    """What an annotated handler gives: ``-> User`` or ``-> tuple[User, int]``.

    ``adapter`` writes the JSON. There is none where the annotation says that the
    handler makes its answer itself: a response, text, bytes, a stream, nothing.
    """

    annotation: Any
    adapter: TypeAdapter[Any] | None = None


@dataclass(frozen=True, slots=True)
class Dependency:
    """A parameter that a function gives: ``Annotated[Session, Depends(session)]``."""

    name: str
    function: Callable[..., Any]
    signature: "Signature"
    cache: bool = True


@dataclass(frozen=True, slots=True)
class Signature:
    """All of it: ``typed_handler.signature_for({"id"})`` for the path ``/users/{id}``.

    ``body`` is the JSON body with the dependencies' shares in it. ``requests`` are the
    names of parameters that are given the request.
    """

    name: str
    parameters: tuple[Parameter, ...] = ()
    requests: tuple[str, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    body: JsonBody | None = None
    returns: Returned | None = None
    takes_rest: bool = field(default=False)

    def all_parameters(self) -> Iterator[Parameter]:
        """Its own and, before them, those of its dependencies; some may be equal."""
        for dependency in self.dependencies:
            yield from dependency.signature.all_parameters()
        yield from self.parameters
