"""A query arrives: `Database` turns each call into statements and runs them.

Reads and writes go through the connection of the calling thread.  A transaction
takes the write lock when it begins, so what it read is what it changes; a write of
one statement is a transaction of its own.
"""

import itertools
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self, TypeVar, cast

from roob.orm import query
from roob.orm.column import Column, Reference, place_of, shown
from roob.orm.connections import Connection, Connector, Transaction
from roob.orm.dialects import SqlDialect
from roob.orm.exceptions import (
    InvalidValueError,
    QueryError,
    RecordNotFound,
    StaleRow,
    TransientError,
    UniqueError,
)
from roob.orm.joins import Record
from roob.orm.query import Plan, Selection, Statement
from roob.orm.recording import RecordedConnection, Recording
from roob.orm.relations import Collection
from roob.orm.runner import Runner
from roob.orm.schema import differences
from roob.orm.schema.definition import creation
from roob.orm.schema.differences import Diff
from roob.orm.selection import Query, load_collection
from roob.orm.table import Table, primary_key_of
from roob.orm.waves import waves_of

Row = TypeVar("Row", bound=Table)
Result = TypeVar("Result")

ATTEMPTS_AT_A_NUMBER = 10  # others may take the same one meanwhile
NEW: Mapping[str, object] = MappingProxyType({"_stored": None})
FIRST_PAUSE = 0.005  # seconds before a transaction is run again, doubled each time
MOST_DOUBLINGS = 8


