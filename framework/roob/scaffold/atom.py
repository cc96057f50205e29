"""Atom: a list as a feed, a row as an entry, and an entry as a row (RFC 4287, 5023)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from roob.exceptions import BadRequest
from roob.formats import Content
from roob.models.requests import Request
from roob.models.responses import Response
from roob.orm.table import Table
from roob.scaffold.model_collection import ModelCollection

NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"

# What XML 1.0 has no letters for (2.2), not even escaped.
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What has no time is no news.
_NO_TIME = datetime.fromtimestamp(0, UTC)
_DECLARATIONS = ("<!DOCTYPE", "<!ENTITY")

ElementTree.register_namespace("", NAMESPACE)


class Atom:
    """A feed of rows: ``formats = (Html(), Atom("title", "body", "published"))``.

    It is told which columns are an entry's title, its text, and when it was changed
    last, a date or a time: a feed is nothing without that.
    """

    extension = "atom"
    media_type = MEDIA_TYPE
    is_page = False
    read_types: Sequence[str] = (MEDIA_TYPE,)

    def __init__(self, title: str, content: str, updated: str) -> None:
        self.title = title
        self.content = content
        self.updated = updated

    def renders(self, collection: Any, member: str) -> bool:
        """Whether it is a list or a row."""
        return bool(collection.has_data(member))

    def render(
        self, collection: ModelCollection[Any], member: str, content: Content
    ) -> Response:
        """A feed, or an entry."""
        if member == "list":
            kind, found = "feed", self._feed(collection, content)
        else:
            kind, found = "entry", self._entry(collection, content["row"])
            _author(found, collection)
        text = ElementTree.tostring(found, "utf-8", xml_declaration=True)
        # Readers take a bare one for the end of a line (XML 1.0, 2.11).
        text = text.replace(b"\r", b"&#13;")
        # Its parameter tells a reader which of both comes (RFC 5023 12.1).
        return Response(text, headers={"Content-Type": f"{MEDIA_TYPE};type={kind}"})

    def reads(self, media_type: str) -> bool:
        """Whether it is an entry."""
        return media_type == MEDIA_TYPE

    def read(self, request: Request) -> Content:
        """An entry's title, text and time, by the names of their columns.

        Raises:
            BadRequest: it is no entry; a declaration of types is refused unread, for
                its entities may grow without measure.
        """
        entry = _parsed(request.body)
        names = {"title": self.title, "content": self.content, "updated": self.updated}
        parts = {
            name: entry.find(f"{{{NAMESPACE}}}{tag}") for tag, name in names.items()
        }
        return {
            name: "".join(part.itertext())
            for name, part in parts.items()
            if part is not None
        }

    def _feed(self, collection: ModelCollection[Any], content: Content) -> Element:
        feed = Element(_tag("feed"))
        here = collection.request.host_url
        is_usual = collection.formats[0].extension == self.extension
        own = collection.address() + ("" if is_usual else f".{self.extension}")
        listing = replace(content["listing"], base=own)
        _text(feed, "id", here + own)
        _text(feed, "title", collection.title)
        _text(feed, "updated", self._latest(content["rows"]).isoformat())
        _author(feed, collection)
        for relation, number in _pages(content).items():
            _link(feed, relation, here + listing.address(page=number))
        feed.extend(self._entry(collection, row) for row in content["rows"])
        return feed

    def _entry(self, collection: ModelCollection[Any], row: Table) -> Element:
        entry, address = Element(_tag("entry")), collection.address_of(row)
        _text(entry, "id", collection.request.host_url + address)
        _text(entry, "title", str(vars(row)[self.title] or ""))
        _text(entry, "updated", self._changed(row).isoformat())
        _link(entry, "alternate", collection.request.host_url + address)
        _text(entry, "content", str(vars(row)[self.content] or ""), type="text")
        return entry

    def _changed(self, row: Table) -> datetime:
        """When a row was changed; a date counts from its midnight in UTC."""
        found: date | datetime | None = vars(row)[self.updated]
        if found is None:
            return _NO_TIME
        if isinstance(found, datetime):
            return found.astimezone(UTC)
        return datetime(found.year, found.month, found.day, tzinfo=UTC)

    def _latest(self, rows: Iterable[Table]) -> datetime:
        """When the feed was changed; an empty one is as of now."""
        return max(map(self._changed, rows), default=datetime.now(UTC))


def _parsed(body: bytes) -> Element:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise BadRequest("The entry is not in UTF-8") from error
    if any(word in text for word in _DECLARATIONS):
        raise BadRequest("The entry declares types or entities, which are not read")
    try:
        entry = ElementTree.fromstring(text)  # noqa: S314 - nothing is declared in it
    except ElementTree.ParseError as error:
        raise BadRequest(f"The entry is not XML: {error}") from error
    if entry.tag != _tag("entry"):
        raise BadRequest(f"The root is no entry of {NAMESPACE}")
    return entry


def _pages(content: Content) -> Mapping[str, int]:
    """Which pages a feed leads to (RFC 5005 3)."""
    page, pages = content["page"], content["pages"]
    found = {"self": page, "first": 1, "previous": page - 1, "next": page + 1}
    return {name: n for name, n in {**found, "last": pages}.items() if 1 <= n <= pages}


def _author(parent: Element, collection: ModelCollection[Any]) -> None:
    author = SubElement(parent, _tag("author"))
    _text(author, "name", collection.request.host)


def _link(parent: Element, relation: str, address: str) -> None:
    SubElement(parent, _tag("link"), rel=relation, href=address)


def _text(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, _tag(name), attributes).text = _UNFIT.sub("\ufffd", text)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
