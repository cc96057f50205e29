"""What each method of a query answers, on every database."""

import gc
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from roob.orm.column import JSON, Column, ForeignKey, PrimaryKey
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory
from roob.orm.exceptions import (
    DatabaseError,
    ForeignKeyError,
    IntegrityError,
    InvalidValueError,
    ManyRecordsFound,
    OrmError,
    QueryError,
    RecordNotFound,
    SchemaError,
    UnknownColumnError,
)
from roob.orm.expressions import and_, not_, or_
from roob.orm.relations import Collection
from roob.orm.selection import Query
from roob.orm.table import Check, Table, Unique

INJECTIONS = [
    "'; DROP TABLE book; --",
    '" OR 1=1 --',
    "x' OR 'a'='a",
    "%s %(a)s %% :a ?1 ? $1",
    "%' OR title LIKE '%",
    "\\'; SELECT 1 --",
    "{} {0} \x1a \r\n \u2019 \ufeff",
]


class Level(Enum):
    LOW = 1
    HIGH = 2


class Country(Table):
    id = PrimaryKey(int)
    name = Column(str)


class Author(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)
    country: ForeignKey[Country | None] = ForeignKey(Country, nullable=True)
    books: Collection["Book"] = Collection("Book")


class Book(Table):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)
    price = Column(Decimal, nullable=True)
    pages = Column(int, default=0)
    weight = Column(float, default=0.0)
    shelf = Column(str, nullable=True)
    level = Column(Level, default=Level.LOW)
    isbn = Column(UUID, nullable=True)
    added = Column(datetime, nullable=True)
    published = Column(date, nullable=True)
    cover = Column(bytes, nullable=True)
    notes = Column(JSON, nullable=True)
    author: ForeignKey[Author | None] = ForeignKey(Author, nullable=True)


class Loan(Table):
    id = PrimaryKey(int, auto_increment=True)
    book = ForeignKey(Book)


@pytest.fixture
def library(any_db: Database) -> Database:
    """Ada of England wrote two books, Bob of nowhere one, and nobody another."""
    any_db.create(Loan)
    england = Country(id=1, name="England")
    ada, bob = Author(id=1, name="Ada", country=england), Author(id=2, name="Bob")
    books = [
        Book(id=1, title="Notes", price=Decimal("9.5"), pages=10, author=ada),
        Book(id=2, title="Engines", price=Decimal("10"), pages=20, author=ada),
        Book(id=3, title="Bobbins", pages=30, shelf="A", author=bob),
        Book(id=4, title="Anon", price=Decimal("0.5"), pages=40, shelf="B"),
    ]
    any_db.save_all([england, ada, bob, *books])
    return any_db


