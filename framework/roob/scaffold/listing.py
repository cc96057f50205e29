"""What a list's URL asks for: ``/employees/?q=ada&sort=-title&page=2``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from roob.exceptions import BadRequest
from roob.orm.expressions import Condition, Ordering, or_
from roob.scaffold.fields import Field

# Each word is looked for in each text of each row.
_LONGEST_SEARCH = 100  # characters
_MOST_WORDS = 8
_LAST_PAGE = 10**9


@dataclass(frozen=True)
class Listing:
    """Which part of a list, in which order: ``page`` counts from 1.

    ``sort`` is a field's name, with ``-`` before it the largest come first.
    """

    base: str
    fields: Sequence[Field]
    page: int = 1
    sort: str = ""
    q: str = ""

    @classmethod
    def read(
        cls, base: str, query: Mapping[str, str], fields: Sequence[Field]
    ) -> "Listing":
        """From a URL's query.

        Raises:
            BadRequest: page is no number, sort no field's name, or q too long.
        """
        page, sort = _page(query.get("page", "1")), query.get("sort", "")
        known = [field.name for field in fields if field.order is not None]
        if sort and sort.removeprefix("-") not in known:
            raise BadRequest(f"sort={sort} is none of {', '.join(known)}")
        return cls(base, fields, page, sort, _search(query.get("q", "")))

    @property
    def can_search(self) -> bool:
        """Whether there is a text to search in."""
        return any(field.is_searched for field in self.fields)

    def order(self) -> list[Ordering]:
        """What the rows are sorted by; by their keys where nothing is asked for."""
        column = self._sorted_by()
        if column is None:
            return []
        return [column.desc() if self.sort.startswith("-") else column.asc()]

    def _sorted_by(self) -> Any:
        name = self.sort.removeprefix("-")
        return next((each.order for each in self.fields if each.name == name), None)

    def conditions(self) -> list[Condition]:
        """That each word searched for stands in some text."""
        texts = [field.column for field in self.fields if field.is_searched]
        return [
            or_(*(text.contains(word, ignore_case=True) for text in texts))
            for word in dict.fromkeys(self.q.split())
            if texts
        ]

    def direction(self, name: str) -> str:
        """How the list is sorted by a field, in ARIA's words: ``"ascending"``."""
        if self.sort.removeprefix("-") != name:
            return "none"
        return "descending" if self.sort.startswith("-") else "ascending"

    def address(self, *, page: int = 1, sort: str | None = None) -> str:
        """The URL of another page, or of another order, which the same one turns round.

        ``listing.address(page=3) -> "/employees/?q=ada&page=3"``.
        """
        order = self.sort
        if sort is not None:
            order = f"-{sort}" if self.sort == sort else sort
        other = replace(self, page=page, sort=order)
        asked = {"q": other.q, "sort": other.sort, "page": other.page}
        query = {k: v for k, v in asked.items() if v not in ("", 1)}
        return f"{self.base}?{urlencode(query)}" if query else self.base


def _search(text: str) -> str:
    q = text.strip()
    is_long = len(q) > _LONGEST_SEARCH or len({*q.split()}) > _MOST_WORDS
    if is_long or "\0" in q:
        raise BadRequest(
            f"q has at most {_MOST_WORDS} words of {_LONGEST_SEARCH} characters "
            "together, and no NUL"
        )
    return q


def _page(text: str) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) < 11
    if not is_number or not 1 <= int(text) <= _LAST_PAGE:
        raise BadRequest(f"page={text} is no page: pages count from 1")
    return int(text)
