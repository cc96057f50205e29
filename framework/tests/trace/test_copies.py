import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from roob.orm.column import Column, PrimaryKey
from roob.orm.db_factory import DatabaseFactory
from roob.orm.table import Table
from roob.trace import copies as room
from roob.trace.copies import Copies, StillOpen


def make(file, *names):
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE book (name TEXT)")
        connection.executemany("INSERT INTO book VALUES (?)", [(n,) for n in names])
        connection.commit()
    return file


def names_in(database, **options):
    with closing(sqlite3.connect(database, **options)) as connection:
        rows = connection.execute("SELECT name FROM book ORDER BY rowid").fetchall()
    return [name for (name,) in rows]


def add(database, name, **options):
    with closing(sqlite3.connect(database, **options)) as connection:
        connection.execute("INSERT INTO book VALUES (?)", (name,))
        connection.commit()


@pytest.fixture
def file(tmp_path):
    return make(tmp_path / "shop.sqlite", "Emma")


def test_what_is_written_is_written_to_a_copy(file):
    before = file.read_bytes()
    with Copies():
        assert names_in(file) == ["Emma"]
        add(file, "Ulysses")
        assert names_in(file) == ["Emma", "Ulysses"]
    assert names_in(file) == ["Emma"]
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["shop.sqlite"]


def test_a_file_that_is_not_there_is_not_made(tmp_path):
    with Copies() as copies:
        make(tmp_path / "new.sqlite", "Emma")
        assert names_in(tmp_path / "new.sqlite") == ["Emma"]
        assert copies.are_made
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("spell", [str, Path, lambda path: str(path).encode()])
def test_one_file_has_one_copy_however_it_is_named(file, spell, monkeypatch):
    monkeypatch.chdir(file.parent)
    with Copies():
        add(spell(file), "Ulysses")
        add(f"{file.as_uri()}?mode=rw", "Walden", uri=True)
        assert names_in("shop.sqlite") == ["Emma", "Ulysses", "Walden"]
    assert names_in(file) == ["Emma"]


def test_a_name_with_blanks_in_a_uri_is_the_file_of_that_name(tmp_path):
    file = make(tmp_path / "a shop.sqlite", "Emma")
    with Copies():
        add(file.as_uri(), "Ulysses", uri=True)
        assert names_in(file) == ["Emma", "Ulysses"]
    assert names_in(file) == ["Emma"]


def test_the_options_of_a_connection_are_its_own(file):
    with (
        Copies(),
        closing(sqlite3.connect(file, isolation_level=None, timeout=1)) as connection,
    ):
        assert connection.isolation_level is None


def test_a_database_is_put_back_to_what_was_kept(file):
    with Copies() as copies:
        add(file, "Ulysses")
        copies.keep()
        for _ in range(2):
            add(file, "Walden")
            assert names_in(file) == ["Emma", "Ulysses", "Walden"]
            copies.restore()
            assert names_in(file) == ["Emma", "Ulysses"]


def test_an_open_connection_sees_what_is_put_back(file):
    with Copies() as copies, closing(sqlite3.connect(file)) as connection:
        copies.keep()
        connection.execute("DELETE FROM book")
        connection.commit()
        copies.restore()
        assert connection.execute("SELECT name FROM book").fetchall() == [("Emma",)]


def test_what_is_kept_later_takes_the_place_of_what_was_kept(file):
    with Copies() as copies:
        names_in(file)
        copies.keep()
        add(file, "Ulysses")
        copies.keep()
        add(file, "Walden")
        copies.restore()
        assert names_in(file) == ["Emma", "Ulysses"]


def test_a_file_that_is_opened_after_the_others_were_kept_is_put_back_too(file):
    with Copies() as copies:
        copies.keep()
        add(file, "Ulysses")
        copies.restore()
        assert names_in(file) == ["Emma"]


def test_a_file_that_a_request_makes_is_put_back_to_what_the_first_one_left(tmp_path):
    file = tmp_path / "new.sqlite"
    with Copies() as copies:
        copies.keep()
        make(file, "Emma")
        copies.restore()
        for _ in range(2):
            add(file, "Ulysses")
            assert names_in(file) == ["Emma", "Ulysses"]
            copies.restore()
    assert not file.exists()


def test_a_copy_has_what_is_still_in_the_log(tmp_path):
    file = make(tmp_path / "wal.sqlite", "Emma")
    with closing(sqlite3.connect(file)) as writing:
        writing.execute("PRAGMA journal_mode=WAL")
        writing.execute("PRAGMA wal_autocheckpoint=0")
        writing.execute("INSERT INTO book VALUES ('Ulysses')")
        writing.commit()
        log = Path(f"{file}-wal")
        before = file.read_bytes(), log.read_bytes()
        assert b"Ulysses" not in before[0]
        with Copies() as copies:
            assert names_in(file) == ["Emma", "Ulysses"]
            copies.keep()
            add(file, "Walden")
            copies.restore()
            assert names_in(file) == ["Emma", "Ulysses"]
        assert (file.read_bytes(), log.read_bytes()) == before


@pytest.mark.parametrize(
    "uri",
    [
        "file:trace-a?mode=memory&cache=shared",
        "file:/trace-b?vfs=memdb",
        "file::memory:?cache=shared",
    ],
)
def test_a_shared_database_in_memory_is_put_back(uri):
    with Copies() as copies, closing(sqlite3.connect(uri, uri=True)) as held:
        held.execute("CREATE TABLE book (name TEXT)")
        held.execute("INSERT INTO book VALUES ('Emma')")
        held.commit()
        assert copies.are_made
        copies.keep()
        add(uri, "Ulysses", uri=True)
        assert names_in(uri, uri=True) == ["Emma", "Ulysses"]
        copies.restore()
        assert names_in(uri, uri=True) == ["Emma"]


