"""Sessions that are ended, servers that restart, processes that fork."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread
from threading import enumerate as all_threads

import pytest
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory
from roob.orm.exceptions import DatabaseError, UnavailableError
from roob.orm.query import Statement

from framework.tests.orm.postgres_server import PostgresServer

psycopg = pytest.importorskip("psycopg")

from roob.orm.postgres import (  # noqa: E402
    Lender,
    PostgresConnection,
    PostgresConnector,
)

from framework.tests.orm.postgres_sessions import (  # noqa: E402
    SLEEP,
    Counter,
    Named,
    backend_of,
    connector_of,
    kill,
    outcome_of,
    output_of,
    until,
    value_of,
)


@pytest.fixture
def connector(postgres_url: str) -> Iterator[PostgresConnector]:
    made = connector_of(postgres_url)
    yield made
    made.close()


@pytest.fixture
def connection(connector: PostgresConnector) -> PostgresConnection:
    return connector.connection()


def test_an_idle_connection_that_was_ended_fails_nobody(
    connection: PostgresConnection, postgres_url: str
) -> None:
    backend = backend_of(connection)
    kill(postgres_url, backend)
    assert backend_of(connection) != backend


def test_a_statement_whose_session_is_ended_fails_once(
    connection: PostgresConnection, connector: PostgresConnector, postgres_url: str
) -> None:
    with ThreadPoolExecutor(1) as pool:
        sleeper = pool.submit(lambda: connector.connection().fetch(SLEEP))
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            ended = (
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                f"WHERE query = '{SLEEP.sql}' AND state = 'active'"
            )
            until(lambda: admin.execute(ended).fetchone() == (1,))
        assert isinstance(sleeper.exception(timeout=30), UnavailableError)
    assert value_of(connection, "SELECT 1") == 1


def test_a_connection_that_is_lost_in_use_makes_room_for_another(
    postgres_url: str,
) -> None:
    connector = connector_of(postgres_url, timeout=1, size=1)
    connection = connector.connection()
    for _ in range(3):
        connection.change(Statement("BEGIN"))
        kill(postgres_url, backend_of(connection))
        with pytest.raises(UnavailableError):
            connection.fetch(Statement("SELECT 1"))
        assert value_of(connection, "SELECT 1") == 1
    connector.close()


def test_a_transaction_whose_session_is_ended_writes_nothing_more(
    postgres_db: Database, postgres_url: str
) -> None:
    postgres_db.create(Counter)
    row = Counter()
    with pytest.raises(DatabaseError, match="has ended"), postgres_db.transaction():  # noqa: PT012
        postgres_db.save(row)
        end_transactions_that_wait(postgres_url)
        with pytest.raises(UnavailableError, match="terminating"):
            postgres_db.save(Counter())
        postgres_db.save(Counter())
    assert row.id is None
    assert postgres_db.get_all(Counter) == []


def test_a_lost_transaction_is_not_committed_though_its_error_was_caught(
    postgres_db: Database, postgres_url: str
) -> None:
    postgres_db.create(Counter)
    row, hooks = Counter(), []
    with pytest.raises(DatabaseError, match="has ended"), postgres_db.transaction():  # noqa: PT012
        postgres_db.save(row)
        postgres_db.after_commit(lambda: hooks.append("mail"))
        end_transactions_that_wait(postgres_url)
        with pytest.raises(UnavailableError), postgres_db.transaction():
            postgres_db.save(Counter())
    assert (row.id, hooks, postgres_db.get_all(Counter)) == (None, [], [])


def end_transactions_that_wait(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE state = 'idle in transaction' AND query LIKE 'INSERT%counter%'"
        )


class Writer(Thread):
    """Saves named rows, one after the other, and counts what became of them."""

    def __init__(self, db: Database, number: int) -> None:
        super().__init__()
        self.db, self.number = db, number
        self.saved: list[str] = []
        self.doubtful: list[str] = []
        self.stopped = Event()

    def run(self) -> None:
        for turn in count():
            name = f"{self.number}/{turn}"
            try:
                self.db.save(Named(name=name))
                self.saved.append(name)
            except UnavailableError:
                self.doubtful.append(name)
            if self.stopped.is_set():
                return


@contextmanager
def writing(db: Database, threads: int) -> Iterator[list[Writer]]:
    writers = [Writer(db, number) for number in range(threads)]
    for writer in writers:
        writer.start()
    try:
        yield writers
    finally:
        for writer in writers:
            writer.stopped.set()
            writer.join(60)


def each_saves_some_more(writers: list[Writer]) -> None:
    goals = [(writer.saved, len(writer.saved) + 20) for writer in writers]
    until(lambda: all(len(saved) >= goal for saved, goal in goals), seconds=60)


def test_a_server_that_restarts_fails_each_connection_once_at_most(
    server: PostgresServer,
) -> None:
    restarts, connections = 3, 4
    with DatabaseFactory.from_url(server.url, timeout=20, pool_size=connections) as db:
        db.create(Named)
        with writing(db, connections) as writers:
            for _ in range(restarts):
                each_saves_some_more(writers)
                server.stop()
                server.start()
            each_saves_some_more(writers)
        stored = [row.name for row in db.get_all(Named)]

    assert sum(len(writer.doubtful) for writer in writers) <= restarts * connections
    assert {name for writer in writers for name in writer.saved} <= set(stored)


def test_sessions_that_are_ended_again_and_again_write_nothing_twice(
    postgres_url: str,
) -> None:
    kills = 10
    with DatabaseFactory.from_url(f"{postgres_url}&application_name=prey") as db:
        db.create(Counter)
        done: list[int] = []
        doubtful = 0

        def save() -> bool:
            try:
                row = Counter()
                db.save(row)
                return not done.append(row.id)
            except UnavailableError:
                return False

        with psycopg.connect(postgres_url, autocommit=True) as admin:
            for _ in range(kills):
                doubtful += sum(not save() for _ in range(10))
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name = 'prey'"
                )
        doubtful += sum(not save() for _ in range(10))
        stored = [row.id for row in db.get_all(Counter)]
    assert doubtful <= kills
    assert set(done) <= set(stored)
    assert len(stored) <= len(done) + doubtful


def test_the_reason_is_told_when_a_server_stays_away(server: PostgresServer) -> None:
    with DatabaseFactory.from_url(server.url, timeout=0.5) as db:
        db.ping()
        server.stop()
        with pytest.raises(UnavailableError, match="connection to server"):
            db.ping()
        server.start()
        until(lambda: outcome_of(db.ping) is None)


def test_a_database_used_before_a_fork_serves_both_processes(postgres_url: str) -> None:
    output = output_of(
        """
