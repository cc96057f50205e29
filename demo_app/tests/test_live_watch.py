"""The thread that watches: begins and ends with its listeners, and outlives faults."""

import logging
import os
import time
from threading import Thread

import pytest
from roob.orm.exceptions import UnavailableError

from demo_app.core.live_watch import LiveWatch, Reset
from demo_app.service.entities import Activity, Change, Movement, Position, Summary
from demo_app.service.live_service import LiveService, change_of
from demo_app.service.stock_service import StockService
from demo_app.tests.fakes import NOON, a_store_with_a_phone, at_noon

SECONDS = 10


def wait_for(condition):
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class FaultyService(LiveService):
    """The service, whose database can be away; ``reads`` counts the looks at it."""

    def __init__(self, store):
        super().__init__(store)
        self.error = None
        self.reads = 0

    def get_changes(self, since):
        self.reads += 1
        if self.error is not None:
            raise self.error
        return super().get_changes(since)


@pytest.fixture(autouse=True)
def short_beats(monkeypatch):
    """A listener who hears nothing is told so at once."""
    monkeypatch.setattr("roob.events._BEAT", 0.01)


@pytest.fixture
def store():
    return a_store_with_a_phone(quantity=10)


@pytest.fixture
def service(store):
    return FaultyService(store)


@pytest.fixture
def watch(service):
    watch = LiveWatch(service, seconds=0.01)
    yield watch
    watch.close()
    wait_for(lambda: not watch.is_watching)


def move(store, quantity):
    StockService(store, at_noon).move(1, quantity, "counted")


def next_of(news, kind):
    """The next news of that kind."""
    return next(each for each in news if each and isinstance(each[0], kind))


def listening(watch):
    """Somebody who has read what there was and waits for more."""
    news = watch.follow(Position())
    next_of(news, Summary)
    assert next(news) is None
    return news


def test_a_listener_hears_of_what_moved_before_and_of_what_moves(watch, store):
    move(store, -3)
    news = watch.follow(Position())

    before, position = next(news)
    summary, _ = next(news)
    assert next(news) is None
    move(store, -7)
    after, later = next_of(news, Change)

    assert (before.level.quantity, position) == (7, Position(1))
    assert (summary.units, next_of(news, Summary)[0].units) == (7, 0)
    assert (after.level.status, later) == ("out", Position(2))


def test_nobody_listens_and_nobody_looks(watch, service):
    news = watch.follow(Position())
    assert not watch.is_watching
    next_of(news, Summary)
    next(news)
    assert watch.is_watching

    news.close()

    wait_for(lambda: not watch.is_watching)
    reads = service.reads
    time.sleep(0.05)
    assert service.reads == reads


def test_many_listeners_share_one_thread(watch, store, service):
    readers = [listening(watch) for _ in range(20)]
    move(store, 1)

    told = [next_of(news, Change) for news in readers]

    assert {position for _, position in told} == {Position(1)}
    assert len({id(change) for change, _ in told}) == 1


def test_a_listener_from_the_future_makes_nobody_deaf(watch, store):
    move(store, 1)
    stranger = watch.follow(Position(1000))
    assert next(stranger) == (Reset(Position(1000)), Position(1))
    next_of(stranger, Summary)
    assert next(stranger) is None
    other = listening(watch)

    move(store, 2)

    assert [next_of(news, Change)[1] for news in (stranger, other)] == [Position(2)] * 2


def test_a_movement_that_was_taken_back_resets_who_saw_it_last(watch, store):
    move(store, 1)
    move(store, 1)
    store.stock.log.pop()

    news = watch.follow(Position(2))

    assert next(news) == (Reset(Position(2)), Position(1))


def test_who_has_no_position_hears_what_moves_from_now_on(watch, store):
    move(store, 1)

    news = watch.follow(None)

    assert isinstance(next(news)[0], Summary)
    move(store, 2)
    assert next_of(news, Change)[1] == Position(2)


