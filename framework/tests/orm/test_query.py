from enum import Enum
from typing import Any

import pytest
from roob.orm import query
from roob.orm.column import JSON, Column, ForeignKey, PrimaryKey, Version
from roob.orm.dialects import POSTGRESQL, SQLITE, SqlDialect
from roob.orm.exceptions import (
    ConfigurationError,
    InvalidValueError,
    NotLoadedError,
    QueryError,
    UnknownColumnError,
)
from roob.orm.expressions import Ordering
from roob.orm.joins import MOST_JOINS, joins_of
from roob.orm.query import Plan, Selection, Statement, plan_of
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


def test_an_insert_carries_its_values_apart() -> None:
    author = Author(id=7, name="'; DROP TABLE author; --", age=36)
    assert query.insert(AUTHOR, query.params_of(AUTHOR.encoders, author)) == Statement(
        'INSERT INTO "author" ("id", "name", "age") VALUES (?, ?, ?)',
        [7, "'; DROP TABLE author; --", 36],
    )


def test_an_insert_without_a_key_leaves_the_number_to_the_database() -> None:
    keyless = query.params_of(AUTHOR.keyless_encoders, Author(name="Ada", age=None))
    number = SQLITE.next_key('"author"', '"id"')
    assert query.insert_numbered(AUTHOR, keyless) == Statement(
        f'INSERT INTO "author" ("id", "name", "age") VALUES ({number}, ?, ?)',
        ["Ada", None],
    )


def test_values_are_encoded_for_the_database() -> None:
    order = Order(group="a", select=Level.LOW, author=bare_row(Author, 3, 3))
    assert query.params_of(ORDER.encoders, order) == ["a", "LOW", False, 3]


def test_an_update_names_the_key_last() -> None:
    changes = query.changes_of(AUTHOR, Author(id=1, name="Ada", age=36))
    assert query.update(AUTHOR, changes, 1) == Statement(
        'UPDATE "author" SET "name" = ?, "age" = ? WHERE "id" = ?', ("Ada", 36, 1)
    )


def test_an_update_writes_what_was_changed_and_nothing_else() -> None:
    (author,) = AUTHOR.loader.load([(1, "Ada", 36)])
    author.age = 37
    assert query.changes_of(AUTHOR, author) == {"age": 37}


def test_an_update_of_a_bare_row_writes_what_was_set() -> None:
    author = bare_row(Author, 3, 3)
    author.age = None  # type: ignore[attr-defined]
    assert query.changes_of(AUTHOR, author) == {"age": None}


