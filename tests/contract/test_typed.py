"""Documents that nobody wrote: of typed handlers, and of a table's collection."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated
from uuid import UUID

import pytest
from pydantic import BaseModel, Field
from roob import Roob
from roob.formats import Json
from roob.middlewares import ErrorHandlerMiddleware
from roob.openapi import add_openapi
from roob.orm.column import Column, PrimaryKey, Version
from roob.orm.db_factory import DatabaseFactory
from roob.orm.table import Table
from roob.scaffold.model_collection import ModelCollection
from roob.typed import (
    Cookie,
    Depends,
    File,
    Form,
    Header,
    Path,
    Query,
    UploadedFile,
    typed,
)

from tests.contract.asking import (
    FITTING,
    UNFITTING,
    answers,
    operations_of,
    takes_something,
)


class Kind(Enum):
    NOVEL = "novel"
    POEM = "poem"


class Book(BaseModel):
    title: str
    kind: Kind = Kind.NOVEL
    printed: date | None = None


class Filter(BaseModel):
    q: str = Field("", max_length=20)
    kinds: list[Kind] = []


@dataclass
class Count:
    count: int


def reader(
    token: Annotated[str, Header(alias="X-Token")],
    sid: Annotated[str | None, Cookie()] = None,
) -> str:
    return sid or token


def put_book(
    id: Annotated[int, Path(ge=1)],
    book: Book,
    reader: Annotated[str, Depends(reader)],
    page: Annotated[int, Query(ge=1)] = 1,
) -> Book:
    return book


def books(
    asked: Annotated[Filter, Query()], kind: Kind = Kind.POEM
) -> list[Book] | None:
    return [Book(title=asked.q)] if kind is Kind.POEM else None


def upload(
    title: Annotated[str, Form()], file: Annotated[UploadedFile, File()]
) -> Count:
    return Count(len(file.read()))


def login(name: Annotated[str, Form()], age: Annotated[int, Form()] = 0) -> Count:
    return Count(age)


def pair(book: Book, count: Count) -> Count:
    return count


class Thing:
    def get(self, id: UUID) -> Book:
        return Book(title=str(id))

    def delete(self, id: UUID) -> None: ...


class Worker(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)
    born = Column(date, nullable=True)
    kind = Column(Kind, default=Kind.NOVEL)
    version = Version()


class Workers(ModelCollection[Worker]):
    table = Worker
    formats = (Json(),)


def make_app() -> Roob:
    app = Roob(dispatcher=typed)
    app.add_route("/books/{id:d}", put_book, ["PUT"])
    app.add_route("/books", books, ["GET"])
    app.add_route("/upload", upload, ["POST"])
    app.add_route("/login", login, ["POST"])
    app.add_route("/pair", pair, ["POST"])
    app.add_route("/things/{id}", Thing)
    Workers.register(app, "/workers", "workers")
    add_openapi(app, title="Typed", version="1")
    app.add_middleware(ErrorHandlerMiddleware)
    return app


OPERATIONS = operations_of(make_app())


@pytest.fixture
def app() -> Iterator[Roob]:
    with DatabaseFactory.from_url("sqlite:///:memory:") as db:
        db.create(Worker)
        db.save(Worker(name="Ada"))
        Workers.db = db
        yield make_app()


@pytest.mark.parametrize("label", OPERATIONS)
def test_what_fits_is_answered_as_documented(app: Roob, label: str) -> None:
    assert answers(operations_of(app)[label], FITTING).total() > 0


# An id that is none makes another address, the list's, which is answered as such.
LEADS_ELSEWHERE = ("GET /workers/{id}",)


@pytest.mark.parametrize(
    "label",
    [
        label
        for label, each in OPERATIONS.items()
        if (takes_something(each) or "{" in label) and label not in LEADS_ELSEWHERE
    ],
)
def test_what_does_not_fit_is_answered_as_documented(app: Roob, label: str) -> None:
    assert answers(operations_of(app)[label], UNFITTING).total() >= 5


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_row_that_is_there_is_answered_as_documented(app: Roob, method: str) -> None:
    operation = operations_of(app)[f"{method} /workers/{{id}}"]

    seen = answers(operation, FITTING, path_parameters={"id": "1"})

    assert seen.total() > 0
    assert method == "PUT" or any(code < 300 for code in seen), seen
