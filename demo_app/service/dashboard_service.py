"""The dashboard: the whole inventory at a glance, as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from demo_app.service.category_tree import path
from demo_app.service.entities import (
    Category,
    Movement,
    Page,
    PageRequest,
    Product,
    StockLevel,
    StockStatus,
    page_of,
)
from demo_app.service.ports import Store
from demo_app.service.product_service import matches

RECENT = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One product and how many of it there are."""

    product: Product
    stock: StockLevel


@dataclass(frozen=True, slots=True)
class Shelf:
    """One category with the lines that are shown of it, and the way to it."""

    category: Category
    above: list[Category]
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Summary:
    """The tiles: how many products, units, low levels and empty levels there are."""

    products: int
    units: int
    low: int
    out: int


@dataclass(frozen=True, slots=True)
class Activity:
    """A movement and the product it moved."""

    movement: Movement
    product: Product


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page; ``page`` holds the lines that ``shelves`` arranges."""

    summary: Summary
    page: Page[Line]
    shelves: list[Shelf]
    recent: list[Activity]
    brands: list[str]
    categories: list[str]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines are wanted: by words, by status, or all: ``Filter("apple")``."""

    query: str = ""
    status: StockStatus | None = None

    def accepts(self, line: Line) -> bool:
        """Whether the line is wanted."""
        if self.status not in (None, line.stock.status):
            return False
        return matches(line.product, self.query)


class DashboardService:
    """Reads the inventory for the page, in a number of reads that does not grow."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get_overview(self, wanted: Filter, page: PageRequest) -> Overview:
        """The tiles, one page of lines on their shelves, and the latest movements."""
        categories = self._store.categories.all()
        lines = self._lines()
        shown = page_of([line for line in lines if wanted.accepts(line)], page)
        return Overview(
            summarize(lines),
            shown,
            arrange(shown.items, categories),
            self._recent([line.product for line in lines]),
            sorted(brand.name for brand in self._store.brands.all()),
            sorted(category.name for category in categories),
        )

    def _lines(self) -> list[Line]:
        levels = {level.product_id: level for level in self._store.stock.levels()}
        products = sorted(self._store.products.all(), key=_shelf_order)
        return [
            Line(product, levels.get(product.id, StockLevel(product.id, 0)))
            for product in products
        ]

    def _recent(self, products: list[Product]) -> list[Activity]:
        by_id = {product.id: product for product in products}
        latest = self._store.stock.movements()[: -RECENT - 1 : -1]
        # A product may go between the two reads, and its movements with it.
        return [
            Activity(movement, by_id[movement.product_id])
            for movement in latest
            if movement.product_id in by_id
        ]


def summarize(lines: list[Line]) -> Summary:
    """The tiles' numbers."""
    statuses = [line.stock.status for line in lines]
    return Summary(
        products=len(lines),
        units=sum(line.stock.quantity for line in lines),
        low=statuses.count(StockStatus.LOW),
        out=statuses.count(StockStatus.OUT),
    )


def arrange(lines: Sequence[Line], categories: list[Category]) -> list[Shelf]:
    """The lines, which come in the order of their shelves, on their shelves."""
    return [
        Shelf(category, path(categories, category)[:-1], list(group))
        for category, group in groupby(lines, lambda line: line.product.category)
    ]


def _shelf_order(product: Product) -> tuple[int, int]:
    return product.category.id, product.id
