"""Seeing the statements: `record`, `assert_statements` and `explain`."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from roob.orm.column import Column, ForeignKey, PrimaryKey
from roob.orm.database import Database
from roob.orm.dialects import SQLITE
from roob.orm.exceptions import QueryError, UniqueError
from roob.orm.recording import Executed, Recording
from roob.orm.sqlite import SqliteConnection, SqliteConnector
from roob.orm.table import Table


class Author(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str, unique=True)


class Book(Table):
    id = PrimaryKey(int)
    author = ForeignKey(Author)


@pytest.fixture
def library(any_db: Database) -> Database:
    any_db.create(Book)
    any_db.save_all([Author(name=name) for name in "ABC"])
    return any_db


def words(log: Recording) -> list[str]:
    return [executed.sql.partition(" ")[0] for executed in log]


def test_each_statement_is_noted_with_its_parameters_and_rows(
    library: Database,
) -> None:
    with library.record() as log:
        library.save(author := Author(name="D"))
        library.query(Author).where(Author.name > "A").all()
        library.delete(Author, author.id)
        library.execute("DELETE FROM book")
    assert words(log) == ["INSERT", "SELECT", "DELETE", "DELETE"]
    assert [executed.rows for executed in log] == [1, 3, 1, 0]
    assert [executed.params for executed in log] == [("D",), ("A",), (4,), ()]
    assert all(executed.seconds > 0 for executed in log)
    assert log.seconds == pytest.approx(sum(executed.seconds for executed in log))


def test_a_transaction_is_seen_with_its_ends(library: Database) -> None:
    with library.record() as log, library.transaction():
        library.save(Author(name="D"))
        with library.transaction():
            library.save(Author(name="E"))
    assert words(log) == ["BEGIN", "INSERT", "SAVEPOINT", "INSERT", "RELEASE", "COMMIT"]


def test_recording_begins_and_ends_inside_of_a_transaction(library: Database) -> None:
    with library.transaction():
        library.save(Author(name="D"))
        with library.record() as log:
            library.save(Author(name="E"))
            library.after_commit(lambda: called.append(library.query(Author).count()))
        library.save(Author(name="F"))
        called: list[int] = []
    assert words(log) == ["INSERT"]
    assert called == [6]


def test_a_rollback_inside_of_a_recording_puts_rows_back(library: Database) -> None:
    author = Author(name="D")

    def write() -> None:
        with library.transaction():
            library.save(author)
            library.save(Author(name="A"))

    with library.record() as log, pytest.raises(UniqueError):
        write()
    assert words(log)[-1] == "ROLLBACK"
    assert author.id is None
    assert library.query(Author).count() == 3


def test_a_batch_is_noted_with_all_its_rows(library: Database) -> None:
    with library.record() as log:
        library.save_all([Author(name="D"), Author(name="E")])
    (insert,) = (executed for executed in log if executed.sql.startswith("INSERT"))
    assert insert.rows == 2
    assert "D" in str(insert.params)
    assert "E" in str(insert.params)


def test_a_stream_is_noted_when_it_ends(library: Database) -> None:
    with library.record() as log:
        assert len(list(library.query(Author))) == 3
        next(iter(library.query(Author)))
    assert [executed.rows for executed in log] == [3, 3]


def test_a_statement_that_fails_is_noted_too(library: Database) -> None:
    with library.record() as log, pytest.raises(UniqueError):
        library.save(Author(name="A"))
    assert words(log) == ["INSERT"]
    assert log[0].rows == 0


def test_other_threads_are_not_noted(library: Database) -> None:
    with library.record() as log, ThreadPoolExecutor(1) as pool:
        assert pool.submit(library.query(Author).count).result() == 3
    assert log == []


def test_recordings_lie_inside_of_each_other(library: Database) -> None:
    with library.record() as outer:
        library.query(Author).count()
        with library.record() as inner:
            library.query(Author).count()
        library.query(Author).count()
    library.query(Author).count()
    assert (len(outer), len(inner)) == (3, 1)


def test_recording_ends_with_its_block_whatever_happens(library: Database) -> None:
    with pytest.raises(ZeroDivisionError), library.record() as log:
        _ = 1 / 0
    library.query(Author).count()
    assert log == []


def test_a_forked_child_is_not_given_its_parents_connection(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = SqliteConnector(str(path), 1.0)
    with Database(connector, SQLITE).record():
        childs = SqliteConnector(str(path), 1.0).connection()
        connector.use(childs)
        monkeypatch.setattr(SqliteConnection, "is_own", False)
    monkeypatch.undo()
    assert connector.connection() is childs


def test_a_log_is_readable() -> None:
    log = Recording([Executed("SELECT ?", (1,), 2, 0.25), Executed("COMMIT", (), 0, 0)])
    assert str(log) == (
        "SELECT ?  (1,)  2 rows, 0.250000 s\nCOMMIT  ()  0 rows, 0.000000 s"
    )
    assert log.seconds == 0.25


def ask_twice(db: Database, most: int) -> Recording:
    with db.assert_statements(max=most) as log:
        db.query(Author).count()
        db.query(Author).exists()
    return log


def test_too_many_statements_fail_and_are_shown(library: Database) -> None:
    assert len(ask_twice(library, 2)) == 2
    shown = r'SELECT count\(\*\) FROM "author".*\nSELECT 1 FROM "author"'
    with pytest.raises(AssertionError, match=f"^2 statements, at most 1.*:\n{shown}"):
        ask_twice(library, 1)


def test_the_blocks_own_error_is_not_hidden(library: Database) -> None:
    def count_and_fail() -> None:
        with library.assert_statements(max=0):
            library.query(Author).count()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        count_and_fail()


def test_a_query_is_explained_and_not_run(library: Database) -> None:
    plan = library.explain(library.query(Author).where(Author.name == "A").limit(3))
    assert "author" in plan
    assert "A" not in plan.split()
    by_hand = library.explain(
        library.query(Book).where(Book.author.name > "A").statement
    )
    assert len(by_hand.splitlines()) >= 2
    with pytest.raises(QueryError):
        library.explain(library.query(Author).where(Book.id == 1))