def increment():
    try:
        with db.transaction():
            counter = db.get_by_id(Counter, 1)
            counter.value += 1
            db.save(counter)
    except TransientError:
        increment()

db.create(Counter)
db.save(Counter())
children = []
for _ in range(3):
    child = os.fork()
    if not child:
        for _ in range(50):
            increment()
        sys.exit(0)
    children.append(child)
for _ in range(50):
    increment()
assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
print(db.get_by_id(Counter, 1).value)
db.close()
""",
        postgres_url,
    )
    assert output == "200\n"


def test_a_child_leaves_its_parents_sessions_and_transaction_alone(
    postgres_url: str,
) -> None:
    output = output_of(
        """
import gc
db.create(Counter)
stream = db._connector.connection().stream(Statement("SELECT generate_series(1, 9)"), 1)
next(stream)
with db.transaction():
    db.save(Counter(value=1))
    child = os.fork()
    if not child:
        assert db.get_all(Counter) == []
    else:
        assert os.waitpid(child, 0)[1] == 0
        db.save(Counter(value=2))
if not child:
    assert db.get_all(Counter) == []
    db.close()
    del db, stream
    gc.collect()
    sys.exit(0)
print([counter.value for counter in db.get_all(Counter)], len([*stream]))
db.close()
""",
        postgres_url,
    )
    assert output == "[1, 2] 8\n"


def test_a_child_does_not_wait_for_threads_that_stayed_with_its_parent(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lender = Lender(postgres_url, min_size=0, max_size=1, open=True)
    threads = [t for t in all_threads() if t.name.startswith(lender.name)]
    with monkeypatch.context() as in_the_child:
        in_the_child.setattr("os.getpid", lambda: -1)
        lender.__del__()
    assert threads
    assert all(thread.is_alive() for thread in threads)
    lender.close()


def test_a_process_that_closes_nothing_ends_quietly(postgres_url: str) -> None:
    code = "db.create(Counter)\nprint(db.get_all(Counter))"
    assert output_of(code, postgres_url) == "[]\n"


def test_a_child_that_uses_nothing_leaves_everything_alone(postgres_url: str) -> None:
    output = output_of(
        """
backend = Statement("SELECT pg_backend_pid()")
before = db._connector.connection().fetch(backend)
child = os.fork()
if not child:
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
print(before == db._connector.connection().fetch(backend))
db.close()
""",
        postgres_url,
    )
    assert output == "True\n"
