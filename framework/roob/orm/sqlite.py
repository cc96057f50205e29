"""A query reaches SQLite: open connections, run statements, translate errors.

One connection for each process and thread, opened when it is first used, with
write-ahead logging, full synchronisation and foreign keys on.
"""

import os
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Context, Decimal, InvalidOperation
from functools import partial
from itertools import islice
from pathlib import Path
from threading import RLock, get_ident, local
from types import MappingProxyType
from typing import ClassVar, NoReturn, TypeVar
from uuid import uuid4

from roob.orm import query
from roob.orm.column import MOST_DECIMALS, MOST_DIGITS
from roob.orm.connections import Connection, Transaction
from roob.orm.database import Database
from roob.orm.dialects import SQLITE
from roob.orm.exceptions import (
    CheckError,
    ConfigurationError,
    DatabaseError,
    DatabaseLocked,
    ForeignKeyError,
    IntegrityError,
    OutOfSpaceError,
    UnavailableError,
    UniqueError,
)
from roob.orm.joins import Record
from roob.orm.query import Statement

T = TypeVar("T")

MEMORY = ":memory:"
WAIT = 0.1  # seconds that SQLite itself waits for a lock, while no other may fork

ERRORS: Mapping[int, type[DatabaseError]] = MappingProxyType(
    {
        sqlite3.SQLITE_CONSTRAINT_UNIQUE: UniqueError,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: UniqueError,
        sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: ForeignKeyError,
        # RESTRICT is kept by a trigger of SQLite's own.
        sqlite3.SQLITE_CONSTRAINT_TRIGGER: ForeignKeyError,
        sqlite3.SQLITE_CONSTRAINT_CHECK: CheckError,
        sqlite3.SQLITE_CONSTRAINT: IntegrityError,
        sqlite3.SQLITE_BUSY: DatabaseLocked,
        sqlite3.SQLITE_LOCKED: DatabaseLocked,
        sqlite3.SQLITE_FULL: OutOfSpaceError,
        sqlite3.SQLITE_CANTOPEN: UnavailableError,
        sqlite3.SQLITE_CORRUPT: UnavailableError,
        sqlite3.SQLITE_IOERR: UnavailableError,
        sqlite3.SQLITE_NOTADB: UnavailableError,
        sqlite3.SQLITE_READONLY: UnavailableError,
    }
)
EXACT = Context(prec=MOST_DIGITS + MOST_DECIMALS + 1)
PRIMARY_CODE = 0xFF  # the low byte of SQLite's result codes is the general code


def translated(error: sqlite3.Error, place: str) -> DatabaseError:
    """Make the ORM's error of the driver's, by SQLite's result code.

    The exact code counts first, then the general one.  The message says where: in a
    statement's text, without values, or in a file.  https://sqlite.org/rescode.html
    """
    code = getattr(error, "sqlite_errorcode", 0)
    general = ERRORS.get(code & PRIMARY_CODE, DatabaseError)
    return ERRORS.get(code, general)(f"{error}, in {place}")


class Reader:
    """The records of a SELECT, which may have to leave their connection."""

    def __init__(
        self, cursor: sqlite3.Cursor, finish: Callable[[], object] | None = None
    ) -> None:
        self._records: Iterator[Record] = cursor
        self._cursor: sqlite3.Cursor | None = cursor
        self._finish = finish

    def fetch(self, size: int) -> list[Record]:
        """Return the next records, none at the end."""
        return list(islice(self._records, size))

    def leave(self) -> None:
        """Read all that is left, since the connection is to be closed."""
        if self._cursor is not None:
            self._records = iter([*self._records])
            self.close()

    def close(self) -> None:
        """Leave the rest unread."""
        cursor, self._cursor = self._cursor, None
        if cursor is None:
            return
        cursor.close()
        if self._finish is not None:
            self._finish()


