import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory
from roob.orm.dialects import POSTGRESQL
from roob.orm.exceptions import (
    CheckError,
    ConfigurationError,
    DatabaseError,
    DatabaseLocked,
    ForeignKeyError,
    IntegrityError,
    OutOfSpaceError,
    SerializationError,
    UnavailableError,
    UniqueError,
)
from roob.orm.query import Statement

psycopg = pytest.importorskip("psycopg")

from roob.orm.postgres import (  # noqa: E402
    PostgresConnection,
    PostgresConnector,
    translated,
)

from framework.tests.orm.postgres_sessions import (  # noqa: E402
    SLEEP,
    Counter,
    Named,
    backend_of,
    connector_of,
    outcome_of,
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


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("TimeZone", "UTC"),
        ("client_encoding", "UTF8"),
        ("lock_timeout", "5s"),
        ("statement_timeout", "30s"),
        ("application_name", "roob"),
        ("extra_float_digits", "1"),
    ],
)
def test_a_session_keeps_its_promises(
    connection: PostgresConnection, setting: str, value: str
) -> None:
    assert value_of(connection, f"SHOW {setting}") == value


def test_a_url_has_the_last_word_on_limits_and_none_on_promises(
    postgres_url: str,
) -> None:
    theirs = "%20-cstatement_timeout%3D7s%20-ctimezone%3DEurope/Berlin"
    connector = connector_of(f"{postgres_url}{theirs}&application_name=shop")
    connection = connector.connection()
    assert value_of(connection, "SHOW statement_timeout") == "7s"
    assert value_of(connection, "SHOW application_name") == "shop"
    assert value_of(connection, "SHOW TimeZone") == "UTC"
    connector.close()


def test_a_database_of_another_encoding_is_refused(server_url: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS roob_ascii")
        admin.execute(
            "CREATE DATABASE roob_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' "
            "LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        url = server_url.replace("/postgres?", "/roob_ascii?")
        with pytest.raises(ConfigurationError, match="SQL_ASCII, not UTF8"):
            DatabaseFactory.from_url(url).ping()
        admin.execute("DROP DATABASE roob_ascii")


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("08006", UnavailableError),
        ("22003", IntegrityError),
        ("2200H", OutOfSpaceError),
        ("23001", ForeignKeyError),
        ("23502", IntegrityError),
        ("23503", ForeignKeyError),
        ("23505", UniqueError),
        ("23514", CheckError),
        ("25006", UnavailableError),
        ("28P01", UnavailableError),
        ("3D000", UnavailableError),
        ("40001", SerializationError),
        ("40P01", SerializationError),
        ("42P01", DatabaseError),
        ("53100", OutOfSpaceError),
        ("53200", OutOfSpaceError),
        ("53300", UnavailableError),
        ("55P03", DatabaseLocked),
        ("57014", DatabaseError),
        ("57P01", UnavailableError),
        ("57P03", UnavailableError),
        ("58030", UnavailableError),
        ("XX000", DatabaseError),
        ("XX001", UnavailableError),
    ],
)
def test_each_sqlstate_has_its_error(state: str, kind: type[DatabaseError]) -> None:
    error = psycopg.errors.lookup(state)("what happened")
    made = translated(error, "SELECT 1")
    assert type(made) is kind
    assert str(made) == "what happened, in SELECT 1"


def test_errors_without_a_sqlstate_are_lost_connections_or_misuse() -> None:
    lost, misuse = psycopg.OperationalError("gone"), psycopg.ProgrammingError("hm")
    assert type(translated(lost, "x")) is UnavailableError
    assert type(translated(misuse, "x")) is DatabaseError