def test_a_version_is_counted_by_the_statement_that_asks_for_it() -> None:
    class Stock(Table):
        id = PrimaryKey(int)
        quantity = Column(int)
        version = Version()

    plan = plan_of(Stock, SQLITE)
    assert query.update(plan, {"quantity": 4}, 1, 7) == Statement(
        'UPDATE "stock" SET "quantity" = ?, "version" = "version" + 1 '
        'WHERE "id" = ? AND "version" = ?',
        (4, 1, 7),
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
    assert query.select_equal(BOOK, {}) == Statement(
        'SELECT "t0"."id", "t0"."title", "t0"."author_id", '
        '"t1"."id", "t1"."name", "t1"."age" FROM "book" AS "t0" '
        'LEFT JOIN "author" AS "t1" ON "t1"."id" = "t0"."author_id" '
        'ORDER BY "t0"."id"'
    )


def test_filters_are_equalities_and_none_is_null() -> None:
    statement = query.select_equal(AUTHOR, {"name": "Ada", "age": None})
    assert statement.sql.endswith('WHERE "name" = ? AND "age" IS NULL ORDER BY "id"')
    assert statement.params == ("Ada",)


@pytest.mark.parametrize("author", [3, bare_row(Author, 3, 3)])
def test_a_reference_is_filtered_by_row_or_key(author: object) -> None:
    statement = query.select_equal(BOOK, {"author": author})
    assert statement.sql.endswith('WHERE "t0"."author_id" = ? ORDER BY "t0"."id"')
    assert statement.params == (3,)


@pytest.mark.parametrize("name", ["nope", 'id" OR 1=1 --', "author_id", ""])
def test_a_filter_that_is_no_column_is_refused(name: str) -> None:
    with pytest.raises(UnknownColumnError, match="book has no column"):
        query.select_equal(BOOK, {name: 1})


@pytest.mark.parametrize("value", ["3", 1.5, bare_row(Book, 3, 3), [3]])
def test_a_filter_of_the_wrong_type_is_refused(value: object) -> None:
    with pytest.raises(InvalidValueError):
        query.select_equal(BOOK, {"author": value})


def test_transactions_become_savepoints_below_the_first() -> None:
    assert query.begin(SQLITE, 0, None).sql == "BEGIN IMMEDIATE"
    assert query.begin(SQLITE, 2, None).sql == 'SAVEPOINT "level_2"'
    assert query.commit(0).sql == "COMMIT"
    assert query.commit(2).sql == 'RELEASE "level_2"'
    assert query.rollback(0).sql == "ROLLBACK"
    assert query.rollback(2).sql == 'ROLLBACK TO "level_2"'


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


# The statements of queries, on both databases.


class Stock(Table):
    id = PrimaryKey(int, auto_increment=True)
    code = Column(str)
    quantity = Column(int)
    ratio = Column(float, default=0.0)
    notes = Column(JSON, nullable=True)
    author: ForeignKey[Author | None] = ForeignKey(Author, nullable=True)
    version = Version()


class Key(Table):
    id = PrimaryKey(str)


@pytest.fixture(params=[SQLITE, POSTGRESQL], ids=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> SqlDialect:
    found: SqlDialect = request.param
    return found


def same(statement: Statement, sql: str, *params: object) -> None:
    """The text is this one on both databases, but for the placeholder."""
    assert statement.sql.replace("%s", "?") == sql
    assert tuple(statement.params) == params


def plan_for(table: type[Table], dialect: SqlDialect) -> Plan:
    return plan_of(table, dialect)


SELECTED = Selection(Author, (Author.age > 30, Author.name != "Bob"))
JOINED = Selection(Book, (Book.author.name == "Ada",))
BY_NAME = (Ordering(Author.name, descending=True),)


def test_a_selection_is_read_in_its_order(dialect: SqlDialect) -> None:
    plan = plan_for(Author, dialect)
    same(
        query.select(plan, Selection(Author, SELECTED.where, BY_NAME, 10, 20)),
        'SELECT "id", "name", "age" FROM "author" WHERE "age" > ? AND "name" <> ? '
        'ORDER BY "name" DESC, "id" LIMIT ? OFFSET ?',
        30,
        "Bob",
        10,
        20,
    )
    same(
        query.select(plan, Selection(Author, offset=5)),
        'SELECT "id", "name", "age" FROM "author" ORDER BY "id" LIMIT ? OFFSET ?',
        2**63 - 1,
        5,
    )


def test_an_order_with_the_key_in_it_is_full_already(dialect: SqlDialect) -> None:
    order = (Ordering(Author.id, descending=True), *BY_NAME)
    statement = query.select(
        plan_for(Author, dialect), Selection(Author, order=order, limit=1)
    )
    assert statement.sql.partition(" ORDER BY ")[2].startswith(
        '"id" DESC, "name" DESC LIMIT'
    )


def test_a_stream_is_of_one_moment() -> None:
    order = (Ordering(Author.age, descending=False),)
    selection = Selection(Author, order=order)
    text = 'SELECT "id", "name", "age" FROM "author" ORDER BY {} NULLS FIRST, "id"'
    assert query.stream(AUTHOR, selection).sql == text.format('+"age"')
    plan = plan_for(Author, POSTGRESQL)
    assert query.stream(plan, selection).sql == text.format('"age"')


def test_a_selection_is_counted(dialect: SqlDialect) -> None:
    plan = plan_for(Author, dialect)
    same(
        query.count(plan, SELECTED),
        'SELECT count(*) FROM "author" WHERE "age" > ? AND "name" <> ?',
        30,
        "Bob",
    )
    same(
        query.count(plan, Selection(Author, order=BY_NAME, limit=3)),
        'SELECT count(*) FROM (SELECT "id" FROM "author" '
        'ORDER BY "name" DESC, "id" LIMIT ?) AS "row"',
        3,
    )


def test_counting_joins_what_conditions_ask_for(dialect: SqlDialect) -> None:
    plan = plan_for(Book, dialect)
    same(query.count(plan, Selection(Book)), 'SELECT count(*) FROM "book"')
    same(
        query.count(plan, JOINED),
        'SELECT count(*) FROM "book" AS "t0" LEFT JOIN "author" AS "t1" '
        'ON "t1"."id" = "t0"."author_id" WHERE "t1"."name" = ?',
        "Ada",
    )


def test_existing_reads_one_row_at_most(dialect: SqlDialect) -> None:
    plan = plan_for(Author, dialect)
    same(
        query.exists(plan, SELECTED),
        'SELECT 1 FROM "author" WHERE "age" > ? AND "name" <> ? LIMIT ?',
        30,
        "Bob",
        1,
    )
    for limit, asked in ((0, 0), (9, 1), (None, 1)):
        same(
            query.exists(plan, Selection(Author, limit=limit, offset=4)),
            'SELECT 1 FROM "author" LIMIT ? OFFSET ?',
            asked,
            4,
        )


def test_keys_are_read_in_an_order_where_it_decides_which(dialect: SqlDialect) -> None:
    plan = plan_for(Author, dialect)
    same(
        query.select_keys(plan, Selection(Author, order=BY_NAME)),
        'SELECT "id" FROM "author"',
    )
    same(
        query.select_keys(plan, Selection(Author, order=BY_NAME, limit=1)),
        'SELECT "id" FROM "author" ORDER BY "name" DESC, "id" LIMIT ?',
        1,
    )


def test_many_rows_are_changed_by_one_statement(dialect: SqlDialect) -> None:
    plan = plan_for(Stock, dialect)
    selection = Selection(Stock, (Stock.code == "x",))
    same(
        query.update_where(
            plan, selection, {"quantity": Stock.quantity * 2 + 1, "code": "y"}
        ),
        'UPDATE "stock" SET "quantity" = (("quantity" * ?) + ?), "code" = ?, '
        '"version" = "version" + 1 WHERE "code" = ?',
        2,
        1,
        "y",
        "x",
    )
    same(
        query.update_where(plan, Selection(Stock), {"author": None}),
        'UPDATE "stock" SET "author_id" = ?, "version" = "version" + 1',
        None,
    )


def test_joined_and_cut_rows_are_changed_by_their_keys(dialect: SqlDialect) -> None:
    plan = plan_for(Book, dialect)
    keys = (
        'SELECT "t0"."id" FROM "book" AS "t0" LEFT JOIN "author" AS "t1" '
        'ON "t1"."id" = "t0"."author_id" WHERE "t1"."name" = ?'
    )
    same(
        query.update_where(plan, JOINED, {"title": "T"}),
        f'UPDATE "book" SET "title" = ? WHERE "id" IN ({keys})',
        "T",
        "Ada",
    )
    same(
        query.delete_where(plan, JOINED),
        f'DELETE FROM "book" WHERE "id" IN ({keys})',
        "Ada",
    )
    same(
        query.delete_where(plan, Selection(Book, limit=1)),
        'DELETE FROM "book" WHERE "id" IN '
        '(SELECT "id" FROM "book" ORDER BY "id" LIMIT ?)',
        1,
    )
    same(query.delete_where(plan, Selection(Book)), 'DELETE FROM "book"')


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"nope": 1}, UnknownColumnError),
        ({"id": 1}, QueryError),
        ({"version": 1}, QueryError),
        ({"quantity": Stock.author.age}, QueryError),
        ({"quantity": Stock.ratio}, QueryError),
        ({"quantity": Stock.quantity + Stock.ratio}, QueryError),
        ({"quantity": Stock.quantity.sum()}, QueryError),
        ({"quantity": Author.age}, QueryError),
        ({"quantity": "1"}, InvalidValueError),
        ({"code": None}, InvalidValueError),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    changes: dict[str, Any], error: type[Exception], dialect: SqlDialect
) -> None:
    with pytest.raises(error):
        query.update_where(plan_for(Stock, dialect), Selection(Stock), changes)


