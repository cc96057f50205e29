"""What is asked of the database for one request, however much lies in it."""

import pytest
from roob.orm.query import Statement

from demo_app.core.repositories import SqlStore
from demo_app.service.brand_service import BrandService
from demo_app.service.category_service import CategoryService
from demo_app.service.dashboard_service import DashboardService
from demo_app.service.entities import Filter, PageRequest, Position, StockStatus
from demo_app.service.live_service import LiveService
from demo_app.service.product_service import (
    ProductChanges,
    ProductDraft,
    ProductService,
)
from demo_app.service.seed import seed
from demo_app.service.stock_service import StockService
from demo_app.service.supplier_service import SupplierService
from demo_app.tests.fakes import NOON, at_noon

PAGE = PageRequest(page=1, size=50)
LOW_APPLES = Filter("apple", StockStatus.LOW)


@pytest.fixture
def inventory(database):
    """The seeded store, and its database to count on."""
    store = SqlStore(lambda: database)
    database.run_transaction(lambda: seed(store, NOON))
    return store, database


def fill(store, count=5):
    """More of everything, on the shelves and in the hands of those who are there."""
    products, stock = ProductService(store, at_noon), StockService(store, at_noon)
    for at in range(count):
        draft = ProductDraft(f"phone {at}", "Apple", "mobile", quantity=at)
        product = products.create_product(draft)
        stock.move(1, 1, "found")
        SupplierService(store).link(1, product.id)
        store.suppliers.link(store.suppliers.add(f"supplier {at}").id, 1)
        store.categories.add(f"category {at}", 2)
        store.brands.add(f"brand {at}")


READS = {
    "all products": (1, lambda s: ProductService(s, at_noon).get_products()),
    "shelves": (1, lambda s: ProductService(s, at_noon).get_products_by_category()),
    "a category": (
        2,
        lambda s: ProductService(s, at_noon).get_products_in_category("electronics"),
    ),
    "details": (4, lambda s: ProductService(s, at_noon).get_details(1)),
    "search": (2, lambda s: ProductService(s, at_noon).search("apple o", PAGE)),
    "brands": (2, lambda s: BrandService(s).get_brands(PAGE)),
    "a brand's products": (3, lambda s: BrandService(s).get_products(2, PAGE)),
    "categories": (2, lambda s: CategoryService(s).get_categories(PAGE)),
    "a category's place": (3, lambda s: CategoryService(s).get_category(2)),
    "suppliers": (2, lambda s: SupplierService(s).get_suppliers(PAGE)),
    "a supplier's products": (3, lambda s: SupplierService(s).get_products(1, PAGE)),
    "a product's suppliers": (2, lambda s: SupplierService(s).get_suppliers_of(1)),
    "movements": (2, lambda s: StockService(s, at_noon).get_movements(PAGE)),
    "a product's movements": (
        3,
        lambda s: StockService(s, at_noon).get_movements_of(1, PAGE),
    ),
    "live changes": (2, lambda s: LiveService(s).get_changes(Position(2))),
    "where live begins": (1, lambda s: LiveService(s).get_position()),
    "the dashboard": (10, lambda s: DashboardService(s).get_overview(Filter(), PAGE)),
    "a part of it": (10, lambda s: DashboardService(s).get_overview(LOW_APPLES, PAGE)),
}


@pytest.mark.parametrize("read", READS)
def test_a_read_takes_as_many_statements_for_many_rows_as_for_few(inventory, read):
    (store, database), (most, call) = inventory, READS[read]
    with database.assert_statements(max=most):
        few = call(store)
    fill(store)

    with database.assert_statements(max=most):
        many = call(store)

    assert many != few


WRITES = {
    "a movement": (8, lambda s: StockService(s, at_noon).move(1, -1, "sale")),
    "a change": (
        7,
        lambda s: ProductService(s, at_noon).change_product(1, ProductChanges("Tab")),
    ),
    "a link": (9, lambda s: SupplierService(s).link(2, 4)),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_write_takes_a_number_of_statements_that_does_not_grow(inventory, write):
    (store, database), (most, call) = inventory, WRITES[write]
    fill(store)

    with database.assert_statements(max=most):
        call(store)


@pytest.mark.parametrize("any_url", ["sqlite"], indirect=True)
def test_a_page_of_movements_is_read_by_its_index_without_sorting(inventory):
    store, database = inventory
    fill(store)

    with database.record() as log:
        store.stock.movements_of(1, PAGE)

    plan = database.explain(Statement(log[0].sql, log[0].params))
    assert "USING INDEX" in plan
    assert "TEMP B-TREE" not in plan


def test_looking_for_changes_where_there_are_none_takes_one_statement(inventory):
    store, database = inventory
    service = LiveService(store)
    position = service.get_position()

    with database.assert_statements(max=1):
        assert service.get_changes(position).items == []


@pytest.mark.parametrize("any_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("position", [Position(900), Position(900, (850, 899))])
def test_changes_are_found_by_the_key_and_not_by_reading_all(inventory, position):
    store, database = inventory

    with database.record() as log:
        store.stock.unseen(position, 10)

    plan = database.explain(Statement(log[0].sql, log[0].params))
    assert "USING INTEGER PRIMARY KEY (rowid>?)" in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan
