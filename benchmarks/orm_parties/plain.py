"""The driver by hand, sqlite3 or psycopg: the floor, and what the goals refer to.

It runs the statements that Roob runs.  Where rows are read it makes one plain object
with the same attributes for each row, and one for each author that books refer to;
by id it keeps the record that `fetchone` gives.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from benchmarks.orm_parties import Place
from benchmarks.orm_work import AuthorValues, BookValues

READ_AUTHORS = "SELECT id, name, age FROM author"
READ_ALL = f"{READ_AUTHORS} ORDER BY id"
READ_BOOKS = (
    "SELECT book.id, book.title, book.price, author.id, author.name, author.age "
    "FROM book LEFT JOIN author ON author.id = book.author_id ORDER BY book.id"
)


class Author:
    """A plain object."""

    id: int
    name: str
    age: int


class Book:
    """A plain object that refers to another."""

    id: int
    title: str
    price: float
    author: Author | None


class Plain:
    """The jobs, for any driver of DB-API 2.0 whose connections execute (PEP 249).

    `mark` is its placeholder, and `begin` the statement that Roob begins a
    transaction with.
    """

    insert_author: str
    begin: str
    draw_keys: str

    def __init__(self, connection: Any, mark: str) -> None:
        self.connection = connection
        self._read_author = f"{READ_AUTHORS} WHERE id = {mark}"
        self._change = f"UPDATE author SET age = {mark} WHERE id = {mark}"
        marks = ", ".join([mark] * 4)
        self._insert_books = (
            f"INSERT INTO book (id, title, price, author_id) VALUES ({marks})"
        )

    def insert_one_by_one(self, authors: Sequence[AuthorValues]) -> list[int]:
        execute = self.connection.execute
        with self._transaction():
            return [self.key_of(execute(self.insert_author, one)) for one in authors]

    def insert_batch(self, books: Sequence[BookValues]) -> list[int]:
        with self._transaction():
            drawn = self.connection.execute(self.draw_keys, (len(books),))
            keys = [key for (key,) in drawn]
            rows = [(key, *values) for key, values in zip(keys, books, strict=True)]
            self.connection.cursor().executemany(self._insert_books, rows)
        return keys

    def read_all(self) -> list[Author]:
        authors = []
        for key, name, age in self.connection.execute(READ_ALL).fetchall():
            author = Author()
            author.id = key
            author.name = name
            author.age = age
            authors.append(author)
        return authors

    def read_by_id(self, keys: Iterable[int]) -> list[tuple[object, ...]]:
        execute = self.connection.execute
        return [execute(self._read_author, (key,)).fetchone() for key in keys]

    def read_with_reference(self) -> list[Book]:
        known: dict[int, Author] = {}
        books = []
        for record in self.connection.execute(READ_BOOKS).fetchall():
            book = Book()
            book.id, book.title, book.price, key, name, age = record
            author = known.get(key)
            if author is None:
                author = known[key] = Author()
                author.id, author.name, author.age = key, name, age
            book.author = author
            books.append(book)
        return books

    def change(self, keys: Iterable[int]) -> None:
        execute = self.connection.execute
        with self._transaction():
            for key in keys:
                _, _, age = execute(self._read_author, (key,)).fetchone()
                execute(self._change, (age + 1, key))

    def ask(self, sql: str) -> object:
        return self.connection.execute(sql).fetchone()[0]

    def close(self) -> None:
        self.connection.close()

    def key_of(self, cursor: Any) -> int:
        """Tell the key that the database gave the row just inserted."""
        raise NotImplementedError

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.connection.execute(self.begin)
        yield
        self.connection.execute("COMMIT")


class _Sqlite(Plain):
    begin = "BEGIN IMMEDIATE"
    insert_author = "INSERT INTO author (name, age) VALUES (?, ?)"
    draw_keys = (
        "WITH RECURSIVE drawn (number) AS ("
        "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'book' "
        "UNION ALL SELECT number + 1 FROM drawn LIMIT ?) SELECT number FROM drawn"
    )

    def key_of(self, cursor: Any) -> int:
        key: int = cursor.lastrowid
        return key


class _Postgres(Plain):
    begin = "BEGIN ISOLATION LEVEL SERIALIZABLE"
    insert_author = "INSERT INTO author (name, age) VALUES (%s, %s) RETURNING id"
    draw_keys = (
        "SELECT nextval(pg_get_serial_sequence('book', 'id')) "
        "FROM generate_series(1, %s)"
    )

    def key_of(self, cursor: Any) -> int:
        key: int = cursor.fetchone()[0]
        return key


def make(place: Place) -> Plain:
    """Connect by the driver itself, with the settings that Roob has."""
    if place.path is None:
        return _Postgres(psycopg.connect(place.url, autocommit=True), "%s")
    connection = sqlite3.connect(place.path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA journal_mode = WAL")
    return _Sqlite(connection, "?")
