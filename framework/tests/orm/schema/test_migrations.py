import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from roob.orm.column import Column, ForeignKey, PrimaryKey
from roob.orm.connections import Transaction
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory
from roob.orm.dialects import SQLITE
from roob.orm.exceptions import (
    ConfigurationError,
    DatabaseError,
    DatabaseLocked,
    MigrationError,
)
from roob.orm.schema import differences
from roob.orm.schema.changes import AddColumn, CreateTable, DropConstraint
from roob.orm.schema.definition import (
    ColumnDefinition,
    IndexDefinition,
    TableDefinition,
)
from roob.orm.schema.differences import Diff
from roob.orm.schema.inspection import live_tables
from roob.orm.schema.migration_files import migration_text, write_migration
from roob.orm.schema.migrations import Migrations, exclusive
from roob.orm.sqlite import SqliteConnector
from roob.orm.table import Table


class Author(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)


class Book(Table):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str, index=True)
    author = ForeignKey(Author, on_delete="cascade")


HEAD = """
from roob.orm.schema.changes import *
from roob.orm.schema.definition import *
from roob.orm.schema.migrations import RunPython, RunSql
"""
CREATE_BOOK = """
CHANGES = [
    CreateTable(TableDefinition(
        "book", (ColumnDefinition("id", "int"), ColumnDefinition("title", "str")),
        "id", is_numbered=True,
    )),
]
"""
FILL_BOOK = """
CHANGES = [
    RunSql(
        ("INSERT INTO book (title) VALUES ('Notes')",
         "INSERT INTO book (title) VALUES ('Letters')"),
        down="DELETE FROM book",
    ),
]
"""
ADD_PAGES = """
CHANGES = [AddColumn("book", ColumnDefinition("pages", "int"), fill=7)]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "migrations"
    made.mkdir()
    return made


@pytest.fixture
def shelf(folder: Path) -> Path:
    """Three migrations."""
    put(folder, "0001_create_book.py", CREATE_BOOK)
    put(folder, "0002_fill_book.py", FILL_BOOK)
    put(folder, "0003_add_pages.py", ADD_PAGES)
    return folder


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(HEAD + text)


def applied(db: Database, folder: Path) -> list[str]:
    return [s.name for s in Migrations(db, folder).status() if s.applied_at]


def table_names(db: Database) -> set[str]:
    return set(live_tables(db.execute, db.dialect)) - {"roob_migration"}


def test_migrations_are_applied_in_order_and_once(
    any_db: Database, shelf: Path
) -> None:
    lines: list[str] = []
    migrations = Migrations(any_db, shelf, report=lines.append)

    assert [file.number for file in migrations.apply()] == [1, 2, 3]
    assert migrations.apply() == []

    assert any_db.execute("SELECT id, title, pages FROM book ORDER BY id") == [
        (1, "Notes", 7),
        (2, "Letters", 7),
    ]
    assert "0001_create_book.py: apply: book: create the table" in lines
    assert lines[-1].startswith("0003_add_pages.py: apply: done in ")


def test_status_tells_what_waits_and_writes_nothing(
    any_db: Database, shelf: Path
) -> None:
    migrations = Migrations(any_db, shelf)
    assert [s.applied_at for s in migrations.status()] == [None] * 3
    assert live_tables(any_db.execute, any_db.dialect) == {}

    migrations.apply(to=2)

    assert [s.name for s in migrations.status()] == [
        "create_book",
        "fill_book",
        "add_pages",
    ]
    assert applied(any_db, shelf) == ["create_book", "fill_book"]


def test_undoing_takes_back_the_last_or_all_after_a_number(
    any_db: Database, shelf: Path
) -> None:
    migrations = Migrations(any_db, shelf)
    migrations.apply()

    assert [file.number for file in migrations.undo()] == [3]
    assert any_db.execute("SELECT * FROM book ORDER BY id") == [
        (1, "Notes"),
        (2, "Letters"),
    ]
    assert [file.number for file in migrations.undo(to=0)] == [2, 1]
    assert table_names(any_db) == set()
    assert migrations.undo() == []
    migrations.apply()
    assert len(any_db.execute("SELECT * FROM book")) == 2


@pytest.mark.parametrize("number", [-1, 4, "2", True])
def test_a_number_of_no_migration_is_refused(
    any_db: Database, shelf: Path, number: Any
) -> None:
    migrations = Migrations(any_db, shelf)
    for move in (migrations.apply, migrations.undo):
        with pytest.raises(MigrationError, match="there are 0 to 3"):
            move(to=number)


EDITS = {
    "edited": lambda f: put(f, "0002_fill_book.py", FILL_BOOK + "# more"),
    "missing": lambda f: (f / "0002_fill_book.py").unlink(),
    "last missing": lambda f: [p.unlink() for p in sorted(f.glob("000[23]*"))],
    "renamed": lambda f: (f / "0002_fill_book.py").rename(f / "0002_fill.py"),
    "twice": lambda f: put(f, "0002_again.py", CREATE_BOOK),
    "gap": lambda f: (f / "0003_add_pages.py").rename(f / "0005_add_pages.py"),
    "odd name": lambda f: put(f, "4-more.py", ADD_PAGES),
    "no list": lambda f: put(f, "0003_add_pages.py", "CHANGES = 7"),
    "no python": lambda f: put(f, "0003_add_pages.py", "import nothing_like_this"),
}
COMPLAINTS = {
    "edited": "0002_fill_book.py was changed after it was applied",
    "missing": "0003_add_pages.py: number 0002 is missing",
    "last missing": "0002_fill_book.py was applied, and its file is missing",
    "renamed": "0002_fill_book.py was applied, and its file is missing",
    "twice": "0002_fill_book.py: number 0002 comes twice",
    "gap": "0005_add_pages.py: number 0003 is missing",
    "odd name": "4-more.py is not named as 0001_create_author.py is",
    "no list": "0003_add_pages.py has no CHANGES",
    "no python": "0003_add_pages.py cannot be read: No module named",
}


@pytest.mark.parametrize("edit", EDITS)
def test_files_that_do_not_tell_the_history_change_nothing(
    any_db: Database, shelf: Path, edit: str
) -> None:
    migrations = Migrations(any_db, shelf)
    migrations.apply(to=2)
    before = live_tables(any_db.execute, any_db.dialect)

    EDITS[edit](shelf)

    with pytest.raises(MigrationError) as refusal:
        migrations.apply()
    assert str(refusal.value).startswith(COMPLAINTS[edit])
    assert live_tables(any_db.execute, any_db.dialect) == before
    assert len(any_db.execute("SELECT * FROM roob_migration")) == 2


def test_a_missing_folder_is_named(any_db: Database, tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match=r"no folder of migrations at .*nowhere"):
        Migrations(any_db, tmp_path / "nowhere").apply()


def test_line_ends_of_another_system_are_no_edit(db: Database, shelf: Path) -> None:
    migrations = Migrations(db, shelf)
    migrations.apply()
    for path in shelf.glob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert migrations.apply() == []


FAILURES = {
    "sql": 'RunSql("INSERT INTO nowhere VALUES (1)")',
    "refusal": 'DropColumn("book", ColumnDefinition("nothing", "int"))',
    "code": "RunPython(lambda db: 1 / 0)",
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_migration_that_fails_leaves_nothing_behind(
    any_db: Database, shelf: Path, failure: str
) -> None:
    put(
        shelf,
        "0004_fail.py",
        "CHANGES = [RunSql(\"DELETE FROM book WHERE title = 'Notes'\"), "
        'AddColumn("book", ColumnDefinition("price", "int"), fill=1), '
        f"{FAILURES[failure]}]",
    )
    kind = ZeroDivisionError if failure == "code" else MigrationError
    with pytest.raises(kind, match=None if failure == "code" else r"^0004_fail\.py: "):
        Migrations(any_db, shelf).apply()
    assert applied(any_db, shelf) == ["create_book", "fill_book", "add_pages"]
    assert any_db.execute("SELECT * FROM book ORDER BY id") == [
        (1, "Notes", 7),
        (2, "Letters", 7),
    ]
    if any_db.dialect.name == "sqlite":
        assert any_db.execute("PRAGMA foreign_keys") == [(1,)]


def test_a_migration_that_fails_leaves_no_setting_of_sqlite_behind(
    db: Database, shelf: Path
) -> None:
    put(
        shelf,
        "0004_fail.py",
        'CHANGES = [RunSql(("PRAGMA legacy_alter_table = ON", "nonsense"))]',
    )
    with pytest.raises(MigrationError):
        Migrations(db, shelf).apply()
    assert db.execute("PRAGMA legacy_alter_table") == [(0,)]


class ClosedMeanwhile(Database):
    """A database that another thread closes just when a migration begins."""

    def transaction(self, isolation: str | None = None) -> Transaction:
        self.close()
        return super().transaction(isolation)


def test_sqlite_migrates_no_table_while_references_are_enforced(path: Path) -> None:
    with (
        ClosedMeanwhile(SqliteConnector(str(path), 5), SQLITE) as db,
        pytest.raises(MigrationError, match="enforces references"),
        exclusive(db),
    ):
        pytest.fail("entered")


def test_what_has_no_inverse_is_not_undone(any_db: Database, shelf: Path) -> None:
    put(
        shelf,
        "0004_update.py",
        "CHANGES = [RunSql(\"UPDATE book SET title = 'x'\"), "
        'AddColumn("book", ColumnDefinition("price", "int"), fill=1)]',
    )
    migrations = Migrations(any_db, shelf)
    migrations.apply()
    with pytest.raises(MigrationError, match=r"^0004_update\.py: RunSql without down"):
        migrations.undo()
    assert any_db.execute("SELECT title, price FROM book") == [("x", 1), ("x", 1)]


def test_a_python_step_changes_data_both_ways(any_db: Database, shelf: Path) -> None:
    put(
        shelf,
        "0004_shout.py",
        """
