"""What a collection's member returned becomes an answer, in the form asked for.

A format writes answers and, where it can, reads what clients send in it.
"""

from collections.abc import Mapping, Sequence
from mimetypes import guess_type
from typing import Any, Protocol

from jinja2 import TemplateNotFound

from roob.constants import FORM_TYPES, ContentType
from roob.exceptions import BadRequest
from roob.framework import Roob
from roob.models.requests import Request
from roob.models.responses import JSONResponse, Response

Content = Mapping[str, Any]


class Represented(Protocol):
    """What a format has to know of a collection."""

    app: Roob
    name: str

    def context(self, content: Content) -> Content:
        """What a template is given."""
        ...

    def has_data(self, member: str) -> bool:
        """Whether a member's content can be said without a page."""
        ...

    def data(self, member: str, content: Content) -> Any:
        """The content as plain data."""
        ...


class Format(Protocol):
    """One way to write a collection, as a URL's extension or ``Accept`` names it."""

    extension: str
    media_type: str
    is_page: bool
    read_types: Sequence[str]

    def renders(self, collection: Any, member: str) -> bool:
        """Whether a member can be shown in it."""
        ...

    def render(self, collection: Any, member: str, content: Content) -> Response:
        """The answer."""
        ...

    def reads(self, media_type: str) -> bool:
        """Whether a body of that type is read by it."""
        ...

    def read(self, request: Request) -> Content:
        """What a client sent, by name.

        Raises:
            BadRequest: it cannot be understood.
        """
        ...


class Templated:
    """Answers by template: ``Templated("txt")`` fills ``templates/fred/list.txt``.

    The content type follows from the extension.
    """

    is_page = False
    read_types: Sequence[str] = ()

    def __init__(self, extension: str) -> None:
        self.extension = extension
        self.media_type = guess_type(f"x.{extension}")[0] or "text/plain"

    def renders(self, collection: Represented, member: str) -> bool:
        """Whether there is a template."""
        try:
            collection.app.templates_env.get_template(self.path(collection, member))
        except TemplateNotFound:
            return False
        return True

    def render(
        self, collection: Represented, member: str, content: Content
    ) -> Response:
        """The template, filled in."""
        path = self.path(collection, member)
        text = collection.app.template(path, collection.context(content))
        return Response(
            text.encode(), headers={"Content-Type": f"{self.media_type}; charset=UTF-8"}
        )

    def path(self, collection: Represented, member: str) -> str:
        """Where the template lies: ``"fred/list.html"``."""
        return f"{collection.name}/{member}.{self.extension}"

    def reads(self, _media_type: str) -> bool:
        """Never: a template only writes."""
        return False

    def read(self, _request: Request) -> Content:
        """Nothing."""
        return {}


class Html(Templated):
    """Pages by template, and the forms that they send."""

    is_page = True
    read_types: Sequence[str] = FORM_TYPES

    def __init__(self) -> None:
        super().__init__("html")

    def reads(self, media_type: str) -> bool:
        """Whether it is a form's."""
        return media_type in self.read_types

    def read(self, request: Request) -> Content:
        """The form's texts; of several with one name the last.

        Raises:
            BadRequest, ContentTooLarge: as ``Request.POST``.
        """
        return {k: text for k, text in request.POST.items() if isinstance(text, str)}


class Json:
    """JSON, written from what ``Collection.data`` gives."""

    extension = "json"
    media_type = ContentType.JSON.value
    is_page = False
    read_types: Sequence[str] = (ContentType.JSON.value,)

    def renders(self, collection: Represented, member: str) -> bool:
        """Whether the member has data."""
        return collection.has_data(member)

    def render(
        self, collection: Represented, member: str, content: Content
    ) -> Response:
        """The data."""
        return JSONResponse(collection.data(member, content))

    def reads(self, media_type: str) -> bool:
        """Whether ``Request.json`` may take it; curl says that it sends a form."""
        is_json = media_type == self.media_type or media_type.endswith("+json")
        return is_json or media_type in ("", ContentType.FORM)

    def read(self, request: Request) -> Content:
        """The body's object.

        Raises:
            BadRequest: it is no JSON, or no object.
            UnsupportedMediaType, ContentTooLarge: as ``Request.json``.
        """
        found = request.json
        if not isinstance(found, dict):
            raise BadRequest("The request body is no JSON object")
        return found


def chosen(request: Request, extension: str, usable: Sequence[Format]) -> Format | None:
    """The format that a URL's extension names, else the one that is liked best.

    ``Accept`` says how much each is liked (RFC 9110 12.5.1); the first of equals wins.
    None where nothing fits.
    """
    if extension:
        return next((each for each in usable if each.extension == extension), None)
    liked = request.accept.acceptable_offers([each.media_type for each in usable])
    best = liked[0][0] if liked else ""
    return next((each for each in usable if each.media_type == best), None)
