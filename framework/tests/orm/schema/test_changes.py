"""Each change keeps the rows, on both databases, and so does what undoes it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from roob.orm.column import JSON, Column, ForeignKey, PrimaryKey
from roob.orm.database import Database
from roob.orm.dialects import POSTGRESQL
from roob.orm.exceptions import (
    CheckError,
    DatabaseError,
    IntegrityError,
    MigrationError,
    OrmError,
    UniqueError,
)
from roob.orm.schema.changes import (
    AddColumn,
    AddConstraint,
    Change,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropTable,
    RenameColumn,
    RenameTable,
    RetypeColumn,
    SetNullable,
)
from roob.orm.schema.definition import (
    CheckDefinition,
    ColumnDefinition,
    ForeignKeyDefinition,
    IndexDefinition,
    TableDefinition,
    UniqueDefinition,
    definition_of,
)
from roob.orm.schema.inspection import live_tables
from roob.orm.schema.migrations import exclusive, perform
from roob.orm.table import Check, Index, Table, Unique


class Level(Enum):
    LOW = 1
    HIGH = 2


class Author(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)


class Book(Table):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str, index=True)
    isbn = Column(str, unique=True)
    pages = Column(int)
    shelf = Column(str, nullable=True)
    grams = Column(int, default=10)
    author = ForeignKey(Author, on_delete="cascade")
    sequel_of: ForeignKey[Any] = ForeignKey("self", nullable=True)
    one_title_each = Unique(author, title)
    by_pages = Index(pages, title)
    has_pages = Check(pages > 0)


COLUMNS = ("id", "title", "isbn", "pages", "shelf", "author_id", "sequel_of_id")


@pytest.fixture
def library(any_db: Database) -> Database:
    any_db.create(Book)
    with any_db.transaction():
        ada, bob = Author(name="Ada"), Author(name="Bob")
        any_db.save(ada)
        any_db.save(bob)
        notes = Book(title="Notes", isbn="i1", pages=100, shelf="A", author=ada)
        any_db.save(notes)
        any_db.save(
            Book(title="More notes", isbn="i2", pages=200, author=ada, sequel_of=notes)
        )
        any_db.save(Book(title="Letters", isbn="i3", pages=300, shelf="B", author=bob))
        last = Book(title="Gone", isbn="i4", pages=4, author=bob)
        any_db.save(last)
        any_db.delete(Book, id=last.id)
    return any_db


def changed(db: Database, *changes: Change) -> None:
    with exclusive(db):
        for change in changes:
            perform(db, change)


def rows(db: Database, *columns: str, table: str = "book") -> list[tuple[Any, ...]]:
    names = ", ".join(f'"{column}"' for column in columns or COLUMNS)
    return [
        tuple(r) for r in db.execute(f'SELECT {names} FROM "{table}" ORDER BY "id"')
    ]


def live(db: Database, table: str = "book") -> TableDefinition:
    return live_tables(db.execute, db.dialect)[table]


SHELF = ColumnDefinition("shelf", "str", nullable=True)
NAMED_CHECK = CheckDefinition("book_is_short", '"pages" < 1000')
CHANGES = [
    AddColumn("book", ColumnDefinition("note", "str", nullable=True)),
    AddColumn("book", ColumnDefinition("price", "decimal"), Decimal("9.50")),
    AddColumn("book", ColumnDefinition("seen", "bool", nullable=True), True),
    DropColumn("book", SHELF),
    RenameColumn("book", "title", "name"),
    RenameColumn("book", "isbn", "number"),
    RenameColumn("book", "author_id", "writer_id"),
    RenameColumn("author", "id", "number"),
    RenameTable("book", "volume"),
    RenameTable("author", "writer"),
    RetypeColumn("book", "grams", "int", "float"),
    RetypeColumn("book", "grams", "int", "decimal"),
    SetNullable("book", "pages", True),
    SetNullable("book", "shelf", False, "none"),
    AddConstraint("book", IndexDefinition("book_shelf_idx", ("shelf",))),
    AddConstraint("book", UniqueDefinition("book_pages_key", ("pages",))),
    AddConstraint("book", NAMED_CHECK),
    DropConstraint("book", IndexDefinition("book_by_pages", ("pages", "title"))),
    DropConstraint("book", UniqueDefinition("book_isbn_key", ("isbn",))),
    DropConstraint("book", UniqueDefinition("other_name", ("author_id", "title"))),
    DropConstraint("book", CheckDefinition("book_has_pages", '"pages" > 0')),
    DropConstraint(
        "book", ForeignKeyDefinition("author_id", "author", "id", "CASCADE")
    ),
    CreateTable(
        TableDefinition(
            "tag",
            (ColumnDefinition("id", "int"), ColumnDefinition("book_id", "int")),
            "id",
            is_numbered=True,
            indexes=(IndexDefinition("tag_book_id_idx", ("book_id",)),),
            foreign_keys=(ForeignKeyDefinition("book_id", "book", "id"),),
        )
    ),
]


def structure(table: TableDefinition) -> tuple[Any, ...]:
    """What a table says; the order of its columns and its names left out."""
    return (
        table.name,
        {column.name: column for column in table.columns},
        table.primary_key,
        table.is_numbered,
        sorted(unique.columns for unique in table.uniques),
        sorted((index.name, index.columns) for index in table.indexes),
        sorted(str(check.sql) for check in table.checks),
        sorted(map(repr, table.foreign_keys)),
        table.extras,
    )


def structures(db: Database) -> list[tuple[Any, ...]]:
    return [structure(table) for table in live_tables(db.execute, db.dialect).values()]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_change_and_its_undoing_keep_structure_and_rows(
    library: Database, change: Change
) -> None:
    before = structures(library)
    kept = [
        column
        for column in COLUMNS
        if not (isinstance(change, DropColumn) and column == change.column.name)
        and not (isinstance(change, SetNullable) and column == change.column)
    ]
    rows_before = rows(library, *kept)

    changed(library, change)
    assert structures(library) != before
    changed(library, change.inverse())

    assert structures(library) == before
    assert rows(library, *kept) == rows_before
    assert numbered_next(library) == 5


def numbered_next(db: Database) -> object:
    book = Book(
        title="Next", isbn="i5", pages=5, shelf="", author=db.get_by_id(Author, 1)
    )
    db.save(book)
    return book.id


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_change_keeps_the_other_rows_and_constraints(
    library: Database, change: Change
) -> None:
    changed(library, change)
    if library.dialect.name == "sqlite":
        assert library.execute("PRAGMA foreign_keys") == [(1,)]
        assert library.execute("PRAGMA foreign_key_check") == []
        assert library.execute("PRAGMA integrity_check") == [("ok",)]
    assert count(library, _now(change, "author")) == 2
    assert count(library, _now(change, "book")) == 3


def _now(change: Change, table: str) -> str:
    is_renamed = isinstance(change, RenameTable) and change.table == table
    return change.to if isinstance(change, RenameTable) and is_renamed else table


def count(db: Database, table: str) -> object:
    return db.execute(f'SELECT count(*) FROM "{table}"')[0][0]


def test_old_rows_get_the_value_that_fills_them(library: Database) -> None:
    fills = {"int": -3, "float": 0.5, "bool": True, "str": "it's", "bytes": b"\0'"}
    for kind, fill in fills.items():
        changed(library, AddColumn("book", ColumnDefinition(f"new_{kind}", kind), fill))
        assert rows(library, f"new_{kind}") == [(fill,)] * 3


class Moment(Table, table_name="book"):
    """The book with columns whose values databases keep in their own ways."""

    id = PrimaryKey(int, auto_increment=True)
    new_datetime = Column(datetime)
    new_date = Column(date)
    new_decimal = Column(Decimal)
    new_uuid = Column(UUID)
    new_json = Column(dict)
    new_enum = Column(Level)


def test_what_fills_old_rows_is_no_default_of_new_ones(library: Database) -> None:
    changed(library, AddColumn("author", ColumnDefinition("age", "int"), 36))
    with pytest.raises(IntegrityError):
        library.execute("INSERT INTO author (name) VALUES ('Bob')")


def test_encoded_values_fill_rows_too(library: Database) -> None:
    fills = {
        "datetime": datetime(2026, 1, 2, 3, tzinfo=UTC),
        "date": date(2026, 1, 2),
        "decimal": Decimal("1E+3"),
        "uuid": UUID(int=7),
        "json": {"it's": [1, None]},
        "enum": "HIGH",
    }
    for kind, fill in fills.items():
        changed(library, AddColumn("book", ColumnDefinition(f"new_{kind}", kind), fill))
    moment = library.get_all(Moment)[0].to_dict()
    assert [moment[f"new_{kind}"] for kind in fills] == [
        *[*fills.values()][:-1],
        Level.HIGH,
    ]


def refused(
    db: Database, change: Change, kind: type[Exception] = MigrationError
) -> str:
    """The words in which a change is refused, everything being as it was."""
    before, rows_before = live_tables(db.execute, db.dialect), rows(db)
    with pytest.raises(kind) as refusal:
        changed(db, change)
    assert live_tables(db.execute, db.dialect) == before
    assert rows(db) == rows_before
    return str(refusal.value)


REFUSALS: list[tuple[Change, str]] = [
    (
        AddColumn("book", ColumnDefinition("price", "int")),
        "book.price: the rows that are there need a value; give AddColumn(",
    ),
    (
        SetNullable("book", "shelf", False),
        "book.shelf is NULL in some rows; give SetNullable(..., fill=...)",
    ),
    (
        RetypeColumn("book", "title", "str", "int"),
        "book.title cannot become int: 'Notes' at id 1",
    ),
    (
        RetypeColumn("book", "title", "str", "float"),
        "no rule turns str into float alike on all databases; add a column, ",
    ),
    (RetypeColumn("book", "pages", "decimal", "int"), "book.pages is int, not decimal"),
    (
        RetypeColumn("book", "id", "int", "str"),
        "book.id numbers the rows, so it stays an int",
    ),
    (
        DropColumn("book", ColumnDefinition("title", "str")),
        "book.title is in unique ",
    ),
    (
        DropColumn("book", ColumnDefinition("sequel_of_id", "int")),
        "book.sequel_of_id is in index book_sequel_of_id_idx (sequel_of_id); drop ",
    ),
    (DropColumn("book", ColumnDefinition("id", "int")), "book.id is the primary key"),
    (
        DropColumn("book", ColumnDefinition("nothing", "int")),
        "table book has no column nothing",
    ),
    (
        DropTable(TableDefinition("author", (), "id")),
        "table author is referred to by book",
    ),
    (RenameTable("nothing", "more"), "there is no table nothing"),
    (
        DropConstraint("book", IndexDefinition("x", ("isbn", "title"))),
        "table book has no index x (isbn, title)",
    ),
]


@pytest.mark.parametrize(("change", "words"), REFUSALS, ids=lambda value: str(value))
def test_what_stands_in_the_way_is_said_and_nothing_changed(
    library: Database, change: Change, words: str
) -> None:
    assert refused(library, change).startswith(words)


def test_a_column_that_another_table_refers_to_stays(library: Database) -> None:
    library.execute("CREATE TABLE code (id BIGINT PRIMARY KEY, number BIGINT)")
    if library.dialect is POSTGRESQL:
        library.execute("CREATE UNIQUE INDEX code_once ON code (number)")
    library.execute("CREATE TABLE label (number BIGINT REFERENCES code (number))")
    change = DropColumn("code", ColumnDefinition("number", "int", nullable=True))
    assert refused(library, change) == "code.number is referred to by label"


BROKEN_RULES = [
    (UniqueDefinition("book_author_id_key", ("author_id",)), UniqueError),
    (CheckDefinition("book_is_thick", '"pages" > 150'), CheckError),
    (CheckDefinition("book_is_odd", '"nothing" > 150'), OrmError),
    (CheckDefinition("book_is_odd", "nothing > 150"), DatabaseError),
    (IndexDefinition("book_odd_idx", ("nothing",)), MigrationError),
    (ForeignKeyDefinition("nothing", "author", "id"), MigrationError),
]


@pytest.mark.parametrize(("rule", "error"), BROKEN_RULES)
def test_a_rule_that_rows_break_is_refused(
    library: Database, rule: Any, error: type[Exception]
) -> None:
    refused(library, AddConstraint("book", rule), error)


RETYPINGS: list[tuple[str, str, list[Any], list[Any], list[Any]]] = [
    ("int", "str", [-5, 2**63 - 1, None], ["-5", str(2**63 - 1), None], []),
    (
        "str",
        "int",
        ["0", "-7", None],
        [0, -7, None],
        ["", "x", "1.0", "+1", " 1", "007"],
    ),
    ("str", "int", [str(-(2**63))], [-(2**63)], [str(2**63), "-0", "1_0", "0x1"]),
    ("int", "float", [3, -(2**53)], [3.0, -(2.0**53)], [2**53 + 1, 2**63 - 1]),
    ("float", "int", [3.0, -1e15], [3, -(10**15)], [0.5, 1e300]),
    ("int", "decimal", [3], [Decimal(3)], []),
    ("decimal", "int", [Decimal(3)], [3], [Decimal("3.5"), Decimal(2**63)]),
    ("decimal", "str", [Decimal("3.50")], ["3.50"], []),
    (
        "str",
        "decimal",
        ["3.50", "-0.1"],
        [Decimal("3.50"), Decimal("-0.1")],
        ["1e3", "."],
    ),
    (
        "str",
        "decimal",
        ["0"],
        [Decimal(0)],
        ["", "--1", "1.", ".5", "1.2.3", "NaN", "01"],
    ),
    ("bool", "int", [True, False], [1, 0], []),
    ("int", "bool", [1, 0], [True, False], [2, -1]),
    ("uuid", "str", [UUID(int=7)], [str(UUID(int=7))], []),
    (
        "str",
        "uuid",
        [str(UUID(int=7))],
        [UUID(int=7)],
        ["7", "{" + str(UUID(int=7)) + "}"],
    ),
    ("date", "str", [date(2026, 1, 2)], ["2026-01-02"], []),
    (
        "str",
        "date",
        ["2026-01-02"],
        [date(2026, 1, 2)],
        ["2026-1-2", "2026-02-30", "x"],
    ),
    (
        "date",
        "datetime",
        [date(2026, 1, 2)],
        [datetime(2026, 1, 2, tzinfo=UTC)],
        [],
    ),
    (
        "datetime",
        "str",
        [datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)],
        ["2026-01-02T03:04:05.000006+00:00"],
        [],
    ),
    (
        "str",
        "datetime",
        ["2026-01-02T03:04:05.000006+00:00"],
        [datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)],
        ["2026-01-02", "yesterday"],
    ),
    ("enum", "str", [Level.LOW], ["LOW"], []),
    ("str", "enum", ["LOW"], [Level.LOW], []),
    ("json", "str", [{"a": 1}], ['{"a": 1}'], []),
    ("str", "json", ['{"a": 1}'], [{"a": 1}], ["{"]),
]
TYPES: dict[str, Any] = {
    "int": int,
    "float": float,
    "bool": bool,
    "str": str,
    "datetime": datetime,
    "date": date,
    "decimal": Decimal,
    "uuid": UUID,
    "enum": Level,
    "json": JSON,
}


def thing_of(kind: str) -> type[Table]:
    members = {
        "id": PrimaryKey(int, auto_increment=True),
        "value": Column(TYPES[kind], nullable=True),
    }
    return type("Thing", (Table,), members)


@pytest.mark.parametrize(("before", "after", "old", "new", "misfits"), RETYPINGS)
def test_values_are_turned_into_their_new_type(
    any_db: Database, before: str, after: str, old: Any, new: Any, misfits: Any
) -> None:
    source, target = thing_of(before), thing_of(after)
    any_db.create(source)
    change = RetypeColumn("thing", "value", before, after)
    for value in old:
        any_db.save(source(value=value))

    changed(any_db, change)
    assert values(any_db, target) == new

    if after != "datetime" or before == "str":  # a time of day has no way back
        changed(any_db, change.inverse())
        assert values(any_db, source) == old


def values(db: Database, thing: type[Table]) -> list[object]:
    return [row.to_dict()["value"] for row in db.get_all(thing)]


@pytest.mark.parametrize(
    ("before", "after", "misfit"),
    [(r[0], r[1], misfit) for r in RETYPINGS for misfit in r[4]],
)
def test_a_value_that_does_not_fit_stops_the_change(
    any_db: Database, before: str, after: str, misfit: Any
) -> None:
    source = thing_of(before)
    any_db.create(source)
    any_db.save(source(value=misfit))
    with pytest.raises((MigrationError, DatabaseError)):
        changed(any_db, RetypeColumn("thing", "value", before, after))
    assert values(any_db, source) == [misfit]


def test_a_renamed_table_makes_room_for_one_of_its_name(library: Database) -> None:
    changed(library, RenameTable("book", "volume"), CreateTable(definition_of(Book)))
    author = library.get_by_id(Author, 1)
    library.save(Book(title="New", isbn="i1", pages=1, author=author))
    assert count(library, "volume") == 3
    assert count(library, "book") == 1
    assert live(library, "volume").foreign_keys[-1].table in ("author", "volume")


def test_a_renamed_columns_rules_follow_it(library: Database) -> None:
    changed(library, RenameColumn("book", "title", "name"))
    assert [i.name for i in live(library).indexes if i.columns == ("name",)] == [
        "book_name_idx"
    ]
    with pytest.raises(UniqueError):
        library.execute(
            "INSERT INTO book (name, isbn, pages, grams, author_id) "
            "VALUES ('Notes', 'i9', 1, 1, 1)"
        )


def test_what_stands_beside_a_table_stays_on_sqlite(db: Database) -> None:
    db.create(Book)
    db.execute("CREATE TABLE log (title TEXT)")
    db.execute(
        "CREATE TRIGGER noted AFTER INSERT ON author "
        "BEGIN INSERT INTO log VALUES (new.name); END"
    )
    db.execute("CREATE INDEX some_names ON author (lower(name)) WHERE id > 1")
    db.execute("CREATE VIEW names AS SELECT name FROM author")
    changed(db, AddColumn("author", ColumnDefinition("age", "int"), 36))
    db.execute("INSERT INTO author (name, age) VALUES ('Ada', 36)")
    assert db.execute("SELECT * FROM log") == [("Ada",)]
    assert db.execute("SELECT * FROM names") == [("Ada",)]
    assert [n for (n,) in db.execute("SELECT name FROM sqlite_master")].count(
        "some_names"
    )


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("size INTEGER DEFAULT 3", "size has the default 3"),
        ("size INTEGER AS (id + 1)", "size is generated"),
        ("size INTEGER REFERENCES other (id) ON UPDATE CASCADE", "size is part of a"),
    ],
)
def test_sqlite_rebuilds_no_table_that_would_lose_by_it(
    db: Database, column: str, words: str
) -> None:
    db.execute("CREATE TABLE other (id INTEGER PRIMARY KEY)")
    db.execute(f"CREATE TABLE book (id INTEGER PRIMARY KEY, {column})")
    with pytest.raises(MigrationError, match=f"table book cannot be rebuilt.*{words}"):
        changed(db, AddColumn("book", ColumnDefinition("pages", "int"), 3))


def test_a_rebuild_that_fails_leaves_no_setting_behind(db: Database) -> None:
    db.create(Book)
    db.execute("CREATE TABLE roob_new_author (id INTEGER)")
    with pytest.raises(DatabaseError):
        changed(db, AddColumn("author", ColumnDefinition("age", "int"), 36))
    assert db.execute("PRAGMA foreign_keys") == [(1,)]
    assert db.execute("PRAGMA legacy_alter_table") == [(0,)]
