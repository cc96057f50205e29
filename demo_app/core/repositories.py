"""Between service and ORM: the service's nouns from rows, and rows from the nouns.

Every class keeps the promise of the port of its name in ``demo_app.service.ports``.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import TypeVar

from roob.orm.database import Database
from roob.orm.expressions import Condition, and_, not_, or_
from roob.orm.selection import Query
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
    StockStatus,
    Summary,
    Supplier,
)

T = TypeVar("T")
Noun = TypeVar("Noun")
Row = TypeVar("Row", bound=Table)

# The database when it is needed, so that a store can be made before it is there.
Connect = Callable[[], Database]

# Of the units of work that meet on one row one wins at a time.
PATIENCE = 5.0  # seconds, after which none begins again

FOLDED = (ProductRow.folded, ProductRow.brand.folded, ProductRow.category.folded)
IS_THERE = StockLevelRow.quantity > 0
IS_LOW = and_(IS_THERE, StockLevelRow.quantity <= StockLevelRow.reorder_point)
IS_OK = and_(IS_THERE, StockLevelRow.quantity > StockLevelRow.reorder_point)


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


def line_of(row: ProductRow) -> Line:
    """The row and its level as the service knows them, none in stock without one."""
    levels = [level_of(level) for level in row.levels]
    return Line(product_of(row), *levels or [StockLevel(row.id, 0)])


def activity_of(row: MovementRow) -> Activity:
    """The row and the product that came with it, as the service knows them."""
    return Activity(movement_of(row), product_of(row.product))


def page_of(
    rows: Query[Row], wanted: PageRequest, make: Callable[[Row], Noun]
) -> Page[Noun]:
    """One page of a query's rows as the service's nouns, and how many there are."""
    found = rows.page(wanted.page, wanted.size)
    nouns = [make(row) for row in found.rows]
    return Page(nouns, found.number, found.size, found.total)


def first_of(rows: Query[Row], make: Callable[[Row], Noun]) -> Noun | None:
    """The first row of a query as the service's noun, if there is one."""
    row = rows.first()
    return None if row is None else make(row)


def has_words(query: str) -> Iterator[Condition]:
    """What a product fulfils that has every word in name, brand or category."""
    for word in query.casefold().split():
        # No name has a NUL in it, and no database takes one.
        yield or_(*(name.contains(word) for name in FOLDED if "\0" not in word))


def has_status(status: StockStatus | None) -> Iterator[Condition]:
    """What a product fulfils whose level means that; without a level it is out."""
    if status is StockStatus.OUT:
        yield not_(ProductRow.levels.any(IS_THERE))
    elif status is not None:
        yield ProductRow.levels.any(IS_LOW if status is StockStatus.LOW else IS_OK)


class _Repository:
    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    @property
    def _db(self) -> Database:
        return self._connect()

    @property
    def _products(self) -> Query[ProductRow]:
        """The products, each with brand and category in the same read."""
        return self._db.query(ProductRow).bare(ProductRow.category.parent)


class BrandRepository(_Repository):
    """Brands in the table ``brand``."""

    @property
    def _rows(self) -> Query[BrandRow]:
        return self._db.query(BrandRow)

    def all(self) -> list[Brand]:
        """Every brand, by id."""
        return [brand_of(row) for row in self._rows.all()]

    def page(self, wanted: PageRequest) -> Page[Brand]:
        """One page of the brands, by id."""
        return page_of(self._rows, wanted, brand_of)

    def find(self, brand_id: int) -> Brand | None:
        """The brand with that id."""
        return first_of(self._rows.where(BrandRow.id == brand_id), brand_of)

    def named(self, name: str) -> Brand | None:
        """The brand with exactly that name."""
        return first_of(self._rows.where(BrandRow.name == name), brand_of)

    def add(self, name: str) -> Brand:
        """Insert a brand."""
        row = BrandRow(name=name, folded=name.casefold())
        self._db.save(row)
        return brand_of(row)

    def update(self, brand: Brand) -> None:
        """Write the brand's name."""
        folded = brand.name.casefold()
        self._db.update(BrandRow(id=brand.id, name=brand.name, folded=folded))

    def remove(self, brand_id: int) -> None:
        """Delete the brand."""
        self._db.delete(BrandRow, brand_id)


