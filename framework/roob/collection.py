"""A RESTful collection: one class for a list and for each thing in it.

A request comes here from its route, as from ``views``, and leaves by a member of the
class: ``/fred/`` by ``list``, ``/fred/7`` by ``retrieve``.
"""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar
from urllib.parse import quote

import webob
from jinja2 import TemplateNotFound

from roob.common_handlers import (
    CommonHandlers,
    error_response,
    options_response,
    shown_path,
)
from roob.constants import VERBS, HttpStatus, Status
from roob.dispatchers import keyword
from roob.exceptions import MethodNotAllowed, ResponseError
from roob.formats import Content, Format, Html, Templated, chosen
from roob.framework import Roob
from roob.headers import HeaderItems
from roob.helpers import answered
from roob.models.requests import Request
from roob.models.responses import Response, vary_by

# name of the member -> (whether it is about one thing, methods)
_MEMBERS: Mapping[str, tuple[bool, tuple[str, ...]]] = MappingProxyType(
    {
        "list": (False, ("GET",)),
        "create": (False, ("POST",)),
        "retrieve": (True, ("GET",)),
        "update": (True, ("PUT", "PATCH")),
        "delete": (True, ("DELETE",)),
    }
)
_NOUN = re.compile(r"(get|post)_([a-z][a-z0-9_]*)")


@dataclass(frozen=True)
class Place:
    """Where in a collection a URL leads: ``"7;edit_form" -> Place("7", "edit_form")``.

    Without an ``id`` it is the list's. ``extension`` names a format: ``"7.json"``.
    """

    id: str = ""
    noun: str = ""
    extension: str = ""


# Which members a kind of place has, by method.
Members = Mapping[tuple[bool, str], Mapping[str, str]]


