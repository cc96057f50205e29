"""Four processes of eight threads that change the same rows, and lose nothing."""

import json
from contextlib import ExitStack

from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory

from tests.reliability.children import Child
from tests.reliability.outcome import Outcome, Tick, added
from tests.reliability.racer import TABLES, Batch, Sheet, Stock, Ticket

PROCESSES = 4
THREADS = 8


def race(url: str, work: str, turns: int, tick: Tick) -> Outcome:
    """Have each thread of each process do one of `racer.WORKS`, so many times."""
    with DatabaseFactory.from_url(url) as db:
        database = db.dialect.name
        for table in TABLES:
            db.create(table)
        db.save_all([Stock(id=1), Sheet(id=1)])
    tick(f"races on {database}: {work}")
    counts = _raced(url, work, turns)
    with DatabaseFactory.from_url(url) as db:
        faults = {"lost": abs(_expected(counts) - _found(db, work))}
    refused = {what: n for what, n in counts.items() if what.endswith("refused")}
    done = {what: n for what, n in counts.items() if what not in refused}
    return Outcome(f"races, {work}", database, done, faults | refused)


def _raced(url: str, work: str, turns: int) -> dict[str, int]:
    with ExitStack() as stack:
        racers = [
            stack.enter_context(Child("racer", url, work, THREADS, turns))
            for _ in range(PROCESSES)
        ]
        for racer in racers:
            racer.wait_for_lines(1)
        for racer in racers:
            racer.ask_to_end()
        counts: dict[str, int] = {}
        for racer in racers:
            for line in racer.end()[1:]:
                counts = added(counts, json.loads(line))
    return counts


def _expected(counts: dict[str, int]) -> int:
    return counts.get("changes", 0) + counts.get("rows", 0)


def _found(db: Database, work: str) -> int:
    if work == "numbers":
        return db.query(Ticket).count()
    if work == "batches":
        return db.query(Batch).count()
    table = Stock if work == "transactions" else Sheet
    return db.get_by_id(table, 1).quantity
