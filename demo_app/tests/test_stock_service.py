import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_app.service.entities import PageRequest, StockLevel, StockStatus
from demo_app.service.errors import Invalid, NotEnoughStock, ProductNotFound
from demo_app.service.stock_service import StockService
from demo_app.tests.fakes import NOON, FakeStore, a_store_with_a_phone, at_noon


def test_a_movement_changes_the_level_and_remembers_the_balance():
    store = a_store_with_a_phone(quantity=10)

    movement = StockService(store, at_noon).move(1, -3, "shop sale")

    assert (movement.quantity, movement.balance, movement.at) == (-3, 7, NOON)
    assert store.stock.level_of(1).quantity == 7
    assert store.units == 1


def test_the_last_unit_can_go_and_no_more():
    store = a_store_with_a_phone(quantity=2)
    service = StockService(store, at_noon)
    service.move(1, -2, "sale")

    with pytest.raises(
        NotEnoughStock, match=r"^Only 0 of S25 Ultra in stock: cannot take 1$"
    ):
        service.move(1, -1, "sale")

    assert [movement.quantity for movement in store.stock.log] == [-2]


@given(st.lists(st.integers(-9, 9).filter(bool), max_size=30))
def test_the_level_is_the_sum_of_the_movements_and_never_negative(quantities):
    store = a_store_with_a_phone(quantity=0)
    service = StockService(store, at_noon)

    for quantity in quantities:
        before = store.stock.level_of(1).quantity
        if before + quantity < 0:
            with pytest.raises(NotEnoughStock):
                service.move(1, quantity, "any")
        else:
            service.move(1, quantity, "any")

    level = store.stock.level_of(1).quantity
    assert level == sum(movement.quantity for movement in store.stock.log) >= 0


def test_thresholds_change_one_at_a_time():
    service = StockService(a_store_with_a_phone(reorder_point=5, target=20), at_noon)

    assert service.set_thresholds(1, 8, None) == StockLevel(1, 10, 8, 20)
    assert service.set_thresholds(1, None, 40) == StockLevel(1, 10, 8, 40)
    assert service.set_thresholds(1, 0, None) == StockLevel(1, 10, 0, 40)


def test_a_target_at_the_reorder_point_is_refused():
    service = StockService(a_store_with_a_phone(reorder_point=5, target=20), at_noon)

    with pytest.raises(Invalid, match="target: 20 is not above the reorder point 20"):
        service.set_thresholds(1, 20, None)


def test_movements_come_latest_first_page_by_page():
    store = a_store_with_a_phone()
    service = StockService(store, at_noon)
    for quantity in (1, 2, 3):
        service.move(1, quantity, "delivery")

    first = service.get_movements_of(1, PageRequest(page=1, size=2))
    second = service.get_movements(PageRequest(page=2, size=2))

    assert [movement.quantity for movement in first.items] == [3, 2]
    assert [movement.quantity for movement in second.items] == [1]
    assert (first.total, first.pages) == (3, 2)


@pytest.mark.parametrize("act", ["level", "move", "movements", "thresholds"])
def test_the_stock_of_a_missing_product_is_refused(act):
    service = StockService(FakeStore(), at_noon)
    acts = {
        "level": lambda: service.get_level(9),
        "move": lambda: service.move(9, 1, "x"),
        "movements": lambda: service.get_movements_of(9, PageRequest()),
        "thresholds": lambda: service.set_thresholds(9, 1, 2),
    }

    with pytest.raises(ProductNotFound, match="product id 9"):
        acts[act]()


@pytest.mark.parametrize(
    ("quantity", "status"),
    [
        (0, StockStatus.OUT),
        (1, StockStatus.LOW),
        (5, StockStatus.LOW),
        (6, StockStatus.OK),
    ],
)
def test_a_level_is_low_at_its_reorder_point_and_below(quantity, status):
    assert StockLevel(1, quantity, reorder_point=5).status is status
