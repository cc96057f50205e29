"""The same collections on PostgreSQL, where a refused statement ends a transaction."""

from datetime import UTC, datetime

import pytest
from roob.orm.column import Column, ForeignKey, PrimaryKey, Version
from roob.orm.db_factory import DatabaseFactory
from roob.orm.table import Table
from roob.scaffold.model_collection import ModelCollection

from framework.tests.orm.conftest import postgres_url, server_url

__all__ = ["postgres_url", "server_url"]


class Author(Table, table_name="pg_author"):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str, unique=True)
    joined = Column(datetime, nullable=True)
    version = Version()


class Work(Table, table_name="pg_work"):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)
    author = ForeignKey(Author)


class Authors(ModelCollection[Author]):
    table = Author


class Works(ModelCollection[Work]):
    table = Work


@pytest.fixture
def db(postgres_url):
    with DatabaseFactory.from_url(postgres_url) as db:
        yield db


@pytest.fixture
def library(serving):
    return serving(authors=Authors, works=Works)


def test_a_value_that_is_taken_is_said_after_the_database_refused_it(library, db):
    db.save(Author(name="Ada"))
    browser = library.open("/authors/;create_form").send(name="Ada")
    assert browser.status == 422
    assert "is taken already" in browser.page.text
    assert browser.send(name="Bob").status == 303
    assert [author.name for author in db.get_all(Author)] == ["Ada", "Bob"]


def test_what_others_refer_to_stays_and_the_page_says_so(library, db):
    db.save(author := Author(name="Ada"))
    db.save(Work(title="Notes", author=author))
    browser = library.open("/authors/1;delete_form").send()
    assert browser.status == 409
    assert "something else refers to it" in browser.page.text
    assert db.get_by_id(Author, id=1).name == "Ada"


def test_an_edit_of_what_was_changed_meanwhile_is_refused(library, db):
    db.save(Author(name="Ada"))
    page = library.open("/authors/1;edit_form")
    library.json("PATCH", "/authors/1", {"name": "Eve"})
    assert page.send(name="Bob").status == 409
    assert db.get_by_id(Author, id=1).name == "Eve"


def test_a_row_is_answered_as_it_is_read(library):
    sent = {"name": "Ada", "joined": "2030-01-02T05:04:05.000006+02:00"}
    made = library.json("POST", "/authors/", sent)
    read = library.json("GET", made.headers["Location"])
    assert (made.text, made.headers["ETag"]) == (read.text, read.headers["ETag"])
    assert datetime.fromisoformat(read.json()["joined"]) == datetime(
        2030, 1, 2, 3, 4, 5, 6, tzinfo=UTC
    )


def test_a_list_is_searched_and_sorted_by_what_others_are_called(library, db):
    ada, bob = Author(name="Ada"), Author(name="Bob")
    db.save_all([ada, bob, Work(title="ÉCOLE", author=bob)])
    db.save(Work(title="école 2", author=ada))
    found = library.json("GET", "/works/?q=cole&sort=author").json()
    assert [work["title"] for work in found["items"]] == ["école 2", "ÉCOLE"]