class SqliteConnection:
    """One thread's connection.

    The lock is there for those who close it from elsewhere: `close` and a fork wait
    for the statement that runs, and the next statement opens the database anew.  One
    that waits for another writer, for up to `timeout` seconds, lets them in meanwhile.
    """

    _inherited: ClassVar[list[sqlite3.Connection]] = []

    def __init__(
        self,
        open_raw: Callable[[], sqlite3.Connection],
        timeout: float,
        reads_beside: bool = False,
    ) -> None:
        self.transaction: Transaction | None = None
        self._pid = os.getpid()
        self._thread = get_ident()
        self._timeout = timeout
        self._open_raw = open_raw
        self._reads_beside = reads_beside
        self._raw: sqlite3.Connection | None = None
        self._finish: Callable[[], object] | None = None
        self._readers: weakref.WeakSet[Reader] = weakref.WeakSet()
        self._lock = RLock()

    @property
    def is_own(self) -> bool:
        """Whether this process made the connection, and not its parent."""
        return self._pid == os.getpid()

    @property
    def is_open(self) -> bool:
        """Whether the database is open, which the first statement sees to."""
        return self._raw is not None

    @property
    def in_transaction(self) -> bool:
        """Whether SQLite has a transaction open; after some errors it ends it."""
        return self._raw is not None and self._raw.in_transaction

    @property
    def is_busy(self) -> bool:
        """Whether a transaction is open, begins or ends."""
        return self.transaction is not None or self.in_transaction

    def fetch(self, statement: Statement) -> list[Record]:
        """All records of a SELECT."""
        try:
            with self._lock:
                return self._live().execute(*statement).fetchall()
        except sqlite3.Error as error:
            run = partial(self._fetch_all, statement)
            return self._again(run, error, statement.sql)

    def stream(self, statement: Statement, size: int) -> Iterator[Sequence[Record]]:
        """The records of a SELECT, at most `size` at a time in memory."""
        with self._lock:
            reader = self._reader(statement)
            self._readers.add(reader)
        try:
            while records := self._fetch_some(reader, statement, size):
                yield records
        finally:
            reader.close()

    def insert(self, statement: Statement) -> object:
        """Add a row; the number that SQLite gave it."""
        # As `_run`, which would be one more call on the way of every row.
        try:
            with self._lock:
                return self._live().execute(*statement).lastrowid
        except sqlite3.Error as error:
            run = partial(self._execute, statement)
            return self._again(run, error, statement.sql).lastrowid

    def change(self, statement: Statement) -> int:
        """Run a statement that returns no records; how many rows it changed."""
        return self._run(statement).rowcount

    def change_many(self, sql: str, many: Sequence[Sequence[object]]) -> int:
        """Run one statement with each of the parameters; how many rows it changed."""
        try:
            with self._lock:
                return self._live().executemany(sql, many).rowcount
        except sqlite3.Error as error:
            raise translated(error, sql) from error

    def close(self) -> None:
        """Close the connection, once the statement that runs is done."""
        if self.is_own:
            with self._lock:
                self._close_raw()

    def hold(self, deadline: float) -> None:
        """Keep the connection still until `let_go`, and closed where that can be.

        A transaction of another thread may come to its end before, until the deadline.
        """
        self._lock.acquire()
        is_mine = self._thread == get_ident()
        while self.is_busy and not is_mine and time.monotonic() < deadline:
            self._lock.release()
            time.sleep(0.001)
            self._lock.acquire()
        if not self.is_busy:
            for reader in list(self._readers):
                reader.leave()
            self._close_raw()

    def let_go(self) -> None:
        """Let the connection's thread go on."""
        self._lock.release()

    def _close_raw(self) -> None:
        for reader in list(self._readers):
            reader.close()
        if self._finish is not None:
            self._finish()
        self._raw = self._finish = None

    def _fetch_some(
        self, reader: Reader, statement: Statement, size: int
    ) -> list[Record]:
        try:
            with self._lock:
                return reader.fetch(size)
        except sqlite3.Error as error:
            raise translated(error, statement.sql) from error

    def _run(self, statement: Statement) -> sqlite3.Cursor:
        try:
            with self._lock:
                return self._live().execute(*statement)
        except sqlite3.Error as error:
            run = partial(self._execute, statement)
            return self._again(run, error, statement.sql)

    def _reader(self, statement: Statement) -> Reader:
        """Read on a connection of its own, so that the loop's body may write.

        SQLite refuses to write on one that reads once another has written.
        """
        if self.transaction is not None or not self._reads_beside:
            return Reader(self._run(statement))
        beside = SqliteConnection(self._open_raw, self._timeout)
        return Reader(beside._run(statement), beside.close)

    def _fetch_all(self, statement: Statement) -> list[Record]:
        return self._live().execute(*statement).fetchall()

    def _execute(self, statement: Statement) -> sqlite3.Cursor:
        return self._live().execute(*statement)

    def _again(self, run: Callable[[], T], error: sqlite3.Error, place: str) -> T:
        """Run what met another writer again, until it is through or time is up."""
        deadline = time.monotonic() + self._timeout
        while _may_pass(error) and time.monotonic() < deadline:
            time.sleep(0)  # for those who wait for the lock
            try:
                with self._lock:
                    return run()
            except sqlite3.Error as latest:
                error = latest
        raise translated(error, place) from error

    def _live(self) -> sqlite3.Connection:
        raw = self._raw
        if raw is not None and (self.transaction is None or raw.in_transaction):
            return raw
        if raw is None and self.transaction is None:
            return self._open()
        raise DatabaseError("the transaction has ended: it was rolled back")

    def _open(self) -> sqlite3.Connection:
        raw = self._raw = self._open_raw()
        # Not __del__, which comes too late for a connection in a garbage cycle.
        self._finish = weakref.finalize(self, self._let_go, raw, self._pid)
        return raw

    @classmethod
    def _let_go(cls, raw: sqlite3.Connection, pid: int) -> None:
        """Close a connection where it was opened, and keep it open in a child.

        A child may not even close what its parent opened, which would let go of
        locks.  https://sqlite.org/howtocorrupt.html
        """
        if pid == os.getpid():
            raw.close()
        else:
            cls._inherited.append(raw)


