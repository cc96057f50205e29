"""The inventory's nouns, frozen: repositories make them, services decide on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import reduce
from typing import Generic, TypeVar

T = TypeVar("T")

UNCATEGORIZED = "uncategorized"
LOOK_BACK = 100  # movements, among which one that is missing is still waited for


@dataclass(frozen=True, slots=True)
class Brand:
    """Who makes a product: ``Brand(1, "Samsung")``."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Category:
    """A shelf, possibly inside another: ``Category(2, "mobile", parent_id=1)``."""

    id: int
    name: str
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Supplier:
    """Who delivers products: ``Supplier(1, "Nordwind", "orders@nordwind.example")``."""

    id: int
    name: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold. ``version`` grows by one with every change of it."""

    id: int
    name: str
    brand: Brand
    category: Category
    version: int = 1


class StockStatus(StrEnum):
    """What a stock level means to whoever orders."""

    OUT = "out"
    LOW = "low"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class StockLevel:
    """How many units of a product are there, in units.

    At ``reorder_point`` and below the level is low; a delivery fills it up to
    ``target``: ``StockLevel(1, quantity=4).status -> StockStatus.LOW``.
    """

    product_id: int
    quantity: int
    reorder_point: int = 5
    target: int = 20

    @property
    def status(self) -> StockStatus:
        """Out, low or ok."""
        if self.quantity == 0:
            return StockStatus.OUT
        is_low = self.quantity <= self.reorder_point
        return StockStatus.LOW if is_low else StockStatus.OK


@dataclass(frozen=True, slots=True)
class Movement:
    """Units that came (positive) or went (negative), and what remained after."""

    id: int
    product_id: int
    quantity: int
    reason: str
    balance: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Activity:
    """A movement and the product it moved."""

    movement: Movement
    product: Product


@dataclass(frozen=True, slots=True)
class Position:
    """How far a reader of the movements has come: to ``last``, but for ``missing``.

    A movement gets its number before it is kept, so number 12 may be there before 11:
    ``Position(12, missing=(11,))`` has seen the one and still waits for the other.
    What is missing among the ``LOOK_BACK`` before the last one was refused, perhaps,
    and then never comes; what is further back is no longer waited for.
    """

    last: int = 0
    missing: tuple[int, ...] = ()

    @classmethod
    def of(cls, movement_ids: Iterable[int]) -> "Position":
        """Where a reader is who saw these alone: ``{9, 12} -> Position(12, (10, 11))``.

        What was before the first of them is not waited for; no movement is number 0.
        """
        numbers = sorted(movement_ids)
        start = cls(numbers[0] - 1) if numbers else cls()
        return reduce(cls.after, numbers, start)

    def has(self, movement_id: int) -> bool:
        """Whether the reader has seen that movement, or gave it up."""
        return movement_id <= self.last and movement_id not in self.missing

    def is_beyond(self, other: "Position") -> bool:
        """Whether it is behind the last movement that the other knows of."""
        return self.last > other.last

    def after(self, movement_id: int) -> "Position":
        """Where the reader is who saw that movement too."""
        last = max(self.last, movement_id)
        nearest = last - LOOK_BACK
        skipped = range(max(self.last, nearest) + 1, last)
        waited = (each for each in (*self.missing, *skipped) if each > nearest)
        return Position(last, tuple(each for each in waited if each != movement_id))


@dataclass(frozen=True, slots=True)
class Change:
    """A movement, its product, and the stock level that it led to."""

    movement: Movement
    product: Product
    level: StockLevel


@dataclass(frozen=True, slots=True)
class Line:
    """One product and how many of it there are."""

    product: Product
    stock: StockLevel


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole stock: how many products, units, low levels and empty levels."""

    products: int
    units: int
    low: int
    out: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines are wanted: by words, by status, or all: ``Filter("apple")``."""

    query: str = ""
    status: StockStatus | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list is wanted: ``PageRequest(page=2, size=10)``."""

    page: int = 1
    size: int = 20


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One part of a list, and how long the whole is."""

    items: Sequence[T]
    page: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.size))
