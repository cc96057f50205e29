"""How a database numbers rows, and how it goes on beyond keys that were set by hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from roob.orm.connections import Connection
from roob.orm.dialects import POSTGRESQL, SQLITE, SqlDialect
from roob.orm.query import Statement
from roob.orm.sqlite import SqliteConnector

TABLE, KEY = '"things"', '"id"'


@dataclass
class Things:
    """A table of nothing but keys."""

    connection: Connection
    dialect: SqlDialect

    def put(self, key: int) -> None:
        sql = f"INSERT INTO {TABLE} ({KEY}) VALUES ({self.dialect.placeholder})"
        self.connection.insert(Statement(sql, (key,)))

    def next(self) -> object:
        return self._insert(self.dialect.next_key(TABLE, KEY))

    def free(self) -> object:
        return self._insert(self.dialect.free_key(TABLE, KEY))

    def draw(self, count: int) -> list[object]:
        skip = self.dialect.skip_taken(TABLE, KEY)
        if skip is not None:
            self.connection.fetch(Statement(skip))
        draw = self.dialect.draw_keys(TABLE, KEY)
        return [key for (key,) in self.connection.fetch(Statement(draw, (count,)))]

    def _insert(self, expression: str) -> object:
        suffix = self.dialect.numbered_suffix(KEY)
        sql = f"INSERT INTO {TABLE} ({KEY}) VALUES ({expression}){suffix}"
        return self.connection.insert(Statement(sql))


@pytest.fixture(params=["sqlite", "postgresql"])
def things(request: pytest.FixtureRequest, path: Path) -> Iterator[Things]:
    if request.param == "sqlite":
        connector, dialect = SqliteConnector(str(path), 5), SQLITE
    else:
        url = request.getfixturevalue("postgres_url")
        sessions = pytest.importorskip("framework.tests.orm.postgres_sessions")
        connector, dialect = sessions.connector_of(url), POSTGRESQL
    made = Things(connector.connection(), dialect)
    create = f"CREATE TABLE {TABLE} ({KEY} {dialect.auto_increment})"
    made.connection.change(Statement(create))
    yield made
    connector.close()


def test_numbers_count_from_one(things: Things) -> None:
    assert [things.next() for _ in range(3)] == [1, 2, 3]


def test_numbers_are_drawn_for_many_rows_and_do_not_come_again(things: Things) -> None:
    drawn = things.draw(3)
    for key in drawn:
        things.put(key)
    assert [*drawn, things.next()] == [1, 2, 3, 4]
    assert things.draw(0) == []
    assert things.draw(1) == [5]


@pytest.mark.parametrize("taken", [5, 1000, 2**62 - 1])
def test_numbers_are_drawn_beyond_the_keys_that_were_set(
    things: Things, taken: int
) -> None:
    things.next()
    things.put(taken)
    assert things.draw(2) == [taken + 1, taken + 2]


@pytest.mark.parametrize("taken", [-(2**63), -1, 0])
def test_keys_below_one_are_no_reason_to_skip(things: Things, taken: int) -> None:
    things.put(taken)
    assert things.draw(2) == [1, 2]


def test_the_largest_key_of_all_leaves_numbers_to_draw(things: Things) -> None:
    things.next()
    things.put(2**63 - 1)
    assert things.draw(2) == [2, 3]


@pytest.mark.parametrize("make", [Things.next, Things.free])
def test_a_number_is_none_or_free(
    things: Things, make: Callable[[Things], object]
) -> None:
    for taken in (3, 1, 2):
        things.put(taken)
    made = make(things)
    assert made in (None, 4)


def test_a_free_number_lies_beyond_the_keys_that_were_set(things: Things) -> None:
    things.next()
    for taken in (2, 7, -9):
        things.put(taken)
    assert [things.free() for _ in range(3)] == [8, 9, 10]


@pytest.mark.parametrize("taken", [-(2**63), -1, 0])
def test_free_numbers_count_from_one_whatever_lies_below(
    things: Things, taken: int
) -> None:
    for key in (taken, 2**63 - 1):
        things.put(key)
    assert [things.free(), *things.draw(2)] == [1, 2, 3]


def test_a_free_number_is_not_looked_for_beyond_the_largest_key(things: Things) -> None:
    things.put(2**63 - 1)
    assert [things.free() for _ in range(2)] == [1, 2]
