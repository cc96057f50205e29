"""Where a parameter's value comes from: ``Annotated[int, Query(ge=1)]``."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, fields
from typing import Any, BinaryIO, ClassVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

# What stands where there is no default; None may be one.
REQUIRED: Any = ...

_CONSTRAINTS = (
    *("gt", "ge", "lt", "le", "multiple_of"),
    *("min_length", "max_length", "pattern", "strict"),
)


# By identity, so that one with a list of examples can be hashed, as unions ask.
@dataclass(frozen=True, eq=False)
class Source:
    """What all of them take; the constraints are those of ``pydantic.Field``.

    ``alias`` is the name on the wire; ``title``, ``description``, ``examples``,
    ``deprecated`` and ``include_in_schema`` are for the API's document.
    """

    location: ClassVar[str]

    default: Any = REQUIRED
    _: KW_ONLY
    default_factory: Callable[[], Any] | None = None
    alias: str | None = None
    title: str | None = None
    description: str | None = None
    examples: list[Any] | None = None
    deprecated: bool = False
    include_in_schema: bool = True
    gt: Any = None
    ge: Any = None
    lt: Any = None
    le: Any = None
    multiple_of: Any = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    strict: bool | None = None

    @property
    def constraints(self) -> dict[str, Any]:
        """Those that are set: ``Query(ge=1) -> {"ge": 1}``."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: given[name] for name in _CONSTRAINTS if given[name] is not None}


class Path(Source):
    """A field of the route's path, where its name is not the parameter's."""

    location = "path"


class Query(Source):
    """``?page=2&tag=a&tag=b``; under a model or a dataclass, all of its fields."""

    location = "query"


class Header(Source):
    """``x_token`` is read from ``X-Token``; ``alias=`` names another."""

    location = "header"


class Cookie(Source):
    """One cookie of the request."""

    location = "cookie"


class Form(Source):
    """A field of a form; under a model or a dataclass, all of its fields."""

    location = "form"


class File(Source):
    """A file of a multipart form, as :class:`UploadedFile`, ``bytes`` or a list."""

    location = "file"


@dataclass(frozen=True, eq=False)
class Body(Source):
    """JSON in the body. Several of them are members of one object, by their names.

    ``embed`` makes a single one a member, too. ``strict=False`` takes ``"5"`` for 5.
    """

    location: ClassVar[str] = "body"

    _: KW_ONLY
    embed: bool = False

    @property
    def constraints(self) -> dict[str, Any]:
        """All but ``strict``, which is for the body as a whole."""
        given = super().constraints
        return {name: given[name] for name in given if name != "strict"}


@dataclass(frozen=True, eq=False)
class Depends:
    """What a function or a class gives: ``Annotated[Session, Depends(session)]``.

    Without a function it is the annotation itself. A generator function gives what
    it yields, and goes on when the answer is made. Called once per request, unless
    ``cache`` is false.
    """

    function: Callable[..., Any] | None = None
    _: KW_ONLY
    cache: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class UploadedFile:
    """One file of a form; its name is the client's, so never a path to write to."""

    filename: str
    content_type: str
    file: BinaryIO

    def read(self, size: int = -1) -> bytes:
        """The content, or so many bytes of it."""
        return self.file.read(size)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.is_instance_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "format": "binary"}
