from typing import Any

import pytest
from roob.orm.column import Column, ForeignKey, PrimaryKey
from roob.orm.database import Database
from roob.orm.schema.create_text import checks_of, column_words, parts_of
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
from roob.orm.table import Index, Table, Unique


def live(db: Database, name: str) -> TableDefinition:
    return live_tables(db.execute, db.dialect)[name]


ODD_TABLE = """
CREATE TABLE "odd, (table" ( -- a comment with CHECK (x)
    "id" INTEGER PRIMARY KEY AUTOINCREMENT, /* CHECK, */
    [check] TEXT COLLATE nocase NOT NULL CHECK ([check] <> 'a, ) CHECK (b)'),
    `price` REAL CONSTRAINT "dear ""one" CHECK ("price" > (1 + 2)),
    CONSTRAINT both CHECK ("price" > 0 AND "check" <> ''),
    UNIQUE ("check", "price")
)
"""


def test_the_text_of_a_table_is_read_through_quotes_and_comments() -> None:
    assert [part[0] for part in parts_of(ODD_TABLE)] == [
        '"id"',
        "[check]",
        "`price`",
        "CONSTRAINT",
        "UNIQUE",
    ]
    assert list(column_words(ODD_TABLE)) == ["id", "check", "price"]
    assert list(checks_of(ODD_TABLE)) == [
        ("", "[check] <> 'a, ) CHECK (b)'"),
        ('dear "one', '"price" > (1 + 2)'),
        ("both", '"price" > 0 AND "check" <> \'\''),
    ]


def test_sqlite_says_what_a_table_of_others_is(db: Database) -> None:
    db.execute("CREATE TABLE other (id INTEGER PRIMARY KEY)")
    db.execute(ODD_TABLE.replace("odd, (table", "odd"))
    db.execute("ALTER TABLE odd ADD COLUMN other_id INTEGER REFERENCES other")
    db.execute("CREATE INDEX quick ON odd (price)")
    db.execute("CREATE INDEX backwards ON odd (price DESC)")
    db.execute('CREATE UNIQUE INDEX some ON odd ("check") WHERE price > 3')

    odd = live(db, "odd")

    assert odd == TableDefinition(
        name="odd",
        columns=(
            ColumnDefinition("id", "int"),
            ColumnDefinition("check", "TEXT COLLATE nocase"),
            ColumnDefinition("price", "float", nullable=True),
            ColumnDefinition("other_id", "int", nullable=True),
        ),
        primary_key="id",
        is_numbered=True,
        uniques=(UniqueDefinition("odd_check_price_key", ("check", "price")),),
        indexes=(IndexDefinition("quick", ("price",)),),
        checks=tuple(CheckDefinition(*check) for check in checks_of(ODD_TABLE)),
        foreign_keys=(ForeignKeyDefinition("other_id", "other", "id"),),
        beside=(
            "CREATE INDEX backwards ON odd (price DESC)",
            'CREATE UNIQUE INDEX some ON odd ("check") WHERE price > 3',
        ),
    )


def test_postgresql_says_what_a_table_of_others_is(postgres_db: Database) -> None:
    db = postgres_db
    db.execute("CREATE TABLE other (id SERIAL PRIMARY KEY)")
    db.execute(
        "CREATE TABLE odd (a VARCHAR(20), b NUMERIC(10, 2) DEFAULT 3, "
        "c TEXT, d BIGINT REFERENCES other ON DELETE RESTRICT, PRIMARY KEY (a, b))"
    )
    db.execute("CREATE INDEX quick ON odd (c, d)")
    db.execute("CREATE INDEX backwards ON odd (c DESC)")
    db.execute("CREATE INDEX partial_one ON odd (c) WHERE d > 3")

    odd = live(db, "odd")

    assert odd.columns == (
        ColumnDefinition("a", "CHARACTER VARYING(20)"),
        ColumnDefinition("b", "NUMERIC(10,2)"),
        ColumnDefinition("c", "TEXT", nullable=True),
        ColumnDefinition("d", "int", nullable=True),
    )
    assert odd.primary_key == ""
    assert odd.indexes == (IndexDefinition("quick", ("c", "d")),)
    assert odd.foreign_keys == (ForeignKeyDefinition("d", "other", "id", "RESTRICT"),)
    assert not live(db, "other").is_numbered


def test_what_was_created_is_read_as_it_was_defined(any_db: Database) -> None:
    class Shelf(Table):
        id = PrimaryKey(int, auto_increment=True)
        name = Column(str, unique=True)
        above: ForeignKey[Any] = ForeignKey("self", nullable=True, on_delete="cascade")
        place = Column(int, index=True)
        one = Unique(place, above)
        quick = Index(name, place)

    any_db.create(Shelf)
    read, defined = live(any_db, "shelf"), definition_of(Shelf)
    assert read.columns == defined.columns
    assert read.foreign_keys == defined.foreign_keys
    assert set(read.indexes) == set(defined.indexes)
    assert {u.columns for u in read.uniques} == {u.columns for u in defined.uniques}
    assert (read.primary_key, read.is_numbered) == ("id", True)


@pytest.mark.parametrize("name", ["order", "Group", "sqlites", "a" * 63])
def test_names_are_read_as_they_were_written(any_db: Database, name: str) -> None:
    any_db.create(type("Any", (Table,), {"id": PrimaryKey(str)}, table_name=name))
    assert list(live_tables(any_db.execute, any_db.dialect)) == [name]