@pytest.fixture(params=["sqlite://", "postgresql://nobody@127.0.0.1:1/none"])
def unasked(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database that no statement reaches."""
    with DatabaseFactory.from_url(request.param) as db:
        yield db


def titles(query: Query[Book]) -> list[str]:
    return [book.title for book in query]


def refused_before_sql(db: Database, ask: Callable[[], object]) -> None:
    """Whatever is asked is refused, and no statement ran."""
    with db.record() as log, pytest.raises((QueryError, InvalidValueError)):
        ask()
    assert log == []


# The rows.


def test_all_reads_the_rows_in_the_order_of_their_keys(library: Database) -> None:
    assert titles(library.query(Book)) == ["Notes", "Engines", "Bobbins", "Anon"]


def test_conditions_add_up(library: Database) -> None:
    cheap = library.query(Book).where(Book.price < Decimal(10))
    assert titles(cheap) == ["Notes", "Anon"]
    assert titles(cheap.where(Book.shelf.is_null())) == ["Notes"]
    assert titles(cheap.where(Book.shelf == "B", Book.pages > 40)) == []
    assert titles(cheap) == ["Notes", "Anon"]


def test_null_is_neither_equal_nor_unequal(library: Database) -> None:
    query = library.query(Book)
    assert titles(query.where(Book.shelf != "A")) == ["Anon"]
    assert titles(query.where(not_(Book.shelf == "A"))) == ["Anon"]
    assert titles(query.where(Book.shelf == None)) == ["Notes", "Engines"]  # noqa: E711
    assert titles(query.where(Book.shelf != None)) == ["Bobbins", "Anon"]  # noqa: E711


def test_no_condition_holds_for_all_and_no_alternative_for_none(
    library: Database,
) -> None:
    assert library.query(Book).where(and_()).count() == 4
    assert library.query(Book).where(or_()).count() == 0
    assert library.query(Book).where(not_(or_())).count() == 4
    assert library.query(Book).where(Book.id.in_([])).count() == 0
    assert library.query(Book).where(not_(Book.shelf.in_([]))).count() == 4


def test_first_is_a_row_or_none(library: Database) -> None:
    first = library.query(Book).order_by(Book.title).first()
    assert first is not None
    assert first.title == "Anon"
    assert library.query(Book).where(Book.pages > 99).first() is None
    assert library.query(Book).limit(0).first() is None


def test_one_is_the_only_row(library: Database) -> None:
    assert library.query(Book).where(Book.title == "Notes").one().id == 1
    with pytest.raises(RecordNotFound, match=r"^no book fulfils the query$"):
        library.query(Book).where(Book.title == "nope").one()
    with pytest.raises(ManyRecordsFound, match=r"^more than one book fulfils"):
        library.query(Book).one()


def test_an_order_replaces_an_earlier_one(library: Database) -> None:
    query = library.query(Book).order_by(Book.title)
    assert titles(query.order_by(Book.shelf.desc(), Book.pages.desc())) == [
        "Anon",
        "Bobbins",
        "Engines",
        "Notes",
    ]


def test_decimals_are_ordered_as_numbers(library: Database) -> None:
    assert titles(library.query(Book).order_by(Book.price)) == [
        "Bobbins",
        "Anon",
        "Notes",
        "Engines",
    ]


def test_a_query_is_not_changed_by_what_is_made_of_it(library: Database) -> None:
    query = library.query(Book)
    query.where(Book.id == 1).limit(1).offset(3).order_by(Book.title).bare()
    assert query.count() == 4
    assert len(query.all()) == 4


def test_a_page_counts_all_rows(library: Database) -> None:
    page = library.query(Book).where(Book.pages > 10).page(2, size=2)
    assert [book.title for book in page] == ["Anon"]
    assert (page.total, page.pages, len(page)) == (3, 2, 1)
    assert (page.has_previous, page.has_next) == (True, False)


def test_pages_know_their_neighbours(library: Database) -> None:
    pages = [library.query(Book).page(number, size=1) for number in (1, 2, 3, 4)]
    assert [page.has_previous for page in pages] == [False, True, True, True]
    assert [page.has_next for page in pages] == [True, True, True, False]


def test_a_page_beyond_the_last_is_empty(library: Database) -> None:
    page = library.query(Book).page(9, size=3)
    assert (page.rows, page.total, page.pages, page.has_next) == ([], 4, 2, False)


def test_pages_of_no_rows_are_one(library: Database) -> None:
    page = library.query(Loan).page(1)
    assert (page.rows, page.pages, page.has_next, page.has_previous) == (
        [],
        1,
        False,
        False,
    )


def test_a_page_costs_two_statements_whatever_it_holds(library: Database) -> None:
    with library.assert_statements(max=2):
        assert len(library.query(Book).page(1, size=1)) == 1
    with library.assert_statements(max=2):
        authors = [book.author for book in library.query(Book).page(1, size=4)]
        assert [a and a.country and a.country.name for a in authors] == [
            "England",
            "England",
            None,
            None,
        ]


@pytest.mark.parametrize("number", [-1, 1.0, "1", None, True, 2**63, "1; DROP TABLE"])
def test_a_cut_is_a_whole_number(unasked: Database, number: Any) -> None:
    query = unasked.query(Book)
    groups = query.group_by(shelf=Book.shelf)
    for ask in (query.limit, query.offset, groups.limit, groups.offset, query.page):
        refused_before_sql(unasked, lambda ask=ask: ask(number))  # type: ignore[misc]
    refused_before_sql(unasked, lambda: query.page(1, number))
    refused_before_sql(unasked, lambda: query.page(1, 0))


def test_the_largest_cuts_are_taken(library: Database) -> None:
    query = library.query(Book)
    assert query.limit(2**63 - 1).count() == 4
    assert query.limit(2**63 - 1).offset(2**63 - 1).all() == []


def test_existing_asks_for_one_row(library: Database) -> None:
    for query in (library.query(Book), library.query(Book).offset(1)):
        with library.record() as log:
            assert query.exists()
        assert [executed.rows for executed in log] == [1]
    assert not library.query(Book).offset(4).exists()
    assert not library.query(Book).limit(0).exists()


# References.


def test_a_condition_joins_by_itself(library: Database) -> None:
    query = library.query(Book)
    assert titles(query.where(Book.author.name == "Ada")) == ["Notes", "Engines"]
    assert titles(query.where(Book.author.country.name == "England")) == [
        "Notes",
        "Engines",
    ]
    assert titles(query.where(Book.author.country.name.is_null())) == [
        "Bobbins",
        "Anon",
    ]
    assert titles(query.where(Book.author.country.is_null())) == ["Bobbins", "Anon"]


def test_a_reference_is_compared_by_row_or_key(library: Database) -> None:
    ada = library.get_by_id(Author, 1)
    query = library.query(Book)
    for value in (ada, 1):
        assert titles(query.where(Book.author == value)) == ["Notes", "Engines"]
        assert titles(query.where(Book.author != value)) == ["Bobbins"]
        assert titles(query.where(Book.author.in_([value, 2]))) == [
            "Notes",
            "Engines",
            "Bobbins",
        ]
    assert titles(query.where(Book.author == None)) == ["Anon"]  # noqa: E711
    assert titles(query.where(Book.author.id >= 2)) == ["Bobbins"]


def test_a_decimal_is_compared_with_a_whole_number_too(library: Database) -> None:
    query = library.query(Book)
    assert titles(query.where(Book.price > 9)) == ["Notes", "Engines"]
    assert titles(query.where(Book.price == 10)) == ["Engines"]
    assert titles(query.where(Book.price.in_([10, Decimal("0.5")]))) == [
        "Engines",
        "Anon",
    ]
    assert [book.title for book in library.get_all(Book, price=10)] == ["Engines"]
    refused_before_sql(library, lambda: query.where(Book.price == True).all())  # noqa: E712


def test_an_order_goes_by_a_reference(library: Database) -> None:
    query = library.query(Book).order_by(Book.author.name.desc(), Book.title)
    assert titles(query) == ["Bobbins", "Engines", "Notes", "Anon"]
    assert titles(library.query(Book).order_by(Book.author.id.desc())) == [
        "Bobbins",
        "Notes",
        "Engines",
        "Anon",
    ]


def test_a_bare_query_knows_referenced_rows_by_their_keys(library: Database) -> None:
    query = library.query(Book).where(Book.author.country.name == "England")
    for bare in (query.bare(), query.bare(Book.author)):
        authors = [book.author for book in bare]
        assert [vars(a).keys() - {"_stored"} for a in authors if a] == [{"id"}] * 2
    (author, _) = [book.author for book in query.bare(Book.author.country)]
    assert author is not None
    assert author.name == "Ada"
    assert author.country is not None
    assert vars(author.country).keys() - {"_stored"} == {"id"}


@pytest.mark.parametrize(
    "reference", [Book.title, Loan.book, Book.author.name, "author", None, Book, 1]
)
def test_only_a_reference_of_the_table_is_left_out(
    unasked: Database, reference: Any
) -> None:
    refused_before_sql(unasked, lambda: unasked.query(Book).bare(reference).all())


def test_counting_joins_what_conditions_need_and_no_more(library: Database) -> None:
    with library.record() as log:
        library.query(Book).where(Book.pages > 10).count()
        library.query(Book).where(Book.pages > 10).exists()
        library.query(Book).where(Book.author.name == "Ada").order_by(
            Book.author.country.name
        ).count()
    assert [executed.sql.count("JOIN") for executed in log] == [0, 0, 1]


def test_a_condition_asks_for_members(library: Database) -> None:
    query = library.query(Author)
    assert query.where(Author.books.any()).count() == 2
    assert [
        author.name for author in query.where(Author.books.any(Book.shelf == "A"))
    ] == ["Bob"]
    assert query.where(not_(Author.books.any(Book.price > Decimal(9)))).one().id == 2
    by_country = Author.books.any(Book.author.country.name == "England")
    assert query.where(by_country).one().name == "Ada"


def test_members_of_another_table_are_refused(unasked: Database) -> None:
    for query in (unasked.query(Book), unasked.query(Loan)):
        refused_before_sql(unasked, query.where(Author.books.any()).all)
        refused_before_sql(unasked, query.where(Author.books.any()).count)
        refused_before_sql(unasked, query.where(Author.books.any()).delete)


# What cannot be asked.


@pytest.mark.parametrize(
    "condition",
    [
        Author.name == "Ada",
        Author.country.name == "England",
        Book.title == Author.name,
        Book.title == Book.pages,
        Book.title == Book.author,
        Book.pages > None,
        Book.pages == "1",
        Book.pages == 1.5,
        Book.pages == True,  # noqa: E712
        Book.title == 1,
        Book.title == ["a"],
        Book.title == "a\0b",
        Book.title == "\ud800",
        Book.price == 1.5,
        Book.price == Decimal("NaN"),
        Book.weight == float("nan"),
        Book.level == "LOW",
        Book.added == datetime(2026, 1, 1),
        Book.published == datetime(2026, 1, 1, tzinfo=UTC),
        Book.notes == {},
        Book.notes.in_([{}]),
        Book.notes > 1,
        Book.id.in_([None]),
        Book.id.in_(["1"]),
        Book.author == Author(name="unsaved"),
        Book.author == Country(id=1, name="England"),
        Book.pages.like("1%"),
        Book.title.like("a\\"),
        Book.title.like("a\0"),
        Book.title + 1 == 2,
        Book.price + 1 > 2,
        Book.pages + 1.5 > 2,
        Book.pages.sum() > 1,
        and_(Book.id == 1, not_(Book.pages.count() > 1)),
        Author.books.any(Book.pages.max() > 1),
        and_(Book.title),  # type: ignore[arg-type]
        and_("1=1"),  # type: ignore[arg-type]
        not_(True),  # type: ignore[arg-type]
    ],
)
def test_a_condition_that_cannot_be_is_refused_before_sql(
    unasked: Database, condition: Any
) -> None:
    query = unasked.query(Book).where(condition)
    for ask in (
        query.all,
        query.count,
        query.exists,
        query.delete,
        query.first,
        lambda: query.update(pages=1),
        lambda: query.aggregate(n=Book.id.count()),
        lambda: list(query),
    ):
        refused_before_sql(unasked, ask)  # type: ignore[arg-type]


@pytest.mark.parametrize("condition", [True, False, None, "1=1", Book.title, Book, 1])
def test_what_is_no_condition_is_refused_at_once(
    unasked: Database, condition: Any
) -> None:
    refused_before_sql(unasked, lambda: unasked.query(Book).where(condition))


@pytest.mark.parametrize(
    "order",
    [
        "title",
        "title; DROP TABLE book",
        1,
        None,
        Author.name,
        Book.notes,
        Book.author,
        Book.pages.sum(),
        Book.pages.count().desc(),
        Book.title == "a",
    ],
)
def test_an_order_that_cannot_be_is_refused_before_sql(
    unasked: Database, order: Any
) -> None:
    refused_before_sql(unasked, lambda: unasked.query(Book).order_by(order).all())
    refused_before_sql(
        unasked, lambda: unasked.query(Book).order_by(order).limit(1).delete()
    )


@pytest.mark.parametrize("text", [None, 1, b"a", ["a"], Book.title])
def test_only_a_text_is_matched(unasked: Database, text: Any) -> None:
    for match in (
        Book.shelf.like,
        Book.shelf.contains,
        Book.shelf.startswith,
        Book.shelf.endswith,
    ):
        refused_before_sql(
            unasked,
            lambda match=match: unasked.query(Book).where(match(text)).all(),  # type: ignore[misc]
        )


def test_a_text_is_no_set_of_texts(unasked: Database) -> None:
    refused_before_sql(unasked, lambda: Book.title.in_("abc"))
    refused_before_sql(unasked, lambda: Book.cover.in_(b"abc"))


def test_a_column_that_there_is_not_is_refused_before_sql(unasked: Database) -> None:
    with unasked.record() as log:
        with pytest.raises(UnknownColumnError, match="author has no column 'nmae'"):
            _ = Book.author.nmae == "Ada"
        with pytest.raises(UnknownColumnError, match="book has no column 'titel'"):
            unasked.query(Book).update(titel="x")
        with pytest.raises(UnknownColumnError):
            unasked.query(Book).update(**{'title" = 1 --': "x"})
        with pytest.raises(UnknownColumnError):
            unasked.get_all(Book, **{"id OR 1=1": 1})
    assert log == []


# Values are values.


@pytest.mark.parametrize("text", INJECTIONS)
def test_every_place_of_a_value_takes_a_text_literally(
    library: Database, text: str
) -> None:
    library.save(Book(id=9, title=text, shelf=text))
    query = library.query(Book)
    for condition in (
        Book.title == text,
        Book.title.in_([text]),
        Book.title.between(text, text),
        Book.title.contains(text),
        Book.title.contains(text, ignore_case=True),
        Book.title.startswith(text),
        Book.title.endswith(text[1:]),
        and_(Book.title >= text, Book.title <= text),
        not_(Book.title != text),
    ):
        assert [book.id for book in query.where(condition)] == [9]
    assert [book.id for book in library.get_all(Book, title=text)] == [9]
    groups = query.group_by(**{text: Book.shelf}).having(Book.title.min() == text)
    assert groups.aggregate(books=Book.id.count()) == [{text: text, "books": 1}]
    assert query.aggregate(**{text: Book.id.count()}) == {text: 5}


@pytest.mark.parametrize("text", INJECTIONS)
def test_every_place_of_a_change_takes_a_text_literally(
    library: Database, text: str
) -> None:
    assert library.query(Book).where(Book.id == 1).update(title=text, shelf=text) == 1
    library.upsert(Book(id=1, title=text, shelf=text, notes={text: text}))
    book = library.get_by_id(Book, 1)
    assert (book.title, book.shelf, book.notes) == (text, text, {text: text})
    mark = library.dialect.placeholder
    records = library.execute(f"SELECT {mark}", (text,))
    assert [tuple(record) for record in records] == [(text,)]
    assert library.query(Book).count() == 4


# Changes of many rows.


def test_an_update_calculates_with_the_rows_own_columns(library: Database) -> None:
    assert library.query(Book).where(Book.pages > 10).update(
        pages=Book.pages * 2 + 1, shelf=Book.title
    ) == (3)
    assert [(book.pages, book.shelf) for book in library.query(Book)] == [
        (10, None),
        (41, "Engines"),
        (61, "Bobbins"),
        (81, "Anon"),
    ]


def test_an_update_sets_values_of_every_kind(library: Database) -> None:
    values: dict[str, Any] = {
        "title": "T",
        "price": Decimal("1.10"),
        "pages": 2**63 - 1,
        "weight": 0.25,
        "shelf": None,
        "level": Level.HIGH,
        "isbn": UUID(int=7),
        "added": datetime(2026, 11, 21, 1, 2, 3, 4, UTC),
        "published": date(2026, 11, 21),
        "cover": b"\0\xff",
        "notes": [1, {"a": None}],
        "author": library.get_by_id(Author, 2),
    }
    assert library.query(Book).where(Book.id == 1).update(**values) == 1
    book = library.get_by_id(Book, 1)
    assert {name: getattr(book, name) for name in values} == values


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"id": 9},
        {"pages": "1"},
        {"pages": None},
        {"pages": Book.title},
        {"pages": Book.author.name},
        {"pages": Author.id},
        {"pages": Book.pages.sum()},
        {"pages": Book.weight},
        {"pages": Book.pages + Book.weight},
        {"pages": Book.pages == 1},
        {"title": Book.author.name},
        {"title": ["a"]},
        {"notes": [{1}]},
        {"author": Author(name="unsaved")},
    ],
)
def test_a_change_that_cannot_be_is_refused_before_sql(
    unasked: Database, changes: dict[str, Any]
) -> None:
    refused_before_sql(unasked, lambda: unasked.query(Book).update(**changes))


def test_a_change_that_contains_itself_is_refused(unasked: Database) -> None:
    endless: list[Any] = []
    endless.append(endless)
    refused_before_sql(unasked, lambda: unasked.query(Book).update(notes=endless))


def test_joined_and_cut_selections_are_changed(library: Database) -> None:
    query = library.query(Book)
    assert query.where(Book.author.name == "Ada").update(shelf="X") == 2
    assert query.order_by(Book.pages.desc()).limit(1).update(shelf="Y") == 1
    assert query.order_by(Book.pages).offset(1).limit(1).update(shelf="Z") == 1
    assert query.limit(0).update(shelf="nope") == 0
    assert [book.shelf for book in query] == ["X", "Z", "A", "Y"]


def test_joined_and_cut_selections_are_deleted(library: Database) -> None:
    query = library.query(Book)
    assert query.where(Book.author.country.name == "England").limit(1).delete() == 1
    assert titles(query) == ["Engines", "Bobbins", "Anon"]
    assert query.order_by(Book.pages.desc()).limit(1).delete() == 1
    assert query.offset(1).delete() == 1
    assert titles(query) == ["Engines"]
    assert query.delete() == 1
    assert query.delete() == 0


def test_a_change_of_many_rows_is_all_or_nothing(library: Database) -> None:
    library.save(Loan(book=library.get_by_id(Book, 3)))
    with pytest.raises(ForeignKeyError):
        library.query(Book).delete()
    with pytest.raises(DatabaseError):
        library.query(Book).update(pages=Book.pages + (2**63 - 20))
    assert [book.pages for book in library.query(Book)] == [10, 20, 30, 40]


def test_members_decide_what_is_changed(library: Database) -> None:
    has_dear_book = Author.books.any(Book.price > Decimal(9))
    assert library.query(Author).where(has_dear_book).update(name="Augusta") == 1
    assert library.query(Author).where(not_(Author.books.any())).delete() == 0
    assert [author.name for author in library.query(Author)] == ["Augusta", "Bob"]


def test_constraints_hold_for_changes_of_many_rows(any_db: Database) -> None:
    class Stock(Table):
        id = PrimaryKey(int)
        quantity = Column(int)
        code = Column(str)
        one_code = Unique(code)
        is_there = Check(quantity >= 0)

    any_db.create(Stock)
    any_db.save_all([Stock(id=n, quantity=n, code=f"c{n}") for n in range(3)])
    for changes in ({"quantity": Stock.quantity - 1}, {"code": "c1"}):
        with pytest.raises(IntegrityError):
            any_db.query(Stock).update(**changes)
    assert [stock.quantity for stock in any_db.query(Stock)] == [0, 1, 2]


# Streams.


def many_authors(db: Database, count: int) -> None:
    db.query(Book).delete()
    db.query(Author).delete()
    db.save_all([Author(name=f"n{n}") for n in range(count)])


def test_a_stream_holds_few_rows_and_reads_them_all(library: Database) -> None:
    many_authors(library, 2500)
    alive: weakref.WeakSet[Author] = weakref.WeakSet()
    most = seen = 0
    for author in library.query(Author).order_by(Author.name.desc()):
        alive.add(author)
        seen += 1
        if seen % 250 == 0:
            gc.collect()
            most = max(most, len(alive))
    assert seen == 2500
    assert most <= 1001


def test_a_stream_may_be_left_half_way(library: Database) -> None:
    many_authors(library, 1500)
    for _ in range(15):  # more than there are connections
        rows = iter(library.query(Author))
        assert next(rows).name == "n0"
        del rows
    with library.transaction():
        rows = iter(library.query(Author))
        next(rows)
        library.save(Author(name="more"))
    assert library.query(Author).count() == 1501


def test_rows_may_be_changed_while_they_are_streamed(library: Database) -> None:
    many_authors(library, 2200)
    for author in library.query(Author):
        if author.name.endswith("7"):
            author.name += "!"
            library.save(author)
    assert library.query(Author).where(Author.name.endswith("7!")).count() == 220


def test_rows_may_be_removed_while_they_are_streamed(library: Database) -> None:
    many_authors(library, 1200)
    with library.transaction():
        for author in library.query(Author):
            library.delete(Author, author.id)
    assert library.query(Author).count() == 0


@pytest.mark.parametrize("in_transaction", [False, True])
def test_a_stream_ends_although_its_loop_adds_rows(
    library: Database, in_transaction: bool
) -> None:
    many_authors(library, 1100)
    copies = 0

    def copy_all() -> None:
        nonlocal copies
        for author in library.query(Author).limit(5000):
            library.save(Author(name=f"copy of {author.name}"))
            copies += 1

    if in_transaction:
        with library.transaction():
            copy_all()
    else:
        copy_all()
    assert copies == 1100


def test_a_stream_includes_collections(library: Database) -> None:
    with library.record() as log:
        found = [
            [book.title for book in author.books]
            for author in library.query(Author).include(Author.books)
        ]
    assert found == [["Notes", "Engines"], ["Bobbins"]]
    assert sum("book" in executed.sql for executed in log) == 1


# Sums.


def test_aggregates_of_every_kind(library: Database) -> None:
    assert library.query(Book).aggregate(
        books=Book.id.count(),
        shelved=Book.shelf.count(),
        pages=Book.pages.sum(),
        mean=Book.pages.avg(),
        least=Book.price.min(),
        most=Book.price.max(),
        worth=Book.price.sum(),
        price=Book.price.avg(),
        last=Book.title.max(),
        weight=Book.weight.sum(),
        authors=Book.author.name.count(),
        author=Book.author.name.min(),
        doubled=(Book.pages * 2).sum(),
    ) == {
        "books": 4,
        "shelved": 2,
        "pages": 100,
        "mean": 25.0,
        "least": Decimal("0.5"),
        "most": Decimal("10"),
        "worth": Decimal("20.0"),
        "price": pytest.approx(20 / 3),
        "last": "Notes",
        "weight": 0.0,
        "authors": 3,
        "author": "Ada",
        "doubled": 200,
    }


def test_aggregates_keep_their_types(library: Database) -> None:
    moment, day = datetime(2026, 1, 2, tzinfo=UTC), date(2026, 1, 2)
    library.query(Book).update(added=moment, published=day, weight=0.1)
    values = library.query(Book).aggregate(
        pages=Book.pages.sum(),
        mean=Book.pages.avg(),
        worth=Book.price.sum(),
        weight=Book.weight.sum(),
        both=(Book.pages + Book.weight).sum(),
        added=Book.added.max(),
        published=Book.published.min(),
        ids=Book.id.max(),
    )
    assert {name: type(value) for name, value in values.items()} == {
        "pages": int,
        "mean": float,
        "worth": Decimal,
        "weight": float,
        "both": float,
        "added": datetime,
        "published": date,
        "ids": int,
    }
    assert (values["added"], values["published"]) == (moment, day)
    assert values["both"] == pytest.approx(100.4)


def test_what_goes_by_all_rows_takes_no_limit_and_no_offset(library: Database) -> None:
    query = library.query(Book)
    for cut in (query.limit(1), query.offset(1)):
        with pytest.raises(QueryError, match="without limit and offset"):
            cut.aggregate(n=Book.id.count())
        with pytest.raises(QueryError, match="without limit and offset"):
            cut.page(1)


def test_after_takes_a_whole_row_of_its_table(library: Database) -> None:
    query = library.query(Book).order_by(Book.title)
    for wrong in (Author(id=1, name="Ada"), None, {"id": 1}):
        with pytest.raises(QueryError, match="behind a row of Book"):
            query.after(wrong)  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="with all values"):
        query.after(Book(title="Notes"))
    with pytest.raises(QueryError, match="before after"):
        query.after(Book(id=1, title="Notes")).order_by(Book.pages)


def test_an_int_is_compared_with_a_decimal(library: Database) -> None:
    assert library.query(Book).where(Book.price > 9, Book.price < 10).count() == 1


@pytest.mark.parametrize("table", ["Book", None, Book.title, int])
def test_what_is_no_table_is_refused(library: Database, table: Any) -> None:
    with pytest.raises(SchemaError, match="is no table"):
        library.query(table)


@pytest.mark.parametrize("row", [None, {"title": "x"}, Book])
def test_what_is_no_row_is_not_saved(library: Database, row: Any) -> None:
    for save in (library.save, lambda row: library.save_all([row])):
        with pytest.raises(InvalidValueError, match="is no row"):
            save(row)


def test_aggregates_of_no_rows(library: Database) -> None:
    assert library.query(Loan).aggregate(
        n=Loan.id.count(), top=Loan.id.max(), sum=Loan.id.sum(), mean=Loan.id.avg()
    ) == {"n": 0, "top": None, "sum": None, "mean": None}
    none = library.query(Book).where(or_())
    assert none.aggregate(p=Book.price.sum(), a=Book.price.avg()) == {
        "p": None,
        "a": None,
    }
    assert none.group_by(shelf=Book.shelf).aggregate(n=Book.id.count()) == []


def test_a_sum_of_decimals_is_exact(library: Database) -> None:
    library.query(Book).where(Book.id <= 3).update(price=Decimal("0.1"))
    library.query(Book).where(Book.id == 4).update(price=Decimal("1E+40"))
    total = library.query(Book).aggregate(worth=Book.price.sum())["worth"]
    assert total == Decimal("10000000000000000000000000000000000000000.3")


def test_a_sum_beyond_64_bits_is_an_error(library: Database) -> None:
    library.query(Book).update(pages=2**62)
    with pytest.raises(DatabaseError):
        library.query(Book).aggregate(pages=Book.pages.sum())
    assert library.query(Book).aggregate(m=Book.pages.max()) == {"m": 2**62}


def test_groups_are_summed_up(library: Database) -> None:
    groups = library.query(Book).group_by(author=Book.author.name)
    assert groups.aggregate(books=Book.id.count(), pages=Book.pages.sum()) == [
        {"author": None, "books": 1, "pages": 40},
        {"author": "Ada", "books": 2, "pages": 30},
        {"author": "Bob", "books": 1, "pages": 30},
    ]
    by_pages = groups.order_by(Book.pages.sum().desc(), Book.author.name.desc())
    assert by_pages.limit(2).offset(1).aggregate(pages=Book.pages.sum()) == [
        {"author": "Bob", "pages": 30},
        {"author": "Ada", "pages": 30},
    ]
    several = groups.having(Book.id.count() > 1)
    assert several.aggregate(n=Book.id.count()) == [{"author": "Ada", "n": 2}]
    bobs = groups.having(Book.author.name == "Bob").having(Book.pages.max() > 1)
    assert bobs.aggregate(n=Book.id.count()) == [{"author": "Bob", "n": 1}]


def test_groups_of_every_type(library: Database) -> None:
    library.query(Book).update(level=Level.HIGH, isbn=UUID(int=1), weight=0.5)
    assert library.query(Book).where(Book.id == 1).group_by(
        level=Book.level,
        isbn=Book.isbn,
        price=Book.price,
        weight=Book.weight,
        author=Book.author.id,
        country=Book.author.country.id,
    ).aggregate(n=Book.id.count()) == [
        {
            "level": Level.HIGH,
            "isbn": UUID(int=1),
            "price": Decimal("9.5"),
            "weight": 0.5,
            "author": 1,
            "country": 1,
            "n": 1,
        }
    ]


def test_decimals_that_are_equal_are_one_group(library: Database) -> None:
    for key, price in enumerate(("1", "1.0", "1.00", "2"), 1):
        library.query(Book).where(Book.id == key).update(price=Decimal(price))
    groups = library.query(Book).group_by(price=Book.price)
    found = groups.aggregate(n=Book.id.count())
    assert [(group["price"], group["n"]) for group in found] == [(1, 3), (2, 1)]


def test_sums_of_decimals_are_compared_and_ordered_as_numbers(
    library: Database,
) -> None:
    groups = library.query(Book).group_by(shelf=Book.shelf)
    library.query(Book).where(Book.id == 3).update(price=Decimal("9"))
    library.query(Book).where(Book.id == 4).update(price=Decimal("100"))
    for value in (Book.price.sum(), Book.price.max(), Book.price.min()):
        for shelves, expected in (
            (groups.order_by(value), ["A", None, "B"]),
            (groups.order_by(value).having(value > Decimal("9.0")), [None, "B"]),
            (groups.having(value == Decimal("9.00")), ["A"]),
        ):
            found = shelves.aggregate(worth=value)
            assert [group["shelf"] for group in found] == expected


@pytest.mark.parametrize(
    "ask",
    [
        lambda query: query.aggregate(),
        lambda query: query.group_by(a=Book.title).aggregate(),
        lambda query: query.aggregate(n=1),
        lambda query: query.aggregate(n="count(*)"),
        lambda query: query.aggregate(n=Book.title),
        lambda query: query.aggregate(n=Book.title.sum()),
        lambda query: query.aggregate(n=Book.title.avg()),
        lambda query: query.aggregate(n=Book.notes.min()),
        lambda query: query.aggregate(n=Book.level.max()),
        lambda query: query.aggregate(n=Book.pages.sum().sum()),
        lambda query: query.aggregate(n=(Book.pages.sum() + Book.pages).sum()),
        lambda query: query.aggregate(n=Author.id.count()),
        lambda query: query.group_by(),
        lambda query: query.group_by(a="title"),
        lambda query: query.group_by(a=Book.author).aggregate(n=Book.id.count()),
        lambda query: query.group_by(a=Book.notes).aggregate(n=Book.id.count()),
        lambda query: query.group_by(a=Book.pages.sum()).aggregate(n=Book.id.count()),
        lambda query: query.group_by(a=Book.pages + 1).aggregate(n=Book.id.count()),
        lambda query: query.group_by(a=Author.name).aggregate(n=Book.id.count()),
        lambda query: query.group_by(a=Book.title).aggregate(a=Book.id.count()),
        lambda query: query.group_by(a=Book.title).having(True),
        lambda query: query.group_by(a=Book.title).having("1=1"),
        lambda query: (
            query.group_by(a=Book.title)
            .having(Book.pages > 1)
            .aggregate(n=Book.id.count())
        ),
        lambda query: (
            query.group_by(a=Book.title)
            .order_by(Book.pages)
            .aggregate(n=Book.id.count())
        ),
        lambda query: query.group_by(a=Book.title).order_by("a"),
        lambda query: (
            query.group_by(a=Book.title)
            .having(Book.pages.sum() > Book.pages)
            .aggregate(n=Book.id.count())
        ),
        lambda query: (
            query.where(Book.pages.sum() > 1)
            .group_by(a=Book.title)
            .aggregate(n=Book.id.count())
        ),
    ],
)
def test_a_sum_that_cannot_be_is_refused_before_sql(
    unasked: Database, ask: Callable[[Query[Book]], object]
) -> None:
    refused_before_sql(unasked, lambda: ask(unasked.query(Book)))


def test_an_included_collection_is_one_of_the_table(unasked: Database) -> None:
    for wrong in (Book.title, "books", None, Author):
        refused_before_sql(unasked, lambda w=wrong: unasked.query(Author).include(w))  # type: ignore
    refused_before_sql(unasked, lambda: unasked.query(Book).include(Author.books))  # type: ignore


# Keyset paging.


def test_going_on_after_a_row_made_for_the_purpose(library: Database) -> None:
    query = library.query(Book).order_by(Book.title)
    assert titles(query.after(Book(id=3, title="Bobbins"))) == ["Engines", "Notes"]
    assert titles(library.query(Book).after(Book(id=3))) == ["Anon"]


def test_going_on_by_a_reference(library: Database) -> None:
    query = library.query(Book).order_by(Book.author.id.desc(), Book.author.name)
    seen, page = [], query.limit(1).all()
    while page:
        seen += page
        page = query.after(page[-1]).limit(1).all()
    assert [book.id for book in seen] == [3, 1, 2, 4]


def test_rows_that_come_and_go_meanwhile_move_no_page(library: Database) -> None:
    query = library.query(Book).order_by(Book.pages)
    page = query.limit(2).all()
    library.delete(Book, 1)
    library.save(Book(title="early", pages=1))
    assert titles(query.after(page[-1])) == ["Bobbins", "Anon"]


def test_going_on_needs_an_order_of_columns(unasked: Database) -> None:
    query = unasked.query(Book).order_by(Book.pages + 1)
    refused_before_sql(unasked, lambda: query.after(Book(id=1)))


def test_columns_and_groups_may_be_called_anything(any_db: Database) -> None:
    class Odd(Table):
        id = PrimaryKey(int)
        self = Column(int)

    any_db.create(Odd)
    any_db.save(Odd(id=1, self=2))
    query = any_db.query(Odd).where(Odd.self == 2)
    assert query.update(**{"self": 3}) == 1
    groups = any_db.query(Odd).group_by(**{"self": Odd.self})
    assert groups.aggregate(n=Odd.id.count()) == [{"self": 3, "n": 1}]
    assert any_db.query(Odd).aggregate(**{"self": Odd.self.sum()}) == {"self": 3}
    assert any_db.get_all(Odd, self=3)[0].id == 1


# The hatch.


def test_own_sql_is_run_as_it_is(library: Database) -> None:
    mark = library.dialect.placeholder
    sql = f"SELECT title FROM book WHERE pages > {mark} ORDER BY id"
    assert [record[0] for record in library.execute(sql, (20,))] == ["Bobbins", "Anon"]
    assert library.execute("DELETE FROM loan") == []
    with pytest.raises(DatabaseError):
        library.execute("SELECT nope FROM book")


def test_an_error_of_the_database_shows_no_value(library: Database) -> None:
    library.save(Loan(book=library.get_by_id(Book, 1)))
    with pytest.raises(OrmError) as caught:
        library.query(Book).where(Book.title == "Notes").delete()
    assert "Notes" not in str(caught.value)
