"""The tables, as rows are kept: repositories turn them into the service's nouns.

``folded`` is the name as the search reads it, ``"Müller" -> "müller"``: databases tell
upper from lower case in ASCII alone, so it is done before a name reaches them.
"""

from datetime import datetime

from roob.orm.column import Column, ForeignKey, PrimaryKey, Version
from roob.orm.relations import Collection
from roob.orm.table import Check, Index, Table, Unique


class BrandRow(Table, table_name="brand"):
    """One brand; it has many products."""

    id = PrimaryKey(int, auto_increment=True)
    name = Column(str, unique=True)
    folded = Column(str)


class CategoryRow(Table, table_name="category"):
    """One category, which may stand in another."""

    id = PrimaryKey(int, auto_increment=True)
    name = Column(str, unique=True)
    folded = Column(str)
    parent = ForeignKey("self", nullable=True, on_delete="restrict")


class SupplierRow(Table, table_name="supplier"):
    """One supplier; it delivers many products."""

    id = PrimaryKey(int, auto_increment=True)
    name = Column(str, unique=True)
    email = Column(str, nullable=True)
    products: Collection["ProductRow"] = Collection(
        "ProductRow", through="ProductSupplierRow"
    )


class ProductRow(Table, table_name="product"):
    """One product; ``version`` counts its changes."""

    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)
    folded = Column(str)
    brand = ForeignKey(BrandRow, on_delete="restrict")
    category = ForeignKey(CategoryRow, on_delete="restrict")
    version = Version()
    levels: Collection["StockLevelRow"] = Collection("StockLevelRow")
    suppliers = Collection(SupplierRow, through="ProductSupplierRow")


class ProductSupplierRow(Table, table_name="product_supplier"):
    """One link: this supplier delivers that product (many to many)."""

    id = PrimaryKey(int, auto_increment=True)
    product = ForeignKey(ProductRow, on_delete="cascade")
    supplier = ForeignKey(SupplierRow, on_delete="cascade")
    once = Unique(product, supplier)


class StockLevelRow(Table, table_name="stock_level"):
    """The stock of one product (one to one)."""

    id = PrimaryKey(int, auto_increment=True)
    product = ForeignKey(ProductRow, unique=True, on_delete="cascade")
    quantity = Column(int)
    reorder_point = Column(int)
    target = Column(int)
    is_there = Check(quantity >= 0)


class MovementRow(Table, table_name="stock_movement"):
    """One change of a product's stock (one product to many)."""

    id = PrimaryKey(int, auto_increment=True)
    product = ForeignKey(ProductRow, on_delete="cascade")
    quantity = Column(int)
    reason = Column(str)
    balance = Column(int)
    at = Column(datetime)
    was_there = Check(balance >= 0)
    by_product = Index(product, id)


class SeedRow(Table, table_name="applied_seed"):
    """The note that the first products were put in, so that it happens once."""

    name = PrimaryKey(str)
    applied_at = Column(datetime)


# Each table after the ones that it refers to.
TABLES: tuple[type[Table], ...] = (
    BrandRow,
    CategoryRow,
    SupplierRow,
    ProductRow,
    ProductSupplierRow,
    StockLevelRow,
    MovementRow,
    SeedRow,
)
