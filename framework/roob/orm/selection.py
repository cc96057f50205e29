"""A query as it is put together: `db.query(Book).where(Book.price > 10).all()`.

Each method returns a new query, and nothing is run before one that asks for rows,
a number or a change.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from roob.orm import query
from roob.orm.column import Reference, place_of
from roob.orm.criteria import MOST_VALUES, may_be_null, result_decoder
from roob.orm.exceptions import (
    ManyRecordsFound,
    QueryError,
    RecordNotFound,
)
from roob.orm.expressions import (
    Aggregate,
    Condition,
    Ordering,
    Reached,
    Value,
    and_,
    or_,
)
from roob.orm.joins import Record
from roob.orm.query import Plan, Selection, Statement
from roob.orm.relations import Collection
from roob.orm.runner import Runner
from roob.orm.table import Table, stored_of

Row = TypeVar("Row", bound=Table)

ROWS_AT_ONCE = 1000  # that a query which is iterated holds in memory


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a longer list: `page.rows`, `page.number` of `page.pages`.

    Pages are numbered from 1; `total` counts the rows of all pages.
    """

    rows: list[Row]
    number: int
    size: int
    total: int

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, math.ceil(self.total / self.size))

    @property
    def has_next(self) -> bool:
        """Whether a page comes after this one."""
        return self.number < self.pages

    @property
    def has_previous(self) -> bool:
        """Whether a page comes before this one."""
        return self.number > 1


