"""The parties of the ORM benchmark: drivers by hand, Roob, and its peers.

Each module has `make(place)`, which connects to the party's own database, and maps
its classes onto the tables that are there:

```
author  id (numbered by the database), name, age
book    id (numbered by the database), title, price, author_id -> author, indexed
```

Each job is written as the party's documentation would write it, where the
documentation has a quicker way for it, that way.
"""

import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from benchmarks.orm_work import AuthorValues, BookValues

PARTIES = ("plain", "fetchall", "roob", "peewee", "sqlalchemy", "django")
"""In the order of the tables."""

PEERS = ("peewee", "sqlalchemy", "django")


@dataclass(frozen=True)
class Place:
    """A party's database: `sqlite:////tmp/x/roob.sqlite` or `postgresql://...`."""

    url: str

    @property
    def path(self) -> str | None:
        """The file of an SQLite database, None of another."""
        parts = urlsplit(self.url)
        return parts.path[1:] if parts.scheme == "sqlite" else None


class Party(Protocol):
    """The six jobs, and a look at the connection they run on.

    Rows have attributes as the tables have columns, and a book its `author`.
    """

    def insert_one_by_one(self, authors: Sequence[AuthorValues]) -> Sequence[Any]:
        """Insert each author by a statement of its own, in one transaction.

        Return the rows, or their keys, with the keys that the database gave.
        """

    def insert_batch(self, books: Sequence[BookValues]) -> Sequence[Any]:
        """Insert all books in one transaction; return as `insert_one_by_one`."""

    def read_all(self) -> Sequence[Any]:
        """Read all authors in the order of their keys."""

    def read_by_id(self, keys: Iterable[int]) -> Sequence[Any]:
        """Read each author by a statement of its own."""

    def read_with_reference(self) -> Sequence[Any]:
        """Read all books with their authors, by one join, in the order of keys."""

    def change(self, keys: Iterable[int]) -> object:
        """Read each author, make it a year older, write it; in one transaction."""

    def ask(self, sql: str) -> object:
        """The one value of a statement, on the connection that the jobs use."""

    def close(self) -> None:
        """Let go of the database."""


def maker(name: str) -> Callable[[Place], Party]:
    """Find a party: `"peewee" -> benchmarks.orm_parties.peewee.make`.

    Raises:
        ImportError: its package is not installed.
    """
    make: Callable[[Place], Party]
    make = importlib.import_module(f"benchmarks.orm_parties.{name}").make
    return make