def test_a_message_has_the_statement_and_no_value(
    connection: PostgresConnection,
) -> None:
    connection.change(Statement("CREATE TABLE t (name text UNIQUE)"))
    insert = Statement("INSERT INTO t VALUES (%s)", ("my secret",))
    connection.change(insert)
    with pytest.raises(UniqueError, match=r"INSERT INTO t VALUES") as caught:
        connection.change(insert)
    assert "secret" not in str(caught.value)
    with pytest.raises(DatabaseError, match="invalid input syntax") as other:
        connection.fetch(Statement("SELECT CAST(%s AS bigint)", ('my "secret" x',)))
    assert "secret" not in str(other.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:secret%zz@host/db",
        "postgresql://ada:secret@host/db?sslmode",
        "postgresql://ada:secret@[host/db",
        "postgres://ada:secret@host/db?secret=1",
    ],
)
def test_a_url_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        DatabaseFactory.from_url(url)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    db = DatabaseFactory.from_url("postgresql://ada:secret@127.0.0.1:1/library")
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1.*port 1") as caught:
        db.ping()
    assert "secret" not in f"{caught.value} {caught.value.__cause__} {db!r}"


def test_a_connection_string_of_libpq_is_taken_too(postgres_url: str) -> None:
    conninfo = psycopg.conninfo.make_conninfo(postgres_url)
    with DatabaseFactory("postgresql").get_connection(conninfo) as db:
        db.ping()


def test_a_writer_waits_for_another_and_then_gives_up(postgres_url: str) -> None:
    with DatabaseFactory.from_url(postgres_url, timeout=0.1) as db:
        db.create(Counter)
        db.save(Counter())
        with ThreadPoolExecutor(1) as pool, db.transaction():
            db.save(db.get_by_id(Counter, 1))
            db.update(Counter(id=1, value=1))
            other = pool.submit(db.update, Counter(id=1, value=2))
            assert isinstance(other.exception(timeout=30), DatabaseLocked)
        assert db.get_by_id(Counter, 1).value == 1


def test_who_makes_tables_waits_for_others_who_do(postgres_url: str) -> None:
    with DatabaseFactory.from_url(postgres_url, timeout=0.1) as db:
        with ThreadPoolExecutor(1) as pool, db.transaction():
            db.execute(POSTGRESQL.schema_lock)
            other = pool.submit(db.create, Counter)
            assert isinstance(other.exception(timeout=30), DatabaseLocked)
        db.create(Counter)
        assert db.get_all(Counter) == []


def test_readers_do_not_wait_for_a_writer(postgres_db: Database) -> None:
    postgres_db.create(Counter)
    with ThreadPoolExecutor(1) as pool, postgres_db.transaction():
        postgres_db.save(Counter())
        assert pool.submit(postgres_db.get_all, Counter).result(timeout=30) == []
    assert len(postgres_db.get_all(Counter)) == 1


def test_a_statement_that_takes_too_long_is_ended(postgres_url: str) -> None:
    connector = connector_of(postgres_url, statement_timeout=0.05)
    with pytest.raises(DatabaseError, match=r"statement timeout, in SELECT pg_sleep"):
        connector.connection().fetch(SLEEP)
    connector.ping()
    connector.close()


def test_whoever_finds_all_connections_in_use_waits_and_gives_up(
    postgres_url: str,
) -> None:
    with DatabaseFactory.from_url(postgres_url, timeout=0.3, pool_size=1) as db:
        db.create(Counter)
        with ThreadPoolExecutor(1) as pool, db.transaction():
            other = pool.submit(db.ping)
            error = other.exception(timeout=30)
        assert isinstance(error, DatabaseLocked)
        assert "all 1 connections" in str(error)
        db.ping()


def test_a_commit_that_rolled_back_is_an_error(connection: PostgresConnection) -> None:
    connection.change(Statement("CREATE TABLE t (id bigint)"))
    connection.change(Statement("BEGIN"))
    connection.change(Statement("INSERT INTO t VALUES (1)"))
    with pytest.raises(DatabaseError, match="division by zero"):
        connection.fetch(Statement("SELECT 1 / 0"))
    with pytest.raises(DatabaseError, match=r"`with db.transaction\(\):` of its own"):
        connection.fetch(Statement("SELECT 1"))
    with pytest.raises(DatabaseError, match="COMMIT rolled back"):
        connection.change(Statement("COMMIT"))
    assert not connection.in_transaction
    assert connection.fetch(Statement("SELECT * FROM t")) == []


