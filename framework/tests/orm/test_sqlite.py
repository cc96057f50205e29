import gc
import os
import signal
import sqlite3
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest
import roob.orm
from roob.orm.column import Column, PrimaryKey
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory
from roob.orm.dialects import ISOLATION_LEVELS, SQLITE
from roob.orm.exceptions import (
    DatabaseError,
    DatabaseLocked,
    OutOfSpaceError,
    UnavailableError,
)
from roob.orm.query import Statement
from roob.orm.sqlite import SqliteConnector, use_write_ahead_log
from roob.orm.table import Table

THREADS = 8


class Counter(Table):
    id = PrimaryKey(int, auto_increment=True)
    value = Column(int, default=0)


PRELUDE = """
import os, sqlite3, sys, threading, time, warnings
from roob.orm.column import Column, PrimaryKey
from roob.orm.db_factory import DatabaseFactory
from roob.orm.exceptions import UnavailableError
from roob.orm.table import Table

class Counter(Table):
    id = PrimaryKey(int, auto_increment=True)
    value = Column(int, default=0)

warnings.simplefilter("ignore", DeprecationWarning)  # to fork beside threads
db = DatabaseFactory().get_connection(sys.argv[1])
"""


def start(path: Path, code: str) -> subprocess.Popen[str]:
    """Run code after the prelude in a fresh interpreter, leaks being errors."""
    root = str(Path(roob.orm.__file__).parents[2])
    return subprocess.Popen(
        [
            sys.executable,
            "-W",
            "error::ResourceWarning",
            "-c",
            PRELUDE + code,
            str(path),
        ],
        env={**os.environ, "PYTHONPATH": root, "PYTHONWARNINGS": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def output_of(path: Path, code: str) -> str:
    process = start(path, code)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    return output


def in_threads(work: Callable[[int], object]) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))


def pragma(path: Path, name: str) -> object:
    connector = SqliteConnector(str(path), 5)
    (record,) = connector.connection().fetch(Statement(f"PRAGMA {name}"))
    connector.close()
    return record[0]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process that holds the write lock."""
    holder = start(
        path,
        """
with db.transaction():
    print("locked", flush=True)
    sys.stdin.read()
db.close()
""",
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "locked\n"
    try:
        yield
    finally:
        _, errors = holder.communicate(timeout=60)
        assert errors == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)],
)
def test_a_connection_keeps_its_promises(path: Path, name: str, value: object) -> None:
    assert pragma(path, name) == value


def test_threads_that_open_a_new_file_at_once_all_get_in(path: Path) -> None:
    with DatabaseFactory().get_connection(path) as db:
        barrier = Barrier(THREADS)

        def create(_: int) -> None:
            barrier.wait()
            db.create(Counter)

        in_threads(create)
        assert db.get_all(Counter) == []


def test_processes_that_open_a_new_file_at_once_all_get_in(path: Path) -> None:
    code = 'print("up", flush=True); sys.stdin.read(); db.create(Counter); db.close()'
    for attempt in range(3):
        new = path.with_name(f"{attempt}.sqlite")
        processes = [start(new, code) for _ in range(4)]
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()
            process.stdin = None
        assert [p.communicate(timeout=60)[1] for p in processes] == [""] * 4


class BusyConnection:
    """A connection whose file others hold for the first few tries."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals

    def execute(self, sql: str) -> None:
        if self.refusals:
            self.refusals -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error


def test_the_log_is_turned_on_once_others_let_go() -> None:
    busy = BusyConnection(refusals=2)
    use_write_ahead_log(busy, time.monotonic() + 30)  # type: ignore[arg-type]
    assert busy.refusals == 0


def test_the_log_is_not_waited_for_beyond_the_deadline() -> None:
    busy = BusyConnection(refusals=2)
    with pytest.raises(sqlite3.OperationalError):
        use_write_ahead_log(busy, time.monotonic() - 1)  # type: ignore[arg-type]
    assert busy.refusals == 1


def test_a_transaction_belongs_to_its_thread(db: Database) -> None:
    db.create(Counter)
    with db.transaction():
        db.save(Counter())
        with ThreadPoolExecutor(1) as pool:
            seen = pool.submit(db.get_all, Counter).result(timeout=30)
        assert len(db.get_all(Counter)) == 1
    assert seen == []


def test_in_memory_a_reader_waits_for_a_writer() -> None:
    with DatabaseFactory().get_connection(":memory:", timeout=0.1) as db:
        db.create(Counter)
        with ThreadPoolExecutor(1) as pool, db.transaction():
            db.save(Counter())
            reader = pool.submit(db.get_all, Counter)
            assert isinstance(reader.exception(timeout=30), DatabaseLocked)
        assert len(db.get_all(Counter)) == 1


