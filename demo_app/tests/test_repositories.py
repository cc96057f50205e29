"""The promises of the ports, kept by the fake, by SQLite and by PostgreSQL alike."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest
from roob.orm.exceptions import CheckError, ForeignKeyError, StaleRow, UniqueError

from demo_app.core.repositories import SqlStore
from demo_app.service.entities import (
    Activity,
    Brand,
    Category,
    Filter,
    Line,
    PageRequest,
    Position,
    StockLevel,
    StockStatus,
    Summary,
    Supplier,
)
from demo_app.service.live_service import LiveService
from demo_app.tests.conftest import created
from demo_app.tests.fakes import NOON

ALL = PageRequest(page=1, size=100)


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
    assert repository.page(ALL).items == [first, second]


@pytest.mark.parametrize("kind", ["brands", "categories", "suppliers"])
def test_a_page_is_a_part_of_the_list_and_knows_how_long_the_list_is(store, kind):
    repository = getattr(store, kind)
    records = [repository.add(name) for name in ("a", "b", "c")]

    pages = [repository.page(PageRequest(number, size=2)) for number in (1, 2, 3)]

    assert [page.items for page in pages] == [records[:2], records[2:], []]
    assert {(page.total, page.pages) for page in pages} == {(3, 2)}


@pytest.mark.parametrize("kind", ["brands", "categories", "suppliers"])
def test_a_removed_record_is_gone(store, kind):
    repository = getattr(store, kind)
    record = repository.add("alpha")

    repository.remove(record.id)

    assert repository.find(record.id) is None
    assert repository.page(ALL).items == []


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
    assert store.categories.inside(middle) == [leaf]
    assert store.categories.inside(leaf) == []


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

    shelf, apple = phone.category, laptop.brand
    assert store.products.in_categories([shelf]) == [phone, iphone]
    assert store.products.in_categories([shelf, laptop.category])[2:] == [laptop]
    assert store.products.in_categories([]) == []
    assert store.products.of_brand(apple, ALL).items == [iphone, laptop]
    assert store.products.all() == [phone, iphone, laptop]
    assert (store.products.count_in(shelf), store.products.count_of(apple)) == (2, 2)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 2, 3]),
        ("SAMSUNG  ultra mob", [1]),
        ("apple", [2]),
        ("a mobile", [1, 2]),
        ("samsung tv", []),
        ("müsli", [3]),
        ("MÜSLI \u00d8RSTED", [3]),
        ("STRASSE", [3]),
        ("100%", [3]),
        ("%", [3]),
        ("_", []),
        ("\\", []),
        ("*", []),
        ("[a-z]", []),
        ("1' OR '1'='1", []),
        ("a\0", []),
        ("ultra samsung ultra", [1]),
        ("ultrasamsung", []),
    ],
)
def test_a_search_finds_every_word_in_any_case_and_any_place(store, query, found):
    a_phone(store)
    a_phone(store, "iPhone", "Apple")
    a_phone(store, "Müsli 100%", "\u00f8rsted", "straße")

    page = store.products.search(query, ALL)
    lines = store.stock.lines(Filter(query), ALL)

    assert [product.id for product in page.items] == found
    assert page.total == lines.total == len(found)


def test_a_renamed_record_is_found_by_its_new_name(database):
    store = SqlStore(lambda: database)
    phone = a_phone(store)
    store.brands.update(Brand(phone.brand.id, "Galaxy"))
    store.categories.update(Category(phone.category.id, "shelf", None))
    store.products.update(replace(phone, name="Tab"))

    for old, new in (("samsung", "GALAXY"), ("mobile", "SHELF"), ("ultra", "TAB")):
        assert store.products.search(old, ALL).total == 0
        assert store.products.search(new, ALL).total == 1


def test_a_given_id_is_kept_and_the_next_one_is_free(store):
    phone = a_phone(store)
    given = store.products.add("Tab", phone.brand, phone.category, 40)

    following = a_phone(store, "another")

    assert given.id == 40
    assert following.id not in (phone.id, 40)


def test_a_product_is_updated_whole(store):
    phone = a_phone(store)
    other = a_phone(store, "Macbook", "Apple", "laptop")
    changed = replace(phone, name="S26", brand=other.brand, category=other.category)

    kept = store.products.update(changed)

    assert kept == replace(changed, version=phone.version + 1)
    assert store.products.find(phone.id) == kept


def test_a_level_is_opened_updated_and_found(store):
    phone = a_phone(store)
    store.stock.open(StockLevel(phone.id, 3, 4, 9))

    store.stock.update(StockLevel(phone.id, 2, 5, 10))

    assert store.stock.level_of(phone.id) == StockLevel(phone.id, 2, 5, 10)
    assert store.stock.level_of(99) is None


def test_a_level_that_is_not_there_is_opened_by_its_update(store):
    phone = a_phone(store)

    store.stock.update(StockLevel(phone.id, 2, 5, 10))

    assert store.stock.level_of(phone.id) == StockLevel(phone.id, 2, 5, 10)


LEVELS = (None, (0, 5), (0, 0), (1, 5), (5, 5), (6, 5), (1, 0))


def with_levels(store):
    """A product for each of the levels; the first has none."""
    for at, level in enumerate(LEVELS, start=1):
        product = a_phone(store, f"phone {at}")
        if level:
            quantity, reorder_point = level
            store.stock.open(StockLevel(product.id, quantity, reorder_point))


@pytest.mark.parametrize("status", [None, *StockStatus])
def test_lines_are_chosen_by_the_status_that_the_level_has(store, status):
    with_levels(store)
    products = store.products.all()
    levels = [
        store.stock.level_of(each.id) or StockLevel(each.id, 0) for each in products
    ]

    lines = store.stock.lines(Filter(status=status), ALL)

    assert lines.items == [
        Line(product, level)
        for product, level in zip(products, levels, strict=True)
        if status in (None, level.status)
    ]


def test_the_summary_counts_what_the_lines_show(store):
    with_levels(store)
    low, out = (
        store.stock.lines(Filter(status=status), ALL).total
        for status in (StockStatus.LOW, StockStatus.OUT)
    )

    summary = store.stock.summary()

    assert summary == Summary(products=7, units=13, low=2, out=3)
    assert (summary.low, summary.out) == (low, out)


def test_an_empty_stock_has_a_summary(store):
    assert store.stock.summary() == Summary(0, 0, 0, 0)


def test_lines_come_by_category_and_then_by_product(store):
    a_phone(store)
    laptop = a_phone(store, "XPS", "Dell", "laptop")
    tab = a_phone(store, "Tab")

    pages = [store.stock.lines(Filter(), PageRequest(at, size=2)) for at in (1, 2)]

    names = [[line.product.name for line in page.items] for page in pages]
    assert names == [["S25 Ultra", tab.name], [laptop.name]]
    assert [page.total for page in pages] == [3, 3]


def test_movements_are_kept_in_their_order_with_their_time(store):
    phone, other = a_phone(store), a_phone(store, "iPhone", "Apple")
    first = store.stock.record(StockLevel(phone.id, 5), 5, "delivery", NOON)
    second = store.stock.record(StockLevel(other.id, 1), 1, "delivery", NOON)
    third = store.stock.record(StockLevel(phone.id, 3), -2, "sale", NOON)

    assert store.stock.movements(ALL).items == [third, second, first]
    assert store.stock.movements(PageRequest(2, size=2)).items == [first]
    assert store.stock.movements_of(phone.id, ALL).items == [third, first]
    assert store.stock.movements_of(phone.id, PageRequest(2, size=1)).items == [first]
    assert store.stock.latest(2) == [Activity(third, phone), Activity(second, other)]
    assert (third.quantity, third.balance, third.at) == (-2, 3, NOON)


def recorded(store, product, count):
    """That many movements of the product, each by one unit."""
    return [
        store.stock.record(StockLevel(product.id, at), 1, "counted", NOON)
        for at in range(1, count + 1)
    ]


def test_a_reader_gets_the_movements_that_it_has_not_seen(store):
    phone = a_phone(store)
    first, second, third, fourth = recorded(store, phone, 4)

    def unseen(position, count=10):
        return [each.movement for each in store.stock.unseen(position, count)]

    assert unseen(Position()) == [first, second, third, fourth]
    assert unseen(Position(), 3) == [first, second, third]
    assert unseen(Position(third.id)) == [fourth]
    assert unseen(Position(third.id, (first.id, 99))) == [first, fourth]
    assert unseen(Position(fourth.id)) == []
    assert unseen(Position(fourth.id, (second.id,))) == [second]
    assert store.stock.unseen(Position(), 1) == [Activity(first, phone)]


def test_levels_are_read_for_several_products_at_once(store):
    phone, laptop, tab = (a_phone(store, name) for name in ("phone", "laptop", "tab"))
    levels = {StockLevel(phone.id, 3), StockLevel(laptop.id, 0)}
    for level in levels:
        store.stock.open(level)

    assert set(store.stock.levels_of([phone.id, laptop.id, tab.id])) == levels
    assert store.stock.levels_of([]) == []


def test_a_movement_that_another_overtook_reaches_readers_late(postgres_url):
    with created(postgres_url) as database:
        store = SqlStore(lambda: database)
        live, phone = LiveService(store), a_phone(store)
        is_drawn, may_end = Event(), Event()

        def move_slowly():
            recorded(store, phone, 1)
            is_drawn.set()
            assert may_end.wait(10)

        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(store.run, move_slowly)
            assert is_drawn.wait(10)
            recorded(store, phone, 1)
            before = live.get_changes(Position())
            may_end.set()
            slow.result()
        after = live.get_changes(before.position)

    assert [each.movement.id for each in before.items] == [2]
    assert [each.movement.id for each in after.items] == [1]
    assert after.position == Position(2)


def test_many_suppliers_deliver_many_products(store):
    phone, laptop = a_phone(store), a_phone(store, "XPS", "Dell", "laptop")
    north, bright = store.suppliers.add("north"), store.suppliers.add("bright")

    store.suppliers.link(bright.id, phone.id)
    store.suppliers.link(north.id, phone.id)
    store.suppliers.link(bright.id, laptop.id)

    assert store.suppliers.of_product(phone.id) == [north, bright]
    assert store.suppliers.products_of(bright.id, ALL).items == [phone, laptop]
    assert store.suppliers.products_of(bright.id, PageRequest(2, 1)).items == [laptop]
    assert store.suppliers.delivers(north.id, phone.id)
    assert not store.suppliers.delivers(north.id, laptop.id)
    store.suppliers.unlink(bright.id, phone.id)
    assert store.suppliers.products_of(bright.id, ALL).items == [laptop]


def test_a_deleted_product_takes_its_stock_movements_and_links_along(database):
    store = SqlStore(lambda: database)
    phone, supplier = a_phone(store), store.suppliers.add("north")
    store.stock.open(StockLevel(phone.id, 5))
    store.stock.record(StockLevel(phone.id, 5), 5, "delivery", NOON)
    store.suppliers.link(supplier.id, phone.id)

    store.products.remove(phone.id)

    assert store.stock.level_of(phone.id) is None
    assert store.stock.movements(ALL).items == []
    assert store.suppliers.products_of(supplier.id, ALL).items == []
    assert store.suppliers.find(supplier.id) == supplier


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


def test_the_database_itself_keeps_a_supplier_from_delivering_twice(database):
    store = SqlStore(lambda: database)
    phone, supplier = a_phone(store), store.suppliers.add("north")
    store.suppliers.link(supplier.id, phone.id)

    with pytest.raises(UniqueError):
        store.suppliers.link(supplier.id, phone.id)


def test_the_database_itself_keeps_stock_from_going_below_zero(database):
    store = SqlStore(lambda: database)
    phone = a_phone(store)
    store.stock.open(StockLevel(phone.id, 1))

    with pytest.raises(CheckError):
        store.stock.update(StockLevel(phone.id, -1))
    with pytest.raises(CheckError):
        store.stock.record(StockLevel(phone.id, -1), -2, "sale", NOON)

    assert store.stock.level_of(phone.id).quantity == 1


def test_the_database_itself_keeps_a_product_from_a_lost_update(database):
    store = SqlStore(lambda: database)
    phone = a_phone(store)
    store.products.update(replace(phone, name="first"))

    with pytest.raises(StaleRow):
        store.products.update(replace(phone, name="second"))

    assert store.products.find(phone.id).name == "first"


def test_a_failed_unit_of_work_leaves_nothing_behind(database):
    store = SqlStore(lambda: database)

    def add_two_of_a_name():
        store.brands.add("Samsung")
        store.brands.add("Samsung")

    with pytest.raises(UniqueError):
        store.run(add_two_of_a_name)

    assert store.brands.all() == []


def test_a_unit_of_work_returns_what_its_function_does(store):
    assert store.run(lambda: store.brands.add("Samsung")) == Brand(1, "Samsung")