def shout(db):
    db.execute("UPDATE book SET title = upper(title)")

def whisper(db):
    db.execute("UPDATE book SET title = lower(title)")

CHANGES = [RunPython(shout, down=whisper)]
""",
    )
    migrations = Migrations(any_db, shelf)
    migrations.apply()
    assert any_db.execute("SELECT title FROM book ORDER BY id")[0] == ("NOTES",)
    migrations.undo()
    assert any_db.execute("SELECT title FROM book ORDER BY id")[0] == ("notes",)


def test_migrations_begin_their_own_transaction(any_db: Database, shelf: Path) -> None:
    with any_db.transaction(), pytest.raises(ConfigurationError):
        Migrations(any_db, shelf).apply()
    assert applied(any_db, shelf) == []


def test_rebuilding_a_table_keeps_the_rows_that_refer_to_it(
    any_db: Database, folder: Path
) -> None:
    any_db.create(Book)
    author = Author(name="Ada")
    any_db.save(author)
    any_db.save(Book(title="Notes", author=author))
    put(
        folder,
        "0001_add_age.py",
        'CHANGES = [AddColumn("author", ColumnDefinition("age", "int"), fill=36), '
        'AddConstraint("author", UniqueDefinition("author_name_key", ("name",)))]',
    )
    Migrations(any_db, folder).apply()
    assert any_db.execute('SELECT name, age FROM "author"') == [("Ada", 36)]
    assert [book.title for book in any_db.get_all(Book)] == ["Notes"]
    any_db.delete(Author, id=author.id)
    assert any_db.get_all(Book) == []


def test_a_reference_to_no_row_is_refused_at_the_end(
    any_db: Database, folder: Path
) -> None:
    any_db.create(Book)
    put(
        folder,
        "0001_dangle.py",
        "CHANGES = [RunSql(\"INSERT INTO book (title, author_id) VALUES ('x', 77)\")]",
    )
    with pytest.raises(MigrationError, match=r"^0001_dangle\.py: "):
        Migrations(any_db, folder).apply()
    assert any_db.get_all(Book) == []


def diff(db: Database, tables: Sequence[type[Table]]) -> Diff:
    with db.transaction():
        return differences.diff(tables, db.execute, db.dialect)


def test_a_diff_written_as_a_file_is_a_migration(
    any_db: Database, folder: Path
) -> None:
    path = write_migration(folder, "Create book", diff(any_db, [Book]))

    assert path.name == "0001_create_book.py"
    assert path.read_text().startswith('"""Create book."""\n')
    Migrations(any_db, folder).apply()
    assert not diff(any_db, [Book])
    Migrations(any_db, folder).undo()
    assert table_names(any_db) == set()
    with pytest.raises(MigrationError, match="nothing to write"):
        write_migration(folder, "again", Diff(()))


def test_a_file_written_on_one_database_serves_the_other(
    postgres_db: Database, db: Database, folder: Path
) -> None:
    write_migration(folder, "create book", diff(db, [Book]))
    for each in (db, postgres_db):
        Migrations(each, folder).apply()
        assert not diff(each, [Book])


def test_a_written_file_reads_well() -> None:
    found = Diff(
        (
            AddColumn("book", ColumnDefinition("pages", "int"), 7),
            DropConstraint(
                "book", IndexDefinition("book_by_pages", ("pages", "title"))
            ),
            CreateTable(
                TableDefinition(
                    "tag", (ColumnDefinition("id", "int", nullable=False),), "id"
                )
            ),
        ),
        ("this may be a rename",),
    )
    assert (
        migration_text('say "pages"', found)
        == '''"""Say pages."""

from roob.orm.schema.changes import AddColumn, CreateTable, DropConstraint
from roob.orm.schema.definition import (
    ColumnDefinition,
    IndexDefinition,
    TableDefinition,
)

# this may be a rename
CHANGES = [
    AddColumn("book", ColumnDefinition("pages", "int"), fill=7),
    DropConstraint("book", IndexDefinition("book_by_pages", ("pages", "title"))),
    CreateTable(TableDefinition("tag", (ColumnDefinition("id", "int"),), "id")),
]
'''
    )


PROGRAM = """
import sys
from roob.orm.db_factory import DatabaseFactory
from roob.orm.schema.migrations import Migrations, exclusive
url, folder = sys.argv[1:]
print("up", flush=True)
sys.stdin.readline()
with DatabaseFactory.from_url(url) as db:
    for file in Migrations(db, folder).apply():
        print(file.label, flush=True)