def test_a_finished_thread_leaves_no_connection(path: Path) -> None:
    connector = SqliteConnector(str(path), 5)
    kept = []

    def use() -> None:
        connection = connector.connection()
        connection.fetch(Statement("SELECT 1"))
        kept.append(weakref.ref(connection))

    thread = Thread(target=use)
    thread.start()
    thread.join()
    gc.collect()

    assert kept[0]() is None
    assert connector.own_connections() == []


def test_a_database_that_is_dropped_closes_its_connections(path: Path) -> None:
    db = DatabaseFactory().get_connection(path)
    db.create(Counter)
    assert path.with_name(path.name + "-wal").exists()
    cycle = [db]
    cycle.append(cycle)  # type: ignore[arg-type]
    del db, cycle
    gc.collect()
    assert not path.with_name(path.name + "-wal").exists()


def test_close_closes_for_all_threads_and_the_next_use_opens_anew(
    db: Database, path: Path
) -> None:
    db.create(Counter)
    opened, finish = Event(), Event()

    def use() -> list[Counter]:
        db.save(Counter())
        opened.set()
        finish.wait(30)
        return db.get_all(Counter)

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(use)
        opened.wait(30)
        db.close()
        assert not path.with_name(path.name + "-wal").exists()
        finish.set()
        assert len(other.result(timeout=30)) == 1
    assert len(db.get_all(Counter)) == 1


def test_close_forgets_what_is_in_memory() -> None:
    db = DatabaseFactory().get_connection(":memory:")
    db.create(Counter)
    db.close()
    db.create(Counter)
    assert db.get_all(Counter) == []
    db.close()


def test_databases_in_memory_are_apart() -> None:
    first, second = (DatabaseFactory().get_connection(":memory:") for _ in range(2))
    with first, second:
        first.create(Counter)
        with pytest.raises(DatabaseError, match="no such table"):
            second.get_all(Counter)


def test_a_writer_waits_for_another_and_then_gives_up(path: Path) -> None:
    with DatabaseFactory().get_connection(path, timeout=0.1) as db:
        db.create(Counter)
        row = Counter()
        with locked(path), pytest.raises(DatabaseLocked, match="locked") as caught:
            db.save(row)
        assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
        assert row.id is None
        db.save(row)
        assert row.id == 1


def test_who_read_what_is_outdated_by_now_gives_up_at_once(path: Path) -> None:
    with DatabaseFactory().get_connection(path, timeout=20) as db:
        db.create(Counter)
        db.execute("BEGIN")
        assert db.get_all(Counter) == []
        with ThreadPoolExecutor(1) as pool:
            pool.submit(db.save, Counter()).result()
        start = time.monotonic()
        with pytest.raises(DatabaseLocked):
            db.save(Counter())
        assert time.monotonic() - start < 10
        db.execute("ROLLBACK")


@pytest.mark.parametrize("isolation", [None, *ISOLATION_LEVELS])
def test_a_transaction_of_any_isolation_takes_the_lock_when_it_begins(
    path: Path, isolation: str | None
) -> None:
    with DatabaseFactory().get_connection(path, timeout=0.1) as db:
        with (
            locked(path),
            pytest.raises(DatabaseLocked),
            db.transaction(isolation),
        ):
            pytest.fail("entered")
        with db.transaction(isolation):
            db.create(Counter)


def test_a_text_that_is_no_number_comes_after_all_decimals(db: Database) -> None:
    db.execute("CREATE TABLE price (amount TEXT COLLATE decimal)")
    for text in ("abc", "10", "Infinity", "9", "", "-1E+3", "NaN", "9.50"):
        db.execute("INSERT INTO price VALUES (?)", (text,))
    amounts = [text for (text,) in db.execute("SELECT * FROM price ORDER BY amount")]
    assert amounts == ["-1E+3", "9", "9.50", "10", "", "Infinity", "NaN", "abc"]


def test_readers_do_not_wait_for_a_writer(path: Path) -> None:
    with DatabaseFactory().get_connection(path, timeout=0.1) as db:
        db.create(Counter)
        with locked(path):
            assert db.get_all(Counter) == []


def test_what_is_streamed_may_be_changed_while_others_write(
    db: Database, path: Path
) -> None:
    db.create(Counter)
    db.save_all([Counter() for _ in range(2000)])
    with DatabaseFactory().get_connection(path) as other:
        for row in db.query(Counter):
            if row.id == 10:
                other.save(Counter())
            if row.id == 20:
                row.value = 7
                db.update(row)
    assert db.get_by_id(Counter, 20).value == 7


