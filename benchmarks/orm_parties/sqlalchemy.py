"""SQLAlchemy's ORM, on the engine for sqlite3 or psycopg 3.

Its unit of work gathers what is added or changed and writes it in batches at the end,
which is left to it.  Single rows come from one session that is emptied after each,
which is quicker than a new session for each.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Engine,
    ForeignKey,
    Text,
    create_engine,
    event,
    make_url,
    select,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    joinedload,
    mapped_column,
    relationship,
)

from benchmarks.orm_parties import Place
from benchmarks.orm_work import AuthorValues, BookValues


class Base(DeclarativeBase):
    """What SQLAlchemy's classes have in common."""

    type_annotation_map = {int: BigInteger, str: Text}  # noqa: RUF012


class Author(Base):
    """The table that is referred to."""

    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    age: Mapped[int]


class Book(Base):
    """The table that refers."""

    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    price: Mapped[float]
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship()


class SqlAlchemyParty:
    """The jobs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def insert_one_by_one(self, authors: Sequence[AuthorValues]) -> list[Author]:
        rows = []
        with self._session() as session, session.begin():
            for name, age in authors:
                row = Author(name=name, age=age)
                session.add(row)
                rows.append(row)
        return rows

    def insert_batch(self, books: Sequence[BookValues]) -> list[Book]:
        rows = [
            Book(title=title, price=price, author_id=author)
            for title, price, author in books
        ]
        with self._session() as session, session.begin():
            session.add_all(rows)
        return rows

    def read_all(self) -> Sequence[Author]:
        with self._session() as session:
            return session.scalars(select(Author).order_by(Author.id)).all()

    def read_by_id(self, keys: Iterable[int]) -> list[Author]:
        rows = []
        with self._session() as session:
            for key in keys:
                rows.append(session.get_one(Author, key))
                session.expunge_all()
        return rows

    def read_with_reference(self) -> Sequence[Book]:
        books = select(Book).options(joinedload(Book.author, innerjoin=True))
        with self._session() as session:
            return session.scalars(books.order_by(Book.id)).all()

    def change(self, keys: Iterable[int]) -> None:
        with self._session() as session, session.begin():
            for key in keys:
                session.get_one(Author, key).age += 1

    def ask(self, sql: str) -> Any:
        with self._engine.connect() as connection:
            return connection.exec_driver_sql(sql).scalar_one()

    def close(self) -> None:
        self._engine.dispose()

    def _session(self) -> Session:
        return Session(self._engine, expire_on_commit=False)


def make(place: Place) -> SqlAlchemyParty:
    """Connect with the settings that Roob has."""
    engine = create_engine(_url(place))
    if place.path is not None:
        event.listen(engine, "connect", _keep_promises)
    return SqlAlchemyParty(engine)


def _url(place: Place) -> URL:
    url = make_url(place.url)
    return url if place.path else url.set(drivername="postgresql+psycopg")


def _keep_promises(connection: Any, _: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA journal_mode = WAL")
