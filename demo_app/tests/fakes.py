"""Stand-ins for the outside of the service: a store in dicts, a clock that is set."""

from dataclasses import replace
from datetime import UTC, datetime

from demo_app.service.entities import (
    Activity,
    Brand,
    Category,
    Line,
    Movement,
    Page,
    Product,
    StockLevel,
    StockStatus,
    Summary,
    Supplier,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def at_noon():
    return NOON


def page_of(items, wanted):
    """``([1, 2, 3], PageRequest(page=2, size=2)) -> Page([3], 2, 2, total=3)``."""
    start = (wanted.page - 1) * wanted.size
    part = items[start : start + wanted.size]
    return Page(part, wanted.page, wanted.size, len(items))


def matches(product, query):
    """Whether every word of the query is somewhere in name, brand or category."""
    text = f"{product.name} {product.brand.name} {product.category.name}".casefold()
    return all(word in text for word in query.casefold().split())


class FakeRecords:
    """Anything with an id, kept in a dict."""

    def __init__(self):
        self.rows = {}

    def all(self):
        return [self.rows[key] for key in sorted(self.rows)]

    def page(self, wanted):
        return page_of(self.all(), wanted)

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

    def inside(self, category):
        return [row for row in self.all() if row.parent_id == category.id]


class FakeSuppliers(FakeRecords):
    def __init__(self, products):
        super().__init__()
        self.products = products
        self.links = set()

    def add(self, name, email=None):
        return self.keep(Supplier(self.next_id(), name, email))

    def of_product(self, product_id):
        return [row for row in self.all() if (row.id, product_id) in self.links]

    def products_of(self, supplier_id, wanted):
        delivered = [p for p in self.products.all() if self.delivers(supplier_id, p.id)]
        return page_of(delivered, wanted)

    def delivers(self, supplier_id, product_id):
        return (supplier_id, product_id) in self.links

    def link(self, supplier_id, product_id):
        assert (supplier_id, product_id) not in self.links
        self.links.add((supplier_id, product_id))

    def unlink(self, supplier_id, product_id):
        self.links.remove((supplier_id, product_id))


class FakeProducts(FakeRecords):
    def search(self, query, wanted):
        return page_of([row for row in self.all() if matches(row, query)], wanted)

    def in_categories(self, categories):
        return [row for row in self.all() if row.category in categories]

    def of_brand(self, brand, wanted):
        return page_of([row for row in self.all() if row.brand == brand], wanted)

    def count_in(self, category):
        return len(self.in_categories([category]))

    def count_of(self, brand):
        return [row.brand for row in self.all()].count(brand)

    def add(self, name, brand, category, product_id=None):
        return self.keep(Product(product_id or self.next_id(), name, brand, category))

    def update(self, product):
        assert self.rows[product.id].version == product.version
        return self.keep(replace(product, version=product.version + 1))


class FakeStock:
    def __init__(self, products):
        self.products = products
        self.rows = {}
        self.log = []

    def lines(self, wanted, page):
        return page_of(
            [
                line
                for line in self.all_lines()
                if matches(line.product, wanted.query)
                and wanted.status in (None, line.stock.status)
            ],
            page,
        )

    def all_lines(self):
        products = sorted(self.products.all(), key=lambda each: each.category.id)
        return [Line(p, self.rows.get(p.id, StockLevel(p.id, 0))) for p in products]

    def summary(self):
        levels = [line.stock for line in self.all_lines()]
        statuses = [level.status for level in levels]
        return Summary(
            products=len(levels),
            units=sum(level.quantity for level in levels),
            low=statuses.count(StockStatus.LOW),
            out=statuses.count(StockStatus.OUT),
        )

    def level_of(self, product_id):
        return self.rows.get(product_id)

    def open(self, level):
        assert level.product_id not in self.rows
        self.rows[level.product_id] = level

    def update(self, level):
        self.rows[level.product_id] = level

    def movements(self, wanted):
        return page_of(self.log[::-1], wanted)

    def movements_of(self, product_id, wanted):
        moved = [each for each in self.log[::-1] if each.product_id == product_id]
        return page_of(moved, wanted)

    def latest(self, count):
        latest = self.log[: -count - 1 : -1]
        return [Activity(each, self.products.find(each.product_id)) for each in latest]

    def unseen(self, position, count):
        unseen = [each for each in self.log if not position.has(each.id)]
        first = sorted(unseen, key=lambda movement: movement.id)[:count]
        return [Activity(each, self.products.find(each.product_id)) for each in first]

    def levels_of(self, product_ids):
        return [self.rows[each] for each in product_ids if each in self.rows]

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
        self.stock = FakeStock(self.products)
        self.units = 0
        self.is_working = False

    def run(self, work):
        assert not self.is_working
        self.is_working = True
        try:
            result = work()
        finally:
            self.is_working = False
        self.units += 1
        return result


def a_store_with_a_phone(quantity=10, reorder_point=5, target=20):
    """One product, number 1, on the shelf ``mobile``."""
    store = FakeStore()
    brand, shelf = store.brands.add("Samsung"), store.categories.add("mobile")
    store.products.add("S25 Ultra", brand, shelf)
    store.stock.open(StockLevel(1, quantity, reorder_point, target))
    return store
