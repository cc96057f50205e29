"""What the services ask of the world: repositories, a unit of work, a clock.

Lists come in the order of their ids where nothing else is said.  Those that grow come
page by page, and a page takes no longer because more lies behind it.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol, TypeVar

from demo_app.service.entities import (
    Activity,
    Brand,
    Category,
    Filter,
    Line,
    Movement,
    Page,
    PageRequest,
    Position,
    Product,
    StockLevel,
    Summary,
    Supplier,
)

Clock = Callable[[], datetime]
T = TypeVar("T")


class BrandRepository(Protocol):
    """The brands."""

    def all(self) -> list[Brand]:
        """Every brand."""
        ...

    def page(self, wanted: PageRequest) -> Page[Brand]:
        """One page of the brands."""
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

    def page(self, wanted: PageRequest) -> Page[Category]:
        """One page of the categories."""
        ...

    def inside(self, category: Category) -> list[Category]:
        """The categories that stand directly in that one."""
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

    def page(self, wanted: PageRequest) -> Page[Supplier]:
        """One page of the suppliers."""
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

    def products_of(self, supplier_id: int, wanted: PageRequest) -> Page[Product]:
        """One page of what that supplier delivers."""
        ...

    def delivers(self, supplier_id: int, product_id: int) -> bool:
        """Whether the supplier delivers the product."""
        ...

    def link(self, supplier_id: int, product_id: int) -> None:
        """From now on the supplier delivers the product, as it did not so far."""
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

    def search(self, query: str, wanted: PageRequest) -> Page[Product]:
        """One page of those that have every word in name, brand or category.

        Upper and lower case are the same, those of all languages.
        """
        ...

    def in_categories(self, categories: Collection[Category]) -> list[Product]:
        """The products that stand directly in one of those categories."""
        ...

    def of_brand(self, brand: Brand, wanted: PageRequest) -> Page[Product]:
        """One page of the products of that brand."""
        ...

    def count_in(self, category: Category) -> int:
        """How many products stand directly in that category."""
        ...

    def count_of(self, brand: Brand) -> int:
        """How many products that brand has."""
        ...

    def add(
        self, name: str, brand: Brand, category: Category, product_id: int | None = None
    ) -> Product:
        """Keep a new product; without an id it gets the next one."""
        ...

    def update(self, product: Product) -> Product:
        """Keep a product as it is now; its version is then the next one."""
        ...

    def remove(self, product_id: int) -> None:
        """Forget the product with its stock, its movements and its suppliers."""
        ...


class StockRepository(Protocol):
    """Stock levels, one for each product, and the movements behind them."""

    def lines(self, wanted: Filter, page: PageRequest) -> Page[Line]:
        """One page of the wanted lines, by category and then by product.

        Words are found as :meth:`ProductRepository.search` finds them.  A product
        without a level has none of it in stock.
        """
        ...

    def summary(self) -> Summary:
        """The numbers of the whole stock."""
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

    def movements(self, wanted: PageRequest) -> Page[Movement]:
        """One page of all movements, the latest first."""
        ...

    def movements_of(self, product_id: int, wanted: PageRequest) -> Page[Movement]:
        """One page of that product's movements, the latest first."""
        ...

    def latest(self, count: int) -> list[Activity]:
        """The latest movements with their products, the latest first."""
        ...

    def unseen(self, position: Position, count: int) -> list[Activity]:
        """What a reader there has not seen, with products, in the order of ids.

        No more than that many, the first ones.
        """
        ...

    def levels_of(self, product_ids: Collection[int]) -> list[StockLevel]:
        """The levels of those products, as far as they have one, in any order."""
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

    def run(self, work: Callable[[], T]) -> T:
        """Call a function as one unit of work, and return what it returns.

        All its changes happen together or not at all.  What it reads is still true
        when it ends: where another unit of work came in between, those of other
        processes too, it is begun again, so it does nothing but read and change.
        """
        ...