class Query(Generic[Row]):
    """Rows of a table, still to be read: `db.query(Book).where(Book.price > 10)`.

    Rows come in the order asked for and then by their keys.  `for book in query:`
    streams: it holds no more than 1,000 rows at a time.
    """

    def __init__(
        self,
        runner: Runner,
        selection: Selection,
        collections: tuple[Collection[Any], ...] = (),
    ) -> None:
        self._runner = runner
        self._selection = selection
        self._collections = collections

    # What is asked for.

    def where(self, *conditions: Condition) -> "Query[Row]":
        """Keep the rows that fulfil all of these, and all that came before.

        `where(Book.price > 10, Book.author.name == "Ada")`

        Raises:
            QueryError: one is no condition.
        """
        _refuse_no_conditions(conditions)
        return self._with(where=(*self._selection.where, *conditions))

    def order_by(self, *order: Value | Ordering) -> "Query[Row]":
        """Sort by these, in place of an earlier order: `order_by(Book.title.desc())`.

        NULL is smaller than everything; rows that are equal go by their keys.

        Raises:
            QueryError: one is no column and no order of one, or `after` came before.
        """
        if self._selection.is_behind:
            raise QueryError("order_by comes before after, which goes by the order")
        return self._with(order=tuple(map(_ordering, order)))

    def limit(self, count: int) -> "Query[Row]":
        """Read at most so many rows.

        Raises:
            QueryError: not a whole number from 0 on.
        """
        return self._with(limit=_whole("limit", count))

    def offset(self, count: int) -> "Query[Row]":
        """Leave out the first so many rows; to go far into a table, use `after`.

        Raises:
            QueryError: not a whole number from 0 on.
        """
        return self._with(offset=_whole("offset", count))

    def after(self, row: Row) -> "Query[Row]":
        """Go on behind a row, as the order has it: `after(page[-1]).limit(20)`.

        This keyset paging takes as long for the last page as for the first, and
        repeats and leaves out nothing when rows come and go meanwhile.  The row may
        be made for the purpose: `after(Book(id=7, title="Notes"))`.

        Raises:
            QueryError: it is no row of the table, or lacks a value that is never NULL.
        """
        if type(row) is not self._selection.table:
            name = self._selection.table.__name__
            raise QueryError(f"after goes on behind a row of {name}, not {row!r}")
        behind = _behind(row, self._selection.full_order)
        return self.where(behind)._with(is_behind=True)

    def bare(self, *references: Reference[Any]) -> "Query[Row]":
        """Do not read these referenced rows, or none where none is named.

        They are then known by their keys alone: `book.author.id`.

        Raises:
            QueryError: one is no reference of the table.
        """
        places = [_place_of_reference(self._selection.table, r) for r in references]
        left = {(*place.path, place.column.name) for place in places}
        return self._with(without=self._selection.without | (left or {()}))

    def include(self, *collections: Collection[Any]) -> "Query[Row]":
        """Read these collections of all rows too, by one statement for each.

        `db.query(Author).include(Author.books)`
        """
        for collection in collections:
            _refuse_foreign_collection(self._selection.table, collection)
        return Query(self._runner, self._selection, (*self._collections, *collections))

    # What is answered.

    @property
    def statement(self) -> Statement:
        """The SELECT that `all` would run: its text and its parameters."""
        return query.select(self._plan, self._selection)

    def all(self) -> list[Row]:
        """Read all rows.

        Raises:
            QueryError: the query cannot be asked; no SQL was run.
            InvalidValueError: a value is none of its column; no SQL was run.
        """
        return self._load(self._runner.fetch(self.statement))

    def __iter__(self) -> Iterator[Row]:
        statement = query.stream(self._plan, self._selection)
        for records in self._runner.stream(statement, ROWS_AT_ONCE):
            yield from self._load(records)

    def first(self) -> Row | None:
        """Read the first row, None where there is none."""
        rows = self._at_most(1).all()
        return rows[0] if rows else None

    def one(self) -> Row:
        """Read the only row.

        Raises:
            RecordNotFound: there is none.
            ManyRecordsFound: there are several.
        """
        rows = self._at_most(2).all()
        if len(rows) == 1:
            return rows[0]
        name = self._selection.table.__schema__.name
        if rows:
            raise ManyRecordsFound(f"more than one {name} fulfils the query")
        raise RecordNotFound(f"no {name} fulfils the query")

    def count(self) -> int:
        """Count the rows, within limit and offset."""
        records = self._runner.fetch(query.count(self._plan, self._selection))
        return int(records[0][0])

    def exists(self) -> bool:
        """Whether there is a row."""
        return bool(self._runner.fetch(query.exists(self._plan, self._selection)))

    def page(self, number: int, size: int = 20) -> Page[Row]:
        """Read one page and count all rows: two statements.

        Raises:
            QueryError: number or size is not a whole number from 1 on, or the query
                has a limit or offset, which a page sets itself.
        """
        self._refuse_cut("page")
        _whole("page", number, 1)
        part = self.limit(_whole("size", size, 1)).offset((number - 1) * size)
        return Page(part.all(), number, size, self.count())

    def update(self, /, **changes: object) -> int:
        """Change all rows at once: `update(price=Book.price + 1)`; how many there were.

        Rows read before do not notice.

        Raises:
            UnknownColumnError, QueryError, InvalidValueError: no SQL was run.
            IntegrityError: a constraint refuses; nothing is changed.
        """
        if not changes:
            raise QueryError("an update changes at least one column")
        statement = query.update_where(self._plan, self._selection, changes)
        return self._runner.change(statement)

    def delete(self) -> int:
        """Remove all rows at once; how many there were.

        Raises:
            ForeignKeyError: another row refers to one; nothing is removed.
        """
        return self._runner.change(query.delete_where(self._plan, self._selection))

    def aggregate(self, /, **values: Aggregate) -> dict[str, Any]:
        """Sum all rows up: `{"books": 2, "dearest": 30}`.

        `aggregate(books=Book.id.count(), dearest=Book.price.max())`

        Raises:
            QueryError: a value is no aggregate, or there is none, or the query has a
                limit or offset.
        """
        self._refuse_cut("aggregate")
        whole = replace(self._selection, order=())
        return Groups[Row](self._runner, whole, {}).aggregate(**values)[0]

    def group_by(self, /, **groups: Value) -> "Groups[Row]":
        """Sum rows up in groups: `group_by(author=Book.author.name).aggregate(...)`.

        Raises:
            QueryError: there are no groups, or one is no column.
        """
        if not groups or not all(map(_is_column, groups.values())):
            raise QueryError("group_by names columns, as in author=Book.author.name")
        return Groups(self._runner, replace(self._selection, order=()), groups)

    def __repr__(self) -> str:
        return f"<Query of {self._selection.table.__name__}>"

    def _refuse_cut(self, method: str) -> None:
        if self._selection.is_cut:
            raise QueryError(f"{method} goes by all rows, without limit and offset")

    @property
    def _plan(self) -> Plan:
        return self._runner.plan(self._selection.table, self._selection.without)

    def _with(self, **parts: Any) -> "Query[Row]":
        selection = replace(self._selection, **parts)
        return Query(self._runner, selection, self._collections)

    def _at_most(self, count: int) -> "Query[Row]":
        limit = self._selection.limit
        return self.limit(count if limit is None else min(count, limit))

    def _load(self, records: Sequence[Record]) -> list[Row]:
        rows: list[Row] = self._plan.loader.load(records)
        for collection in self._collections:
            load_collection(self._runner, rows, collection)
        return rows


