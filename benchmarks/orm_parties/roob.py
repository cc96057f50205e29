"""Roob's ORM.  Its books take their authors as rows, which are read beforehand."""

from collections.abc import Iterable, Sequence

from roob.orm.column import Column, ForeignKey, PrimaryKey
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory
from roob.orm.table import Table

from benchmarks.orm_parties import Place
from benchmarks.orm_work import AuthorValues, BookValues


class Author(Table):
    """The table that is referred to."""

    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)
    age = Column(int)


class Book(Table):
    """The table that refers."""

    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)
    price = Column(float)
    author = ForeignKey(Author)


class RoobParty:
    """The jobs."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._authors = {author.id: author for author in db.get_all(Author)}

    def insert_one_by_one(self, authors: Sequence[AuthorValues]) -> list[Author]:
        rows = []
        with self._db.transaction():
            for name, age in authors:
                row = Author(name=name, age=age)
                self._db.save(row)
                rows.append(row)
        return rows

    def insert_batch(self, books: Sequence[BookValues]) -> list[Book]:
        rows = [
            Book(title=title, price=price, author=self._authors[author])
            for title, price, author in books
        ]
        self._db.save_all(rows)
        return rows

    def read_all(self) -> list[Author]:
        return self._db.get_all(Author)

    def read_by_id(self, keys: Iterable[int]) -> list[Author]:
        return [self._db.get_by_id(Author, id=key) for key in keys]

    def read_with_reference(self) -> list[Book]:
        return self._db.get_all(Book)

    def change(self, keys: Iterable[int]) -> None:
        with self._db.transaction():
            for key in keys:
                author = self._db.get_by_id(Author, id=key)
                author.age += 1
                self._db.update(author)

    def ask(self, sql: str) -> object:
        return self._db.execute(sql)[0][0]

    def close(self) -> None:
        self._db.close()


def make(place: Place) -> RoobParty:
    """Connect by URL, with Roob's own settings."""
    return RoobParty(DatabaseFactory.from_url(place.url))
