"""The rows that refer to a row: `author.books`, and many to many, `book.tags`.

A collection is no column: the other table, or a table of links, keeps it.  It is
read when a query includes it, for all of the query's rows at once, and never by
surprise.
"""

from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, overload

from roob.orm.column import ForeignKey
from roob.orm.exceptions import NotLoadedError, SchemaError
from roob.orm.expressions import Condition, Exists
from roob.orm.joins import Path, foreign_keys_of
from roob.orm.table import Table, table_named

T = TypeVar("T", bound=Table)


@dataclass(frozen=True, eq=False)
class Way:
    """How the members are found: the rows of `table` whose `back` is the owner.

    The members are these rows themselves or, at the end of `path`, those that they
    link to.
    """

    table: type[Table]
    back: ForeignKey[Any]
    path: Path


class Collection(Generic[T]):
    """The rows that refer to this one: `books = Collection("Book")`.

    The other table is a class, or its name where the class comes later.  `on` names
    the reference where the other table has several to this one.  Many to many goes
    `through` a table of links: `tags = Collection("Tag", through="BookTag")`.

    On a row it is a list, once it is loaded: `db.query(Author).include(Author.books)`
    or `db.load(authors, Author.books)`.
    """

    owner: type[Table]
    name: str

    def __init__(
        self,
        target: type[T] | str,
        *,
        on: str | None = None,
        through: type[Table] | str | None = None,
    ) -> None:
        self._target = target
        self._on = on
        self._through = through

    def __set_name__(self, owner: type[Table], name: str) -> None:
        self.owner, self.name = owner, name

    @overload
    def __get__(self, row: None, table: type) -> Self: ...

    @overload
    def __get__(self, row: object, table: type) -> list[T]: ...

    def __get__(self, row: object, table: type) -> Self | list[T]:
        if row is None:
            return self
        raise NotLoadedError(
            f"{self.label} is not loaded: read it for all rows at once with "
            f"db.query({table.__name__}).include({table.__name__}.{self.name})"
        )

    def __repr__(self) -> str:
        return f"<Collection {self.label}>"

    @property
    def label(self) -> str:
        """The collection as messages call it: `"author.books"`."""
        return f"{self.owner.__schema__.name}.{self.name}"

    def any(self, *conditions: Condition) -> Condition:
        """Whether a member fulfils all of the conditions; without any, whether one is.

        `Author.books.any(Book.price > 10)`
        """
        way = self.way()
        return Exists(way.table, way.back.name, way.path, conditions)

    def way(self) -> Way:
        """Find the references that the members are found by.

        Raises:
            SchemaError: there are none, or several and `on` does not choose.
        """
        target = table_named(self._target, self.owner, self.label)
        if self._through is None:
            return Way(target, self._reference(target, self.owner, self._on), ())
        links = table_named(self._through, self.owner, self.label)
        back = self._reference(links, self.owner, self._on)
        forth = self._reference(links, target, None, but=back)
        return Way(links, back, (forth.name,))

    def _reference(
        self,
        table: type[Table],
        target: type[Table],
        name: str | None,
        but: ForeignKey[Any] | None = None,
    ) -> ForeignKey[Any]:
        found = [
            column
            for column in foreign_keys_of(table)
            if column is not but
            and issubclass(target, column.referenced())
            and name in (None, column.name)
        ]
        if len(found) == 1:
            return found[0]
        raise SchemaError(
            f"{self.label}: {table.__name__} has {len(found)} references "
            f"to {target.__name__}" + (f" called {name}" if name else "; say which")
        )
