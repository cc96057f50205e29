"""What a service changes, written together: one transaction, in the right order.

A service adds, changes and removes rows.  When they are written, in which order and
in which batches is seen to at the end of its block.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from roob.orm.database import Database
from roob.orm.table import Table, primary_key_of
from roob.orm.waves import waves_of

Row = TypeVar("Row", bound=Table)


class UnitOfWork:
    """The rows that a block changes: what `unit_of_work` gives."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._added: dict[int, Table] = {}
        self._removed: list[Table] = []

    def get(self, table: type[Row], id: object) -> Row:
        """Read a row; what is changed of it is written at the end.

        Raises:
            RecordNotFound: no row has the key.
        """
        row = self._db.get_by_id(table, id)
        self.add(row)
        return row

    def add(self, *rows: Table) -> None:
        """Write rows at the end: new ones whole, known ones where they were changed."""
        self._added.update((id(row), row) for row in rows)

    def remove(self, *rows: Table) -> None:
        """Remove these rows at the end, those that refer to others of them first."""
        for row in rows:
            self._added.pop(id(row), None)
        self._removed.extend(row for row in rows if row._stored is not None)

    def flush(self) -> None:
        """Write all now, still inside of the transaction: new rows get their keys.

        Raises:
            InvalidValueError, IntegrityError, RecordNotFound, StaleRow: as
                `Database.save_all` and `Database.delete`.
        """
        removed, self._removed = self._removed, []
        self._db.save_all(self._added.values())
        for wave in reversed(list(waves_of(removed, identity=_itself))):
            for row in wave:
                self._db.delete(type(row), primary_key_of(row))


@contextmanager
def unit_of_work(db: Database) -> Iterator[UnitOfWork]:
    """Write all of a block's changes at its end, or none of them.

    ```python
    with unit_of_work(db) as work:
        stock = work.get(Stock, 7)
        stock.quantity -= 3
        work.add(Movement(stock=stock, quantity=-3))
    ```

    The block is one transaction, so what it read is what it changes.

    Raises:
        InvalidValueError, IntegrityError, RecordNotFound, StaleRow: as `flush`.
        TransientError: another transaction came in between; run the block again,
            as `db.run_transaction` does.
    """
    with db.transaction():
        work = UnitOfWork(db)
        yield work
        work.flush()


def _itself(row: Table) -> Table:
    return row