class CategoryRepository(_Repository):
    """Categories in the table ``category``."""

    @property
    def _rows(self) -> Query[CategoryRow]:
        return self._db.query(CategoryRow).bare()

    def all(self) -> list[Category]:
        """Every category, by id."""
        return [category_of(row) for row in self._rows.all()]

    def page(self, wanted: PageRequest) -> Page[Category]:
        """One page of the categories, by id."""
        return page_of(self._rows, wanted, category_of)

    def inside(self, category: Category) -> list[Category]:
        """The categories that stand directly in that one, by id."""
        rows = self._rows.where(CategoryRow.parent.id == category.id)
        return [category_of(row) for row in rows.all()]

    def find(self, category_id: int) -> Category | None:
        """The category with that id."""
        return first_of(self._rows.where(CategoryRow.id == category_id), category_of)

    def named(self, name: str) -> Category | None:
        """The category with exactly that name."""
        return first_of(self._rows.where(CategoryRow.name == name), category_of)

    def add(self, name: str, parent_id: int | None = None) -> Category:
        """Insert a category."""
        parent = self._parent(parent_id)
        row = CategoryRow(name=name, folded=name.casefold(), parent=parent)
        self._db.save(row)
        return category_of(row)

    def update(self, category: Category) -> None:
        """Write the category's name and place."""
        row = self._db.get_by_id(CategoryRow, category.id)
        row.name, row.folded = category.name, category.name.casefold()
        row.parent = self._parent(category.parent_id)
        self._db.update(row)

    def remove(self, category_id: int) -> None:
        """Delete the category."""
        self._db.delete(CategoryRow, category_id)

    def _parent(self, category_id: int | None) -> CategoryRow | None:
        if category_id is None:
            return None
        return self._db.get_by_id(CategoryRow, category_id)


class SupplierRepository(_Repository):
    """Suppliers in ``supplier``, what they deliver in ``product_supplier``."""

    @property
    def _rows(self) -> Query[SupplierRow]:
        return self._db.query(SupplierRow)

    def page(self, wanted: PageRequest) -> Page[Supplier]:
        """One page of the suppliers, by id."""
        return page_of(self._rows, wanted, supplier_of)

    def find(self, supplier_id: int) -> Supplier | None:
        """The supplier with that id."""
        return first_of(self._rows.where(SupplierRow.id == supplier_id), supplier_of)

    def named(self, name: str) -> Supplier | None:
        """The supplier with exactly that name."""
        return first_of(self._rows.where(SupplierRow.name == name), supplier_of)

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
        delivers = SupplierRow.products.any(ProductRow.id == product_id)
        return [supplier_of(row) for row in self._rows.where(delivers).all()]

    def products_of(self, supplier_id: int, wanted: PageRequest) -> Page[Product]:
        """One page of what that supplier delivers, by id."""
        is_delivered = ProductRow.suppliers.any(SupplierRow.id == supplier_id)
        return page_of(self._products.where(is_delivered), wanted, product_of)

    def delivers(self, supplier_id: int, product_id: int) -> bool:
        """Whether the supplier delivers the product."""
        return self._links(supplier_id, product_id).exists()

    def link(self, supplier_id: int, product_id: int) -> None:
        """Insert a link."""
        product = self._db.reference(ProductRow, product_id)
        supplier = self._db.reference(SupplierRow, supplier_id)
        self._db.save(ProductSupplierRow(product=product, supplier=supplier))

    def unlink(self, supplier_id: int, product_id: int) -> None:
        """Delete the link."""
        self._links(supplier_id, product_id).delete()

    def _links(self, supplier_id: int, product_id: int) -> Query[ProductSupplierRow]:
        return self._db.query(ProductSupplierRow).where(
            ProductSupplierRow.product.id == product_id,
            ProductSupplierRow.supplier.id == supplier_id,
        )


class ProductRepository(_Repository):
    """Products in the table ``product``; brand and category come in the same read."""

    def all(self) -> list[Product]:
        """Every product, by id."""
        return [product_of(row) for row in self._products.all()]

    def search(self, query: str, wanted: PageRequest) -> Page[Product]:
        """One page of those that have every word in name, brand or category, by id."""
        return page_of(self._products.where(*has_words(query)), wanted, product_of)

    def in_categories(self, categories: Collection[Category]) -> list[Product]:
        """The products that stand directly in one of those categories, by id."""
        ids = [category.id for category in categories]
        rows = self._products.where(ProductRow.category.id.in_(ids))
        return [product_of(row) for row in rows.all()]

    def of_brand(self, brand: Brand, wanted: PageRequest) -> Page[Product]:
        """One page of the products of that brand, by id."""
        is_its_own = ProductRow.brand.id == brand.id
        return page_of(self._products.where(is_its_own), wanted, product_of)

    def count_in(self, category: Category) -> int:
        """How many products stand directly in that category."""
        return self._products.where(ProductRow.category.id == category.id).count()

    def count_of(self, brand: Brand) -> int:
        """How many products that brand has."""
        return self._products.where(ProductRow.brand.id == brand.id).count()

    def find(self, product_id: int) -> Product | None:
        """The product with that id."""
        return first_of(self._products.where(ProductRow.id == product_id), product_of)

    def add(
        self, name: str, brand: Brand, category: Category, product_id: int | None = None
    ) -> Product:
        """Insert a product; without an id the database gives the next one."""
        row = self._row(product_id, name, brand, category)
        self._db.save(row)
        return product_of(row)

    def update(self, product: Product) -> Product:
        """Write everything of the product; the database counts the version."""
        row = self._row(product.id, product.name, product.brand, product.category)
        row.version = product.version
        self._db.update(row)
        return product_of(row)

    def remove(self, product_id: int) -> None:
        """Delete the product; links, level and movements go with it."""
        self._db.delete(ProductRow, product_id)

    def _row(
        self, product_id: int | None, name: str, brand: Brand, category: Category
    ) -> ProductRow:
        return ProductRow(
            id=product_id,
            name=name,
            folded=name.casefold(),
            brand=self._db.get_by_id(BrandRow, brand.id),
            category=self._db.get_by_id(CategoryRow, category.id),
        )


