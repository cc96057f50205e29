"""What tests are given: an empty database, a client of the app, a form's hidden fields.

The database is in memory, whatever ``DATABASE_URL`` says elsewhere, and no log file
is written.
"""

import os
import pkgutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from importlib import import_module

import pytest
from roob.orm.table import Table
from roob.testing import TestClient

os.environ["DATABASE_URL"] = "sqlite:///:memory:"  # before dbconfig reads it
os.environ["LOG_FILE"] = ""  # what tests provoke is no news for the log

import models
from dbconfig import db
from dispatcher import app


def tables() -> Iterator[type[Table]]:
    """Every table that a module of models defines."""
    for found in pkgutil.iter_modules(models.__path__):
        module = import_module(f"models.{found.name}")
        for each in vars(module).values():
            is_table = isinstance(each, type) and issubclass(each, Table)
            if is_table and each.__module__ == module.__name__ and each.__schema__.keys:
                yield each


TABLES = list(tables())


@pytest.fixture(autouse=True)
def database() -> Iterator[None]:
    """A database for each test, with all tables and no rows."""
    for table in TABLES:
        db.create(table)
    yield
    db.close()  # one in memory is gone by that


@pytest.fixture
def client() -> Iterator[TestClient]:
    """``client.get("/").status_code == 200``: a browser that keeps its cookies."""
    with TestClient(app) as client:
        yield client


class HiddenFields(HTMLParser):
    """The hidden fields of a page: a form's token, method and revision."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        field = dict(attrs)
        if tag == "input" and field.get("type") == "hidden":
            self.values[field["name"] or ""] = field.get("value") or ""


@pytest.fixture
def hidden(client: TestClient) -> Callable[[str], dict[str, str]]:
    """``hidden("/employees/;create_form") -> {"csrf_token": "..."}``."""

    def read(address: str) -> dict[str, str]:
        answer = client.get(address)
        assert answer.status_code == 200
        page = HiddenFields()
        page.feed(answer.text)
        return page.values

    return read
