from enum import Enum
from typing import Any

import pytest
from roob.orm import query
from roob.orm.column import Column, ForeignKey, PrimaryKey
from roob.orm.dialects import SQLITE
from roob.orm.exceptions import InvalidValueError, SchemaError, UnknownColumnError
from roob.orm.joins import MOST_JOINS, joins_of
from roob.orm.query import Statement, plan_of
from roob.orm.table import Table, bare_row


class Level(Enum):
    LOW = 1


class Author(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)
    age = Column(int, nullable=True)


class Book(Table):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)
    author = ForeignKey(Author)


class Order(Table):
    group = PrimaryKey(str)
    select = Column(Level, unique=True)
    index = Column(bool, index=True, default=False)
    author = ForeignKey(Author, nullable=True, on_delete="set null")


AUTHOR, BOOK, ORDER = (plan_of(table, SQLITE) for table in (Author, Book, Order))


def test_create_numbers_the_rows_of_an_auto_increment_key() -> None:
    assert query.create_table(Author, SQLITE) == Statement(
        'CREATE TABLE IF NOT EXISTS "author" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, '
        '"name" TEXT NOT NULL, "age" INTEGER) STRICT'
    )


def test_create_quotes_keywords_and_writes_constraints() -> None:
    assert query.create_table(Order, SQLITE) == Statement(
        'CREATE TABLE IF NOT EXISTS "order" ("group" TEXT NOT NULL PRIMARY KEY, '
        '"select" TEXT NOT NULL UNIQUE, "index" INTEGER NOT NULL, '
        '"author_id" INTEGER REFERENCES "author" ("id") ON DELETE SET NULL) STRICT'
    )


def test_indexes_are_made_for_columns_that_ask_and_for_references() -> None:
    assert query.create_indexes(Order) == [
        Statement('CREATE INDEX IF NOT EXISTS "order_index_idx" ON "order" ("index")'),
        Statement(
            'CREATE INDEX IF NOT EXISTS "order_author_id_idx" ON "order" ("author_id")'
        ),
    ]


def test_an_insert_carries_its_values_apart() -> None:
    author = Author(id=7, name="'; DROP TABLE author; --", age=36)
    assert query.insert(AUTHOR, author) == Statement(
        'INSERT INTO "author" ("id", "name", "age") VALUES (?, ?, ?)',
        (7, "'; DROP TABLE author; --", 36),
    )


def test_an_insert_without_a_key_leaves_the_number_to_the_database() -> None:
    statement = query.insert(AUTHOR, Author(name="Ada", age=None))
    assert statement.params == ("Ada", None)
    assert statement.sql == (
        'INSERT INTO "author" ("id", "name", "age") VALUES ('
        '(SELECT ifnull((SELECT max("id") FROM "author" '
        'WHERE "id" < 4611686018427387904), 0) + 1 FROM sqlite_sequence '
        "WHERE name = 'author' AND seq = 9223372036854775807), ?, ?)"
    )


def test_values_are_encoded_for_the_database() -> None:
    order = Order(group="a", select=Level.LOW, author=bare_row(Author, 3))
    assert query.insert(ORDER, order).params == ("a", "LOW", False, 3)


def test_an_update_names_the_key_last() -> None:
    assert query.update(AUTHOR, Author(id=1, name="Ada", age=36)) == Statement(
        'UPDATE "author" SET "name" = ?, "age" = ? WHERE "id" = ?', ("Ada", 36, 1)
    )


def test_a_delete_names_the_key() -> None:
    assert query.delete(ORDER, "x' OR '1'='1") == Statement(
        'DELETE FROM "order" WHERE "group" = ?', ("x' OR '1'='1",)
    )


def test_a_select_of_one_table_needs_no_alias() -> None:
    assert query.select_by_key(AUTHOR, 1) == Statement(
        'SELECT "id", "name", "age" FROM "author" WHERE "id" = ?', (1,)
    )


def test_a_select_joins_the_referenced_rows() -> None:
    assert query.select(BOOK, {}) == Statement(
        'SELECT "t0"."id", "t0"."title", "t0"."author_id", '
        '"t1"."id", "t1"."name", "t1"."age" FROM "book" AS "t0" '
        'LEFT JOIN "author" AS "t1" ON "t1"."id" = "t0"."author_id" '
        'ORDER BY "t0"."id"'
    )


def test_filters_are_equalities_and_none_is_null() -> None:
    statement = query.select(AUTHOR, {"name": "Ada", "age": None})
    assert statement.sql.endswith('WHERE "name" = ? AND "age" IS NULL ORDER BY "id"')
    assert statement.params == ("Ada",)


@pytest.mark.parametrize("author", [3, bare_row(Author, 3)])
def test_a_reference_is_filtered_by_row_or_key(author: object) -> None:
    statement = query.select(BOOK, {"author": author})
    assert statement.sql.endswith('WHERE "t0"."author_id" = ? ORDER BY "t0"."id"')
    assert statement.params == (3,)


@pytest.mark.parametrize("name", ["nope", 'id" OR 1=1 --', "author_id", ""])
def test_a_filter_that_is_no_column_is_refused(name: str) -> None:
    with pytest.raises(UnknownColumnError, match="book has no column"):
        query.select(BOOK, {name: 1})


@pytest.mark.parametrize("value", ["3", 1.5, bare_row(Book, 3), [3]])
def test_a_filter_of_the_wrong_type_is_refused(value: object) -> None:
    with pytest.raises(InvalidValueError):
        query.select(BOOK, {"author": value})


def test_transactions_become_savepoints_below_the_first() -> None:
    assert query.begin(SQLITE, 0).sql == "BEGIN IMMEDIATE"
    assert query.begin(SQLITE, 2).sql == 'SAVEPOINT "level_2"'
    assert query.commit(0).sql == "COMMIT"
    assert query.commit(2).sql == 'RELEASE "level_2"'
    assert query.rollback(0).sql == "ROLLBACK"
    assert query.rollback(2).sql == 'ROLLBACK TO "level_2"'


def test_a_table_of_a_key_alone_can_be_written() -> None:
    class Tag(Table):
        name = PrimaryKey(str)

    plan = plan_of(Tag, SQLITE)
    assert query.update(plan, Tag(name="a")) == Statement(
        'UPDATE "tag" SET "name" = "name" WHERE "name" = ?', ("a",)
    )


def test_a_base_without_a_key_is_not_created() -> None:
    class Base(Table):
        name = Column(str)

    with pytest.raises(SchemaError, match="no PrimaryKey"):
        query.create_table(Base, SQLITE)


def test_each_foreign_key_is_followed_once_on_a_way() -> None:
    class Person(Table):
        id = PrimaryKey(int)
        mother: ForeignKey[Any] = ForeignKey("self", nullable=True)
        father: ForeignKey[Any] = ForeignKey("self", nullable=True)

    followed = [
        (join.alias, join.parent, join.foreign_key.name)
        for join in joins_of(Person)
        if join.foreign_key
    ]
    assert followed == [
        ("t1", "t0", "mother"),
        ("t2", "t0", "father"),
        ("t3", "t1", "father"),
        ("t4", "t2", "mother"),
    ]


def test_a_statement_joins_a_bounded_number_of_rows() -> None:
    keys = {f"k{n}": ForeignKey("self", nullable=True) for n in range(6)}
    table = type("Web", (Table,), {"id": PrimaryKey(int), **keys})
    assert len(joins_of(table)) == MOST_JOINS + 1
