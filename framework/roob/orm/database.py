"""A query arrives: `Database` turns each call into statements and runs them.

Reads and writes go through the connection of the calling thread.  A write opens a
transaction of its own unless one is open, and a transaction takes the write lock
when it begins, so what it read is what it changes.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar, cast

from roob.orm import query
from roob.orm.dialects import SqlDialect
from roob.orm.exceptions import InvalidValueError, RecordNotFound
from roob.orm.joins import Record
from roob.orm.query import Plan, Statement
from roob.orm.table import Table, primary_key_of

Row = TypeVar("Row", bound=Table)


class Connection(Protocol):
    """One thread's connection; driver errors leave it as `DatabaseError`s."""

    transaction: "Transaction | None"

    @property
    def is_own(self) -> bool:
        """Whether this process made the connection, and not its parent."""

    @property
    def in_transaction(self) -> bool:
        """Whether the database itself has a transaction open."""

    def fetch(self, statement: Statement) -> Sequence[Record]:
        """All records of a SELECT."""

    def insert(self, statement: Statement) -> object:
        """Add a row; the number that the database gave it."""

    def change(self, statement: Statement) -> int:
        """Run a statement that returns no records; how many rows it changed."""


class Connector(Protocol):
    """Opens connections; knows which one belongs to the calling thread."""

    def connection(self) -> Connection:
        """Return the calling thread's connection, opened on first use."""

    def ping(self) -> None:
        """Nothing, where the database answers."""

    def close(self) -> None:
        """Close the connections of all threads of this process."""


class Transaction:
    """All of a `with` block's changes, or none: what `Database.transaction` returns."""

    def __init__(self, connection: Connection, dialect: SqlDialect) -> None:
        self._connection = connection
        self._dialect = dialect
        self._outer: Transaction | None = None
        self._depth = 0
        self._inserted: list[tuple[Table, object]] = []
        self.joined = nullcontext(connection)

    def __enter__(self) -> Connection:
        self._outer = self._connection.transaction
        self._depth = self._outer._depth + 1 if self._outer else 0
        self._connection.change(query.begin(self._dialect, self._depth))
        self._connection.transaction = self
        return self._connection

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._connection.is_own:
            return  # a forked child leaves its parent's transaction alone
        self._connection.transaction = self._outer
        if error is not None:
            self._roll_back()
            return
        try:
            self._connection.change(query.commit(self._depth))
        except BaseException:
            self._roll_back()
            raise
        if self._outer is not None:
            self._outer._inserted += self._inserted

    def remember(self, row: Table, key: object) -> None:
        """Note a row inserted here, and the key it had before, for a rollback."""
        self._inserted.append((row, key))

    def _roll_back(self) -> None:
        for row, key in self._inserted:
            vars(row)[row.__schema__.primary_key.name] = key
            row._stored_key = None
        if self._connection.in_transaction:  # else the database did it already
            self._connection.change(query.rollback(self._depth))
            if self._depth:
                self._connection.change(query.commit(self._depth))


