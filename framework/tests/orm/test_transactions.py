"""All or nothing: transactions, savepoints, isolation, running again, and hooks."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from roob.orm.column import Column, ForeignKey, PrimaryKey, Version
from roob.orm.connections import Transaction
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory
from roob.orm.dialects import SQLITE
from roob.orm.exceptions import (
    ConfigurationError,
    DatabaseLocked,
    RecordNotFound,
    SerializationError,
    StaleRow,
    TransientError,
    UnavailableError,
    UniqueError,
    UnsavedReferenceError,
)
from roob.orm.query import Statement
from roob.orm.table import Table


class Account(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str, unique=True)
    balance = Column(int, default=0)
    version = Version()


class Note(Table):
    id = PrimaryKey(int, auto_increment=True)
    text = Column(str)
    account: ForeignKey[Account | None] = ForeignKey(Account, nullable=True)


class Undo(Exception):
    """Rolls a block back on purpose."""


@pytest.fixture
def bank(any_db: Database) -> Database:
    any_db.create(Note)
    any_db.save(Account(name="Ada", balance=10))
    return any_db


@contextmanager
def undone(db: Database) -> Iterator[None]:
    with suppress(Undo), db.transaction():
        yield
        raise Undo


def ada(db: Database) -> Account:
    return db.query(Account).where(Account.name == "Ada").one()


def names(db: Database) -> list[str]:
    return [account.name for account in db.query(Account)]


# What a rollback puts back, in the database and on the rows.


def test_an_inserted_row_is_new_again(bank: Database) -> None:
    note, account = Note(text="a"), Account(id=7, name="Bob")
    with undone(bank):
        bank.save(note)
        bank.save(account)
        assert (note.id, bank.query(Note).count()) == (1, 1)
    assert (note.id, account.id, account.version) == (None, 7, 1)
    assert bank.query(Note).count() == 0
    with pytest.raises(UnsavedReferenceError):
        bank.save(Note(text="b", account=account))
    bank.save(account)
    bank.save(note)
    assert names(bank) == ["Ada", "Bob"]
    assert bank.query(Note).one().id == note.id


def test_an_update_is_written_again_by_the_next_one(bank: Database) -> None:
    account = ada(bank)
    with undone(bank):
        account.balance = 11
        bank.save(account)
        account.balance = 12
        bank.save(account)
        assert account.version == 3
    assert (account.balance, account.version) == (12, 1)
    bank.save(account)
    assert ada(bank).to_dict() == account.to_dict()
    assert (ada(bank).balance, ada(bank).version) == (12, 2)


def test_rows_of_a_batch_are_as_they_were(bank: Database) -> None:
    account, note, keyed = ada(bank), Note(text="n"), Note(id=9, text="k")
    account.balance = 11
    with undone(bank):
        bank.save_all([account, note, keyed])
    assert (account.version, note.id, keyed.id) == (1, None, 9)
    assert (ada(bank).balance, bank.query(Note).count()) == (10, 0)
    bank.save_all([account, note, keyed])
    assert (ada(bank).balance, bank.query(Note).count()) == (11, 2)


def test_rows_of_an_upsert_are_as_they_were(bank: Database) -> None:
    new, known = Account(name="Bob"), ada(bank)
    over = Account(name="Ada", balance=99)
    known.balance = 11
    with undone(bank):
        bank.upsert(new, on=[Account.name])
        bank.upsert(known)
        bank.upsert(over, on=[Account.name])
        assert (over.id, over.version) == (known.id, 3)
    assert (new.id, known.version, over.id, over.version) == (None, 1, None, 1)
    bank.save(known)
    assert (ada(bank).balance, ada(bank).version) == (11, 2)
    bank.save(new)
    assert names(bank) == ["Ada", "Bob"]


def test_a_row_made_by_hand_is_unknown_again(bank: Database) -> None:
    by_hand = Account(id=1, name="Augusta")
    with undone(bank):
        bank.update(by_hand)
        assert by_hand.version == 2
    with pytest.raises(UniqueError):
        bank.save(by_hand)
    bank.update(by_hand)
    assert names(bank) == ["Augusta"]


def test_a_savepoint_puts_back_its_own_changes_alone(bank: Database) -> None:
    account = ada(bank)
    with bank.transaction():
        account.balance = 11
        bank.save(account)
        with undone(bank):
            account.balance = 12
            bank.save(account)
            bank.save(note := Note(text="inner"))
        assert (account.version, note.id) == (2, None)
        assert (ada(bank).balance, bank.query(Note).count()) == (11, 0)
        bank.save(account)
    assert (ada(bank).balance, ada(bank).version, account.version) == (12, 3, 3)


def test_what_a_savepoint_kept_goes_with_the_outer_transaction(bank: Database) -> None:
    account = ada(bank)
    with undone(bank):
        with bank.transaction():
            account.balance = 11
            bank.save(account)
            with bank.transaction():
                bank.save(note := Note(text="inner"))
        assert (account.version, note.id) == (2, 1)
    assert (account.version, note.id) == (1, None)
    bank.save(account)
    assert ada(bank).balance == 11


def test_a_savepoint_goes_on_after_a_refusal(bank: Database) -> None:
    with bank.transaction():
        bank.save(Note(text="before"))
        with pytest.raises(UniqueError), bank.transaction():
            bank.save(Account(name="Ada"))
        bank.save(Note(text="after"))
    assert [note.text for note in bank.query(Note)] == ["before", "after"]


def test_a_savepoint_is_let_go_however_its_block_ends(bank: Database) -> None:
    with bank.record() as log, bank.transaction():
        with bank.transaction():
            bank.save(Note(text="kept"))
        with undone(bank):
            bank.save(Note(text="undone"))
    level_1 = [run.sql for run in log if "level_1" in run.sql]
    assert [sql.partition(' "')[0] for sql in level_1] == [
        "SAVEPOINT",
        "RELEASE",
        "SAVEPOINT",
        "ROLLBACK TO",
        "RELEASE",
    ]


def test_savepoints_of_many_levels(bank: Database) -> None:
    def nest(levels: int) -> None:
        with bank.transaction():
            bank.save(Note(text=str(levels)))
            if levels:
                nest(levels - 1)
            if levels == 3:
                raise Undo

    with bank.transaction(), pytest.raises(Undo):
        nest(3)
    with bank.transaction():
        nest(2)
    assert [note.text for note in bank.query(Note)] == ["2", "1", "0"]


def test_any_exception_rolls_back_and_goes_on(bank: Database) -> None:
    def write_and(error: type[BaseException]) -> None:
        with bank.transaction():
            bank.save(Note(text="x"))
            raise error

    for kind in (ValueError, KeyboardInterrupt, SystemExit, GeneratorExit):
        with pytest.raises(kind):
            write_and(kind)
    assert bank.query(Note).count() == 0


def test_a_read_inside_sees_what_was_written(bank: Database) -> None:
    with bank.transaction():
        bank.save(Note(text="x"))
        assert [note.text for note in bank.query(Note)] == ["x"]
        assert bank.query(Note).update(text="y") == 1
        assert bank.query(Note).one().text == "y"


@pytest.mark.parametrize("name", ["db", "postgres_db"])
def test_others_see_nothing_before_the_commit(
    name: str, request: pytest.FixtureRequest
) -> None:
    db: Database = request.getfixturevalue(name)
    db.create(Note)
    with ThreadPoolExecutor(1) as pool, db.transaction():
        db.save(Note(text="x"))
        assert pool.submit(db.query(Note).count).result() == 0
    assert db.query(Note).count() == 1


# Versions.


def test_a_stale_row_rolls_its_transaction_back(bank: Database) -> None:
    one, other = ada(bank), ada(bank)
    one.balance, other.balance = 11, 12
    bank.save(one)

    def write() -> None:
        with bank.transaction():
            bank.save(Note(text="x"))
            bank.save(other)

    with pytest.raises(StaleRow):
        write()
    assert bank.query(Note).count() == 0
    bank.delete(Account, 1)
    with pytest.raises(RecordNotFound):
        bank.save(other)


# Isolation.


def test_an_isolation_is_chosen_by_the_outermost_transaction(bank: Database) -> None:
    for isolation in ("read committed", "repeatable read", "serializable"):
        with bank.transaction(isolation):
            bank.save(Note(text=isolation))
            with (
                pytest.raises(ConfigurationError, match="outermost"),
                bank.transaction(isolation),
            ):
                pytest.fail("entered")
    assert bank.query(Note).count() == 3
    for wrong in ("", "READ COMMITTED; DROP TABLE note", "snapshot"):
        with (
            pytest.raises(ConfigurationError, match="known are"),
            bank.transaction(wrong),
        ):
            pytest.fail("entered")
    assert bank.query(Note).count() == 3


def read_twice(db: Database, isolation: str) -> tuple[int, int]:
    """Count notes before and after another has committed one."""
    with ThreadPoolExecutor(1) as pool, db.transaction(isolation):
        before = db.query(Note).count()
        pool.submit(db.save, Note(text="other")).result()
        return before, db.query(Note).count()


def test_the_levels_of_postgresql_differ_in_what_they_read(
    postgres_db: Database,
) -> None:
    postgres_db.create(Note)
    assert read_twice(postgres_db, "read committed") == (0, 1)
    assert read_twice(postgres_db, "repeatable read") == (1, 1)
    assert read_twice(postgres_db, "serializable") == (2, 2)


def skew(db: Database, isolation: str) -> None:
    """Two write what each decided by what the other is about to change."""

    def write() -> None:
        with db.transaction(isolation):
            db.save(Note(text=str(db.query(Note).count())))
            both_have_read.wait()

    both_have_read = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(write) for _ in range(2)]:
            future.result()


def test_the_levels_of_postgresql_differ_in_what_they_allow(
    postgres_db: Database,
) -> None:
    postgres_db.create(Note)
    skew(postgres_db, "repeatable read")
    assert [note.text for note in postgres_db.query(Note)] == ["0", "0"]
    with pytest.raises(SerializationError):
        skew(postgres_db, "serializable")
    with pytest.raises(SerializationError):
        skew(postgres_db, None)  # type: ignore[arg-type]  # serializable, too


def lose_an_update(db: Database, isolation: str) -> int:
    """Add 1 while another does, between reading and writing."""
    with ThreadPoolExecutor(1) as pool, db.transaction(isolation):
        (balance,) = db.execute("SELECT balance FROM account")[0]
        pool.submit(db.query(Account).update, balance=Account.balance + 1).result()
        db.query(Account).update(balance=balance + 1)
    return ada(db).balance


def test_the_levels_of_postgresql_differ_in_what_they_lose(
    postgres_db: Database,
) -> None:
    postgres_db.create(Account)
    postgres_db.save(Account(name="Ada"))
    assert lose_an_update(postgres_db, "read committed") == 1
    with pytest.raises(SerializationError):
        lose_an_update(postgres_db, "repeatable read")


# Running again.


def test_four_threads_lose_no_update(bank: Database) -> None:
    runs: list[int] = []

    def deposit() -> None:
        runs.append(1)
        account = ada(bank)
        account.balance += 1
        bank.save(account)

    def work(_: int) -> None:
        for _ in range(25):
            bank.run_transaction(deposit, attempts=100)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    assert (ada(bank).balance, ada(bank).version) == (110, 101)
    assert len(runs) >= 100


def test_a_conflict_is_run_again(postgres_db: Database) -> None:
    postgres_db.create(Account)
    postgres_db.save(Account(name="Ada"))
    runs: list[int] = []

    def work() -> str:
        account = ada(postgres_db)
        runs.append(account.balance)
        if len(runs) == 1:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(postgres_db.query(Account).update, balance=5).result()
        account.balance += 1
        postgres_db.save(account)
        return "done"

    assert postgres_db.run_transaction(work) == "done"
    assert runs == [0, 5]
    assert ada(postgres_db).balance == 6


def test_a_locked_database_is_tried_again(path: Path) -> None:
    with DatabaseFactory().get_connection(path, timeout=0.05) as db:
        db.create(Note)
        locked, failed = Event(), Event()

        def hold() -> None:
            with db.transaction():
                locked.set()
                assert failed.wait(10)

        def work() -> None:
            db.save(Note(text="x"))

        with ThreadPoolExecutor(1) as pool:
            holder = pool.submit(hold)
            assert locked.wait(10)
            with pytest.raises(DatabaseLocked):
                db.run_transaction(work, attempts=1)
            failed.set()
            db.run_transaction(work, attempts=100)
            holder.result()
        assert db.query(Note).count() == 1


class Conflict:
    """Work that meets another transaction a number of times."""

    def __init__(self, times: int) -> None:
        self.left, self.runs = times, 0

    def __call__(self) -> int:
        self.runs += 1
        self.left -= 1
        if self.left >= 0:
            raise SerializationError("another came in between")
        return self.runs


def test_work_is_attempted_a_bounded_number_of_times(bank: Database) -> None:
    assert bank.run_transaction(Conflict(2)) == 3
    work = Conflict(99)
    with pytest.raises(SerializationError):
        bank.run_transaction(work, attempts=3)
    assert work.runs == 3


def test_work_is_not_attempted_again_once_patience_is_over(bank: Database) -> None:
    work = Conflict(99)
    with pytest.raises(SerializationError):
        bank.run_transaction(work, patience=-1)
    assert work.runs == 1


def test_each_attempt_begins_anew(bank: Database) -> None:
    conflict = Conflict(2)
    note = Note(text="x")

    def work() -> None:
        bank.save(note)
        bank.after_commit(lambda: called.append(1))
        conflict()

    called: list[int] = []
    bank.run_transaction(work)
    assert called == [1]
    assert bank.query(Note).one().id == note.id


def test_another_error_is_not_run_again(bank: Database) -> None:
    runs: list[int] = []

    def work() -> None:
        runs.append(1)
        bank.save(Account(name="Ada"))

    with pytest.raises(UniqueError):
        bank.run_transaction(work)
    assert runs == [1]


def test_inside_of_another_transaction_work_runs_once(bank: Database) -> None:
    work = Conflict(1)
    with pytest.raises(SerializationError), bank.transaction():
        bank.run_transaction(work)
    assert work.runs == 1
    outer_runs: list[int] = []

    def outer() -> int:
        outer_runs.append(1)
        return bank.run_transaction(inner)

    inner = Conflict(2)
    assert bank.run_transaction(outer) == 3
    assert len(outer_runs) == 3


def test_a_run_takes_an_isolation(bank: Database) -> None:
    assert bank.run_transaction(lambda: "x", isolation="read committed") == "x"
    with pytest.raises(ConfigurationError):
        bank.run_transaction(lambda: "x", isolation="nope")


# Hooks.


def test_hooks_are_called_once_all_is_committed(bank: Database) -> None:
    called: list[Any] = []
    with bank.transaction():
        bank.after_commit(lambda: called.append(("outer", bank.query(Note).count())))
        with bank.transaction():
            bank.save(Note(text="x"))
            bank.after_commit(lambda: called.append("inner"))
        with undone(bank):
            bank.after_commit(lambda: called.append("undone"))
        assert called == []
    assert called == [("outer", 1), "inner"]
    with undone(bank):
        bank.after_commit(lambda: called.append("undone"))
    assert len(called) == 2


def test_a_hook_outside_of_a_transaction_is_called_at_once(bank: Database) -> None:
    called: list[int] = []
    bank.after_commit(lambda: called.append(1))
    assert called == [1]


def test_a_hook_may_write_and_have_hooks(bank: Database) -> None:
    def write() -> None:
        with bank.transaction():
            bank.save(Note(text="by a hook"))
            bank.after_commit(lambda: called.append(bank.query(Note).count()))

    called: list[int] = []
    with bank.transaction():
        bank.after_commit(write)
    assert called == [1]


def failing(error: Exception) -> Callable[[], None]:
    def hook() -> None:
        raise error

    return hook


def test_a_hook_that_fails_undoes_nothing_and_stops_no_other(bank: Database) -> None:
    called: list[int] = []
    note = Note(text="x")

    def write() -> None:
        with bank.transaction():
            bank.save(note)
            bank.after_commit(failing(ZeroDivisionError("first")))
            bank.after_commit(failing(KeyError("second")))
            bank.after_commit(lambda: called.append(1))

    with pytest.raises(ZeroDivisionError) as caught:
        write()
    assert called == [1]
    assert caught.value.__notes__ == ["another hook failed too: KeyError('second')"]
    assert bank.query(Note).one() == note
    note.text = "y"
    bank.save(note)
    assert bank.query(Note).one().text == "y"


def test_a_transient_error_of_a_hook_does_not_run_the_work_again(
    bank: Database,
) -> None:
    def work() -> None:
        bank.save(Note(text="once"))
        bank.after_commit(failing(SerializationError("in the hook")))

    with pytest.raises(SerializationError, match="in the hook"):
        bank.run_transaction(work)
    assert bank.query(Note).count() == 1


# The database ends it.


class Lost:
    """A connection whose server goes away when it is to roll back."""

    transaction: Transaction | None = None
    is_own = True
    in_transaction = True

    def change(self, statement: Statement) -> int:
        if statement.sql == "ROLLBACK":
            raise UnavailableError("the server is gone")
        return 0


def test_the_error_of_the_block_is_not_hidden_by_a_failing_rollback() -> None:
    connection = Lost()
    with pytest.raises(Undo), Transaction(connection, SQLITE):  # type: ignore[arg-type]
        raise Undo
    assert connection.transaction is None


def test_a_transaction_that_is_entered_again_begins_anew(bank: Database) -> None:
    called: list[int] = []
    transaction = bank.transaction()
    with transaction:
        bank.after_commit(lambda: called.append(1))
        bank.save(note := Note(text="x"))
    with pytest.raises(Undo), transaction:
        raise Undo
    assert called == [1]
    assert note.id == 1
    with transaction:
        pass
    assert called == [1]


def test_transient_errors_are_those_worth_another_attempt() -> None:
    assert issubclass(DatabaseLocked, TransientError)
    assert issubclass(SerializationError, TransientError)
    assert not issubclass(UniqueError, TransientError)
