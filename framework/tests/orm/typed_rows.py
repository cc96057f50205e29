"""What a type checker knows of tables, rows and queries; `make types` reads this.

Nothing here runs: each `assert_type` fails the check, should the type be another.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, assert_type

from roob.orm.column import Column, ForeignKey, PrimaryKey, Reference, Version
from roob.orm.database import Database
from roob.orm.expressions import Aggregate, Condition, Ordering, Reached, Value
from roob.orm.relations import Collection
from roob.orm.selection import Page, Query
from roob.orm.table import Table


class Author(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)
    born = Column(datetime, nullable=True)
    version = Version()
    books: Collection["Book"] = Collection("Book")


class Book(Table):
    id = PrimaryKey(int, auto_increment=True)
    price = Column(Decimal, default=Decimal(0))
    author = ForeignKey(Author)
    editor = ForeignKey(Author, nullable=True)
    tags: Collection["Tag"] = Collection("Tag", through="Book")


class Tag(Table):
    id = PrimaryKey(str)


def classes_give_columns() -> None:
    assert_type(Author.id, PrimaryKey[int])
    assert_type(Author.name, Column[str])
    assert_type(Author.born, Column[datetime | None])
    assert_type(Author.version, Version)
    assert_type(Book.author, Reference[Author])
    assert_type(Book.editor, Reference[Author | None])
    assert_type(Author.books, Collection[Book])


def rows_give_values(author: Author, book: Book) -> None:
    assert_type(author.id, int)
    assert_type(author.name, str)
    assert_type(author.born, datetime | None)
    assert_type(author.version, int)
    assert_type(author.books, list[Book])
    assert_type(book.price, Decimal)
    assert_type(book.author, Author)
    assert_type(book.editor, Author | None)
    assert_type(book.author.name, str)
    assert_type(book.tags, list[Tag])


def comparing_gives_conditions() -> None:
    assert_type(Author.name == "Ada", Condition)
    assert_type(Author.name != "Ada", Condition)
    assert_type(Book.price > Decimal(1), Condition)
    assert_type(Author.name.contains("A"), Condition)
    assert_type(Book.author == 1, Condition)
    assert_type(Author.books.any(Book.price > Decimal(1)), Condition)
    assert_type(Author.name.desc(), Ordering)
    assert_type(Book.price.sum(), Aggregate)
    assert_type(Book.price + 1, Value)


def queries_give_rows(db: Database) -> None:
    query = db.query(Author)
    assert_type(query, Query[Author])
    assert_type(
        query.where(Author.name == "Ada").order_by(Author.name).all(), list[Author]
    )
    assert_type(query.include(Author.books).first(), Author | None)
    assert_type(query.limit(1).offset(1).one(), Author)
    assert_type([row for row in query], list[Author])  # noqa: C416
    assert_type(query.page(1), Page[Author])
    assert_type(query.page(1).rows, list[Author])
    assert_type(query.count(), int)
    assert_type(query.update(name="Ada"), int)
    assert_type(query.aggregate(n=Author.id.count()), dict[str, Any])
    assert_type(query.group_by(a=Author.name).aggregate(), list[dict[str, Any]])


def databases_give_rows(db: Database, authors: list[Author]) -> None:
    assert_type(db.get_by_id(Author, 1), Author)
    assert_type(db.get_all(Author, name="Ada"), list[Author])
    assert_type(db.load(authors, Author.books), list[Book])
    assert_type(db.run_transaction(lambda: 1), int)
    assert_type(Reached("book", ("author",), Author.name).label, str)
