"""Stand-ins for the outside of the service: a store in dicts, a clock that is set."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from demo_app.service.entities import (
    Brand,
    Category,
    Movement,
    Product,
    StockLevel,
    Supplier,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def at_noon():
    return NOON


class FakeRecords:
    """Anything with an id, kept in a dict."""

    def __init__(self):
        self.rows = {}

    def all(self):
        return [self.rows[key] for key in sorted(self.rows)]

    def find(self, key):
        return self.rows.get(key)

    def named(self, name):
        return next((row for row in self.rows.values() if row.name == name), None)

    def update(self, row):
        self.rows[row.id] = row

    def remove(self, key):
        del self.rows[key]

    def next_id(self):
        return max(self.rows, default=0) + 1

    def keep(self, row):
        self.rows[row.id] = row
        return row


class FakeBrands(FakeRecords):
    def add(self, name):
        return self.keep(Brand(self.next_id(), name))


class FakeCategories(FakeRecords):
    def add(self, name, parent_id=None):
        return self.keep(Category(self.next_id(), name, parent_id))


class FakeSuppliers(FakeRecords):
    def __init__(self, products):
        super().__init__()
        self.products = products
        self.links = set()

    def add(self, name, email=None):
        return self.keep(Supplier(self.next_id(), name, email))

    def of_product(self, product_id):
        return [row for row in self.all() if (row.id, product_id) in self.links]

    def products_of(self, supplier_id):
        return [p for p in self.products.all() if (supplier_id, p.id) in self.links]

    def link(self, supplier_id, product_id):
        assert (supplier_id, product_id) not in self.links
        self.links.add((supplier_id, product_id))

    def unlink(self, supplier_id, product_id):
        self.links.remove((supplier_id, product_id))


class FakeProducts(FakeRecords):
    def in_category(self, category):
        return [row for row in self.all() if row.category.id == category.id]

    def of_brand(self, brand):
        return [row for row in self.all() if row.brand.id == brand.id]

    def add(self, name, brand, category, product_id=None):
        return self.keep(Product(product_id or self.next_id(), name, brand, category))


class FakeStock:
    def __init__(self):
        self.rows = {}
        self.log = []

    def levels(self):
        return list(self.rows.values())

    def level_of(self, product_id):
        return self.rows.get(product_id)

    def open(self, level):
        assert level.product_id not in self.rows
        self.rows[level.product_id] = level

    def update(self, level):
        self.rows[level.product_id] = level

    def movements(self):
        return list(self.log)

    def movements_of(self, product_id):
        return [each for each in self.log if each.product_id == product_id]

    def record(self, level: StockLevel, quantity, reason, at):
        number = len(self.log) + 1
        movement = Movement(
            number, level.product_id, quantity, reason, level.quantity, at
        )
        self.log.append(movement)
        return movement


class FakeStore:
    """A whole store; ``units`` counts the units of work that were completed."""

    def __init__(self):
        self.brands = FakeBrands()
        self.categories = FakeCategories()
        self.products = FakeProducts()
        self.suppliers = FakeSuppliers(self.products)
        self.stock = FakeStock()
        self.units = 0
        self.is_working = False

    @contextmanager
    def unit_of_work(self) -> Iterator[None]:
        assert not self.is_working
        self.is_working = True
        try:
            yield
            self.units += 1
        finally:
            self.is_working = False


def a_store_with_a_phone(quantity=10, reorder_point=5, target=20):
    """One product, number 1, on the shelf ``mobile``."""
    store = FakeStore()
    brand, shelf = store.brands.add("Samsung"), store.categories.add("mobile")
    store.products.add("S25 Ultra", brand, shelf)
    store.stock.open(StockLevel(1, quantity, reorder_point, target))
    return store
