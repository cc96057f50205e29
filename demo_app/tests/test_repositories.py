"""The promises of the ports, kept by the fake and by SQLite alike."""

import pytest
from roob.orm.exceptions import ForeignKeyError, UniqueError

from demo_app.core.repositories import SqlStore
from demo_app.service.entities import Brand, Category, StockLevel, Supplier
from demo_app.tests.fakes import NOON


def a_phone(store, name="S25 Ultra", brand="Samsung", category="mobile"):
    shelf = store.categories.named(category) or store.categories.add(category)
    maker = store.brands.named(brand) or store.brands.add(brand)
    return store.products.add(name, maker, shelf)


@pytest.mark.parametrize("kind", ["brands", "categories", "suppliers"])
def test_a_named_record_is_found_by_id_and_by_its_exact_name(store, kind):
    repository = getattr(store, kind)
    first, second = repository.add("Álpha"), repository.add("beta")

    assert repository.find(second.id) == repository.named("beta") == second
    assert repository.named("álpha") is None
    assert repository.find(99) is None
    assert repository.all() == [first, second]


@pytest.mark.parametrize("kind", ["brands", "categories", "suppliers"])
def test_a_removed_record_is_gone(store, kind):
    repository = getattr(store, kind)
    record = repository.add("alpha")

    repository.remove(record.id)

    assert repository.all() == []


def test_an_update_writes_everything_that_a_record_has(store):
    brand, supplier = store.brands.add("a"), store.suppliers.add("a")
    top, category = store.categories.add("top"), store.categories.add("a")

    store.brands.update(Brand(brand.id, "b"))
    store.suppliers.update(Supplier(supplier.id, "b", "b@example.org"))
    store.categories.update(Category(category.id, "b", top.id))

    assert store.brands.find(brand.id).name == "b"
    assert store.suppliers.find(supplier.id).email == "b@example.org"
    assert store.categories.find(category.id).parent_id == top.id


def test_a_category_can_stand_three_deep(store):
    top = store.categories.add("top")
    middle = store.categories.add("middle", top.id)
    leaf = store.categories.add("leaf", middle.id)

    assert [each.parent_id for each in store.categories.all()] == [
        None,
        top.id,
        middle.id,
    ]
    assert store.categories.find(leaf.id).parent_id == middle.id


def test_a_product_comes_with_its_brand_and_its_category(store):
    top = store.categories.add("electronics")
    shelf = store.categories.add("mobile", top.id)
    brand = store.brands.add("Samsung")

    product = store.products.add("S25 Ultra", brand, shelf)

    assert store.products.find(product.id) == product
    assert (product.brand, product.category, product.version) == (brand, shelf, 1)


def test_products_are_found_by_category_and_by_brand(store):
    phone = a_phone(store)
    iphone = a_phone(store, "iPhone", "Apple")
    laptop = a_phone(store, "Macbook", "Apple", "laptop")

    assert store.products.in_category(phone.category) == [phone, iphone]
    assert store.products.of_brand(laptop.brand) == [iphone, laptop]
    assert store.products.all() == [phone, iphone, laptop]


def test_a_given_id_is_kept_and_the_next_one_is_free(store):
    phone = a_phone(store)
    given = store.products.add("Tab", phone.brand, phone.category, 40)

    following = a_phone(store, "another")

    assert given.id == 40
    assert following.id not in (phone.id, 40)


def test_a_product_is_updated_whole(store):
    phone = a_phone(store)
    other = a_phone(store, "Macbook", "Apple", "laptop")
    changed = type(phone)(phone.id, "S26", other.brand, other.category, version=2)

    store.products.update(changed)

    assert store.products.find(phone.id) == changed


def test_a_level_is_opened_updated_and_found(store):
    phone = a_phone(store)
    store.stock.open(StockLevel(phone.id, 3, 4, 9))

    store.stock.update(StockLevel(phone.id, 2, 5, 10))

    assert store.stock.level_of(phone.id) == StockLevel(phone.id, 2, 5, 10)
    assert store.stock.levels() == [StockLevel(phone.id, 2, 5, 10)]
    assert store.stock.level_of(99) is None


def test_movements_are_kept_in_their_order_with_their_time(store):
    phone, other = a_phone(store), a_phone(store, "iPhone", "Apple")
    first = store.stock.record(StockLevel(phone.id, 5), 5, "delivery", NOON)
    second = store.stock.record(StockLevel(other.id, 1), 1, "delivery", NOON)
    third = store.stock.record(StockLevel(phone.id, 3), -2, "sale", NOON)

    assert store.stock.movements() == [first, second, third]
    assert store.stock.movements_of(phone.id) == [first, third]
    assert (third.quantity, third.balance, third.at) == (-2, 3, NOON)


def test_many_suppliers_deliver_many_products(store):
    phone, laptop = a_phone(store), a_phone(store, "XPS", "Dell", "laptop")
    north, bright = store.suppliers.add("north"), store.suppliers.add("bright")

    store.suppliers.link(bright.id, phone.id)
    store.suppliers.link(north.id, phone.id)
    store.suppliers.link(bright.id, laptop.id)

    assert store.suppliers.of_product(phone.id) == [north, bright]
    assert store.suppliers.products_of(bright.id) == [phone, laptop]
    store.suppliers.unlink(bright.id, phone.id)
    assert store.suppliers.products_of(bright.id) == [laptop]


def test_a_deleted_product_takes_its_stock_movements_and_links_along(database):
    store = SqlStore(lambda: database)
    phone, supplier = a_phone(store), store.suppliers.add("north")
    store.stock.open(StockLevel(phone.id, 5))
    store.stock.record(StockLevel(phone.id, 5), 5, "delivery", NOON)
    store.suppliers.link(supplier.id, phone.id)

    store.products.remove(phone.id)

    assert store.stock.levels() == store.stock.movements() == []
    assert store.suppliers.products_of(supplier.id) == []
    assert store.suppliers.all() == [supplier]


def test_a_deleted_supplier_takes_its_links_along_and_no_product(database):
    store = SqlStore(lambda: database)
    phone, supplier = a_phone(store), store.suppliers.add("north")
    store.suppliers.link(supplier.id, phone.id)

    store.suppliers.remove(supplier.id)

    assert store.suppliers.of_product(phone.id) == []
    assert store.products.all() == [phone]


@pytest.mark.parametrize("kind", ["brands", "categories"])
def test_the_database_itself_keeps_what_a_product_refers_to(database, kind):
    store = SqlStore(lambda: database)
    a_phone(store)

    with pytest.raises(ForeignKeyError):
        getattr(store, kind).remove(1)


def test_the_database_itself_keeps_a_parent_category(database):
    store = SqlStore(lambda: database)
    top = store.categories.add("top")
    store.categories.add("leaf", top.id)

    with pytest.raises(ForeignKeyError):
        store.categories.remove(top.id)


def test_the_database_itself_keeps_one_level_for_a_product(database):
    store = SqlStore(lambda: database)
    phone = a_phone(store)
    store.stock.open(StockLevel(phone.id, 5))

    with pytest.raises(UniqueError):
        store.stock.open(StockLevel(phone.id, 6))


def test_a_failed_unit_of_work_leaves_nothing_behind(database):
    store = SqlStore(lambda: database)

    def add_two_of_a_name():
        with store.unit_of_work():
            store.brands.add("Samsung")
            store.brands.add("Samsung")

    with pytest.raises(UniqueError):
        add_two_of_a_name()

    assert store.brands.all() == []