def test_groups_are_one_record_each() -> None:
    selection = Selection(Book, (Book.id > 1,), limit=5)
    arguments = ([Book.author.name], [Book.id.count()], [Book.id.count() > 2])
    same(
        query.aggregate(BOOK, selection, *arguments),
        'SELECT "t1"."name", count("t0"."id") FROM "book" AS "t0" '
        'LEFT JOIN "author" AS "t1" ON "t1"."id" = "t0"."author_id" '
        'WHERE "t0"."id" > ? GROUP BY "t1"."name" HAVING count("t0"."id") > ? '
        'ORDER BY "t1"."name" NULLS FIRST LIMIT ?',
        1,
        2,
        5,
    )


def test_sums_without_groups_are_one_record(dialect: SqlDialect) -> None:
    plan = plan_for(Author, dialect)
    sums = [Author.id.count(), Author.name.max(), (Author.age * 2).max()]
    same(
        query.aggregate(plan, SELECTED, [], sums, []),
        'SELECT count("id"), max("name"), max(("age" * ?)) FROM "author" '
        'WHERE "age" > ? AND "name" <> ?',
        2,
        30,
        "Bob",
    )


def test_an_upsert_overwrites_all_but_the_key_and_what_it_goes_by() -> None:
    author = Author(id=7, name="Ada", age=36)
    assert query.upsert(AUTHOR, author, [Author.name]) == Statement(
        'INSERT INTO "author" ("id", "name", "age") VALUES (?, ?, ?) '
        'ON CONFLICT ("name") DO UPDATE SET "age" = excluded."age" RETURNING "id"',
        [7, "Ada", 36],
    )