def test_a_stream_whose_database_is_closed_says_so(db: Database) -> None:
    db.create(Counter)
    db.save_all([Counter() for _ in range(2000)])
    stream = iter(db.query(Counter))
    next(stream)
    db.close()
    with pytest.raises(DatabaseError, match="closed"):
        list(stream)


def test_a_connection_opened_before_a_fork_serves_both_processes(path: Path) -> None:
    output = output_of(
        path,
        """
db.create(Counter)
db.save(Counter())
children = []
for _ in range(3):
    child = os.fork()
    if not child:
        for _ in range(50):
            with db.transaction():
                counter = db.get_by_id(Counter, 1)
                counter.value += 1
                db.save(counter)
        os._exit(0)
    children.append(child)
for _ in range(50):
    with db.transaction():
        counter = db.get_by_id(Counter, 1)
        counter.value += 1
        db.save(counter)
assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
print(db.get_by_id(Counter, 1).value)
db.close()
""",
    )
    assert output == "200\n"


def test_a_child_keeps_its_writes_when_its_parent_closes(path: Path) -> None:
    output = output_of(
        path,
        """
db.create(Counter)
to_child, to_parent = os.pipe(), os.pipe()
child = os.fork()
if not child:
    db.save(Counter(value=1))
    os.write(to_parent[1], b"x")
    os.read(to_child[0], 1)
    db.save(Counter(value=2))
    os.write(to_parent[1], b"x")
    os.read(to_child[0], 1)
    os._exit(0)
os.read(to_parent[0], 1)
db.get_all(Counter)
db.close()
os.write(to_child[1], b"x")
os.read(to_parent[0], 1)
print(sorted(counter.value for counter in db.get_all(Counter)))
os.write(to_child[1], b"x")
assert os.waitpid(child, 0)[1] == 0
db.close()
""",
    )
    assert output == "[1, 2]\n"


def test_a_child_of_a_fork_inside_of_a_transaction_is_told_so(path: Path) -> None:
    output = output_of(
        path,
        """
db.create(Counter)
with db.transaction():
    db.save(Counter(value=1))
    child = os.fork()
    if not child:
        try:
            db.get_all(Counter)
        except UnavailableError as error:
            print(error, flush=True)
    else:
        assert os.waitpid(child, 0)[1] == 0
        db.save(Counter(value=2))
if not child:
    os._exit(0)
print([counter.value for counter in db.get_all(Counter)])
db.close()
""",
    )
    assert output == (
        "this process was forked inside of a transaction, so SQLite cannot tell its "
        "own locks from its parent's; fork before or after the transaction\n[1, 2]\n"
    )


def test_a_child_that_lets_go_of_its_parents_transaction_harms_no_file(
    path: Path,
) -> None:
    output = output_of(
        path,
        """
import gc
db.create(Counter)
with db.transaction():
    db.execute("PRAGMA cache_size = 10")  # so that it writes before it commits
    db.save_all([Counter() for _ in range(20_000)])
    child = os.fork()
    if child:
        assert os.waitpid(child, 0)[1] == 0
        db.save_all([Counter() for _ in range(20_000)])
if not child:
    del db
    gc.collect()
    os._exit(0)
print(db.query(Counter).count(), *db.execute("PRAGMA integrity_check"))
db.close()
""",
    )
    assert output == "40000 ('ok',)\n"


def test_a_fork_does_not_wait_for_those_who_wait_for_its_transaction(
    path: Path,
) -> None:
    output = output_of(
        path,
        """
db.create(Counter)
waits = threading.Event()
def save():
    waits.set()
    db.save(Counter(value=2))
with db.transaction():
    db.save(Counter(value=1))
    writer = threading.Thread(target=save)
    writer.start()
    waits.wait(30)
    began = time.monotonic()
    child = os.fork()
    if not child:
        os._exit(0)
    took = time.monotonic() - began
    assert os.waitpid(child, 0)[1] == 0
writer.join(30)
print(took < 2.5, [counter.value for counter in db.get_all(Counter)])
db.close()
""",
    )
    assert output == "True [1, 2]\n"


