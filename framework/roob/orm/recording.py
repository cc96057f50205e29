"""Every statement as it runs, seen: what `db.record()` notes down.

While a thread records, its statements pass through `RecordedConnection`; otherwise
nothing of this room is on their way.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from roob.orm.connections import Connection, Transaction
from roob.orm.joins import Record
from roob.orm.query import Statement


@dataclass(frozen=True)
class Executed:
    """One statement that ran.

    `Executed('SELECT ...', (1,), 2, 0.0001)`: its text, its parameters (of each run,
    where there were many), how many rows it returned or changed, and its seconds.
    """

    sql: str
    params: tuple[object, ...]
    rows: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.sql}  {self.params!r}  {self.rows} rows, {self.seconds:.6f} s"


class Recording(list[Executed]):
    """The statements of a `with db.record() as log:` block, in order.

    `print(log)` shows one a line.
    """

    @property
    def seconds(self) -> float:
        """The time that the statements took together."""
        return sum(executed.seconds for executed in self)

    def __str__(self) -> str:
        return "\n".join(map(str, self))


class _Run:
    """A statement that is running; it says in the end how many rows there were."""

    rows = 0


class RecordedConnection:
    """A connection that notes what it runs, failures too, and else is the other."""

    def __init__(
        self, connection: Connection, note: Callable[[Executed], object]
    ) -> None:
        self._connection = connection
        self._note = note

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    @property
    def transaction(self) -> Transaction | None:
        """The open transaction, which is the connection's own."""
        return self._connection.transaction

    @transaction.setter
    def transaction(self, transaction: Transaction | None) -> None:
        self._connection.transaction = transaction

    @property
    def is_own(self) -> bool:
        return self._connection.is_own

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def fetch(self, statement: Statement) -> Sequence[Record]:
        with self._noting(*statement) as run:
            records = self._connection.fetch(statement)
            run.rows = len(records)
        return records

    def stream(self, statement: Statement, size: int) -> Iterator[Sequence[Record]]:
        with self._noting(*statement) as run:
            for records in self._connection.stream(statement, size):
                run.rows += len(records)
                yield records

    def insert(self, statement: Statement) -> object | None:
        with self._noting(*statement) as run:
            number = self._connection.insert(statement)
            run.rows = int(number is not None)
        return number

    def change(self, statement: Statement) -> int:
        with self._noting(*statement) as run:
            run.rows = max(0, self._connection.change(statement))
        return run.rows

    def change_many(self, sql: str, many: Sequence[Sequence[object]]) -> int:
        with self._noting(sql, [tuple(params) for params in many]) as run:
            run.rows = self._connection.change_many(sql, many)
        return run.rows

    @contextmanager
    def _noting(self, sql: str, params: Sequence[object]) -> Iterator[_Run]:
        run, start = _Run(), time.perf_counter()
        try:
            yield run
        finally:
            seconds = time.perf_counter() - start
            self._note(Executed(sql, tuple(params), run.rows, seconds))