"""


def migrate(url: str, folder: Path) -> "subprocess.Popen[str]":
    """Start a process that migrates when it is told to."""
    source = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url, str(folder)],
        env={**os.environ, "PYTHONPATH": str(source)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


@pytest.fixture(params=["file", "postgresql"])
def url(request: pytest.FixtureRequest, path: Path) -> str:
    """A database that other processes reach."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{path}"


def test_processes_that_migrate_at_once_share_the_work(url: str, shelf: Path) -> None:
    processes = [migrate(url, shelf) for _ in range(4)]
    printed = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        printed += process.communicate(timeout=60)[0].split()
        assert process.returncode == 0

    assert sorted(printed) == [path.name for path in sorted(shelf.glob("*.py"))]
    with DatabaseFactory.from_url(url) as db:
        assert len(db.execute("SELECT * FROM book")) == 2


def test_a_killed_migration_is_not_there_and_applies_later(
    url: str, shelf: Path, tmp_path: Path
) -> None:
    sign = tmp_path / "in the middle"
    put(
        shelf,
        "0004_slow.py",
        f"""
import pathlib, time
def wait(db):
    sign = pathlib.Path({str(sign)!r})
    if not sign.exists():
        sign.touch()
        time.sleep(60)

CHANGES = [
    AddColumn("book", ColumnDefinition("price", "int"), fill=1),
    RunSql("DELETE FROM book WHERE title = 'Notes'"),
    RunPython(wait),
    AddColumn("book", ColumnDefinition("grams", "int"), fill=2),
]
""",
    )
    process = migrate(url, shelf)
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    deadline = time.monotonic() + 30
    while not sign.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()

    with DatabaseFactory.from_url(url) as db:
        assert applied(db, shelf) == ["create_book", "fill_book", "add_pages"]
        assert len(db.execute("SELECT id, title, pages FROM book")) == 2
        Migrations(db, shelf).apply()
        assert db.execute("SELECT * FROM book") == [(2, "Letters", 7, 1, 2)]
        if db.dialect.name == "sqlite":
            assert db.execute("PRAGMA integrity_check") == [("ok",)]


