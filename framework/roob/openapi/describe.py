"""Before the first request: what a handler says of itself to those who will call it.

It changes nothing of what the handler does.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict, TypeVar, Unpack

from roob.constants import ContentType
from roob.openapi.words import (
    check_content,
    check_list,
    check_mapping,
    check_model,
    check_status,
)

Described = TypeVar("Described", bound=Callable[..., Any])

ATTRIBUTE = "__roob_openapi__"
# How docstrings begin the parts that are about Python: what is raised, given, returned.
_SECTION = re.compile(r"^(Args|Arguments|Raises|Returns|Yields|Examples?):\s*$", re.M)


@dataclass(frozen=True, slots=True)
class Schema:
    """A JSON Schema of one's own: ``Schema({"type": "object", ...}, "Employee")``.

    With a name it is kept once, among the document's components.
    """

    content: Mapping[str, Any]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: ``Answer(Book, "The book", {"ETag": "its version"})``.

    ``content`` is a type, a ``Schema``, or several by their media types,
    ``{"text/html": str}``; None is an answer without a body. ``headers`` are those
    that it always has, each with its meaning; ``optional_headers`` may be missing.
    """

    content: Any = None
    description: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    optional_headers: Mapping[str, str] = field(default_factory=dict)

    def by_type(self) -> Mapping[str, Any]:
        """The content by media type: ``Book -> {"application/json": Book}``."""
        return by_type(self.content)


class Words(TypedDict, total=False):
    """What can be said of a handler.

    ``path`` are types of the path's fields by name, where they say more than the
    route. ``query`` and ``headers`` are models, a parameter for each field; ``body`` is
    a type, or types by media type. ``responses`` are types, texts or ``Answer``s by
    status. ``security`` are the ways to show who one is, by the names that
    ``add_openapi`` knows: one of them will do, and ``[]`` is for everybody. ``hidden``
    leaves the handler out.
    """

    summary: str
    description: str
    operation_id: str
    path: Mapping[str, Any]
    query: Any
    headers: Any
    body: Any
    responses: Mapping[int, Any]
    tags: Sequence[str]
    security: Sequence[str | Mapping[str, Sequence[str]]]
    deprecated: bool
    hidden: bool


@dataclass(frozen=True, slots=True)
class Description:
    """What is said with :func:`describe`; what is empty was not said."""

    summary: str = ""
    description: str = ""
    operation_id: str = ""
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Any = None
    headers: Any = None
    body: Any = None
    responses: Mapping[int, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()
    security: Sequence[str | Mapping[str, Sequence[str]]] | None = None
    deprecated: bool = False
    hidden: bool = False

    def __post_init__(self) -> None:
        check_list("tags", self.tags)
        check_list("security", self.security or ())
        check_mapping("responses", self.responses, '{404: "No such book"}')
        check_mapping("path", self.path, '{"id": int}')
        check_content("body", self.body)
        for code, said in self.responses.items():
            check_status(code)
            check_content(f"responses[{code}]", as_answer(said).content)
        for word, model in (("query", self.query), ("headers", self.headers)):
            if model is not None and not isinstance(model, Schema):
                check_model(word, model)

    def answers(self) -> dict[int, Answer]:
        """The answers by status; a text describes, a type is what JSON is of.

        ``{200: Book, 404: "No such book"}``; an error that is only described has the
        body that Roob gives to errors.
        """
        return {int(code): as_answer(said) for code, said in self.responses.items()}

    def over(self, wider: "Description") -> "Description":
        """This one, and where it says nothing what a wider one says.

        Answers come together, those of this one first.
        """
        names = [name for name in self.__slots__ if not self._says(name)]
        merged = replace(self, **{name: getattr(wider, name) for name in names})
        return replace(merged, responses={**wider.responses, **self.responses})

    def _says(self, name: str) -> bool:
        said = getattr(self, name)
        return bool(said) or (name == "security" and said is not None)


def as_answer(said: Any) -> Answer:
    """``"No such book" -> Answer(None, "No such book")``; ``Book -> Answer(Book)``."""
    if isinstance(said, Answer):
        return said
    return Answer(None, said) if isinstance(said, str) else Answer(said)


def by_type(content: Any) -> Mapping[str, Any]:
    """Content by media type; what has none said is JSON."""
    if content is None:
        return {}
    is_told = isinstance(content, Mapping)
    return content if is_told else {ContentType.JSON.value: content}


def describe(**said: Unpack[Words]) -> Callable[[Described], Described]:
    """Tell the document of a handler, a verb of a class, or a whole class.

    ::

        @app.route("/books", allowed_methods=["GET"])
        @describe(query=PageQuery, responses={200: list[Book], 400: "No such page"})
        def books(request): ...

    See :class:`Words` for all that can be said. What a class says holds for each of
    its verbs that does not say otherwise; without ``summary`` and ``description`` the
    docstring speaks.

    Raises:
        TypeError: a keyword is none of those, or what it is given is of no use.
        ValueError: there is no such status.
    """
    new = Description(**said)

    def keep(handler: Described) -> Described:
        earlier = vars(handler).get(ATTRIBUTE)
        setattr(handler, ATTRIBUTE, new.over(earlier) if earlier else new)
        return handler

    return keep


def description_of(*speakers: object) -> Description:
    """What was said, the nearest speaker first: ``(method, class)``."""
    found = Description()
    for speaker in speakers:
        for said in _said(speaker):
            found = found.over(said)
    return found


def _said(speaker: object) -> Iterator[Description]:
    """By the speaker, and by what it wraps."""
    for each in unwrapped(speaker):
        said = getattr(each, ATTRIBUTE, None)
        if isinstance(said, Description):
            yield said


def unwrapped(handler: Any) -> Iterator[Any]:
    """A handler, what it wraps, what that wraps ... and a method's function."""
    seen = set[int]()
    while handler is not None and id(handler) not in seen:
        seen.add(id(handler))
        yield handler
        handler = getattr(handler, "__wrapped__", getattr(handler, "__func__", None))


def words_of(handler: Any) -> tuple[str, str]:
    """Summary and description, by the docstring: its first sentence, and the rest.

    What it tells Python's callers, ``Raises:`` and the like, is left out.
    """
    docs = (own_docstring(each) for each in unwrapped(handler))
    text = _SECTION.split(next(filter(None, docs), ""))[0].strip()
    summary, _, rest = text.partition("\n\n")
    return " ".join(summary.split()), rest.strip()


def own_docstring(handler: Any) -> str:
    """Of the handler itself; an object that is called speaks by its class."""
    is_code = inspect.isroutine(handler) or inspect.isclass(handler)
    return inspect.cleandoc((handler if is_code else type(handler)).__doc__ or "")