class Groups(Generic[Row]):
    """Groups of rows, still to be summed up: what `Query.group_by` returns."""

    def __init__(
        self,
        runner: Runner,
        selection: Selection,
        groups: Mapping[str, Value],
        having: tuple[Condition, ...] = (),
    ) -> None:
        self._runner = runner
        self._selection = selection
        self._groups = groups
        self._having = having

    def having(self, *conditions: Condition) -> "Groups[Row]":
        """Keep the groups that fulfil these: `having(Book.id.count() > 1)`."""
        _refuse_no_conditions(conditions)
        having = (*self._having, *conditions)
        return Groups(self._runner, self._selection, self._groups, having)

    def order_by(self, *order: Value | Ordering) -> "Groups[Row]":
        """Sort the groups: `order_by(Book.price.sum().desc())`; else by what groups."""
        return self._with(order=tuple(map(_ordering, order)))

    def limit(self, count: int) -> "Groups[Row]":
        """Read at most so many groups."""
        return self._with(limit=_whole("limit", count))

    def offset(self, count: int) -> "Groups[Row]":
        """Leave out the first so many groups."""
        return self._with(offset=_whole("offset", count))

    def aggregate(self, /, **values: Aggregate) -> list[dict[str, Any]]:
        """Read a dict for each group: its own values, then those of its rows.

        `group_by(author=Book.author.name).aggregate(books=Book.id.count())`
        -> `[{"author": "Ada", "books": 2}]`

        Raises:
            QueryError: there is no value, or one is no aggregate or has a group's name.
        """
        if not values:
            raise QueryError("aggregate names its values, as in books=Book.id.count()")
        for name, value in values.items():
            if not isinstance(value, Aggregate) or name in self._groups:
                raise QueryError(f"{name} is no aggregate with a name of its own")
        wanted = {**self._groups, **values}
        statement = query.aggregate(
            self._runner.plan(self._selection.table, self._selection.without),
            self._selection,
            list(self._groups.values()),
            list(values.values()),
            self._having,
        )
        decoders = [result_decoder(v, self._runner.dialect) for v in wanted.values()]
        return [
            {
                name: None if stored is None else decode(stored)
                for name, decode, stored in zip(wanted, decoders, record, strict=True)
            }
            for record in self._runner.fetch(statement)
        ]

    def _with(self, **parts: Any) -> "Groups[Row]":
        selection = replace(self._selection, **parts)
        return Groups(self._runner, selection, self._groups, self._having)


def load_collection(
    runner: Runner, rows: Sequence[Table], collection: Collection[Any]
) -> list[Any]:
    """Give each row its list of members, and return all members in their order.

    One statement for all rows, or for each 30,000 of them.

    Raises:
        InvalidValueError: a row is not saved.
    """
    owners = _by_stored_key(rows, collection)
    for row in rows:
        vars(row)[collection.name] = []
    keys = list(owners)
    return [
        member
        for start in range(0, len(keys), MOST_VALUES)
        for member in _members(
            runner, owners, collection, keys[start : start + MOST_VALUES]
        )
    ]


