"""What the services ask of the world: repositories, a unit of work, a clock.

Lists come whole and in the order of their ids: a repository promises no more
than every store can keep, so services choose pages from what they are given.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from demo_app.service.entities import (
    Brand,
    Category,
    Movement,
    Product,
    StockLevel,
    Supplier,
)

Clock = Callable[[], datetime]


class BrandRepository(Protocol):
    """The brands."""

    def all(self) -> list[Brand]:
        """Every brand."""
        ...

    def find(self, brand_id: int) -> Brand | None:
        """The brand with that id."""
        ...

    def named(self, name: str) -> Brand | None:
        """The brand with exactly that name."""
        ...

    def add(self, name: str) -> Brand:
        """Keep a new brand."""
        ...

    def update(self, brand: Brand) -> None:
        """Keep a brand as it is now."""
        ...

    def remove(self, brand_id: int) -> None:
        """Forget the brand."""
        ...


class CategoryRepository(Protocol):
    """The categories, flat: each names its parent."""

    def all(self) -> list[Category]:
        """Every category."""
        ...

    def find(self, category_id: int) -> Category | None:
        """The category with that id."""
        ...

    def named(self, name: str) -> Category | None:
        """The category with exactly that name."""
        ...

    def add(self, name: str, parent_id: int | None = None) -> Category:
        """Keep a new category."""
        ...

    def update(self, category: Category) -> None:
        """Keep a category as it is now."""
        ...

    def remove(self, category_id: int) -> None:
        """Forget the category."""
        ...


class SupplierRepository(Protocol):
    """The suppliers, and which of them deliver what."""

    def all(self) -> list[Supplier]:
        """Every supplier."""
        ...

    def find(self, supplier_id: int) -> Supplier | None:
        """The supplier with that id."""
        ...

    def named(self, name: str) -> Supplier | None:
        """The supplier with exactly that name."""
        ...

    def add(self, name: str, email: str | None = None) -> Supplier:
        """Keep a new supplier."""
        ...

    def update(self, supplier: Supplier) -> None:
        """Keep a supplier as it is now."""
        ...

    def remove(self, supplier_id: int) -> None:
        """Forget the supplier, and that it delivered anything."""
        ...

    def of_product(self, product_id: int) -> list[Supplier]:
        """Who delivers that product."""
        ...

    def products_of(self, supplier_id: int) -> list[Product]:
        """What that supplier delivers."""
        ...

    def link(self, supplier_id: int, product_id: int) -> None:
        """From now on the supplier delivers the product."""
        ...

    def unlink(self, supplier_id: int, product_id: int) -> None:
        """From now on it does not."""
        ...


class ProductRepository(Protocol):
    """The products, each with its brand and category."""

    def all(self) -> list[Product]:
        """Every product."""
        ...

    def find(self, product_id: int) -> Product | None:
        """The product with that id."""
        ...

    def in_category(self, category: Category) -> list[Product]:
        """The products that stand directly in that category."""
        ...

    def of_brand(self, brand: Brand) -> list[Product]:
        """The products of that brand."""
        ...

    def add(
        self, name: str, brand: Brand, category: Category, product_id: int | None = None
    ) -> Product:
        """Keep a new product; without an id it gets the next one."""
        ...

    def update(self, product: Product) -> None:
        """Keep a product as it is now."""
        ...

    def remove(self, product_id: int) -> None:
        """Forget the product with its stock, its movements and its suppliers."""
        ...


class StockRepository(Protocol):
    """Stock levels, one for each product, and the movements behind them."""

    def levels(self) -> list[StockLevel]:
        """The level of every product."""
        ...

    def level_of(self, product_id: int) -> StockLevel | None:
        """The level of that product."""
        ...

    def open(self, level: StockLevel) -> None:
        """Keep the level of a product that had none."""
        ...

    def update(self, level: StockLevel) -> None:
        """Keep a level as it is now."""
        ...

    def movements(self) -> list[Movement]:
        """Every movement, the oldest first."""
        ...

    def movements_of(self, product_id: int) -> list[Movement]:
        """The movements of that product, the oldest first."""
        ...

    def record(
        self, level: StockLevel, quantity: int, reason: str, at: datetime
    ) -> Movement:
        """Keep the movement that led to that level."""
        ...


class Store(Protocol):
    """Where the inventory is kept."""

    @property
    def brands(self) -> BrandRepository:
        """The brands."""
        ...

    @property
    def categories(self) -> CategoryRepository:
        """The categories."""
        ...

    @property
    def suppliers(self) -> SupplierRepository:
        """The suppliers."""
        ...

    @property
    def products(self) -> ProductRepository:
        """The products."""
        ...

    @property
    def stock(self) -> StockRepository:
        """The stock levels and movements."""
        ...

    def unit_of_work(self) -> AbstractContextManager[object]:
        """All changes inside it happen together or not at all, and no others between.

        Units of work take turns, those of other processes too: what is read inside
        one is still true when it ends.
        """
        ...