def test_a_transaction_stays_on_one_connection(connection: PostgresConnection) -> None:
    connection.change(Statement("BEGIN"))
    assert connection.in_transaction
    assert len({backend_of(connection) for _ in range(5)}) == 1
    connection.change(Statement("COMMIT"))
    assert not connection.in_transaction


@pytest.mark.parametrize("level", POSTGRESQL.isolation_levels)
def test_a_transaction_has_the_isolation_that_it_asks_for(
    connection: PostgresConnection, level: str
) -> None:
    connection.change(Statement(POSTGRESQL.begin_at(level)))
    assert value_of(connection, "SHOW transaction_isolation") == level
    connection.change(Statement("ROLLBACK"))


def test_a_transaction_that_meets_another_change_fails_as_a_whole(
    postgres_db: Database,
) -> None:
    postgres_db.create(Counter)
    postgres_db.save(Counter())
    other = ThreadPoolExecutor(1)
    with other, pytest.raises(SerializationError), postgres_db.transaction():  # noqa: PT012
        counter = postgres_db.get_by_id(Counter, 1)
        other.submit(postgres_db.update, Counter(id=1, value=10)).result(timeout=30)
        counter.value += 1
        postgres_db.save(counter)
    assert postgres_db.get_by_id(Counter, 1).value == 10


def test_a_transaction_whose_connection_was_closed_writes_no_more(
    postgres_db: Database,
) -> None:
    postgres_db.create(Counter)
    with pytest.raises(DatabaseError, match="has ended"), postgres_db.transaction():  # noqa: PT012
        postgres_db.save(Counter())
        postgres_db.close()
        postgres_db.save(Counter())
    assert postgres_db.get_all(Counter) == []


def test_close_closes_for_all_threads_and_the_next_use_opens_anew(
    postgres_url: str,
) -> None:
    connector = connector_of(postgres_url)
    opened, finish = Event(), Event()

    def use() -> tuple[object, object]:
        before = backend_of(connector.connection())
        opened.set()
        finish.wait(30)
        return before, backend_of(connector.connection())

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(use)
        opened.wait(30)
        connector.close()
        finish.set()
        before, after = other.result(timeout=30)
    assert before != after
    connector.close()


def test_a_database_that_is_dropped_closes_its_connections(postgres_url: str) -> None:
    db = DatabaseFactory.from_url(f"{postgres_url}&application_name=dropped")
    db.ping()
    sessions = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dropped'"
    )
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        assert admin.execute(sessions).fetchone() == (1,)
        del db
        gc.collect()
        until(lambda: admin.execute(sessions).fetchone() == (0,))


def numbers(connection: PostgresConnection, until_number: int, size: int) -> list[int]:
    select = Statement("SELECT * FROM generate_series(1, %s)", (until_number,))
    batches = [*connection.stream(select, size)]
    assert all(0 < len(batch) <= size for batch in batches)
    return [number for batch in batches for (number,) in batch]


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 95])
def test_a_stream_gives_all_records_in_batches(
    connection: PostgresConnection, count: int
) -> None:
    assert numbers(connection, count, size=10) == [*range(1, count + 1)]


def test_a_stream_leaves_its_thread_free_for_other_statements(
    connection: PostgresConnection,
) -> None:
    connection.change(Statement("CREATE TABLE t (id bigint)"))
    for ((number,),) in connection.stream(Statement("SELECT generate_series(1, 3)"), 1):
        connection.change(Statement("INSERT INTO t VALUES (%s)", (number,)))
    assert value_of(connection, "SELECT count(*) FROM t") == 3
    assert not connection.in_transaction


def test_a_stream_in_a_transaction_sees_what_the_transaction_did(
    connection: PostgresConnection,
) -> None:
    connection.change(Statement("BEGIN"))
    connection.change(Statement("CREATE TABLE t AS SELECT generate_series(1, 5) AS n"))
    found = [
        *zip(
            connection.stream(Statement("SELECT n FROM t"), 2),
            connection.stream(Statement("SELECT -n FROM t"), 2),
            strict=True,
        )
    ]
    connection.change(Statement("ROLLBACK"))
    assert found[0] == ([(1,), (2,)], [(-1,), (-2,)])
    assert len(found) == 3