def test_an_upsert_of_nothing_to_overwrite_still_returns_the_key(
    dialect: SqlDialect,
) -> None:
    plan = plan_for(Key, dialect)
    same(
        query.upsert(plan, Key(id="a"), [plan.key]),
        'INSERT INTO "key" ("id") VALUES (?) ON CONFLICT ("id") '
        'DO UPDATE SET "id" = excluded."id" RETURNING "id"',
        "a",
    )


def test_an_upsert_counts_the_version_of_the_row_that_was_there() -> None:
    stock = Stock(code="x", quantity=1)
    number = SQLITE.upsert_key('"stock"', '"id"')
    sqlite = query.upsert(plan_for(Stock, SQLITE), stock, [Stock.code])
    assert sqlite.sql == (
        'INSERT INTO "stock" ("id", "code", "quantity", "ratio", "notes", "author_id", '
        f'"version") VALUES ({number}, ?, ?, ?, ?, ?, ?) '
        'ON CONFLICT ("code") DO UPDATE SET '
        '"quantity" = excluded."quantity", "ratio" = excluded."ratio", '
        '"notes" = excluded."notes", "author_id" = excluded."author_id", '
        '"version" = "stock"."version" + 1 RETURNING "id", "version"'
    )
    assert sqlite.params == ["x", 1, 0.0, None, None, 1]
    postgresql = query.upsert(plan_for(Stock, POSTGRESQL), stock, [Stock.code])
    free = POSTGRESQL.free_key('"stock"', '"id"')
    assert postgresql.sql == sqlite.sql.replace(number, free).replace("?", "%s")


def test_an_insert_on_postgresql_gives_its_number_back() -> None:
    plan = plan_for(Author, POSTGRESQL)
    keyless = query.params_of(plan.keyless_encoders, Author(name="Ada"))
    assert query.insert_numbered(plan, keyless) == Statement(
        'INSERT INTO "author" ("id", "name", "age") VALUES (DEFAULT, %s, %s) '
        'ON CONFLICT ("id") DO NOTHING RETURNING "id"',
        ["Ada", None],
    )


def test_numbers_are_drawn_for_many_rows() -> None:
    assert query.skip_taken_keys(AUTHOR) is None
    assert query.draw_keys(AUTHOR, 3).params == (3,)
    plan = plan_for(Author, POSTGRESQL)
    skip = query.skip_taken_keys(plan)
    assert skip == Statement(POSTGRESQL.skip_taken('"author"', '"id"') or "")
    assert query.draw_keys(plan, 3).params == (3,)


def test_a_key_is_asked_for(dialect: SqlDialect) -> None:
    same(
        query.exists_key(plan_for(Order, dialect), "a"),
        'SELECT 1 FROM "order" WHERE "group" = ?',
        "a",
    )


def test_a_value_that_was_not_read_is_not_written() -> None:
    with pytest.raises(NotLoadedError, match="'name' is not loaded"):
        query.params_of(AUTHOR.encoders, bare_row(Author, 3, 3))


def test_a_plan_is_asked_for_and_a_connection_pinged() -> None:
    assert query.ping() == Statement("SELECT 1")
    statement = Statement("SELECT ?", (1,))
    asked = query.explain(SQLITE, statement)
    assert asked == Statement("EXPLAIN QUERY PLAN SELECT ?", (1,))
    assert query.explain(POSTGRESQL, statement).sql == "EXPLAIN SELECT ?"


@pytest.mark.parametrize("level", ["read committed", "repeatable read", "serializable"])
def test_an_isolation_is_part_of_the_beginning(level: str) -> None:
    assert query.begin(SQLITE, 0, level).sql == "BEGIN IMMEDIATE"
    assert query.begin(POSTGRESQL, 0, level).sql == (
        f"BEGIN ISOLATION LEVEL {level.upper()}"
    )
    with pytest.raises(ConfigurationError, match="no isolation 'nope'"):
        query.begin(POSTGRESQL, 0, "nope")
