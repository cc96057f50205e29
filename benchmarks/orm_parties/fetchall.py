"""The driver's bare `fetchall`, which makes no objects: below the floor.

It takes part in the two jobs that read a whole table.
"""

from typing import Any

from benchmarks.orm_parties import Place, plain


class FetchAll:
    """Records as the driver gives them."""

    def __init__(self, party: plain.Plain) -> None:
        self._party = party

    def read_all(self) -> list[tuple[Any, ...]]:
        records: list[tuple[Any, ...]]
        records = self._party.connection.execute(plain.READ_ALL).fetchall()
        return records

    def read_with_reference(self) -> list[tuple[Any, ...]]:
        records: list[tuple[Any, ...]]
        records = self._party.connection.execute(plain.READ_BOOKS).fetchall()
        return records

    def ask(self, sql: str) -> object:
        return self._party.ask(sql)

    def close(self) -> None:
        self._party.close()


def make(place: Place) -> FetchAll:
    """Connect as `plain` does."""
    return FetchAll(plain.make(place))