def test_a_fork_waits_for_the_transaction_of_another_thread(path: Path) -> None:
    output = output_of(
        path,
        """
db.create(Counter)
began = threading.Event()
def write():
    with db.transaction():
        db.save(Counter(value=1))
        began.set()
        time.sleep(0.1)
        db.save(Counter(value=2))
writer = threading.Thread(target=write)
writer.start()
began.wait(30)
child = os.fork()
if not child:
    db.save(Counter(value=3))
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
writer.join(30)
print([counter.value for counter in db.get_all(Counter)])
db.close()
""",
    )
    assert output == "[1, 2, 3]\n"


def test_a_stream_goes_on_in_both_processes_after_a_fork(path: Path) -> None:
    output = output_of(
        path,
        """
db.create(Counter)
db.save_all([Counter(value=value) for value in range(3000)])
stream = iter(db.query(Counter))
next(stream)
child = os.fork()
rest = sum(1 for _ in stream)
if not child:
    db.save(Counter(value=rest))
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
print(rest, db.get_by_id(Counter, 3001).value)
db.close()
""",
    )
    assert output == "2999 2999\n"


def test_a_database_in_memory_goes_on_in_a_child_as_a_copy(path: Path) -> None:
    output = output_of(
        path,
        """
db.close()
db = DatabaseFactory().get_connection(":memory:")
db.create(Counter)
db.save(Counter())
child = os.fork()
if not child:
    db.save(Counter())
    os._exit(0 if len(db.get_all(Counter)) == 2 else 1)
print(os.waitpid(child, 0)[1], len(db.get_all(Counter)))
db.close()
""",
    )
    assert output == "0 1\n"


def test_killed_processes_lose_no_acknowledged_write(path: Path) -> None:
    code = """
db.create(Counter)
while True:
    row = Counter(value=1)
    db.save(row)
    print(row.id, flush=True)
"""
    acknowledged: list[int] = []
    for _ in range(5):
        writer = start(path, code)
        assert writer.stdout is not None
        acknowledged += [int(writer.stdout.readline()) for _ in range(20)]
        writer.send_signal(signal.SIGKILL)
        rest, _ = writer.communicate(timeout=60)
        acknowledged += [int(line) for line in rest.splitlines(keepends=True) if line]
    with DatabaseFactory().get_connection(path) as db:
        found = {row.id for row in db.get_all(Counter)}
    assert len(acknowledged) >= 100
    assert set(acknowledged) <= found
    assert pragma(path, "integrity_check") == "ok"


def test_a_database_whose_file_is_gone_does_not(db: Database, path: Path) -> None:
    db.create(Counter)
    path.unlink()
    with pytest.raises(UnavailableError, match="is gone"):
        db.ping()


def test_a_file_that_is_no_database_is_named(path: Path) -> None:
    path.write_text("These are not the bytes of a database, and there are enough.")
    with (
        DatabaseFactory().get_connection(path) as db,
        pytest.raises(UnavailableError, match=r"not a database, in .*test\.sqlite"),
    ):
        db.ping()


def test_a_transaction_that_the_database_ended_writes_no_more(path: Path) -> None:
    connector = SqliteConnector(str(path), 5)
    with Database(connector, SQLITE) as db:
        db.create(Counter)
        with pytest.raises(DatabaseError, match="has ended"), db.transaction():  # noqa: PT012
            db.save(Counter())
            connector.connection().change(Statement("ROLLBACK"))
            db.save(Counter())
        assert db.get_all(Counter) == []


def test_a_transaction_whose_connection_was_closed_writes_no_more(
    db: Database,
) -> None:
    db.create(Counter)
    with pytest.raises(DatabaseError, match="has ended"), db.transaction():  # noqa: PT012
        db.save(Counter())
        db.close()
        db.save(Counter())
    assert db.get_all(Counter) == []


def test_a_commit_that_fails_is_rolled_back_and_raised(db: Database) -> None:
    db.create(Counter)
    row = Counter()
    with pytest.raises(DatabaseError, match="has ended"), db.transaction():  # noqa: PT012
        db.save(row)
        db.close()
    assert row.id is None
    db.save(row)
    assert db.get_all(Counter) == [row]


def test_a_full_database_keeps_what_it_had(path: Path) -> None:
    class Blob(Table):
        id = PrimaryKey(int, auto_increment=True)
        data = Column(bytes)

    connector = SqliteConnector(str(path), 5)
    with Database(connector, SQLITE) as db:
        db.create(Blob)
        db.save(Blob(data=b"kept"))
        connector.connection().fetch(Statement("PRAGMA max_page_count = 10"))
        row = Blob(data=b"x" * 100_000)
        with pytest.raises(OutOfSpaceError, match="full"), db.transaction():
            db.save(row)
        assert row.id is None
        assert [blob.data for blob in db.get_all(Blob)] == [b"kept"]