def _may_pass(error: sqlite3.Error) -> bool:
    """Whether another holds a lock; not where what we read is outdated already."""
    code = getattr(error, "sqlite_errorcode", 0)
    is_busy = code & PRIMARY_CODE == sqlite3.SQLITE_BUSY
    return is_busy and code != sqlite3.SQLITE_BUSY_SNAPSHOT


class SqliteConnector:
    """Gives each thread of each process its own connection to one database file.

    `timeout` is how long a writer waits for another, in seconds.  A finished
    thread's connection is closed with its thread.
    """

    _reads_beside: ClassVar[bool] = True

    def __init__(self, path: str, timeout: float) -> None:
        self._path = Path(path).absolute()
        self.file: Path | None = self._path
        self._timeout = timeout
        self._open_raw: Callable[[], sqlite3.Connection] = partial(
            open_raw, str(self._path), timeout
        )
        self._local = local()
        self._connections: weakref.WeakValueDictionary[
            tuple[int, int], SqliteConnection
        ] = weakref.WeakValueDictionary()
        self._door = RLock()
        self._held: list[SqliteConnection] | None = None
        mine = weakref.ref(self)
        os.register_at_fork(
            before=partial(_before_fork, mine),
            after_in_parent=partial(_after_fork, mine, is_child=False),
            after_in_child=partial(_after_fork, mine, is_child=True),
        )

    def connection(self) -> Connection:
        """Return the calling thread's connection in this process."""
        known: Connection | None = getattr(self._local, "connection", None)
        if known is not None:
            return known
        with self._door:
            mine = SqliteConnection(self._open_raw, self._timeout, self._reads_beside)
            self._connections[os.getpid(), get_ident()] = mine
        self._local.connection = mine
        return mine

    def use(self, connection: Connection) -> None:
        """Return this connection to the calling thread from now on."""
        self._local.connection = connection

    def ping(self) -> None:
        """Nothing, where the database answers and its file is in its place."""
        self.connection().fetch(query.ping())
        if not self._path.exists():
            raise UnavailableError(f"the database file {self._path} is gone")

    def close(self) -> None:
        """Close this process's connections, of all threads."""
        for connection in self.own_connections():
            connection.close()

    def hold(self) -> None:
        """Keep all threads out of SQLite, and close what a fork would hand on.

        A child has the locks that another thread holds inside of SQLite at that
        moment, and nobody who gives them back.  SQLite's locks on a file do not pass
        to it, but the note that they are held does: it would skip taking them.
        """
        self._door.acquire()
        deadline = time.monotonic() + self._timeout
        self._held = self.own_connections()
        for connection in self._held:
            connection.hold(deadline)

    def let_go(self, is_child: bool) -> None:
        """Let all threads go on; a child opens connections of its own when asked."""
        if self._held is None:  # made while another thread was forking
            return
        held, self._held = self._held, None
        for connection in held:
            connection.let_go()
        self._door.release()
        if is_child:
            self._local = local()
            if any(connection.is_busy for connection in held):
                self._open_raw = refuse_after_fork

    def own_connections(self) -> list[SqliteConnection]:
        """List the connections of this process, of all threads that live."""
        known = [reference() for reference in self._connections.valuerefs()]
        return [each for each in known if each is not None and each.is_own]


