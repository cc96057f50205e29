"""What threads do to one database at once, on every database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from roob.orm.column import Column, PrimaryKey
from roob.orm.database import Database
from roob.orm.exceptions import TransientError
from roob.orm.table import Table

THREADS = 8


class Counter(Table):
    id = PrimaryKey(int, auto_increment=True)
    value = Column(int, default=0)


def in_threads(work: Callable[[int], object]) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))


def until_done(work: Callable[[], None]) -> None:
    """Run a transaction again whenever another one came in between."""
    while True:
        try:
            return work()
        except TransientError:
            continue


def test_threads_lose_no_increment(any_db: Database) -> None:
    any_db.create(Counter)
    any_db.save(Counter())

    def increment() -> None:
        with any_db.transaction():
            counter = any_db.get_by_id(Counter, 1)
            counter.value += 1
            any_db.save(counter)

    in_threads(lambda _: [until_done(increment) for _ in range(50)])

    assert any_db.get_by_id(Counter, 1).value == THREADS * 50


def test_threads_save_rows_of_their_own(any_db: Database) -> None:
    any_db.create(Counter)

    def save(thread: int) -> None:
        for _ in range(50):
            row = Counter(value=thread)
            any_db.save(row)
            assert any_db.get_by_id(Counter, row.id).value == thread

    in_threads(save)

    rows = any_db.get_all(Counter)
    assert sorted(row.value for row in rows) == sorted([*range(THREADS)] * 50)


def test_a_database_that_answers_pings(any_db: Database) -> None:
    any_db.ping()
