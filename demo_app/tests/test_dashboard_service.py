from demo_app.service.dashboard_service import (
    RECENT,
    DashboardService,
)
from demo_app.service.entities import Filter, PageRequest, StockStatus, Summary
from demo_app.service.seed import PRODUCTS, seed
from demo_app.service.stock_service import StockService
from demo_app.tests.fakes import NOON, FakeStore, a_store_with_a_phone, at_noon


def a_seeded_store():
    store = FakeStore()
    seed(store, NOON)
    return store


def overview_of(store, query="", status=None, page=1, size=60):
    wanted = Filter(query, status)
    return DashboardService(store).get_overview(wanted, PageRequest(page, size))


def shown(overview):
    return [
        (shelf.category.name, [line.product.name for line in shelf.lines])
        for shelf in overview.shelves
    ]


def test_the_tiles_count_what_the_seed_brought():
    assert overview_of(a_seeded_store()).summary == Summary(
        products=4, units=34 + 7 + 12 + 0, low=1, out=1
    )


def test_every_seeded_level_is_the_sum_of_its_movements():
    store = a_seeded_store()

    for item in PRODUCTS:
        moved = sum(
            each.quantity
            for each in store.stock.movements_of(item.id, PageRequest()).items
        )
        assert store.stock.level_of(item.id).quantity == moved


def test_products_stand_on_their_shelves():
    assert shown(overview_of(a_seeded_store())) == [
        ("mobile", ["S25 Ultra", "iPhone"]),
        ("laptop", ["Macbook Pro M4", "Dell XPS"]),
    ]


def test_a_shelf_knows_what_it_stands_in():
    shelf = overview_of(a_seeded_store()).shelves[0]

    assert [category.name for category in shelf.above] == ["electronics"]


def test_a_query_narrows_the_shelves_and_leaves_the_tiles():
    overview = overview_of(a_seeded_store(), query="apple")

    assert shown(overview) == [("mobile", ["iPhone"]), ("laptop", ["Macbook Pro M4"])]
    assert overview.summary.products == 4


def test_one_status_can_be_shown_alone():
    low = overview_of(a_seeded_store(), status=StockStatus.LOW)
    out = overview_of(a_seeded_store(), status=StockStatus.OUT)

    assert shown(low) == [("mobile", ["iPhone"])]
    assert shown(out) == [("laptop", ["Dell XPS"])]


def test_a_page_ends_in_the_middle_of_a_shelf():
    overview = overview_of(a_seeded_store(), page=2, size=3)

    assert shown(overview) == [("laptop", ["Dell XPS"])]
    assert overview.page.pages == 2


def test_the_latest_movements_come_first_and_are_few():
    store = a_store_with_a_phone(quantity=100)
    service = StockService(store, at_noon)
    for quantity in range(1, RECENT + 3):
        service.move(1, quantity, "delivery")

    recent = overview_of(store).recent

    assert [each.movement.quantity for each in recent] == list(range(RECENT + 2, 2, -1))


def test_a_product_without_a_level_counts_as_out_of_stock():
    store = a_store_with_a_phone()
    store.stock.rows.clear()

    assert overview_of(store).summary == Summary(products=1, units=0, low=0, out=1)