class Database:
    """A database of tables: `DatabaseFactory(...).get_connection("my.sqlite")`.

    One object serves all threads, and child processes after a fork.
    """

    def __init__(self, connector: Connector, dialect: SqlDialect) -> None:
        self.dialect = dialect
        self._connector = connector
        self._runner = Runner(connector, dialect)
        self._connection = connector.connection
        self._plan = self._runner.plan

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database, which may be missing; None of any other."""
        return self._connector.file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # Tables.

    def create(self, table: type[Table]) -> None:
        """Make the table and its indexes, and the tables that it refers to.

        What is there already stays as it is.

        Raises:
            SchemaError: the table has no key, or refers to an undefined table.
        """
        statements = creation([table], self.dialect)
        with self.transaction() as connection:
            if self.dialect.schema_lock:
                connection.fetch(Statement(self.dialect.schema_lock))
            for sql in statements:
                connection.change(Statement(sql))

    def diff(self, tables: Iterable[type[Table]]) -> Diff:
        """Compare tables with those of the database: `print(db.diff([Author, Book]))`.

        A `Diff` is false where they agree; `write_migration` makes a file of it.

        Raises:
            SchemaError: a definition that cannot be, or a change that is not to be.
        """
        with self.transaction():  # a session of its own for PostgreSQL's probes
            return differences.diff(tables, self.execute, self.dialect)

    # Rows one by one.

    def save(self, row: Table) -> None:
        """Insert a new row, whose key is then set, or update a known one.

        Raises:
            InvalidValueError: a column does not take its value; no SQL was run.
            UnsavedReferenceError: the row refers to a row that is not saved.
            IntegrityError: a constraint refuses the row, such as a taken key.
            RecordNotFound: a known row is gone.
            StaleRow: another has changed a known row that has a version.
        """
        _refuse_no_rows([row])
        if row._stored is not None:
            self.update(row)
            return
        plan = self._plan(type(row))
        connection = self._connection()
        if query.is_numbered(plan, row):
            params = query.params_of(plan.keyless_encoders, row)
            number = _insert_numbered(connection, plan, params)
            params.insert(plan.key_index, number)
            _note_inserted(connection, row, params, plan.unnumbered)
            row.__dict__[plan.key.name] = number
        else:
            params = query.params_of(plan.encoders, row)
            connection.insert(query.insert(plan, params))
            _note_inserted(connection, row, params)

    def update(self, row: Table) -> None:
        """Write what was changed of a row; of a row that was never read, everything.

        Raises:
            RecordNotFound: no row has the key.
            StaleRow: another has changed the row, which has a version.
            InvalidValueError, IntegrityError: as in `save`, or the key was changed.
        """
        plan = self._plan(type(row))
        key = _unchanged_key(plan, row)
        changes = query.changes_of(plan, row)
        connection = self._connection()
        if changes:
            version = _version_of(plan, row) if plan.version else None
            statement = query.update(plan, changes, key, version)
            if not connection.change(statement):
                raise _missing(connection, plan, row, key)
            _note_changed(connection, plan, row, key, changes)
        elif not connection.fetch(query.exists_key(plan, key)):
            raise _not_found(plan, primary_key_of(row))

    def delete(self, table: type[Table], id: object) -> None:
        """Remove the row of a key, whatever the key's column is called.

        Raises:
            RecordNotFound: no row has the key.
            ForeignKeyError: another row refers to it.
        """
        plan = self._plan(table)
        if not self._connection().change(query.delete(plan, id)):
            raise _not_found(plan, id)

    def get_by_id(self, table: type[Row], id: object) -> Row:
        """Return the row of a key: `db.get_by_id(Author, id=1) -> <Author id=1>`.

        Raises:
            RecordNotFound: no row has the key.
            InvalidValueError: the key is no value of the key's column.
        """
        plan = self._plan(table)
        records = self._connection().fetch(query.select_by_key(plan, id))
        if not records:
            raise _not_found(plan, id)
        return cast(Row, plan.loader.load(records)[0])

    def reference(self, table: type[Row], id: object) -> Row:
        """Stand for a row by its key, without reading it: `db.reference(Author, 7)`.

        `Book(title="Notes", author=db.reference(Author, 7))`; whether there is such a
        row the database says when the book is saved.

        Raises:
            InvalidValueError: the key is no value of the key's column.
        """
        plan = self._plan(table)
        return cast(Row, plan.loader.bare(plan.encode_key(id)))

    # Many rows.

    def get_all(self, table: type[Row], /, **filters: object) -> list[Row]:
        """Return the rows whose columns equal the filters, ordered by their keys.

        `db.get_all(Book, author=ada, shelf=None)`; a reference is given as its row
        or its key, and None finds NULL.

        Raises:
            UnknownColumnError: a filter is no column of the table; no SQL was run.
            InvalidValueError: a filter is no value of its column.
        """
        plan = self._plan(table)
        records = self._connection().fetch(query.select_equal(plan, filters))
        return cast(list[Row], plan.loader.load(records))

    def query(self, table: type[Row]) -> Query[Row]:
        """Begin a query: `db.query(Book).where(Book.price > 10).all()`.

        Raises:
            SchemaError: it is no table, or one that cannot be.
        """
        self._plan(table)
        return Query(self._runner, Selection(table))

    def load(self, rows: Sequence[Table], collection: Collection[Row]) -> list[Row]:
        """Read a collection of rows that are here already, by one statement.

        `books = db.load(authors, Author.books)` fills each `author.books`, and
        returns all members, of which further collections can be loaded.

        Raises:
            InvalidValueError: a row is not saved.
        """
        return load_collection(self._runner, rows, collection)

    def save_all(self, rows: Iterable[Table]) -> None:
        """Save rows of any tables, new ones in batches; all or none.

        Rows may refer to new ones: new rows are saved first, and of them those that
        others refer to.

        Raises:
            InvalidValueError, IntegrityError, RecordNotFound, StaleRow: as `save`.
        """
        rows = list(rows)
        _refuse_no_rows(rows)
        known = [row for row in rows if row._stored is not None]
        with self._writing() as connection:
            for wave in waves_of(row for row in rows if row._stored is None):
                _insert_batch(connection, self._plan(type(wave[0])), wave)
            for row in known:
                self.update(row)

    def upsert(
        self, row: Table, on: Sequence[Column[Any] | Reference[Any]] = ()
    ) -> None:
        """Insert a row, or write it over the one that agrees in these columns.

        `db.upsert(Author(email="ada@example.org", name="Ada"), on=[Author.email])`.
        The columns are those of a unique constraint; without any it is the key.  The
        row's key is then set.

        Raises:
            InvalidValueError, IntegrityError: as `save`.
            QueryError: a column is none of the table's own.
            DatabaseError: the columns are not unique together.
        """
        plan = self._plan(type(row))
        columns = [_own_column(plan, column) for column in on] or [plan.key]
        statement = query.upsert(plan, row, columns)
        connection = self._connection()
        key, *version = connection.fetch(statement)[0]
        if connection.transaction is not None:
            before = {name: vars(row).get(name) for name in plan.managed}
            connection.transaction.remember((row,), before)
        setattr(row, plan.key.name, plan.loader.decode_key(key))
        if plan.version:
            setattr(row, plan.version.name, *version)
        row._stored = query.params_of(plan.encoders, row)

    def execute(self, sql: str, params: Sequence[object] = ()) -> list[Record]:
        """Run SQL of your own; its records, of a statement without any none.

        `db.execute("SELECT count(*) FROM book WHERE price > ?", (10,))`.  Text and
        placeholders are the driver's: `?` for SQLite, `%s` for PostgreSQL.

        Raises:
            DatabaseError: the database refuses it.
        """
        return list(self._connection().fetch(Statement(sql, params)))

    # Transactions.

    def transaction(self, isolation: str | None = None) -> Transaction:
        """All of the block's changes or none: `with db.transaction(): ...`.

        It belongs to the thread that opens it.  Inside of another it is a savepoint,
        which rolls back alone.  Any exception rolls back and goes on; rows that were
        inserted are then new again, without the number they had got.

        `isolation` is "read committed", "repeatable read" or, where none is given,
        "serializable"; SQLite's transactions are always that.

        Raises:
            DatabaseLocked: another writer held the database for too long.
            ConfigurationError: no such isolation, or inside of another transaction.
        """
        return Transaction(self._connection(), self.dialect, isolation)

    def run_transaction(
        self,
        work: Callable[[], Result],
        *,
        attempts: int = 10,
        patience: float = 10.0,
        isolation: str | None = None,
    ) -> Result:
        """Run a function in a transaction, again where another came in between.

        `db.run_transaction(lambda: move_stock(db, product, -3))`; what the function
        does besides, it may do several times.  It is run `attempts` times at most,
        and not again once `patience` seconds are over.  Inside of another transaction
        it runs once, since that one has to be run again as a whole.

        Raises:
            TransientError: the last attempt failed too.
        """
        if self._connection().transaction is not None:
            attempts = 1
        deadline = time.monotonic() + patience
        for attempt in itertools.count(1):
            transaction = self.transaction(isolation)
            try:
                with transaction:
                    result = work()
            except TransientError:
                is_last = attempt >= attempts or time.monotonic() > deadline
                if is_last or transaction.is_committed:
                    raise
                # At random, so that two that met once do not meet again.
                pause = FIRST_PAUSE * 2 ** min(attempt, MOST_DOUBLINGS)
                time.sleep(pause * random.random())  # noqa: S311
            else:
                break
        return result

    def after_commit(self, hook: Callable[[], object]) -> None:
        """Call a function once the open transaction is committed, else at once.

        Of a transaction or savepoint that is rolled back no function is called.  One
        that fails undoes nothing and keeps none of the others from being called; its
        error then leaves the transaction's block.
        """
        transaction = self._connection().transaction
        if transaction is None:
            hook()
        else:
            transaction.after_commit(hook)

    # Seeing it.

    @contextmanager
    def record(self) -> Iterator[Recording]:
        """Note every statement of this thread: `with db.record() as log: ...`.

        `log[0].sql`, `.params`, `.rows`, `.seconds`; `print(log)` shows them all.
        """
        connection, recording = self._connection(), Recording()
        self._connector.use(RecordedConnection(connection, recording.append))
        try:
            yield recording
        finally:
            if connection.is_own:  # a forked child has another already
                self._connector.use(connection)

    @contextmanager
    def assert_statements(self, max: int) -> Iterator[Recording]:  # noqa: A002
        """Fail a test whose block runs more statements: `assert_statements(max=2)`.

        Raises:
            AssertionError: it did; the message shows them.
        """
        with self.record() as recording:
            yield recording
        if len(recording) > max:
            raise AssertionError(
                f"{len(recording)} statements, at most {max} allowed:\n{recording}"
            )

    def explain(self, asked: Query[Any] | Statement) -> str:
        """Ask how the database would run a query: `"SCAN book"`; nothing is run."""
        statement = asked.statement if isinstance(asked, Query) else asked
        plan = self._connection().fetch(query.explain(self.dialect, statement))
        return "\n".join(str(record[-1]) for record in plan)

    # The connection.

    def ping(self) -> None:
        """Nothing, where the database answers: for a readiness check.

        Raises:
            DatabaseError: it does not.
        """
        self._connector.ping()

    def close(self) -> None:
        """Close the connections of all threads; the next use opens a new one."""
        self._connector.close()

    def _writing(self) -> AbstractContextManager[Connection]:
        """Join the open transaction, else begin one.

        What it writes follows from nothing that it reads, so it need not be kept
        apart from others any more than single statements are.
        """
        connection = self._connection()
        if connection.transaction is not None:
            return nullcontext(connection)
        return self.transaction("read committed")


def _refuse_no_rows(rows: Sequence[object]) -> None:
    for row in rows:
        if not isinstance(row, Table):
            raise InvalidValueError(f"{shown(row)} is no row; write Book(title=...)")


def _insert_numbered(
    connection: Connection, plan: Plan, keyless: Sequence[object]
) -> object:
    """Insert a row that the database numbers, whatever numbers were set by hand."""
    number = connection.insert(query.insert_numbered(plan, keyless))
    if number is not None:
        return number
    for _ in range(ATTEMPTS_AT_A_NUMBER):
        number = connection.insert(query.insert_free(plan, keyless))
        if number is not None:
            return number
    name = plan.table.__schema__.name
    raise UniqueError(f"{name}: others took each number that the database drew")


def _insert_batch(connection: Connection, plan: Plan, rows: Sequence[Table]) -> None:
    """Insert new rows of one table: those with keys, then those to be numbered."""
    keyed = [row for row in rows if not query.is_numbered(plan, row)]
    if keyed:
        many = [query.params_of(plan.encoders, row) for row in keyed]
        _insert_many(connection, plan, keyed, many, NEW)
    if len(keyed) == len(rows):
        return
    numbered = [row for row in rows if query.is_numbered(plan, row)]
    many = [query.params_of(plan.keyless_encoders, row) for row in numbered]
    for params, number in zip(many, _drawn(connection, plan, len(many)), strict=True):
        params.insert(plan.key_index, number)
    _insert_many(connection, plan, numbered, many, plan.unnumbered)
    for row, params in zip(numbered, many, strict=True):
        setattr(row, plan.key.name, params[plan.key_index])


def _insert_many(
    connection: Connection,
    plan: Plan,
    rows: Sequence[Table],
    many: Sequence[list[object]],
    before: Mapping[str, object],
) -> None:
    if plan.dialect.takes_arrays:
        connection.change(query.insert_arrays(plan, many))
    else:
        connection.change_many(plan.insert_sql, many)
    if connection.transaction is not None:
        connection.transaction.remember(rows, before)
    for row, params in zip(rows, many, strict=True):
        row._stored = params


def _drawn(connection: Connection, plan: Plan, count: int) -> Iterator[object]:
    skip = query.skip_taken_keys(plan)
    if skip is not None:
        connection.fetch(skip)
    for record in connection.fetch(query.draw_keys(plan, count)):
        yield record[0]


def _note_inserted(
    connection: Connection,
    row: Table,
    params: list[object],
    before: Mapping[str, object] = NEW,
) -> None:
    """Note on a row that it is stored, as what, and what it was before."""
    if connection.transaction is not None:
        connection.transaction.remember((row,), before)
    row._stored = params


def _note_changed(
    connection: Connection,
    plan: Plan,
    row: Table,
    key: object,
    changes: dict[str, object],
) -> None:
    """Note on a row what the database holds of it now."""
    old, before = row._stored, {"_stored": row._stored}
    stored = list(old[: len(plan.names)]) if old else [key] * len(plan.names)
    for name, param in changes.items():
        stored[plan.places[name]] = param
    if plan.version:
        version = vars(row)[plan.version.name]
        before[plan.version.name] = version
        stored[plan.version_index] = version + 1
        setattr(row, plan.version.name, version + 1)
    if connection.transaction is not None:
        connection.transaction.remember((row,), before)
    row._stored = stored


def _unchanged_key(plan: Plan, row: Table) -> object:
    """Encode a row's key, which is still that of the row that was read.

    Raises:
        InvalidValueError: it is another, or there is none.
    """
    given, stored = primary_key_of(row), row._stored
    if stored is not None and given is stored[plan.key_index]:
        return given
    key = plan.encode_key(given)
    if stored is not None and stored[plan.key_index] != key:
        was = plan.loader.decode_key(stored[plan.key_index])
        raise InvalidValueError(
            f"{plan.key.label} was {was!r} and is now {given!r}; "
            "the key of a stored row does not change"
        )
    return key


def _version_of(plan: Plan, row: Table) -> object:
    """Return the version that a row was read at, where its table has one."""
    return plan.version and plan.version.check(vars(row).get(plan.version.name))


def _missing(
    connection: Connection, plan: Plan, row: Table, key: object
) -> RecordNotFound | StaleRow:
    """Say why an UPDATE met no row: it is gone, or of another version."""
    if plan.version is None or not connection.fetch(query.exists_key(plan, key)):
        return _not_found(plan, primary_key_of(row))
    return StaleRow(
        f"{plan.table.__schema__.name} with {plan.key.name} {primary_key_of(row)} was "
        f"changed since version {vars(row)[plan.version.name]}"
    )


def _own_column(plan: Plan, column: Column[Any] | Reference[Any]) -> Column[Any]:
    place = place_of(column)
    if place is None or place.path or place.table_name != plan.table.__schema__.name:
        raise QueryError(f"{column!r} is no column of {plan.table.__schema__.name}")
    found: Column[Any] = place.column
    return found


def _not_found(plan: Plan, key: object) -> RecordNotFound:
    name = plan.table.__schema__.name
    return RecordNotFound(f"{name} with {plan.key.name} {key} not found")