def test_a_private_database_in_memory_is_left_alone():
    with Copies() as copies, closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE book (name TEXT)")
        assert not copies.are_made
        copies.keep()
        copies.restore()
        assert connection.execute("SELECT * FROM book").fetchall() == []


def test_a_file_that_is_named_like_a_uri_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Copies():
        make("file:odd", "Emma")
        assert names_in("file:odd") == ["Emma"]
    assert [*tmp_path.iterdir()] == []


def test_a_transaction_that_a_request_leaves_open_is_said_and_not_waited_for(
    file, monkeypatch
):
    monkeypatch.setattr(room, "_SECONDS", 0.01)
    with Copies() as copies, closing(sqlite3.connect(file)) as forgetful:
        copies.keep()
        forgetful.execute("INSERT INTO book VALUES ('Ulysses')")
        with pytest.raises(StillOpen, match="left a transaction open"):
            copies.restore()
        forgetful.rollback()
        copies.restore()


def test_connecting_is_as_it_was_afterwards(file):
    before = sqlite3.connect, sqlite3.dbapi2.connect
    with Copies():
        assert sqlite3.connect is not before[0]
        assert sqlite3.connect == sqlite3.dbapi2.connect
        names_in(file)
    assert (sqlite3.connect, sqlite3.dbapi2.connect) == before


def test_connecting_is_as_it_was_after_an_error_too():
    before = sqlite3.connect
    with pytest.raises(ValueError, match="no"), Copies():
        raise ValueError("no")
    assert sqlite3.connect is before


def test_the_copies_are_gone_afterwards(file):
    with Copies() as copies:
        names_in(file)
        folder = Path(copies._folder.name)
        assert [*folder.iterdir()]
    assert not folder.exists()


class Book(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)


def test_the_orms_databases_are_copied_and_put_back(tmp_path):
    file = tmp_path / "orm.sqlite"
    with closing(DatabaseFactory().get_connection(file)) as database:
        database.create(Book)
        database.save(Book(name="Emma"))
    before = file.read_bytes()
    with Copies() as copies:
        database = DatabaseFactory().get_connection(file)
        assert len(database.get_all(Book)) == 1
        copies.keep()
        for _ in range(2):
            database.save(Book(name="Ulysses"))
            assert len(database.get_all(Book)) == 2
            copies.restore()
        assert len(database.get_all(Book)) == 1
        database.close()
    assert file.read_bytes() == before


def test_a_uri_that_promises_to_read_only_cannot_write_to_the_copy(file):
    with (
        Copies(),
        closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as reading,
    ):
        assert reading.execute("SELECT name FROM book").fetchall() == [("Emma",)]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reading.execute("INSERT INTO book VALUES ('Ulysses')")


@pytest.mark.parametrize("mode", ["rw", "ro"])
def test_a_file_that_must_be_there_is_missed_each_time(tmp_path, mode):
    uri = f"{(tmp_path / 'missing.sqlite').as_uri()}?mode={mode}"
    with Copies() as copies:
        for deed in (copies.keep, copies.restore, copies.restore):
            with pytest.raises(sqlite3.OperationalError, match="unable to open"):
                sqlite3.connect(uri, uri=True)
            deed()
    assert [*tmp_path.iterdir()] == []


def test_beside_a_database_with_a_log_nothing_is_left(tmp_path):
    file = make(tmp_path / "wal.sqlite", "Emma")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    assert [path.name for path in tmp_path.iterdir()] == ["wal.sqlite"]
    before = file.read_bytes()
    with Copies() as copies:
        assert names_in(file) == ["Emma"]
        copies.keep()
        add(file, "Ulysses")
        copies.restore()
        assert names_in(file) == ["Emma"]
        assert [path.name for path in tmp_path.iterdir()] == ["wal.sqlite"]
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["wal.sqlite"]


def version_of(connection):
    return connection.execute("PRAGMA data_version").fetchone()


def test_only_a_database_that_was_written_to_is_put_back(tmp_path):
    read, written = (make(tmp_path / f"{name}.sqlite", "Emma") for name in "ab")
    with (
        Copies() as copies,
        closing(sqlite3.connect(read)) as one,
        closing(sqlite3.connect(written)) as other,
    ):
        copies.keep()
        before = version_of(one), version_of(other)
        names_in(read)
        copies.restore()
        assert (version_of(one), version_of(other)) == before
        add(written, "Ulysses")
        between = version_of(other)
        copies.restore()
        assert version_of(one) == before[0]
        assert version_of(other) != between
        assert names_in(written) == ["Emma"]


def test_a_query_whose_rows_were_not_all_fetched_is_no_open_transaction(file):
    with Copies() as copies, closing(sqlite3.connect(file)) as lazy:
        copies.keep()
        rows = lazy.execute("SELECT name FROM book")
        copies.restore()
        assert rows.fetchone() == ("Emma",)


def test_an_open_transaction_is_said_where_something_else_was_written_too(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(room, "_SECONDS", 0.01)
    file, other = (make(tmp_path / f"{name}.sqlite", "Emma") for name in "ab")
    with Copies() as copies, closing(sqlite3.connect(file)) as forgetful:
        names_in(other)
        copies.keep()
        add(other, "Ulysses")
        forgetful.execute("BEGIN IMMEDIATE")
        with pytest.raises(StillOpen, match="left a transaction open"):
            copies.restore()
