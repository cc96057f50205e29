import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_app.service.entities import LOOK_BACK, Movement, Position, StockStatus
from demo_app.service.live_service import PORTION, Changes, LiveService
from demo_app.service.stock_service import StockService
from demo_app.tests.fakes import NOON, FakeStore, a_store_with_a_phone, at_noon


def moved(store, *quantities):
    """The store, where the phone's stock moved by those."""
    service = StockService(store, at_noon)
    for quantity in quantities:
        service.move(1, quantity, "counted")
    return store


def ids(changes):
    return [change.movement.id for change in changes.items]


@pytest.mark.parametrize(
    ("position", "movement_id", "then"),
    [
        (Position(), 1, Position(1)),
        (Position(7), 8, Position(8)),
        (Position(7), 10, Position(10, (8, 9))),
        (Position(10, (8, 9)), 8, Position(10, (9,))),
        (Position(10, (8, 9)), 11, Position(11, (8, 9))),
        (Position(10, (8, 9)), 108, Position(108, (9, *range(11, 108)))),
        (Position(10), 10, Position(10)),
        (Position(10), 4, Position(10)),
    ],
)
def test_a_position_waits_for_what_was_left_out(position, movement_id, then):
    assert position.after(movement_id) == then


def test_what_is_missing_for_long_is_given_up():
    position = Position(10, (8, 9)).after(9 + LOOK_BACK)

    assert 9 not in position.missing
    assert min(position.missing) == 11
    assert position.has(9)


@given(st.permutations(range(1, 13)), st.integers(0, 12))
def test_in_whatever_order_movements_come_a_reader_ends_having_all(order, cut):
    position = Position()
    for movement_id in order[:cut]:
        position = position.after(movement_id)
        assert position.has(movement_id)

    assert [n for n in range(1, 13) if position.has(n)] == sorted(order[:cut])
    for movement_id in order[cut:]:
        position = position.after(movement_id)
    assert position == Position(12)


@given(st.lists(st.integers(1, 1000)))
def test_no_position_waits_for_more_than_it_looks_back(movement_ids):
    position = Position()
    for movement_id in movement_ids:
        position = position.after(movement_id)

        assert len(position.missing) < LOOK_BACK
        assert all(
            position.last - LOOK_BACK < each < position.last
            for each in position.missing
        )


def test_a_reader_gets_what_moved_since_and_then_nothing():
    store = moved(a_store_with_a_phone(quantity=10), 1)
    service = LiveService(store)
    start = service.get_position()
    moved(store, -3, -5)

    changes = service.get_changes(start)

    assert ids(changes) == [2, 3]
    assert changes.position == Position(3)
    assert service.get_changes(changes.position).items == []
    assert service.get_changes(changes.position).position == Position(3)


def test_a_change_tells_the_level_that_the_movement_led_to():
    store = moved(a_store_with_a_phone(quantity=10, reorder_point=5), -3, -5, -2)

    changes = LiveService(store).get_changes(Position()).items

    levels = [(each.level.quantity, each.level.status) for each in changes]
    assert levels == [
        (7, StockStatus.OK),
        (2, StockStatus.LOW),
        (0, StockStatus.OUT),
    ]
    assert {each.product.name for each in changes} == {"S25 Ultra"}


def test_a_product_without_a_level_has_the_usual_thresholds():
    store = moved(a_store_with_a_phone(quantity=10), 1)
    store.stock.rows.clear()

    (change,) = LiveService(store).get_changes(Position()).items

    assert (change.level.quantity, change.level.target) == (11, 20)


def test_a_movement_that_is_kept_late_is_seen_late_and_once():
    store = moved(a_store_with_a_phone(), 1)
    service = LiveService(store)
    store.stock.log.append(Movement(3, 1, 1, "quick", 12, NOON))
    early = service.get_changes(Position(1))
    store.stock.log.append(Movement(2, 1, 1, "slow", 13, NOON))

    late = service.get_changes(early.position)

    assert (ids(early), early.position) == ([3], Position(3, (2,)))
    assert (ids(late), late.position) == ([2], Position(3))
    assert ids(service.get_changes(late.position)) == []


def test_who_begins_waits_for_what_is_not_kept_yet():
    store = FakeStore()
    store.stock.log = [Movement(n, 1, 1, "x", n, NOON) for n in (4, 5, 8)]

    assert LiveService(store).get_position() == Position(8, (1, 2, 3, 6, 7))
    assert LiveService(FakeStore()).get_position() == Position()


def test_who_begins_in_an_old_stock_waits_for_what_is_near_alone():
    store = FakeStore()
    numbers = [*range(1000, 1050), *range(1051, 1101)]
    store.stock.log = [Movement(n, 1, 1, "x", n, NOON) for n in numbers]

    assert LiveService(store).get_position() == Position(1100, (1050,))


def test_a_position_behind_the_last_movement_is_not_of_this_stock():
    service = LiveService(moved(a_store_with_a_phone(), 1, 1))

    assert service.get_news(Position(3)) == Changes([], Position(2), is_reset=True)
    assert not service.get_news(Position(2)).is_reset
    assert ids(service.get_news(Position(1))) == [2]


def test_who_has_no_position_gets_the_one_of_now():
    service = LiveService(moved(a_store_with_a_phone(), 1, 1))

    assert service.get_news(None) == Changes([], Position(2))


def test_many_changes_come_in_portions():
    store = moved(a_store_with_a_phone(quantity=0), *[1] * (PORTION + 1))
    service = LiveService(store)

    first = service.get_changes(Position())
    second = service.get_changes(first.position)

    assert ids(first) == list(range(1, PORTION + 1))
    assert ids(second) == [PORTION + 1]


def test_the_summary_is_that_of_the_whole_stock():
    assert LiveService(a_store_with_a_phone(quantity=3)).get_summary().low == 1
