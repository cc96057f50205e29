"""Conditions, orders and sums as SQL, on both databases, without any."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from roob.orm.column import JSON, Column, ForeignKey, PrimaryKey
from roob.orm.criteria import (
    Fragment,
    Scope,
    all_sql,
    condition_sql,
    from_sql,
    operand_sql,
    ordering_sql,
    result_column,
    result_decoder,
    scope_of,
    value_sql,
)
from roob.orm.dialects import POSTGRESQL, SQLITE, SqlDialect
from roob.orm.exceptions import InvalidValueError, QueryError
from roob.orm.expressions import and_, not_, or_
from roob.orm.joins import joins_of
from roob.orm.relations import Collection
from roob.orm.table import Table


class Level(Enum):
    LOW = 1


class Country(Table):
    id = PrimaryKey(str)
    name = Column(str)


class Author(Table):
    id = PrimaryKey(int)
    name = Column(str)
    country: ForeignKey[Country | None] = ForeignKey(Country, nullable=True)
    books: Collection["Book"] = Collection("Book")
    tags: Collection["Tag"] = Collection("Tag", through="Book")


class Tag(Table):
    id = PrimaryKey(int)
    name = Column(str)


class Book(Table):
    id = PrimaryKey(int)
    title = Column(str)
    shelf = Column(str, nullable=True)
    pages = Column(int)
    weight = Column(float)
    price = Column(Decimal)
    level = Column(Level)
    flag = Column(bool)
    cover = Column(bytes)
    isbn = Column(UUID)
    added = Column(datetime)
    day = Column(date)
    notes = Column(JSON)
    author = ForeignKey(Author)
    tag: ForeignKey[Tag | None] = ForeignKey(Tag, nullable=True)


DIALECTS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


@pytest.fixture(params=[*DIALECTS])
def dialect(request: pytest.FixtureRequest) -> SqlDialect:
    return DIALECTS[request.param]


def scope_for(dialect: SqlDialect, *nodes: object, table: type[Table] = Book) -> Scope:
    return scope_of(dialect, joins_of(table)[:1], nodes)


def written(condition: Any, dialect: SqlDialect = SQLITE) -> Fragment:
    table = Author if "Exists" in str(condition) else Book
    return condition_sql(scope_for(dialect, condition, table=table), condition)


MOMENT = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
AUTHOR_1 = Author(id=1, name="Ada")
AUTHOR_1._stored = (1, "Ada", None)


@pytest.mark.parametrize(
    ("condition", "sql", "params"),
    [
        (Book.pages == 1, '"pages" = ?', (1,)),
        (Book.pages != 1, '"pages" <> ?', (1,)),
        (Book.pages < 1, '"pages" < ?', (1,)),
        (Book.pages <= 1, '"pages" <= ?', (1,)),
        (Book.pages > 1, '"pages" > ?', (1,)),
        (Book.pages >= 1, '"pages" >= ?', (1,)),
        (Book.id == Book.pages, '"id" = "pages"', ()),
        (Book.pages > Book.weight, '"pages" > "weight"', ()),
        (Book.flag == True, '"flag" = ?', (True,)),  # noqa: E712
        (Book.level == Level.LOW, '"level" = ?', ("LOW",)),
        (Book.cover == b"\0", '"cover" = ?', (b"\0",)),
        (Book.shelf.is_null(), '"shelf" IS NULL', ()),
        (Book.shelf.is_not_null(), '"shelf" IS NOT NULL', ()),
        (Book.notes.is_null(), '"notes" IS NULL', ()),
        (Book.pages.in_([1, 2]), '"pages" IN (?, ?)', (1, 2)),
        (Book.pages.in_([]), "1 = 0", ()),
        (Book.pages.between(1, 2), '"pages" >= ? AND "pages" <= ?', (1, 2)),
        (Book.author == 1, '"author_id" = ?', (1,)),
        (Book.author == AUTHOR_1, '"author_id" = ?', (1,)),
        (Book.author.id > 1, '"author_id" > ?', (1,)),
        (Book.author.in_([AUTHOR_1, 2]), '"author_id" IN (?, ?)', (1, 2)),
        (Book.tag == None, '"tag_id" IS NULL', ()),  # noqa: E711
        (Book.pages + 1 > 2, '("pages" + ?) > ?', (1, 2)),
        (Book.pages * 2 - Book.id == 3, '(("pages" * ?) - "id") = ?', (2, 3)),
        (and_(), "1 = 1", ()),
        (or_(), "1 = 0", ()),
        (and_(Book.id == 1), '"id" = ?', (1,)),
        (
            or_(Book.id == 1, and_(Book.pages > 2, Book.shelf == "A")),
            '"id" = ? OR ("pages" > ? AND "shelf" = ?)',
            (1, 2, "A"),
        ),
        (not_(or_(Book.id == 1, Book.id == 2)), 'NOT ("id" = ? OR "id" = ?)', (1, 2)),
        (and_(not_(Book.id == 1), Book.id > 0), 'NOT ("id" = ?) AND "id" > ?', (1, 0)),
    ],
)
def test_conditions_are_written(condition: Any, sql: str, params: Any) -> None:
    assert written(condition) == (sql, params)
    assert written(condition, POSTGRESQL) == (sql.replace("?", "%s"), params)


@pytest.mark.parametrize(
    ("condition", "sqlite", "postgresql"),
    [
        (Book.price > Decimal("1E+2"), "100", Decimal("1E+2")),
        (Book.isbn == UUID(int=1), str(UUID(int=1)), UUID(int=1)),
        (Book.added == MOMENT, "2026-11-21T01:02:03.000000+00:00", MOMENT),
        (Book.day == date(2026, 1, 2), "2026-01-02", date(2026, 1, 2)),
    ],
)
def test_values_are_encoded_for_the_database(
    condition: Any, sqlite: object, postgresql: object
) -> None:
    assert written(condition, SQLITE).params == (sqlite,)
    assert written(condition, POSTGRESQL).params == (postgresql,)


@pytest.mark.parametrize(
    ("condition", "glob", "like"),
    [
        (Book.title.like("a%_"), "a*?", "a%_"),
        (Book.title.like(r"\%\_\\"), "%_\\", r"\%\_\\"),
        (Book.title.like("*?[]"), "[*][?][[]]", "*?[]"),
        (Book.title.like(r"\*\?\[\]\a"), "[*][?][[]]a", r"\*\?\[\]\a"),
        (Book.title.contains("%*"), "*%[*]*", r"%\%*%"),
        (Book.title.startswith("_"), "_*", r"\_%"),
        (Book.title.endswith("\\"), "*\\", r"%\\"),
        (Book.title.contains("[^a-z]"), "*[[]^a-z]*", "%[^a-z]%"),
    ],
)
def test_a_pattern_is_one_of_the_databases_own(
    condition: Any, glob: str, like: str
) -> None:
    assert written(condition, SQLITE) == ('"title" GLOB ?', (glob,))
    assert written(condition, POSTGRESQL) == ('"title" LIKE %s', (like,))


def test_letters_are_taken_alike_only_where_asked() -> None:
    condition = Book.title.contains("AÉ%", ignore_case=True)
    assert written(condition, SQLITE) == ('lower("title") GLOB ?', ("*aÉ%*",))
    assert written(condition, POSTGRESQL) == ('lower("title") LIKE %s', (r"%aÉ\%%",))


def test_columns_of_other_rows_are_joined(dialect: SqlDialect) -> None:
    condition = and_(
        Book.author.country.name == "X", Book.author.name == "Y", Book.title == "Z"
    )
    scope = scope_for(dialect, condition)
    mark = dialect.placeholder
    assert from_sql(scope) == (
        '"book" AS "t0" LEFT JOIN "author" AS "t1" ON "t1"."id" = "t0"."author_id"'
        ' LEFT JOIN "country" AS "t2" ON "t2"."id" = "t1"."country_id"'
    )
    assert condition_sql(scope, condition) == (
        f'"t2"."name" = {mark} AND "t1"."name" = {mark} AND "t0"."title" = {mark}',
        ("X", "Y", "Z"),
    )


def test_the_key_of_another_row_needs_no_join(dialect: SqlDialect) -> None:
    scope = scope_for(dialect, Book.author.id == 1, Book.author.country.is_null())
    assert from_sql(scope).count("JOIN") == 1
    sql = condition_sql(scope, Book.author.country == "X").sql
    assert sql == f'"t1"."country_id" = {dialect.placeholder}'


def test_conditions_side_by_side_keep_their_words(dialect: SqlDialect) -> None:
    conditions = [or_(Book.id == 1, Book.id == 2), Book.pages > 3]
    mark = dialect.placeholder
    assert all_sql(scope_for(dialect, *conditions), conditions) == (
        f'("id" = {mark} OR "id" = {mark}) AND "pages" > {mark}',
        (1, 2, 3),
    )


def test_members_are_asked_for_by_a_query_inside() -> None:
    assert written(Author.books.any()) == (
        'EXISTS (SELECT 1 FROM "book" AS "x1_0" WHERE "x1_0"."author_id" = "t0"."id")',
        (),
    )
    assert written(Author.books.any(Book.pages > 1, Book.tag.name == "x")) == (
        (
            'EXISTS (SELECT 1 FROM "book" AS "x1_0"'
            ' LEFT JOIN "tag" AS "x1_1" ON "x1_1"."id" = "x1_0"."tag_id"'
            ' WHERE "x1_0"."author_id" = "t0"."id"'
            ' AND "x1_0"."pages" > ? AND "x1_1"."name" = ?)'
        ),
        (1, "x"),
    )


def test_members_by_way_of_links_are_joined_inside() -> None:
    assert written(Author.tags.any(Tag.name == "x")) == (
        (
            'EXISTS (SELECT 1 FROM "book" AS "x1_0"'
            ' LEFT JOIN "tag" AS "x1_1" ON "x1_1"."id" = "x1_0"."tag_id"'
            ' WHERE "x1_0"."author_id" = "t0"."id" AND "x1_1"."name" = ?)'
        ),
        ("x",),
    )


def test_members_belong_to_the_table_of_the_query() -> None:
    condition = Author.books.any()
    with pytest.raises(QueryError, match=r"book\.author does not refer to book"):
        condition_sql(scope_for(SQLITE, condition), condition)


@pytest.mark.parametrize(
    ("order", "sql"),
    [
        (Book.title.asc(), '"title"'),
        (Book.title.desc(), '"title" DESC'),
        (Book.shelf.asc(), '"shelf" NULLS FIRST'),
        (Book.shelf.desc(), '"shelf" DESC NULLS LAST'),
        (Book.author.id.asc(), '"author_id"'),
        (Book.author.name.desc(), '"t1"."name" DESC NULLS LAST'),
    ],
)
def test_orders_put_null_first_or_last(
    order: Any, sql: str, dialect: SqlDialect
) -> None:
    assert ordering_sql(scope_for(dialect, order), order) == (sql, ())


def test_an_order_of_a_calculation_has_parameters(dialect: SqlDialect) -> None:
    order = (Book.pages * 2).desc()
    mark = dialect.placeholder
    assert ordering_sql(scope_for(dialect, order), order) == (
        f'("pages" * {mark}) DESC NULLS LAST',
        (2,),
    )


@pytest.mark.parametrize(
    ("value", "sqlite", "postgresql"),
    [
        (Book.id.count(), 'count("id")', 'count("id")'),
        (Book.pages.sum(), 'sum("pages")', 'CAST(sum("pages") AS BIGINT)'),
        (Book.weight.sum(), 'sum("weight")', 'sum("weight")'),
        (
            (Book.pages + Book.weight).sum(),
            'sum(("pages" + "weight"))',
            'sum(("pages" + "weight"))',
        ),
        (Book.price.sum(), 'decimal_sum("price") COLLATE decimal', 'sum("price")'),
        (Book.price.min(), 'min("price") COLLATE decimal', 'min("price")'),
        (
            Book.price.avg(),
            'avg(CAST("price" AS REAL))',
            'CAST(avg("price") AS DOUBLE PRECISION)',
        ),
        (
            Book.pages.avg(),
            'avg("pages")',
            'CAST(avg("pages") AS DOUBLE PRECISION)',
        ),
        (Book.title.max(), 'max("title")', 'max("title")'),
        (Book.notes.count(), 'count("notes")', 'count("notes")'),
    ],
)
def test_sums_are_of_the_columns_type(value: Any, sqlite: str, postgresql: str) -> None:
    assert operand_sql(scope_for(SQLITE, value), value).sql == sqlite
    assert operand_sql(scope_for(POSTGRESQL, value), value).sql == postgresql


@pytest.mark.parametrize(
    ("operand", "python_type"),
    [
        (Book.pages + 1, int),
        (Book.pages + Book.id, int),
        (Book.pages + Book.weight, float),
        (Book.weight + Book.pages, float),
        (Book.pages * (Book.pages + Book.weight), float),
        (Book.pages.count(), int),
        (Book.pages.avg(), float),
        (Book.price.avg(), float),
        (Book.price.sum(), Decimal),
        (Book.day.min(), date),
    ],
)
def test_a_result_has_a_type(operand: Any, python_type: type) -> None:
    assert result_column(operand).python_type is python_type


def test_results_are_decoded() -> None:
    assert result_decoder(Book.price.sum(), SQLITE)("1.10") == Decimal("1.10")
    assert result_decoder(Book.day.max(), SQLITE)("2026-01-02") == date(2026, 1, 2)
    assert result_decoder(Book.level, POSTGRESQL)("LOW") is Level.LOW
    assert result_decoder(Book.pages.sum(), SQLITE)(3) == 3


def test_a_value_is_checked_against_its_column(dialect: SqlDialect) -> None:
    scope = scope_for(dialect)
    with pytest.raises(
        InvalidValueError, match=r"^book\.pages: '1' is not of type int"
    ):
        value_sql(scope, Book.pages, "1")
    with pytest.raises(QueryError, match=r"book\.pages has another type than book\.ti"):
        value_sql(scope, Book.pages, Book.title)
    with pytest.raises(InvalidValueError, match=r"^avg: 'x' is not of type float"):
        condition_sql(scope, Book.pages.avg() > "x")


def test_a_column_of_another_table_has_no_place(dialect: SqlDialect) -> None:
    with pytest.raises(QueryError, match=r"^tag\.name is no column of book$"):
        scope_for(dialect, and_(Book.id == 1, not_(Tag.name == "x")))


def test_a_set_has_a_bound(dialect: SqlDialect) -> None:
    condition = Book.id.in_(range(30_000))
    assert len(written(condition, dialect).params) == 30_000
    with pytest.raises(QueryError, match="more than 30000 values"):
        written(Book.id.in_(range(30_001)), dialect)