class MemoryConnector(SqliteConnector):
    """One database in memory for all threads of a process.

    It lives until `close`.  Readers wait for a writer, as they need not with a file.
    A forked child goes on with a copy of its own.
    """

    _reads_beside: ClassVar[bool] = False

    def __init__(self, timeout: float) -> None:
        super().__init__(MEMORY, timeout)
        self.file = None
        # SQLite shares a name that begins with a slash between connections, for as
        # long as one of them is open: the anchor.  https://sqlite.org/src/file/src/memdb.c
        uri = f"file:/{uuid4()}?vfs=memdb"
        self._open_raw = partial(open_raw, uri, timeout)
        self._anchor = SqliteConnection(self._open_raw, timeout)

    def connection(self) -> Connection:
        """Return the calling thread's connection in this process."""
        if self._anchor.is_own and not self._anchor.is_open:
            self._anchor.fetch(query.ping())
        return super().connection()

    def ping(self) -> None:
        """Nothing, where the database answers."""
        self.connection().fetch(query.ping())

    def close(self) -> None:
        """Close all connections, and forget what the database held."""
        super().close()
        self._anchor.close()


def open_sqlite(path: str | os.PathLike[str], timeout: float = 5.0) -> Database:
    """Make a database in a file, or in memory: `open_sqlite(":memory:")`.

    Raises:
        ConfigurationError: the path is empty or holds a NUL.
    """
    name = os.fspath(path)
    if not name or "\0" in name:
        raise ConfigurationError(f"{name!r} is no path of a database file")
    if name == MEMORY:
        return Database(MemoryConnector(timeout), SQLITE)
    return Database(SqliteConnector(name, timeout), SQLITE)


def open_raw(target: str, timeout: float) -> sqlite3.Connection:
    """Open a file or a shared memory, with all that Roob promises turned on.

    Raises:
        UnavailableError: it cannot be opened; the message names it.
        DatabaseLocked: another writer held it for longer than the timeout.
    """
    try:
        raw = _connect(target, timeout)
    except sqlite3.Error as error:
        raise translated(error, target) from error
    try:
        _keep_promises(raw, time.monotonic() + timeout)
        raw.execute(f"PRAGMA busy_timeout = {int(min(timeout, WAIT) * 1000)}")
    except sqlite3.Error as error:
        raw.close()
        raise translated(error, target) from error
    return raw


def refuse_after_fork() -> NoReturn:
    """Open nothing in a child that has a transaction of its parent's in its memory.

    Raises:
        UnavailableError: always.
    """
    raise UnavailableError(
        "this process was forked inside of a transaction, so SQLite cannot tell its "
        "own locks from its parent's; fork before or after the transaction"
    )


def _connect(target: str, timeout: float) -> sqlite3.Connection:
    return sqlite3.connect(
        target,
        uri=target.startswith("file:"),
        timeout=timeout,
        isolation_level=None,
        check_same_thread=False,  # `close` closes the connections of all threads
    )


def _keep_promises(raw: sqlite3.Connection, deadline: float) -> None:
    raw.execute("PRAGMA foreign_keys = ON")
    raw.execute("PRAGMA synchronous = FULL")
    raw.create_collation("decimal", compare_decimals)
    raw.create_aggregate("decimal_sum", 1, DecimalSum)  # type: ignore[arg-type]  # texts
    use_write_ahead_log(raw, deadline)


def compare_decimals(left: str, right: str) -> int:
    """Order texts as the numbers that they are: `("9", "10") -> -1`.

    Columns of `Decimal` name this collation; the sqlite3 shell has one of that name.
    A text that another program wrote, and that is no number, comes after all numbers.
    """
    first, second = _sort_key(left), _sort_key(right)
    return (first > second) - (first < second)


def _sort_key(text: str) -> tuple[bool, Decimal, str]:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    return (False, number, "") if number.is_finite() else (True, Decimal(0), text)


class DecimalSum:
    """The exact sum of a column of `Decimal`, as SQLite asks for it row by row."""

    def __init__(self) -> None:
        self._sum: Decimal | None = None

    def step(self, text: str | None, /) -> None:
        """Add one value; NULL counts for nothing."""
        if text is not None:
            self._sum = EXACT.add(self._sum or Decimal(0), Decimal(text))

    def finalize(self) -> str | None:
        """Return the sum, NULL of no values."""
        return None if self._sum is None else format(self._sum, "f")


def use_write_ahead_log(raw: sqlite3.Connection, deadline: float) -> None:
    """Turn the log on, which memory ignores; SQLite does not wait for others here."""
    while True:
        try:
            raw.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            locked = error.sqlite_errorcode & PRIMARY_CODE == sqlite3.SQLITE_BUSY
            if not locked or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _before_fork(reference: "weakref.ref[SqliteConnector]") -> None:
    connector = reference()
    if connector is not None:
        connector.hold()


def _after_fork(reference: "weakref.ref[SqliteConnector]", *, is_child: bool) -> None:
    connector = reference()
    if connector is not None:
        connector.let_go(is_child)