class StockRepository(_Repository):
    """Levels in ``stock_level``, movements in ``stock_movement``."""

    def lines(self, wanted: Filter, page: PageRequest) -> Page[Line]:
        """One page of the wanted lines, by category and then by product."""
        rows = self._products.include(ProductRow.levels).order_by(
            ProductRow.category.id
        )
        chosen = rows.where(*has_words(wanted.query), *has_status(wanted.status))
        return page_of(chosen, page, line_of)

    def summary(self) -> Summary:
        """The numbers of the whole stock."""
        levels, products = self._levels, self._db.query(ProductRow)
        return Summary(
            products=products.count(),
            units=levels.aggregate(units=StockLevelRow.quantity.sum())["units"] or 0,
            low=levels.where(IS_LOW).count(),
            out=products.where(*has_status(StockStatus.OUT)).count(),
        )

    def level_of(self, product_id: int) -> StockLevel | None:
        """The level of that product."""
        return first_of(self._levels_of(product_id), level_of)

    def open(self, level: StockLevel) -> None:
        """Insert the level of a product that had none."""
        self._db.save(
            StockLevelRow(
                product=self._db.reference(ProductRow, level.product_id),
                quantity=level.quantity,
                reorder_point=level.reorder_point,
                target=level.target,
            )
        )

    def update(self, level: StockLevel) -> None:
        """Write the level, whether there was one or not."""
        found = self._levels_of(level.product_id).update(
            quantity=level.quantity,
            reorder_point=level.reorder_point,
            target=level.target,
        )
        if not found:
            self.open(level)

    def movements(self, wanted: PageRequest) -> Page[Movement]:
        """One page of all movements, the latest first."""
        return page_of(self._latest.bare(), wanted, movement_of)

    def movements_of(self, product_id: int, wanted: PageRequest) -> Page[Movement]:
        """One page of that product's movements, the latest first."""
        rows = self._latest.bare().where(MovementRow.product.id == product_id)
        return page_of(rows, wanted, movement_of)

    def latest(self, count: int) -> list[Activity]:
        """The latest movements with their products, the latest first."""
        return [activity_of(row) for row in self._latest.limit(count).all()]

    def unseen(self, position: Position, count: int) -> list[Activity]:
        """What a reader there has not seen, with products, by id."""
        is_unseen = or_(
            MovementRow.id > position.last, MovementRow.id.in_(position.missing)
        )
        # The same once more as one range of the key, or SQLite reads the whole table.
        is_near = MovementRow.id >= min((*position.missing, position.last + 1))
        rows = self._movements.where(is_near, is_unseen).order_by(MovementRow.id)
        return [activity_of(row) for row in rows.limit(count).all()]

    def levels_of(self, product_ids: Collection[int]) -> list[StockLevel]:
        """The levels of those products, in no order."""
        rows = self._levels.where(StockLevelRow.product.id.in_(product_ids))
        return [level_of(row) for row in rows.all()]

    def record(
        self, level: StockLevel, quantity: int, reason: str, at: datetime
    ) -> Movement:
        """Insert the movement that led to that level."""
        row = MovementRow(
            product=self._db.reference(ProductRow, level.product_id),
            quantity=quantity,
            reason=reason,
            balance=level.quantity,
            at=at,
        )
        self._db.save(row)
        return movement_of(row)

    @property
    def _levels(self) -> Query[StockLevelRow]:
        return self._db.query(StockLevelRow).bare()

    @property
    def _movements(self) -> Query[MovementRow]:
        return self._db.query(MovementRow)

    @property
    def _latest(self) -> Query[MovementRow]:
        return self._movements.order_by(MovementRow.id.desc())

    def _levels_of(self, product_id: int) -> Query[StockLevelRow]:
        return self._levels.where(StockLevelRow.product.id == product_id)


class SqlStore:
    """The port ``Store`` on a database: one repository for each kind of noun."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self.brands = BrandRepository(connect)
        self.categories = CategoryRepository(connect)
        self.suppliers = SupplierRepository(connect)
        self.products = ProductRepository(connect)
        self.stock = StockRepository(connect)

    def run(self, work: Callable[[], T]) -> T:
        """Call the function in a transaction, again where another came in between."""
        return self._connect().run_transaction(work, patience=PATIENCE)
