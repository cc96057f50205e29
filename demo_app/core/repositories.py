"""Between service and ORM: the service's nouns from rows, and rows from the nouns.

Every class keeps the promise of the port of its name in ``demo_app.service.ports``.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypeVar

from roob.orm.database import Database
from roob.orm.exceptions import RecordNotFound
from roob.orm.table import Table

from demo_app.core.tables import (
    BrandRow,
    CategoryRow,
    MovementRow,
    ProductRow,
    ProductSupplierRow,
    StockLevelRow,
    SupplierRow,
)
from demo_app.service.entities import (
    Brand,
    Category,
    Movement,
    Product,
    StockLevel,
    Supplier,
)

Row = TypeVar("Row", bound=Table)

# The database when it is needed, so that a store can be made before it is there.
Connect = Callable[[], Database]


def brand_of(row: BrandRow) -> Brand:
    """The row as the service knows it."""
    return Brand(row.id, row.name)


def category_of(row: CategoryRow) -> Category:
    """The row as the service knows it."""
    return Category(row.id, row.name, row.parent.id if row.parent else None)


def supplier_of(row: SupplierRow) -> Supplier:
    """The row as the service knows it."""
    return Supplier(row.id, row.name, row.email)


def product_of(row: ProductRow) -> Product:
    """The row and the two that came with it, as the service knows them."""
    brand, category = brand_of(row.brand), category_of(row.category)
    return Product(row.id, row.name, brand, category, row.version)


def level_of(row: StockLevelRow) -> StockLevel:
    """The row as the service knows it."""
    return StockLevel(row.product.id, row.quantity, row.reorder_point, row.target)


def movement_of(row: MovementRow) -> Movement:
    """The row as the service knows it."""
    return Movement(
        row.id, row.product.id, row.quantity, row.reason, row.balance, row.at
    )


def find(db: Database, table: type[Row], key: int) -> Row | None:
    """The row with that key, if there is one."""
    try:
        return db.get_by_id(table, id=key)
    except RecordNotFound:
        return None


class _Repository:
    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    @property
    def _db(self) -> Database:
        return self._connect()


class BrandRepository(_Repository):
    """Brands in the table ``brand``."""

    def all(self) -> list[Brand]:
        """Every brand, by id."""
        return [brand_of(row) for row in self._db.get_all(BrandRow)]

    def find(self, brand_id: int) -> Brand | None:
        """The brand with that id."""
        row = find(self._db, BrandRow, brand_id)
        return brand_of(row) if row else None

    def named(self, name: str) -> Brand | None:
        """The brand with exactly that name."""
        rows = self._db.get_all(BrandRow, name=name)
        return brand_of(rows[0]) if rows else None

    def add(self, name: str) -> Brand:
        """Insert a brand."""
        row = BrandRow(name=name)
        self._db.save(row)
        return brand_of(row)

    def update(self, brand: Brand) -> None:
        """Write the brand's name."""
        self._db.update(BrandRow(id=brand.id, name=brand.name))

    def remove(self, brand_id: int) -> None:
        """Delete the brand."""
        self._db.delete(BrandRow, brand_id)


class CategoryRepository(_Repository):
    """Categories in the table ``category``."""

    def all(self) -> list[Category]:
        """Every category, by id."""
        return [category_of(row) for row in self._db.get_all(CategoryRow)]

    def find(self, category_id: int) -> Category | None:
        """The category with that id."""
        row = find(self._db, CategoryRow, category_id)
        return category_of(row) if row else None

    def named(self, name: str) -> Category | None:
        """The category with exactly that name."""
        rows = self._db.get_all(CategoryRow, name=name)
        return category_of(rows[0]) if rows else None

    def add(self, name: str, parent_id: int | None = None) -> Category:
        """Insert a category."""
        row = CategoryRow(name=name, parent=self._row(parent_id))
        self._db.save(row)
        return category_of(row)

    def update(self, category: Category) -> None:
        """Write the category's name and place."""
        parent = self._row(category.parent_id)
        self._db.update(CategoryRow(id=category.id, name=category.name, parent=parent))

    def remove(self, category_id: int) -> None:
        """Delete the category."""
        self._db.delete(CategoryRow, category_id)

    def _row(self, category_id: int | None) -> CategoryRow | None:
        if category_id is None:
            return None
        return self._db.get_by_id(CategoryRow, category_id)


