"""The databases that the parties work on: one for each, all made and filled alike.

Roob's own `create` writes the schema, so that nobody has a lighter table.  What is
here runs outside the clock, on connections of its own.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import urlsplit

import psycopg
from roob.orm.db_factory import DatabaseFactory

from benchmarks.cases import WrongAnswerError
from benchmarks.orm_parties import Party, Place
from benchmarks.orm_parties.roob import Author, Book
from benchmarks.orm_work import Work
from framework.tests.orm.postgres_server import postgres_server

Places = Callable[[str], Place]
"""Gives a party a database of its own, by the party's name."""

OTHER_NAME = "renamed"

SQLITE_PROMISES: Mapping[str, object] = MappingProxyType(
    {"PRAGMA journal_mode": "wal", "PRAGMA synchronous": 2, "PRAGMA foreign_keys": 1}
)
POSTGRES_PROMISES = ("SHOW synchronous_commit", "SHOW server_version")


class Store:
    """A party's database from outside: what it holds, and the way back to that."""

    def __init__(self, place: Place, work: Work) -> None:
        self.work = work
        self._is_sqlite = place.path is not None
        self._connection = _connect(place)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()

    def fill(self) -> None:
        """Put the work's rows into the new tables, with the keys from 1 on."""
        insert = self._connection.cursor().executemany
        mark = "?" if self._is_sqlite else "%s"
        author, book = ", ".join([mark] * 2), ", ".join([mark] * 3)
        self._connection.execute("BEGIN")
        insert(f"INSERT INTO author (name, age) VALUES ({author})", self.work.authors)
        insert(
            f"INSERT INTO book (title, price, author_id) VALUES ({book})",
            self.work.books,
        )
        self._connection.execute("COMMIT")
        self._settle()

    def authors(self) -> list[tuple[Any, ...]]:
        """All authors, in the order of their keys."""
        return self._read("SELECT id, name, age FROM author ORDER BY id")

    def added_authors(self) -> list[tuple[Any, ...]]:
        """The authors beyond those of `fill`."""
        return self.authors()[self.work.rows :]

    def added_books(self) -> list[tuple[Any, ...]]:
        """The books beyond those of `fill`."""
        books = self._read("SELECT id, title, price, author_id FROM book ORDER BY id")
        return books[self.work.rows :]

    def rename_authors(self) -> None:
        """Give all authors another name, until `restore`."""
        self._connection.execute(f"UPDATE author SET name = '{OTHER_NAME}'")

    def restore(self) -> None:
        """Take back whatever a job has done to the rows of `fill`."""
        execute, last = self._connection.execute, self.work.rows
        execute("BEGIN")
        execute(f"DELETE FROM book WHERE id > {last}")
        execute(f"DELETE FROM author WHERE id > {last}")
        execute(
            "UPDATE author SET name = 'name ' || (id - 1), age = (id - 1) % 90 "
            f"WHERE name = '{OTHER_NAME}' OR age <> (id - 1) % 90"
        )
        execute("COMMIT")
        self._settle()

    def check_promises(self, party: Party) -> None:
        """Refuse a party whose connection keeps less than Roob's does.

        Raises:
            WrongAnswerError: names the setting, its value, and the right one.
        """
        promised = SQLITE_PROMISES if self._is_sqlite else self._server_promises()
        for setting, right in promised.items():
            found = party.ask(setting)
            if found != right:
                raise WrongAnswerError(f"{setting} is {found!r} and not {right!r}")

    def _server_promises(self) -> Mapping[str, object]:
        return {setting: self._read(setting)[0][0] for setting in POSTGRES_PROMISES}

    def _settle(self) -> None:
        """Leave no log to be written and no dead rows for the next job to meet."""
        if self._is_sqlite:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        else:
            self._connection.execute("VACUUM (ANALYZE) author, book")

    def _read(self, text: str) -> list[tuple[Any, ...]]:
        records: list[tuple[Any, ...]] = self._connection.execute(text).fetchall()
        return records


def _connect(place: Place) -> Any:
    if place.path is None:
        return psycopg.connect(place.url, autocommit=True)
    return sqlite3.connect(place.path, isolation_level=None)


def open_store(place: Place, work: Work) -> Store:
    """Let Roob make the tables in a new database, and fill them."""
    with DatabaseFactory.from_url(place.url) as db:
        db.create(Author)
        db.create(Book)
    store = Store(place, work)
    store.fill()
    return store


@contextmanager
def sqlite_places() -> Iterator[Places]:
    """Have files in a folder that goes afterwards."""
    with TemporaryDirectory(prefix="bench-orm-") as folder:
        yield lambda party: Place(f"sqlite:///{Path(folder).absolute()}/{party}.sqlite")


@contextmanager
def postgres_places() -> Iterator[Places]:
    """Have databases on a server that is started, or found, and drop them afterwards.

    Raises:
        NoServerError: it says why there is none.
    """
    with postgres_server(durable=True) as url, _administrator(url) as admin:
        names: list[str] = []

        def place(party: str) -> Place:
            name = f"bench_orm_{party}_{os.getpid()}"
            admin.execute(f"CREATE DATABASE {name}")
            names.append(name)
            return Place(urlsplit(url)._replace(path=f"/{name}").geturl())

        try:
            yield place
        finally:
            for name in names:
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _administrator(url: str) -> AbstractContextManager[psycopg.Connection[Any]]:
    return closing(psycopg.connect(url, autocommit=True))


DATABASES: Mapping[str, Callable[[], AbstractContextManager[Places]]] = (
    MappingProxyType({"sqlite": sqlite_places, "postgresql": postgres_places})
)
