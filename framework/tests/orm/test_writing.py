"""How rows are written: changes alone, in batches, over others, of one version."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from roob.orm.column import JSON, Column, ForeignKey, PrimaryKey, Version
from roob.orm.database import Database
from roob.orm.exceptions import (
    CheckError,
    DatabaseError,
    ForeignKeyError,
    IntegrityError,
    InvalidValueError,
    QueryError,
    RecordNotFound,
    StaleRow,
    UniqueError,
    UnsavedReferenceError,
)
from roob.orm.expressions import and_, or_
from roob.orm.table import Check, Index, Table, Unique


class Author(Table):
    id = PrimaryKey(int, auto_increment=True)
    email = Column(str, unique=True)
    name = Column(str, default="nameless")
    born = Column(int, nullable=True)


class Book(Table):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)
    author: ForeignKey[Author | None] = ForeignKey(Author, nullable=True)
    price = Column(Decimal, nullable=True)
    added = Column(datetime, nullable=True)
    notes = Column(JSON, nullable=True)
    one_title_each = Unique(author, title)
    by_price = Index(price, title)
    is_priced = Check(
        or_(price.is_null(), and_(price >= Decimal(0), price < Decimal("1E+6")))
    )


class Stock(Table):
    id = PrimaryKey(int)
    code = Column(str, unique=True)
    quantity = Column(int, default=0)
    version = Version()


class Word(Table):
    text = PrimaryKey(str)


@pytest.fixture
def library(any_db: Database) -> Database:
    for table in (Author, Book, Stock, Word):
        any_db.create(table)
    return any_db


def saved(db: Database, row: Any) -> Any:
    db.save(row)
    return row


def changed(db: Database, row: Table) -> list[str]:
    """Save a row and list the statements that ran."""
    with db.record() as log:
        db.save(row)
    return [executed.sql.partition(" WHERE")[0] for executed in log]


# Changed columns only.


def test_an_update_writes_what_was_changed(library: Database) -> None:
    author = saved(library, Author(email="a@example.org"))
    author.name = "Ada"
    assert changed(library, author) == ['UPDATE "author" SET "name" = ' + mark(library)]
    author.name, author.born = "Ada", 1815
    assert changed(library, author) == ['UPDATE "author" SET "born" = ' + mark(library)]


def mark(db: Database) -> str:
    return db.dialect.placeholder


def test_two_who_change_other_columns_do_not_meet(library: Database) -> None:
    saved(library, Author(email="a@example.org"))
    one, other = (library.get_by_id(Author, 1) for _ in range(2))
    one.name = "Ada"
    library.save(one)
    other.born = 1815
    library.save(other)
    author = library.get_by_id(Author, 1)
    assert (author.name, author.born) == ("Ada", 1815)


def test_an_unchanged_row_is_only_looked_for(library: Database) -> None:
    author = saved(library, Author(email="a@example.org"))
    with library.record() as log:
        library.save(author)
        library.update(library.get_by_id(Author, 1))
    assert [executed.sql[:8] for executed in log] == [
        "SELECT 1",
        'SELECT "',
        "SELECT 1",
    ]
    library.delete(Author, 1)
    with pytest.raises(RecordNotFound):
        library.save(author)


def test_a_value_set_back_is_no_change(library: Database) -> None:
    author = saved(library, Author(email="a@example.org", name="Ada"))
    author.name = "Augusta"
    author.name = "Ada"
    assert [sql[:8] for sql in changed(library, author)] == ["SELECT 1"]


def test_json_changed_in_place_is_written(library: Database) -> None:
    book = saved(library, Book(title="A", notes={"tags": ["x"]}))
    book.notes["tags"].append("y")
    library.save(book)
    loaded = library.get_by_id(Book, 1)
    assert loaded.notes == {"tags": ["x", "y"]}
    loaded.notes["tags"].clear()
    library.save(loaded)
    assert library.get_by_id(Book, 1).notes == {"tags": []}


def test_one_moment_in_another_zone_is_no_change(library: Database) -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    book = saved(library, Book(title="A", added=noon))
    book.added = noon.astimezone(timezone(timedelta(hours=5)))
    assert [sql[:8] for sql in changed(library, book)] == ["SELECT 1"]


def test_a_reference_is_changed_by_another_row(library: Database) -> None:
    ada = saved(library, Author(email="a@example.org"))
    bob = saved(library, Author(email="b@example.org"))
    book = saved(library, Book(title="A", author=ada))
    book.author = bob
    library.save(book)
    assert library.get_by_id(Book, 1).author == bob
    book.author = None
    library.save(book)
    assert library.get_by_id(Book, 1).author is None


def test_a_value_that_is_refused_leaves_the_row_as_it_was(library: Database) -> None:
    author = saved(library, Author(email="a@example.org"))
    author.born = "1815"
    with library.record() as log, pytest.raises(InvalidValueError):
        library.save(author)
    assert log == []
    author.born = 1815
    library.save(author)
    assert library.get_by_id(Author, 1).born == 1815


def test_a_change_that_the_database_refused_is_tried_again(library: Database) -> None:
    saved(library, Author(email="a@example.org"))
    bob = saved(library, Author(email="b@example.org"))
    bob.email = "a@example.org"
    for _ in range(2):
        with pytest.raises(UniqueError):
            library.save(bob)
    library.delete(Author, 1)
    library.save(bob)
    assert library.get_by_id(Author, 2).email == "a@example.org"


def test_a_row_made_by_hand_writes_all_its_columns(library: Database) -> None:
    saved(library, Author(email="a@example.org", name="Ada", born=1815))
    by_hand = Author(id=1, email="b@example.org")
    library.update(by_hand)
    author = library.get_by_id(Author, 1)
    assert author.to_dict() == {
        "id": 1,
        "email": "b@example.org",
        "name": "nameless",
        "born": None,
    }
    by_hand.born = 1815
    assert changed(library, by_hand) == [
        'UPDATE "author" SET "born" = ' + mark(library)
    ]


def test_a_table_of_keys_alone_can_be_written(library: Database) -> None:
    word = saved(library, Word(text="a"))
    library.save(word)
    library.update(Word(text="a"))
    library.upsert(Word(text="a"))
    library.upsert(Word(text="b"))
    with pytest.raises(RecordNotFound):
        library.update(Word(text="nope"))
    assert [word.text for word in library.query(Word)] == ["a", "b"]
    assert library.query(Word).where(Word.text == "b").delete() == 1


# Many rows.


def test_many_rows_are_saved_in_few_statements(library: Database) -> None:
    books = [Book(title=f"T{n}", price=Decimal(n)) for n in range(500)]
    with library.assert_statements(max=5):
        library.save_all(books)
    assert [book.id for book in books] == list(range(1, 501))
    assert [book.title for book in library.query(Book)] == [f"T{n}" for n in range(500)]
    assert changed(library, books[7])[0][:8] == "SELECT 1"


def test_batches_are_kept_apart_no_more_than_single_statements(
    postgres_db: Database,
) -> None:
    postgres_db.create(Author)
    with postgres_db.record() as log:
        postgres_db.save_all([Author(email="a@example.org")])
    assert log[0].sql == "BEGIN ISOLATION LEVEL READ COMMITTED"


def test_new_known_and_numbered_rows_are_saved_together(library: Database) -> None:
    ada = saved(library, Author(email="a@example.org"))
    ada.name = "Ada"
    bob, cy = Author(id=7, email="b@example.org"), Author(email="c@example.org")
    book = Book(title="A", author=cy)
    library.save_all(iter([book, ada, bob, cy, Stock(id=1, code="x")]))
    assert {author.id: author.name for author in library.query(Author)} == {
        1: "Ada",
        7: "nameless",
        8: "nameless",
    }
    assert (cy.id, book.id) == (8, 1)


def test_a_known_row_may_refer_to_a_new_one(library: Database) -> None:
    book = saved(library, Book(title="A"))
    book.author = Author(email="a@example.org")
    library.save_all([book, book.author])
    author = library.get_by_id(Book, 1).author
    assert author is not None
    assert author.email == "a@example.org"


def test_a_row_listed_twice_is_saved_once(library: Database) -> None:
    author = Author(email="a@example.org")
    library.save_all([author, author])
    author.name = "Ada"
    library.save_all([author, author])
    assert [row.name for row in library.query(Author)] == ["Ada"]


def test_no_rows_are_saved_too(library: Database) -> None:
    library.save_all([])
    assert library.query(Author).count() == 0


def refused_rows() -> list[tuple[type[Exception], Callable[[], Table]]]:
    return [
        (InvalidValueError, lambda: Author(email=1)),
        (UniqueError, lambda: Author(email="taken@example.org")),
        (UniqueError, lambda: Author(id=1, email="b@example.org")),
        (CheckError, lambda: Book(title="B", price=Decimal(-1))),
        (UnsavedReferenceError, lambda: Book(title="B", author=Author(email="n"))),
    ]


@pytest.mark.parametrize(("error", "make"), refused_rows())
def test_one_refused_row_keeps_all_from_being_saved(
    library: Database, error: type[Exception], make: Callable[[], Table]
) -> None:
    known = saved(library, Author(email="taken@example.org"))
    known.name = "changed"
    rows = [Author(email="a@example.org"), known, Book(title="A"), make()]
    with pytest.raises(error):
        library.save_all(rows)
    assert library.get_by_id(Author, 1).name == "nameless"
    assert (library.query(Author).count(), library.query(Book).count()) == (1, 0)
    assert rows[0].id is None
    library.save_all(rows[:3])
    assert library.query(Author).where(Author.name == "changed").count() == 1
    assert library.query(Book).count() == 1


# Upsert.


def test_an_upsert_inserts_or_overwrites(library: Database) -> None:
    library.upsert(Author(email="a@example.org", name="Ada"), on=[Author.email])
    again = Author(email="a@example.org", name="Augusta", born=1815)
    library.upsert(again, on=[Author.email])
    assert again.id == 1
    assert library.query(Author).one().to_dict() == {
        "id": 1,
        "email": "a@example.org",
        "name": "Augusta",
        "born": 1815,
    }
    again.born = None
    assert changed(library, again) == ['UPDATE "author" SET "born" = ' + mark(library)]


def test_an_upsert_goes_by_the_key_or_by_several_columns(library: Database) -> None:
    library.upsert(Author(id=5, email="a@example.org"))
    library.upsert(Author(id=5, email="b@example.org"))
    ada = library.query(Author).one()
    assert ada.email == "b@example.org"
    for price in (1, 2):
        book = Book(title="A", author=ada, price=Decimal(price))
        library.upsert(book, on=[Book.author, Book.title])
    assert [book.price for book in library.query(Book)] == [Decimal(2)]


@pytest.mark.parametrize("largest", [1, 2, 7])
def test_an_upsert_goes_on_beyond_keys_set_by_hand(
    library: Database, largest: int
) -> None:
    for key in range(1, largest + 1):
        library.save(Author(id=key, email=f"{key}@example.org"))
    author = Author(email="new@example.org")
    library.upsert(author, on=[Author.email])
    assert author.id == largest + 1


def test_an_upsert_goes_on_when_the_largest_key_was_used(library: Database) -> None:
    library.save(Author(id=2**63 - 1, email="a@example.org"))
    with library.transaction():
        library.save(Author(email="b@example.org"))
        author = Author(email="c@example.org")
        library.upsert(author, on=[Author.email])
    assert author.id in range(1, 2**62)
    assert library.query(Author).count() == 3


def test_an_upsert_of_a_known_row_writes_it(library: Database) -> None:
    author = saved(library, Author(email="a@example.org"))
    author.name = "Ada"
    library.upsert(author)
    library.upsert(author, on=[Author.email])
    assert library.query(Author).one().name == "Ada"


def test_an_upsert_counts_the_version(library: Database) -> None:
    stock = Stock(id=1, code="x", quantity=1)
    library.upsert(stock)
    assert stock.version == 1
    again = Stock(id=9, code="x", quantity=2)
    library.upsert(again, on=[Stock.code])
    assert (again.id, again.version) == (1, 2)
    again.quantity = 3
    library.save(again)
    assert library.get_by_id(Stock, 1).to_dict() == {
        "id": 1,
        "code": "x",
        "quantity": 3,
        "version": 3,
    }


def test_an_upsert_is_refused_as_a_save_is(library: Database) -> None:
    library.save(Author(id=1, email="a@example.org"))
    with pytest.raises(UniqueError):
        library.upsert(Author(id=2, email="a@example.org"))
    with pytest.raises(CheckError):
        library.upsert(Book(id=1, title="A", price=Decimal(-1)))
    with pytest.raises(DatabaseError):
        library.upsert(Author(email="x", name="Ada"), on=[Author.name])
    for wrong in (Book.title, Book.author.email, "email"):
        with library.record() as log, pytest.raises(QueryError):
            library.upsert(Author(email="x"), on=[wrong])  # type: ignore[list-item]
        assert log == []


def test_upserts_at_once_leave_one_row(library: Database) -> None:
    barrier = Barrier(4)

    def upsert(thread: int) -> list[Any]:
        barrier.wait()
        rows = []
        for n in range(20):
            row = Author(email=f"{n}@example.org", born=thread)
            library.upsert(row, on=[Author.email])
            rows.append(row.id)
        return rows

    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(upsert, range(4)))

    assert all(keys == ids[0] for keys in ids)
    assert library.query(Author).count() == 20


# Versions.


def test_a_version_counts_the_changes(library: Database) -> None:
    stock = saved(library, Stock(id=1, code="x"))
    assert stock.version == 1
    for expected in (2, 3):
        stock.quantity += 1
        library.save(stock)
        assert stock.version == library.get_by_id(Stock, 1).version == expected
    library.save(stock)
    assert stock.version == 3
    assert library.query(Stock).update(quantity=Stock.quantity + 1) == 1
    assert library.get_by_id(Stock, 1).version == 4


def test_a_lost_update_is_a_stale_row(library: Database) -> None:
    saved(library, Stock(id=1, code="x"))
    one, other = (library.get_by_id(Stock, 1) for _ in range(2))
    one.quantity, other.quantity = 1, 2
    library.save(one)
    for write in (library.save, library.update, lambda row: library.save_all([row])):
        with pytest.raises(StaleRow, match=r"^stock with id 1 was changed since vers"):
            write(other)
    assert other.version == 1
    assert library.get_by_id(Stock, 1).quantity == 1


def test_a_row_that_is_gone_is_not_stale(library: Database) -> None:
    stock = saved(library, Stock(id=1, code="x"))
    library.delete(Stock, 1)
    stock.quantity = 1
    with pytest.raises(RecordNotFound):
        library.save(stock)


def test_a_change_of_many_rows_makes_others_stale(library: Database) -> None:
    stock = saved(library, Stock(id=1, code="x"))
    library.query(Stock).update(quantity=5)
    stock.quantity = 1
    with pytest.raises(StaleRow):
        library.save(stock)


@pytest.mark.parametrize("version", [None, "1", 1.0])
def test_a_row_of_no_version_is_refused_before_sql(
    library: Database, version: Any
) -> None:
    stock = saved(library, Stock(id=1, code="x"))
    stock.code, stock.version = "y", version
    with library.record() as log, pytest.raises(InvalidValueError, match="version"):
        library.update(stock)
    assert log == []


def test_the_key_and_the_version_are_not_set_by_hand(library: Database) -> None:
    saved(library, Stock(id=1, code="x"))
    for changes in ({"version": 9}, {"id": 2}):
        with library.record() as log, pytest.raises(QueryError):
            library.query(Stock).update(**changes)
        assert log == []


# What the table itself holds.


def test_rows_agree_in_one_of_several_columns_but_not_in_all(library: Database) -> None:
    ada = saved(library, Author(email="a@example.org"))
    saved(library, Book(title="A", author=ada))
    saved(library, Book(title="B", author=ada))
    saved(library, Book(title="A"))
    saved(library, Book(title="A"))  # NULL is no value that could agree
    with pytest.raises(UniqueError):
        library.save(Book(title="A", author=ada))


@pytest.mark.parametrize("price", ["-0.01", "1000000", "1E+6"])
def test_a_check_holds_for_every_way_to_write(library: Database, price: str) -> None:
    book = saved(library, Book(title="A", price=Decimal("9.99")))
    book.price = Decimal(price)
    for write in (
        lambda: library.save(book),
        lambda: library.save(Book(title="B", price=Decimal(price))),
        lambda: library.save_all([Book(title="B", price=Decimal(price))]),
        lambda: library.upsert(Book(id=1, title="A", price=Decimal(price))),
        lambda: library.query(Book).update(price=Decimal(price)),
    ):
        with pytest.raises(CheckError):
            write()
    assert library.query(Book).one().price == Decimal("9.99")


def test_a_reference_to_a_row_that_is_gone_is_refused(library: Database) -> None:
    ada = saved(library, Author(email="a@example.org"))
    library.delete(Author, ada.id)
    for write in (library.save, lambda row: library.save_all([row]), library.upsert):
        with pytest.raises(ForeignKeyError):
            write(Book(title="A", author=ada))
    assert library.query(Book).count() == 0


def test_a_column_that_becomes_null_by_a_calculation_is_refused(
    library: Database,
) -> None:
    class Pair(Table):
        id = PrimaryKey(int)
        here = Column(int)
        there = Column(int, nullable=True)

    library.create(Pair)
    library.save(Pair(id=1, here=1))
    with pytest.raises(IntegrityError):
        library.query(Pair).update(here=Pair.there)


def test_defaults_are_asked_for_each_row(any_db: Database) -> None:
    numbers = iter(range(9))

    class Item(Table):
        id = PrimaryKey(int, default=lambda: next(numbers) + 10)
        tags = Column(list, default=list)
        colour = Column(str, default="red", nullable=True)
        note = Column(str, nullable=True)

    any_db.create(Item)
    any_db.save_all([Item(), Item(id=5, colour=None)])
    any_db.upsert(Item(tags=["x"]))
    assert [item.to_dict() for item in any_db.query(Item)] == [
        {"id": 5, "tags": [], "colour": None, "note": None},
        {"id": 10, "tags": [], "colour": "red", "note": None},
        {"id": 11, "tags": ["x"], "colour": "red", "note": None},
    ]