def test_one_who_migrates_waits_longer_than_a_statement_does(
    url: str, shelf: Path
) -> None:
    with (
        DatabaseFactory.from_url(url, timeout=0.05) as db,
        ThreadPoolExecutor(1) as pool,
    ):
        with exclusive(db):
            waiting = pool.submit(Migrations(db, shelf).apply)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        assert len(waiting.result(timeout=30)) == 3
        with exclusive(db), pytest.raises(DatabaseLocked):
            pool.submit(enter, exclusive(db, patience=0.1)).result(timeout=30)


def test_a_migration_may_take_longer_than_a_statement(
    postgres_url: str, folder: Path
) -> None:
    put(folder, "0001_wait.py", 'CHANGES = [RunSql("SELECT pg_sleep(0.5)")]')
    with DatabaseFactory.from_url(f"{postgres_url}%20-cstatement_timeout%3D0.1s") as db:
        assert len(Migrations(db, folder).apply()) == 1
        with pytest.raises(DatabaseError, match="statement timeout"):
            db.execute("SELECT pg_sleep(0.5)")


def enter(block: AbstractContextManager[None]) -> None:
    with block:
        pass


def test_numbers_go_on_after_a_rebuilt_table_was_emptied(
    any_db: Database, shelf: Path
) -> None:
    Migrations(any_db, shelf).apply(to=2)
    any_db.execute("DELETE FROM book")
    Migrations(any_db, shelf).apply()
    any_db.execute("INSERT INTO book (title, pages) VALUES ('New', 1)")
    assert any_db.execute("SELECT id FROM book") == [(3,)]