class Collection:
    """A list and its things, at ``/{view}/[{id}][;{noun}]``; one object per request.

    ::

        class FredCollection(Collection):
            def list(self): ...            # GET /fred/
            def create(self): ...          # POST /fred/
            def retrieve(self, id): ...    # GET /fred/7
            def update(self, id): ...      # PUT and PATCH /fred/7
            def delete(self, id): ...      # DELETE /fred/7
            def get_stats(self): ...       # GET /fred/;stats
            def post_raise(self, id): ...  # POST /fred/7;raise

    A member that returns a dict or None renders ``templates/fred/<member>.html``, or
    ``.txt``, ``.xml`` ..., by the URL's extension or ``Accept``; whatever else it
    returns is the answer as of any handler. Members that are missing answer 405 where
    the URL has another method, else 404.
    """

    formats: ClassVar[Sequence[Format]] = (
        Html(),
        *map(Templated, ("txt", "xml", "json", "csv", "atom")),
    )
    members: ClassVar[Members] = MappingProxyType({})

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.members = _members_of(cls)

    def __init__(
        self, request: Request, app: Roob, name: str, place: Place | None = None
    ) -> None:
        self.request = request
        self.app = app
        self.name = name
        self.place = place or Place()

    @classmethod
    def register(cls, app: Roob, path: str, name: str) -> None:
        """Serve it at a path of its own, which may have fields.

        ``CommentsOfPost.register(app, "/posts/{post:d}/comments", "comments")``, with
        its templates in ``templates/comments``; ``self.parameters["post"]`` is then
        the post's number.

        Raises:
            RuntimeError, ValueError: as ``RouteManager.register``.
        """
        endpoint = CollectionEndpoint(cls, app, name)
        for whole in (path, f"{path}/{{member}}"):
            app.add_route(whole, endpoint, VERBS, name=name, dispatcher=keyword)

    @classmethod
    def addresses(cls) -> list[tuple[str, tuple[str, ...], str]]:
        """What it answers: ``[("/", ("GET",), "list"), ("/{id}", ("GET",), ...)]``."""
        found: dict[tuple[str, str], list[str]] = {}
        for (is_one, noun), methods in cls.members.items():
            path = ("/{id}" if is_one else "/") + (f";{noun}" if noun else "")
            for method, member in methods.items():
                found.setdefault((path, member), []).append(method)
        return [(path, tuple(verbs), member) for (path, member), verbs in found.items()]

    @classmethod
    def described(cls, _member: str) -> Mapping[str, Any]:
        """What an API's document can say of a member by itself: nothing.

        As the keywords of ``roob.openapi.describe``.
        """
        return {}

    @property
    def title(self) -> str:
        """The name as people read it: ``"blog_posts" -> "Blog posts"``."""
        return self.name.replace("_", " ").capitalize()

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What the fields of its path took: ``/posts/3/comments/ -> {"post": 3}``."""
        given = self.request.path_parameters
        return {k: v for k, v in given.items() if k not in ("view", "member")}

    def address(self, id: object = None, noun: str = "") -> str:
        """A path in this collection: ``(7, "edit_form") -> "/fred/7;edit_form"``.

        It begins with ``SCRIPT_NAME``, where the application is mounted.
        """
        text = "" if id is None else str(id)
        extensions = tuple(f".{each.extension}" for each in self.formats)
        # Browsers take the segments "." and ".." away (RFC 3986 5.2.4).
        is_ambiguous = ";" in text or text.endswith(extensions) or text in (".", "..")
        end = f";{noun}" if noun or is_ambiguous else ""
        return f"{self._base}/{quote(text, safe='')}{end}"

    @property
    def _base(self) -> str:
        environ = self.request.environ
        path = environ.get("PATH_INFO", "").rstrip("/")
        if "member" in self.request.path_parameters:
            path = path.rpartition("/")[0]
        raw = environ.get("SCRIPT_NAME", "") + path
        return quote(raw.encode("latin-1"), safe="/")

    def answer(self) -> Any:
        """What the member says that the URL and the method lead to."""
        members = self.members.get((self.place.id != "", self.place.noun), {})
        method = self.request.method
        member = members.get("GET" if method == "HEAD" else method)
        if member is None:
            return self._answer_missing(members)
        arguments = (self.place.id,) if self.place.id else ()
        result = getattr(self, member)(*arguments)
        if result is None or type(result) is dict:
            return self.render(member, result or {})
        return result

    def _answer_missing(self, members: Mapping[str, str]) -> webob.Response:
        if not members:
            return CommonHandlers.url_not_found_handler(self.request)
        allowed = answered(members)
        if self.request.method == "OPTIONS":
            return options_response(allowed)
        path = shown_path(self.request)
        refused = MethodNotAllowed(self.request.method, path, allowed)
        return error_response(self.request, refused)

    def render(
        self,
        member: str,
        content: Content,
        status: Status = HttpStatus.OK,
        headers: HeaderItems | None = None,
        form: Format | None = None,
    ) -> Response:
        """A member's content in a format: the one that was asked for, if none is given.

        Raises:
            ResponseError: 404, the URL's extension is of none; 406, ``Accept`` is.
            jinja2.TemplateNotFound: it has no template.
        """
        usable = [each for each in self.formats if each.renders(self, member)]
        form = form or self.asked_for(member, usable)
        response = form.render(self, member, content)
        response.status = status
        response.add_headers(headers or {})
        if len(usable) > 1 and not self.place.extension:
            vary_by(response, "Accept")
        return response

    def asked_for(self, member: str, usable: Sequence[Format]) -> Format:
        """The format of some that the URL or ``Accept`` asks for.

        Raises:
            ResponseError, jinja2.TemplateNotFound: as :meth:`render`.
        """
        found = chosen(self.request, self.place.extension, usable)
        if found is not None:
            return found
        if not usable and isinstance(self.formats[0], Templated):
            raise TemplateNotFound(self.formats[0].path(self, member))
        if self.place.extension or not usable:
            path = shown_path(self.request)
            raise ResponseError(f"Requested path: {path} does not exist", 404)
        types = ", ".join(each.media_type for each in usable)
        raise ResponseError(
            f"This can be had as {types}",
            HttpStatus.NOT_ACCEPTABLE,
            {"Vary": "Accept"},
        )

    def context(self, content: Content) -> Content:
        """What templates are given: the content, and what every page needs."""
        request = self.request
        always = {"request": request, "root": request.script_name, "collection": self}
        return {**always, **content}

    def has_data(self, _member: str) -> bool:
        """Whether JSON may show what a member returned, if it is among the formats."""
        return True

    def data(self, _member: str, content: Content) -> Any:
        """What JSON shows of it: all."""
        return content


class CollectionEndpoint:
    """What a route calls: it makes the collection for one request."""

    def __init__(self, kind: type[Collection], app: Roob, name: str) -> None:
        self.kind = kind
        self.app = app
        self.name = name

    def __call__(self, request: Request, **parameters: Any) -> Any:
        """The answer of a member."""
        place = place_of(parameters.get("member", ""), self.kind.formats)
        return self.kind(request, self.app, self.name, place).answer()


def place_of(text: str, formats: Sequence[Format]) -> Place:
    """What stands behind a collection's slash: ``"7;edit_form"``, ``"7.json"``."""
    extension = next(
        (f.extension for f in formats if text.endswith(f".{f.extension}")), ""
    )
    text = text.removesuffix(f".{extension}") if extension else text
    id_, semicolon, noun = text.rpartition(";")
    return Place(id_, noun, extension) if semicolon else Place(noun, "", extension)


def _members_of(kind: type[Collection]) -> Members:
    found: dict[tuple[bool, str], dict[str, str]] = {}
    for name, is_one, noun, methods in _named_members(kind):
        found.setdefault((is_one, noun), {}).update(dict.fromkeys(methods, name))
    return found


def _named_members(
    kind: type[Collection],
) -> Iterator[tuple[str, bool, str, tuple[str, ...]]]:
    for name, (is_one, methods) in _MEMBERS.items():
        if callable(getattr(kind, name, None)):
            yield name, is_one, "", methods
    for name in sorted(dir(kind)):
        match = _NOUN.fullmatch(name)
        if match is not None and callable(getattr(kind, name)):
            method, noun = match.groups()
            for is_one in _levels(kind, name):
                yield name, is_one, noun, (method.upper(),)


def _levels(kind: type[Collection], name: str) -> list[bool]:
    """Whether a noun is about one thing, about the list, or about both.

    By its parameters: ``get_stats(self)``, ``get_stats(self, id)``, ``id=None``.
    """
    parameters = [*inspect.signature(getattr(kind, name)).parameters.values()]
    if inspect.isfunction(inspect.getattr_static(kind, name)):
        parameters = parameters[1:]  # self, which methods of the class have not
    if not parameters:
        return [False]
    has_default = parameters[0].default is not inspect.Parameter.empty
    return [True, False] if has_default else [True]