def test_the_thread_waits_for_what_any_listener_waits_for(watch, store):
    slow = Movement(1, 1, 1, "slow", 12, NOON)
    store.stock.log.append(Movement(2, 1, 1, "quick", 11, NOON))
    news = listening(watch)

    store.stock.log.append(slow)

    assert next_of(news, Change) == (
        change_of(Activity(slow, store.products.find(1)), store.stock.rows),
        Position(2),
    )


def test_a_thread_that_ended_begins_again_where_the_next_listener_is(watch, store):
    listening(watch).close()
    wait_for(lambda: not watch.is_watching)
    move(store, 1)

    news = watch.follow(Position())

    assert next(news)[1] == Position(1)
    next_of(news, Summary)
    move(store, 1)
    assert next_of(news, Change)[1] == Position(2)


def test_what_moves_between_reading_and_listening_is_told_once(watch, store):
    other = listening(watch)
    news = watch.follow(Position())
    next_of(news, Summary)
    move(store, 1)
    wait_for(lambda: next_of(other, Change))

    move(store, 1)

    positions = [next_of(news, Change)[1] for _ in range(2)]
    assert positions == [Position(1), Position(2)]


def test_a_database_that_goes_away_is_waited_for_and_nothing_is_lost(
    watch, store, service, caplog
):
    news = listening(watch)
    with caplog.at_level(logging.INFO, "demo_app.live"):
        service.error = UnavailableError("gone fishing")
        reads = service.reads
        wait_for(lambda: service.reads > reads + 2)
        move(store, 1)
        move(store, 1)
        service.error = None
        told = [next_of(news, Change)[1] for _ in range(2)]
        wait_for(lambda: len(caplog.records) == 2)

    assert told == [Position(1), Position(2)]
    words = [record.getMessage() for record in caplog.records]
    assert words == [
        "the live stock waits for its database: gone fishing",
        "the live stock has its database again",
    ]


def test_a_listener_whose_database_goes_as_it_begins_to_listen_misses_nothing(
    watch, store, service
):
    news = watch.follow(Position())
    next_of(news, Summary)
    move(store, 3)
    service.error = UnavailableError("gone fishing")
    heard = [next(news) for _ in range(3)]
    service.error = None

    assert heard == [None] * 3
    assert next_of(news, Change)[0].movement.quantity == 3


def test_a_listener_who_comes_while_the_database_is_away_is_told_so(watch, service):
    service.error = UnavailableError("gone fishing")

    with pytest.raises(UnavailableError):
        next(watch.follow(Position()))

    assert not watch.is_watching


def test_a_fault_in_the_thread_ends_all_streams_and_the_next_one_is_served(
    watch, store, service, caplog
):
    news = listening(watch)
    service.error = ZeroDivisionError("a bug")

    with caplog.at_level(logging.ERROR, "demo_app.live"):
        assert [each for each in news if each] == []

    assert "the live stock is not watched any more" in caplog.text
    service.error = None
    again = listening(watch)
    move(store, 1)
    assert next_of(again, Change)[1] == Position(1)


def test_a_closed_watch_ends_its_streams_and_begins_none(watch):
    news = listening(watch)

    watch.close()

    assert list(news) == []
    wait_for(lambda: not watch.is_watching)
    assert [type(told) for told, _ in watch.follow(Position())] == [Summary]
    assert watch.is_closed


# Python 3.12 on says that forking with threads is risky; servers do it all the same.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_has_a_watch_of_its_own(watch, store):
    news = listening(watch)
    pid = os.fork()
    if pid == 0:
        child = listening(watch)
        mine = Thread(target=move, args=(store, 1))
        mine.start()
        is_told = next_of(child, Change)[1] == Position(1)
        os._exit(0 if is_told else 1)

    _, status = os.waitpid(pid, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    move(store, 1)
    assert next_of(news, Change)[1] == Position(1)
