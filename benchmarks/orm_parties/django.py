"""Django's ORM, on its backend for sqlite3 or psycopg 3.

Django has one set of settings per process, so the party is made once per process.
"""

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

import django
from django.conf import settings
from django.db import connection, transaction
from psycopg.conninfo import conninfo_to_dict

from benchmarks.orm_parties import Place
from benchmarks.orm_work import AuthorValues, BookValues

PRAGMAS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"


class DjangoParty:
    """The jobs, on the models given."""

    def __init__(self, author: Any, book: Any) -> None:
        self._author = author
        self._book = book

    def insert_one_by_one(self, authors: Sequence[AuthorValues]) -> list[Any]:
        create = self._author.objects.create
        with transaction.atomic():
            return [create(name=name, age=age) for name, age in authors]

    def insert_batch(self, books: Sequence[BookValues]) -> list[Any]:
        rows = [
            self._book(title=title, price=price, author_id=author)
            for title, price, author in books
        ]
        with transaction.atomic():
            return list(self._book.objects.bulk_create(rows))

    def read_all(self) -> list[Any]:
        return list(self._author.objects.order_by("id"))

    def read_by_id(self, keys: Iterable[int]) -> list[Any]:
        return [self._author.objects.get(id=key) for key in keys]

    def read_with_reference(self) -> list[Any]:
        return list(self._book.objects.select_related("author").order_by("id"))

    def change(self, keys: Iterable[int]) -> None:
        with transaction.atomic():
            for key in keys:
                author = self._author.objects.get(id=key)
                author.age += 1
                author.save(update_fields=["age"])

    def ask(self, sql: str) -> object:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]

    def close(self) -> None:
        connection.close()


def make(place: Place) -> DjangoParty:
    """Set Django up for this process, with the settings that Roob has."""
    settings.configure(DATABASES={"default": _database(place)}, LOGGING_CONFIG=None)
    django.setup()
    models = import_module("benchmarks.orm_parties.django_models")
    return DjangoParty(models.Author, models.Book)


def _database(place: Place) -> dict[str, Any]:
    if place.path is not None:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": place.path,
            "OPTIONS": {"init_command": PRAGMAS, "transaction_mode": "IMMEDIATE"},
        }
    options = conninfo_to_dict(place.url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": options.pop("dbname"),
        "OPTIONS": options,
    }
