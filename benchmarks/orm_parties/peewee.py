"""Peewee on its SQLite or psycopg 3 database."""

from collections.abc import Iterable, Sequence
from typing import Any

from peewee import (
    BigAutoField,
    BigIntegerField,
    Database,
    DoubleField,
    ForeignKeyField,
    Model,
    PostgresqlDatabase,
    SqliteDatabase,
    TextField,
    chunked,
)

from benchmarks.orm_parties import Place
from benchmarks.orm_work import AuthorValues, BookValues

CHUNK = 1_000  # rows for one INSERT, below SQLite's limit of parameters
PRAGMAS = {"journal_mode": "wal", "synchronous": "full", "foreign_keys": 1}


class Author(Model):
    """The table that is referred to."""

    id = BigAutoField()
    name = TextField()
    age = BigIntegerField()


class Book(Model):
    """The table that refers."""

    id = BigAutoField()
    title = TextField()
    price = DoubleField()
    author = ForeignKeyField(Author, column_name="author_id")


class PeeweeParty:
    """The jobs."""

    def __init__(self, db: Database) -> None:
        self._db = db
        db.bind([Author, Book])

    def insert_one_by_one(self, authors: Sequence[AuthorValues]) -> list[Author]:
        with self._db.atomic():
            return [Author.create(name=name, age=age) for name, age in authors]

    def insert_batch(self, books: Sequence[BookValues]) -> list[int]:
        fields = [Book.title, Book.price, Book.author]
        keys: list[int] = []
        with self._db.atomic():
            for some in chunked(books, CHUNK):
                insert = Book.insert_many(some, fields=fields).returning(Book.id)
                keys += [key for (key,) in insert.tuples().execute()]
        return keys

    def read_all(self) -> list[Author]:
        return list(Author.select().order_by(Author.id))

    def read_by_id(self, keys: Iterable[int]) -> list[Author]:
        return [Author.get_by_id(key) for key in keys]

    def read_with_reference(self) -> list[Book]:
        return list(Book.select(Book, Author).join(Author).order_by(Book.id))

    def change(self, keys: Iterable[int]) -> None:
        with self._db.atomic():
            for key in keys:
                author = Author.get_by_id(key)
                author.age += 1
                author.save(only=[Author.age])

    def ask(self, sql: str) -> Any:
        return self._db.execute_sql(sql).fetchone()[0]

    def close(self) -> None:
        self._db.close()


def make(place: Place) -> PeeweeParty:
    """Connect with the settings that Roob has."""
    if place.path is None:
        return PeeweeParty(PostgresqlDatabase(place.url, prefer_psycopg3=True))
    return PeeweeParty(SqliteDatabase(place.path, pragmas=PRAGMAS))