def _by_stored_key(
    rows: Sequence[Table], collection: Collection[Any]
) -> dict[object, list[Table]]:
    owners: dict[object, list[Table]] = {}
    for row in {id(row): row for row in rows}.values():
        _refuse_foreign_collection(type(row), collection)
        key = stored_of(row)[row.__schema__.key_index]
        owners.setdefault(key, []).append(row)
    return owners


def _members(
    runner: Runner,
    owners: Mapping[object, list[Table]],
    collection: Collection[Any],
    keys: Sequence[object],
) -> Iterator[Any]:
    way = collection.way()
    back, name = way.back, way.table.__schema__.name
    links = [Reached(name, (), way.table.__schema__.by_name[n]) for n in way.path]
    first_owners = [owners[key][0] for key in keys]
    found = Query[Table](
        runner,
        Selection(
            way.table,
            where=(back.in_(first_owners),),
            order=tuple(link.asc() for link in links),
            without=frozenset({(back.name,)}),
        ),
    ).all()
    place = list(way.table.__schema__.by_name).index(back.name)
    for row in found:
        mine = owners[stored_of(row)[place]]
        member = getattr(row, way.path[0]) if way.path else row
        vars(row)[back.name] = mine[0]
        if member is None:  # a link that leads nowhere
            continue
        for owner in mine:
            vars(owner)[collection.name].append(member)
        yield member


def _refuse_foreign_collection(table: type, collection: Collection[Any]) -> None:
    if not isinstance(collection, Collection):
        raise QueryError(f"{collection!r} is no collection; write Author.books")
    if not issubclass(table, collection.owner):
        raise QueryError(f"{collection.label} is no collection of {table.__name__}")


def _refuse_no_conditions(conditions: Sequence[object]) -> None:
    for condition in conditions:
        if not isinstance(condition, Condition):
            raise QueryError(f"{condition!r} is no condition of a query")


def _is_column(operand: object) -> bool:
    return isinstance(operand, Value) and place_of(operand) is not None


def _place_of_reference(table: type[Table], reference: object) -> Reached:
    place = place_of(reference) if isinstance(reference, Reference) else None
    if place is None or place.table_name != table.__schema__.name:
        raise QueryError(f"{reference!r} is no reference of {table.__name__}")
    return place


def _ordering(order: object) -> Ordering:
    if isinstance(order, Ordering):
        return order
    if isinstance(order, Value):
        return order.asc()
    raise QueryError(f"{order!r} is no order; write Book.title or Book.title.desc()")


def _whole(name: str, number: int, least: int = 0) -> int:
    if type(number) is not int or not least <= number < 2**63:
        raise QueryError(f"{name} is a whole number from {least} on, not {number!r}")
    return number


def _behind(row: Table, order: Sequence[Ordering]) -> Condition:
    """Say that a row comes later: later in the first step, or equal there and so on."""
    ordering, *rest = order
    value = _value_at(row, ordering.operand)
    if value is None and not may_be_null(ordering.operand):
        raise QueryError(f"after goes on behind a row with all values, not {row!r}")
    later = list(_later(ordering, value))
    if rest:
        later.append(and_(ordering.operand == value, _behind(row, rest)))
    return or_(*later)


def _later(ordering: Ordering, value: object) -> Iterator[Condition]:
    """Yield the ways to come later in one step, where NULL is the smallest of all."""
    operand = ordering.operand
    if not ordering.descending:
        yield operand.is_not_null() if value is None else operand > value
    elif value is not None:
        yield operand < value
        if may_be_null(operand):
            yield operand.is_null()


def _value_at(row: Table, operand: Value) -> object:
    place = place_of(operand)
    if place is None:
        raise QueryError("to go on after a row, order by columns")
    value: Any = row
    for name in (*place.path, place.column.name):
        value = getattr(value, name) if value is not None else None
    return value
