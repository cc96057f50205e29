"""A process whose threads change rows together: `... .racer URL 0 transactions 8 50`.

It begins when its standard input ends, so that all processes begin at once.  A line
of its output is a JSON object of counts.
"""

import json
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from uuid import uuid4

from roob.orm.column import Column, PrimaryKey, Version
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory
from roob.orm.exceptions import StaleRow, TransientError, UniqueError
from roob.orm.table import Table

from tests.reliability.ledger import run_to_the_end


class Stock(Table):
    """What is read, changed and written by all."""

    id = PrimaryKey(int)
    quantity = Column(int, default=0)


class Sheet(Table):
    """The same with a version."""

    id = PrimaryKey(int)
    quantity = Column(int, default=0)
    version = Version()


class Ticket(Table):
    """Rows with numbers of the database's, beside rows with numbers set by hand."""

    id = PrimaryKey(int, auto_increment=True)
    mark = Column(str)


class Batch(Table):
    """Rows that come many at once."""

    id = PrimaryKey(int, auto_increment=True)
    writer = Column(str)


def in_a_transaction(db: Database) -> dict[str, int]:
    """Add one to a stock, in a transaction that may be run again."""

    def work() -> None:
        stock = db.get_by_id(Stock, 1)
        stock.quantity += 1
        db.update(stock)

    return {"changes": 1, "given up and begun anew": run_to_the_end(db, work)}


def by_version(db: Database) -> dict[str, int]:
    """Add one to a sheet as it was read, which fails when it is another by then."""
    stale = 0
    while True:
        sheet = db.get_by_id(Sheet, 1)
        sheet.quantity += 1
        try:
            db.update(sheet)
            return {"changes": 1, "stale rows": stale}
        except StaleRow:
            stale += 1


def with_numbers(db: Database) -> dict[str, int]:
    """Save a row under the next number or so, set by hand, and one that has none."""
    mark = uuid4().hex
    ahead = (db.query(Ticket).aggregate(last=Ticket.id.max())["last"] or 0) + 1
    taken = 0
    try:
        db.save(Ticket(id=ahead + uuid4().int % 3, mark=mark))
    except UniqueError:  # another was quicker: that one is the caller's own choice
        taken = 1
    try:
        db.save(Ticket(mark=mark))
    except UniqueError:
        return {"numbered rows refused": 1}
    return {"rows": 2 - taken, "numbers of the caller's taken": taken}


def in_batches(db: Database) -> dict[str, int]:
    """Save ten rows at once."""
    try:
        db.save_all([Batch(writer=uuid4().hex) for _ in range(10)])
    except TransientError:
        return {"batches refused": 1}
    return {"rows": 10}


WORKS: Mapping[str, Callable[[Database], dict[str, int]]] = MappingProxyType(
    {
        "transactions": in_a_transaction,
        "versions": by_version,
        "numbers": with_numbers,
        "batches": in_batches,
    }
)
TABLES: tuple[type[Table], ...] = (Stock, Sheet, Ticket, Batch)


def main(url: str, work: str, threads: str, turns: str) -> None:
    with DatabaseFactory.from_url(url, timeout=60) as db:
        print("ready", flush=True)
        sys.stdin.read()

        def race(_: int) -> None:
            for _turn in range(int(turns)):
                print(json.dumps(WORKS[work](db)) + "\n", end="", flush=True)

        with ThreadPoolExecutor(int(threads)) as pool:
            list(pool.map(race, range(int(threads))))


if __name__ == "__main__":
    main(*sys.argv[1:])