class Database:
    """A database of tables: `DatabaseFactory(...).get_connection("my.sqlite")`.

    One object serves all threads, and child processes after a fork.
    """

    def __init__(self, connector: Connector, dialect: SqlDialect) -> None:
        self._connector = connector
        self._dialect = dialect
        self._plans: dict[type[Table], Plan] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def create(self, table: type[Table]) -> None:
        """Make the table and its indexes where they are not there yet.

        Raises:
            SchemaError: the table has no key, or refers to an undefined table.
        """
        statements = [
            query.create_table(table, self._dialect),
            *query.create_indexes(table),
        ]
        with self._writing() as connection:
            for statement in statements:
                connection.change(statement)

    def save(self, row: Table) -> None:
        """Insert a new row, whose key is then set, or update a known one.

        Raises:
            InvalidValueError: a column does not take its value; no SQL was run.
            UnsavedReferenceError: the row refers to a row that is not saved.
            IntegrityError: a constraint refuses the row, such as a taken key.
            RecordNotFound: a known row is gone.
        """
        if row._stored_key is not None:
            self.update(row)
            return
        plan = self._plan(type(row))
        statement = query.insert(plan, row)
        with self._writing() as connection:
            number = connection.insert(statement)
            _settle_key(connection, plan, row, number)

    def update(self, row: Table) -> None:
        """Write all of a row's values to the row of its key.

        Raises:
            RecordNotFound: no row has the key.
            InvalidValueError, IntegrityError: as in `save`, or the key was changed.
        """
        plan = self._plan(type(row))
        _refuse_changed_key(plan, row)
        statement = query.update(plan, row)
        with self._writing() as connection:
            if not connection.change(statement):
                raise _not_found(plan, primary_key_of(row))
        row._stored_key = primary_key_of(row)

    def delete(self, table: type[Table], id: object) -> None:  # noqa: A002
        """Remove the row of a key, whatever the key's column is called.

        Raises:
            RecordNotFound: no row has the key.
            ForeignKeyError: another row refers to it.
        """
        plan = self._plan(table)
        statement = query.delete(plan, id)
        with self._writing() as connection:
            if not connection.change(statement):
                raise _not_found(plan, id)

    def get_by_id(self, table: type[Row], id: object) -> Row:  # noqa: A002
        """Return the row of a key: `db.get_by_id(Author, id=1) -> <Author id=1>`.

        Raises:
            RecordNotFound: no row has the key.
            InvalidValueError: the key is no value of the key's column.
        """
        plan = self._plan(table)
        rows = self._select(plan, query.select_by_key(plan, id))
        if not rows:
            raise _not_found(plan, id)
        return cast(Row, rows[0])

    def get_all(self, table: type[Row], /, **filters: object) -> list[Row]:
        """Return the rows whose columns equal the filters, ordered by their keys.

        `db.get_all(Book, author=ada, shelf=None)`; a reference is given as its row
        or its key, and None finds NULL.

        Raises:
            UnknownColumnError: a filter is no column of the table; no SQL was run.
            InvalidValueError: a filter is no value of its column.
        """
        plan = self._plan(table)
        return cast(list[Row], self._select(plan, query.select(plan, filters)))

    def transaction(self) -> Transaction:
        """All of the block's changes or none: `with db.transaction(): ...`.

        It belongs to the thread that opens it.  Inside of another it is a savepoint,
        which rolls back alone.  Any exception rolls back and goes on; rows that were
        inserted are then new again, without the number they had got.

        Raises:
            DatabaseLocked: another writer held the database for too long.
        """
        return Transaction(self._connector.connection(), self._dialect)

    def ping(self) -> None:
        """Nothing, where the database answers: for a readiness check.

        Raises:
            DatabaseError: it does not.
        """
        self._connector.ping()

    def close(self) -> None:
        """Close the connections of all threads; the next use opens a new one."""
        self._connector.close()

    def _plan(self, table: type[Table]) -> Plan:
        plan = self._plans.get(table)
        if plan is None:
            plan = self._plans[table] = query.plan_of(table, self._dialect)
        return plan

    def _select(self, plan: Plan, statement: Statement) -> list[Table]:
        return plan.loader.load(self._connector.connection().fetch(statement))

    def _writing(self) -> AbstractContextManager[Connection]:
        """Join the open transaction, else begin one of its own."""
        connection = self._connector.connection()
        if connection.transaction is not None:
            return connection.transaction.joined
        return Transaction(connection, self._dialect)


def _settle_key(connection: Connection, plan: Plan, row: Table, number: object) -> None:
    """Note on a row that it is stored, and under which key."""
    values: dict[str, Any] = vars(row)
    before = values[plan.key.name]
    if connection.transaction is not None:
        connection.transaction.remember(row, before)
    key = number if before is None else before
    values[plan.key.name] = values["_stored_key"] = key


def _refuse_changed_key(plan: Plan, row: Table) -> None:
    key = primary_key_of(row)
    if row._stored_key is not None and row._stored_key != key:
        raise InvalidValueError(
            f"{plan.table.__schema__.name}.{plan.key.name} was {row._stored_key!r} "
            f"and is now {key!r}; the key of a stored row does not change"
        )


def _not_found(plan: Plan, key: object) -> RecordNotFound:
    name = plan.table.__schema__.name
    return RecordNotFound(f"{name} with {plan.key.name} {key} not found")
