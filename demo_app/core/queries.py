"""A request's query on its way to the service: which page, which words, since when."""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from roob.exceptions import BadRequest
from roob.models.requests import Request

from demo_app.core.bodies import Model, checked
from demo_app.service.entities import (
    LOOK_BACK,
    Filter,
    PageRequest,
    Position,
    StockStatus,
)

MAX_PAGE = 1_000_000
MAX_SIZE = 100

# No more digits than a number of 64 bits has for certain.
POSITION = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}(?:\.[0-9]{1,18})*))?")

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]


class PageQuery(BaseModel):
    """``?page=2&size=50``; other fields are none of its business."""

    model_config = ConfigDict(frozen=True)

    page: int = Field(1, ge=1, le=MAX_PAGE)
    size: int = Field(20, ge=1, le=MAX_SIZE)

    def to_page_request(self) -> PageRequest:
        """The service's noun for it."""
        return PageRequest(self.page, self.size)


class SearchQuery(PageQuery):
    """``?q=apple+laptop``, and which page of what is found."""

    q: Annotated[Words, StringConstraints(min_length=1)]


class DashboardQuery(PageQuery):
    """``?q=apple&show=low``, and which page of it."""

    size: int = Field(60, ge=1, le=MAX_SIZE)
    q: Words = ""
    show: StockStatus | None = None

    def to_filter(self) -> Filter:
        """The service's noun for it."""
        return Filter(self.q, self.show)

    def at_page(self, page: int) -> dict[str, object]:
        """The same query for another page, to make a link of."""
        return {**self.model_dump(exclude_defaults=True), "page": page}


class LiveQuery(BaseModel):
    """``?after=12``: what moved since that position is wanted too."""

    model_config = ConfigDict(frozen=True)

    after: Annotated[str, StringConstraints(max_length=2000)] = ""


def read_query(request: Request, model: type[Model]) -> Model:
    """The request's query as the model: ``read_query(request, SearchQuery).q``.

    Raises:
        BadRequest: a field is missing or makes no sense; the message names it.
    """
    return checked(model, dict(request.GET))


def wanted_page(request: Request) -> PageRequest:
    """Which page is asked for: ``?page=2 -> PageRequest(page=2, size=20)``.

    Raises:
        BadRequest: it is no number, or out of bounds.
    """
    return read_query(request, PageQuery).to_page_request()


def position_of(text: str) -> Position:
    """What ``position_text`` wrote, read: ``"12-9.11" -> Position(12, (9, 11))``.

    Raises:
        BadRequest: it is none.
    """
    found = POSITION.fullmatch(text)
    if found is None:
        raise BadRequest('a position was expected, as this API gives them: "12"')
    missing = found[2].split(".") if found[2] else []
    return checked_position(int(found[1]), sorted({int(each) for each in missing}))


def checked_position(last: int, missing: list[int]) -> Position:
    """The position of these.

    Raises:
        BadRequest: what is missing is not shortly before the last one.
    """
    if missing and not last - LOOK_BACK < missing[0] <= missing[-1] < last:
        raise BadRequest(f"position {last}: what is missing is not shortly before it")
    return Position(last, tuple(missing))
