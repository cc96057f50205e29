"""The dashboard: the whole inventory at a glance, as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from demo_app.service.category_tree import path
from demo_app.service.entities import (
    Activity,
    Category,
    Filter,
    Line,
    Page,
    PageRequest,
    Position,
    Summary,
)
from demo_app.service.ports import Store

RECENT = 8


@dataclass(frozen=True, slots=True)
class Shelf:
    """One category with the lines that are shown of it, and the way to it."""

    category: Category
    above: list[Category]
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page; ``page`` holds the lines that ``shelves`` arranges.

    Who looks at it has seen the movements up to ``position``.
    """

    summary: Summary
    page: Page[Line]
    shelves: list[Shelf]
    recent: list[Activity]
    position: Position
    brands: list[str]
    categories: list[str]


class DashboardService:
    """Reads the inventory for the page, in a number of reads that does not grow."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get_overview(self, wanted: Filter, page: PageRequest) -> Overview:
        """The tiles, one page of lines on their shelves, and the latest movements."""
        # Read first: what moves while the rest is read is then shown twice, not never.
        recent = self._store.stock.latest(RECENT)
        shown = self._store.stock.lines(wanted, page)
        categories = self._store.categories.all()
        return Overview(
            self._store.stock.summary(),
            shown,
            arrange(shown.items, categories),
            recent,
            Position.of(activity.movement.id for activity in recent),
            sorted(brand.name for brand in self._store.brands.all()),
            sorted(category.name for category in categories),
        )


def arrange(lines: Sequence[Line], categories: list[Category]) -> list[Shelf]:
    """The lines, which come in the order of their shelves, on their shelves."""
    return [
        Shelf(category, path(categories, category)[:-1], list(group))
        for category, group in groupby(lines, lambda line: line.product.category)
    ]