class SupplierRepository(_Repository):
    """Suppliers in ``supplier``, what they deliver in ``product_supplier``."""

    def all(self) -> list[Supplier]:
        """Every supplier, by id."""
        return [supplier_of(row) for row in self._db.get_all(SupplierRow)]

    def find(self, supplier_id: int) -> Supplier | None:
        """The supplier with that id."""
        row = find(self._db, SupplierRow, supplier_id)
        return supplier_of(row) if row else None

    def named(self, name: str) -> Supplier | None:
        """The supplier with exactly that name."""
        rows = self._db.get_all(SupplierRow, name=name)
        return supplier_of(rows[0]) if rows else None

    def add(self, name: str, email: str | None = None) -> Supplier:
        """Insert a supplier."""
        row = SupplierRow(name=name, email=email)
        self._db.save(row)
        return supplier_of(row)

    def update(self, supplier: Supplier) -> None:
        """Write the supplier's name and address."""
        self._db.update(
            SupplierRow(id=supplier.id, name=supplier.name, email=supplier.email)
        )

    def remove(self, supplier_id: int) -> None:
        """Delete the supplier; its links go with it."""
        self._db.delete(SupplierRow, supplier_id)

    def of_product(self, product_id: int) -> list[Supplier]:
        """Who delivers that product, by id."""
        links = self._db.get_all(ProductSupplierRow, product=product_id)
        suppliers = [supplier_of(link.supplier) for link in links]
        return sorted(suppliers, key=lambda supplier: supplier.id)

    def products_of(self, supplier_id: int) -> list[Product]:
        """What that supplier delivers, by id."""
        links = self._db.get_all(ProductSupplierRow, supplier=supplier_id)
        products = [product_of(link.product) for link in links]
        return sorted(products, key=lambda product: product.id)

    def link(self, supplier_id: int, product_id: int) -> None:
        """Insert a link."""
        product = self._db.get_by_id(ProductRow, product_id)
        supplier = self._db.get_by_id(SupplierRow, supplier_id)
        self._db.save(ProductSupplierRow(product=product, supplier=supplier))

    def unlink(self, supplier_id: int, product_id: int) -> None:
        """Delete the link."""
        links = self._db.get_all(
            ProductSupplierRow, product=product_id, supplier=supplier_id
        )
        for link in links:
            self._db.delete(ProductSupplierRow, link.id)


class ProductRepository(_Repository):
    """Products in the table ``product``; brand and category come in the same read."""

    def all(self) -> list[Product]:
        """Every product, by id."""
        return [product_of(row) for row in self._db.get_all(ProductRow)]

    def find(self, product_id: int) -> Product | None:
        """The product with that id."""
        row = find(self._db, ProductRow, product_id)
        return product_of(row) if row else None

    def in_category(self, category: Category) -> list[Product]:
        """The products that stand directly in that category, by id."""
        rows = self._db.get_all(ProductRow, category=category.id)
        return [product_of(row) for row in rows]

    def of_brand(self, brand: Brand) -> list[Product]:
        """The products of that brand, by id."""
        rows = self._db.get_all(ProductRow, brand=brand.id)
        return [product_of(row) for row in rows]

    def add(
        self, name: str, brand: Brand, category: Category, product_id: int | None = None
    ) -> Product:
        """Insert a product; without an id the database gives the next one."""
        row = self._row(product_id, name, brand, category)
        self._db.save(row)
        return product_of(row)

    def update(self, product: Product) -> None:
        """Write everything of the product."""
        row = self._row(product.id, product.name, product.brand, product.category)
        row.version = product.version
        self._db.update(row)

    def remove(self, product_id: int) -> None:
        """Delete the product; links, level and movements go with it."""
        self._db.delete(ProductRow, product_id)

    def _row(
        self, product_id: int | None, name: str, brand: Brand, category: Category
    ) -> ProductRow:
        return ProductRow(
            id=product_id,
            name=name,
            brand=self._db.get_by_id(BrandRow, brand.id),
            category=self._db.get_by_id(CategoryRow, category.id),
        )


class StockRepository(_Repository):
    """Levels in ``stock_level``, movements in ``stock_movement``."""

    def levels(self) -> list[StockLevel]:
        """The level of every product."""
        return [level_of(row) for row in self._db.get_all(StockLevelRow)]

    def level_of(self, product_id: int) -> StockLevel | None:
        """The level of that product."""
        row = self._row(product_id)
        return level_of(row) if row else None

    def open(self, level: StockLevel) -> None:
        """Insert the level of a product that had none."""
        self._db.save(
            StockLevelRow(
                product=self._db.get_by_id(ProductRow, level.product_id),
                quantity=level.quantity,
                reorder_point=level.reorder_point,
                target=level.target,
            )
        )

    def update(self, level: StockLevel) -> None:
        """Write the level of a product that has one."""
        row = self._row(level.product_id)
        if row is None:
            self.open(level)
            return
        row.quantity = level.quantity
        row.reorder_point, row.target = level.reorder_point, level.target
        self._db.update(row)

    def movements(self) -> list[Movement]:
        """Every movement, the oldest first."""
        return [movement_of(row) for row in self._db.get_all(MovementRow)]

    def movements_of(self, product_id: int) -> list[Movement]:
        """The movements of that product, the oldest first."""
        rows = self._db.get_all(MovementRow, product=product_id)
        return [movement_of(row) for row in rows]

    def record(
        self, level: StockLevel, quantity: int, reason: str, at: datetime
    ) -> Movement:
        """Insert the movement that led to that level."""
        row = MovementRow(
            product=self._db.get_by_id(ProductRow, level.product_id),
            quantity=quantity,
            reason=reason,
            balance=level.quantity,
            at=at,
        )
        self._db.save(row)
        return movement_of(row)

    def _row(self, product_id: int) -> StockLevelRow | None:
        rows = self._db.get_all(StockLevelRow, product=product_id)
        return rows[0] if rows else None


class SqlStore:
    """The port ``Store`` on a database: one repository for each kind of noun."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self.brands = BrandRepository(connect)
        self.categories = CategoryRepository(connect)
        self.suppliers = SupplierRepository(connect)
        self.products = ProductRepository(connect)
        self.stock = StockRepository(connect)

    def unit_of_work(self) -> AbstractContextManager[object]:
        """A transaction, which takes the write lock when it begins."""
        return self._connect().transaction()
