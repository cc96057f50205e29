"""The books that the proofs keep: what writers write, and the audit of it.

What a writer does at a turn follows from the turn's number, so that a list of
numbers says what has to be there afterwards.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from roob.orm.column import Column, ForeignKey, PrimaryKey
from roob.orm.database import Database
from roob.orm.db_factory import Dialect
from roob.orm.exceptions import DatabaseError, TransientError
from roob.orm.table import Index, Table
from roob.orm.unit_of_work import unit_of_work

PARTS = 10


class Account(Table):
    """Two rows, `left` and `right`, whose balances add up to 0."""

    name = PrimaryKey(str)
    balance = Column(int, default=0)


class Batch(Table):
    """What one turn wrote: so many entries.  A mark that is there twice is a fault."""

    id = PrimaryKey(int, auto_increment=True)
    mark = Column(str)
    parts = Column(int)
    by_mark = Index(mark)


class Entry(Table):
    id = PrimaryKey(int, auto_increment=True)
    batch = ForeignKey(Batch)
    place = Column(int)


class Updated(Table):
    """The last turn at which a writer changed its row."""

    writer = PrimaryKey(str)
    turn = Column(int)


class Upserted(Table):
    """The last turn at which a writer wrote over its row."""

    writer = PrimaryKey(str)
    turn = Column(int)


@dataclass(frozen=True)
class Turn:
    """One write: `Turn("0", 17)`, whose batch is marked `0/17`."""

    writer: str
    number: int

    @property
    def mark(self) -> str:
        return f"{self.writer}/{self.number}"

    def batch(self) -> list[Table]:
        """A new batch and its entries, which come before it."""
        batch = Batch(mark=self.mark, parts=PARTS)
        return [*(Entry(batch=batch, place=place) for place in range(PARTS)), batch]


def run_to_the_end(db: Database, work: Callable[[], None]) -> int:
    """Run a transaction as often as others come in between; how often it gave up."""
    given_up = 0
    while True:
        try:
            db.run_transaction(work)
        except TransientError:
            given_up += 1
        else:
            return given_up


def save(db: Database, turn: Turn) -> None:
    db.save(Batch(mark=turn.mark, parts=0))


def save_all(db: Database, turn: Turn) -> None:
    db.save_all(turn.batch())


def update(db: Database, turn: Turn) -> None:
    db.update(Updated(writer=turn.writer, turn=turn.number))


def transact(db: Database, turn: Turn) -> None:
    """One row at a time, and an amount that leaves one account for the other."""

    def work() -> None:
        for row in reversed(turn.batch()):
            db.save(row)
        for name, amount in (("left", -turn.number), ("right", turn.number)):
            account = db.get_by_id(Account, name)
            account.balance += amount
            db.update(account)

    run_to_the_end(db, work)


def work_as_a_unit(db: Database, turn: Turn) -> None:
    def work() -> None:
        with unit_of_work(db) as unit:
            unit.add(*turn.batch())
            unit.get(Account, "left").balance += turn.number
            unit.get(Account, "right").balance -= turn.number

    run_to_the_end(db, work)


def upsert(db: Database, turn: Turn) -> None:
    db.upsert(Upserted(writer=turn.writer, turn=turn.number))


Job = Callable[[Database, Turn], None]
BATCH_JOBS: tuple[Job, ...] = (save, save_all, transact, work_as_a_unit)
JOBS: tuple[Job, ...] = (*BATCH_JOBS, update, upsert)
LAST_TURNS: Mapping[Job, type[Table]] = {update: Updated, upsert: Upserted}


def job_of(turn: Turn, jobs: tuple[Job, ...] = JOBS) -> Job:
    return jobs[turn.number % len(jobs)]


def is_written(db: Database, turn: Turn) -> bool:
    """Whether a batch is there, of which its writer does not know."""
    return db.query(Batch).where(Batch.mark == turn.mark).exists()


def prepare(db: Database, writers: Iterable[str]) -> None:
    """Make the tables, both accounts, and the row that each writer changes."""
    for table in (Account, Entry, Updated, Upserted):
        db.create(table)
    db.save_all([Account(name="left"), Account(name="right")])
    db.save_all([Updated(writer=writer, turn=-1) for writer in writers])


def audit(
    db: Database, written: Collection[Turn], jobs: tuple[Job, ...] = JOBS
) -> dict[str, int]:
    """Count what must not be, given the turns whose writes were acknowledged."""
    batches = db.execute(
        "SELECT mark, parts, count(entry.id) FROM batch "
        "LEFT JOIN entry ON entry.batch_id = batch.id GROUP BY batch.id, mark, parts"
    )
    stored = Counter(mark for mark, _, _ in batches)
    marks = {turn.mark for turn in written if job_of(turn, jobs) in BATCH_JOBS}
    ((balance,),) = db.execute("SELECT sum(balance) FROM account")
    return {
        "lost": len(marks - stored.keys()) + _overwritten(db, written, jobs),
        "half there": sum(parts != found for _, parts, found in batches),
        "there twice": sum(found - 1 for found in stored.values()),
        "out of balance": abs(int(balance)),
        "damaged": damage_of(db),
    }


def _overwritten(db: Database, written: Collection[Turn], jobs: tuple[Job, ...]) -> int:
    """How many rows are at an earlier turn than the last acknowledged one."""
    lost = 0
    for job, table in LAST_TURNS.items():
        stored = {row.writer: row.turn for row in db.get_all(table)}
        mine = (turn for turn in written if job_of(turn, jobs) is job)
        last = {turn.writer: turn.number for turn in sorted(mine, key=_number)}
        lost += sum(stored.get(writer, -1) < turn for writer, turn in last.items())
    return lost


def _number(turn: Turn) -> int:
    return turn.number


def damage_of(db: Database) -> int:
    """How much the database itself finds wrong with its file or its indexes."""
    if db.dialect.name == Dialect.SQLITE:
        checked = db.execute("PRAGMA integrity_check")
        orphans = db.execute("PRAGMA foreign_key_check")
        return len([text for (text,) in checked if text != "ok"]) + len(orphans)
    orphans = db.execute(
        "SELECT entry.id FROM entry LEFT JOIN batch ON batch.id = entry.batch_id "
        "WHERE batch.id IS NULL"
    )
    return len(orphans) + sum(_is_damaged(db, index) for index in _indexes(db))


def _indexes(db: Database) -> list[int]:
    """The indexes of the schema at hand, where amcheck is there to look into them."""
    if not db.execute("SELECT oid FROM pg_extension WHERE extname = 'amcheck'"):
        return []
    found = db.execute(
        "SELECT indexrelid FROM pg_index JOIN pg_class ON pg_class.oid = indrelid "
        "WHERE relnamespace = current_schema()::regnamespace"
    )
    return [oid for (oid,) in found]


def _is_damaged(db: Database, index: int) -> bool:
    try:
        db.execute("SELECT bt_index_check(%s::oid::regclass, true)", (index,))
    except DatabaseError:
        return True
    return False
