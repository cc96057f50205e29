"""The JSON that goes out, field by field: what mypy checks and the API's page shows."""

from datetime import datetime
from typing import Generic, TypeVar

# Before Python 3.12 pydantic takes no others.
from typing_extensions import TypedDict

from demo_app.service.entities import StockStatus

T = TypeVar("T")


class Product(TypedDict):
    """A product."""

    id: int
    product_name: str
    brand: str


class ShelfProduct(TypedDict):
    """A product on its category's shelf."""

    product_id: int
    product_name: str
    brand: str


class FoundProduct(Product):
    """A product with its category's name."""

    category: str


class Brand(TypedDict):
    """Who makes products."""

    id: int
    name: str


class Category(TypedDict):
    """A shelf, possibly inside another."""

    id: int
    name: str
    parent_id: int | None


class CategoryWithPath(Category):
    """A category and the names on the way to it, its own the last."""

    path: list[str]


class CategoryNode(TypedDict):
    """A category between its parent and its children."""

    id: int
    name: str
    parent: Category | None
    children: list[Category]


class Supplier(TypedDict):
    """Who delivers products."""

    id: int
    name: str
    email: str | None


class StockLevel(TypedDict):
    """How many units there are, in units; at the reorder point the level is low."""

    product_id: int
    quantity: int
    reorder_point: int
    target: int
    status: StockStatus


class Movement(TypedDict):
    """Units that came (positive) or went (negative), and what remained after."""

    id: int
    product_id: int
    quantity: int
    reason: str
    balance: int
    at: datetime


class StockChange(StockLevel):
    """A movement, its product, and the level that it led to."""

    movement_id: int
    product_name: str
    moved: int
    reason: str
    at: datetime


class StockSummary(TypedDict):
    """The whole stock: products, units, low levels and empty levels."""

    products: int
    units: int
    low: int
    out: int


class StockReset(TypedDict):
    """The position that is not of this stock: begin anew, at the event's id."""

    after: str


class StockChanges(TypedDict):
    """The next changes, where a reader is after them, and the stock as it is now.

    After a reset there are none: the position that was sent is not of this stock.
    """

    is_reset: bool
    items: list[StockChange]
    position: str
    summary: StockSummary


class LiveMessage(TypedDict):
    """A live connection says: ``change``, ``summary`` or ``reset``; ``id``: where."""

    event: str
    id: str
    data: StockChange | StockSummary | StockReset


class ProductDetails(TypedDict):
    """All that is known of a product, its relations as objects."""

    id: int
    product_name: str
    brand: Brand
    category: CategoryWithPath
    version: int
    stock: StockLevel
    suppliers: list[Supplier]


class Health(TypedDict):
    """How the process is."""

    status: str


class Page(TypedDict, Generic[T]):
    """One part of a list; pages count from 1, and an empty list has one."""

    items: list[T]
    page: int
    size: int
    pages: int
    total: int