def test_a_stream_in_a_transaction_leaves_no_cursor_behind(
    connection: PostgresConnection,
) -> None:
    connection.change(Statement("BEGIN"))
    assert numbers(connection, 5, size=2) == [1, 2, 3, 4, 5]
    assert value_of(connection, "SELECT count(*) FROM pg_cursors WHERE name <> ''") == 0
    connection.change(Statement("ROLLBACK"))


def test_a_stream_that_is_left_early_gives_its_connection_back(
    postgres_url: str,
) -> None:
    connector = connector_of(postgres_url, timeout=1, size=1)
    connection = connector.connection()
    for _ in range(3):
        stream = connection.stream(Statement("SELECT generate_series(1, 1000)"), 10)
        assert len(next(iter(stream))) == 10
        del stream
    connector.ping()
    connector.close()


def test_a_statement_runs_with_many_parameters(connection: PostgresConnection) -> None:
    connection.change(Statement("CREATE TABLE t (id bigint, name text)"))
    rows = [(number, f"'{number}") for number in range(1000)]
    assert connection.change_many("INSERT INTO t VALUES (%s, %s)", rows) == 1000
    assert connection.fetch(Statement("SELECT * FROM t ORDER BY id")) == rows


def test_many_that_fail_together_leave_nothing(connection: PostgresConnection) -> None:
    connection.change(Statement("CREATE TABLE t (id bigint PRIMARY KEY)"))
    with pytest.raises(UniqueError, match="INSERT INTO t"):
        connection.change_many("INSERT INTO t VALUES (%s)", [(1,), (2,), (1,)])
    assert connection.fetch(Statement("SELECT * FROM t")) == []


def test_a_percent_sign_alone_is_none_of_a_placeholder(
    connection: PostgresConnection,
) -> None:
    assert value_of(connection, "SELECT 'a%s' LIKE 'a%'") is True


def test_a_table_may_change_its_shape_under_prepared_statements(
    connection: PostgresConnection, postgres_url: str
) -> None:
    connection.change(Statement("CREATE TABLE t (id bigint)"))
    connection.change(Statement("INSERT INTO t VALUES (1)"))
    select = Statement("SELECT id FROM t WHERE id::text = %s", ("1",))
    for _ in range(10):
        assert connection.fetch(select) == [(1,)]
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("ALTER TABLE t ALTER id TYPE text")
    outcomes = [outcome_of(lambda: connection.fetch(select)) for _ in range(3)]
    assert outcomes == [DatabaseError, [("1",)], [("1",)]]


def test_text_is_ordered_by_its_code_points_whatever_the_database_does(
    server_url: str,
) -> None:
    with psycopg.connect(server_url, autocommit=True) as admin:
        if admin.info.server_version < 150000:
            pytest.skip("databases ordered by ICU came with PostgreSQL 15")
        admin.execute("DROP DATABASE IF EXISTS roob_icu")
        admin.execute(
            "CREATE DATABASE roob_icu TEMPLATE template0 LOCALE_PROVIDER icu "
            "ICU_LOCALE 'en' LOCALE 'C.UTF-8'"
        )
        url = server_url.replace("/postgres?", "/roob_icu?")
        with DatabaseFactory.from_url(url) as db:
            db.create(Named)
            for name in ("b", "a", "B", "ä", "_", "Z"):
                db.save(Named(name=name))
            names = [row.name for row in db.get_all(Named)]
        admin.execute("DROP DATABASE roob_icu")
    assert names == ["B", "Z", "_", "a", "b", "ä"]


def test_threads_that_save_at_once_all_get_numbers_of_their_own(
    postgres_db: Database,
) -> None:
    postgres_db.create(Counter)
    barrier = Barrier(4)

    def save(thread: int) -> list[object]:
        barrier.wait(30)
        rows = [Counter(value=thread) for _ in range(100)]
        for row in rows:
            postgres_db.save(row)
        return [row.id for row in rows]

    with ThreadPoolExecutor(4) as pool:
        keys = [key for keys in pool.map(save, range(4)) for key in keys]
    assert len(set(keys)) == 400
