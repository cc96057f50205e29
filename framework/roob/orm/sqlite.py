"""A query reaches SQLite: open connections, run statements, translate errors.

One connection for each process and thread, opened when it is first used, with
write-ahead logging, full synchronisation and foreign keys on.
"""

import os
import sqlite3
import time
import weakref
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from threading import RLock, get_ident, local
from types import MappingProxyType
from typing import ClassVar
from uuid import uuid4

from roob.orm import query
from roob.orm.database import Database, Transaction
from roob.orm.dialects import SQLITE
from roob.orm.exceptions import (
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

MEMORY = ":memory:"

ERRORS: Mapping[int, type[DatabaseError]] = MappingProxyType(
    {
        sqlite3.SQLITE_CONSTRAINT_UNIQUE: UniqueError,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: UniqueError,
        sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: ForeignKeyError,
        # RESTRICT is kept by a trigger of SQLite's own.
        sqlite3.SQLITE_CONSTRAINT_TRIGGER: ForeignKeyError,
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
PRIMARY_CODE = 0xFF  # the low byte of SQLite's result codes is the general code


def translated(error: sqlite3.Error, place: str) -> DatabaseError:
    """Make the ORM's error of the driver's, by SQLite's result code.

    The exact code counts first, then the general one.  The message says where: in a
    statement's text, without values, or in a file.  https://sqlite.org/rescode.html
    """
    code = getattr(error, "sqlite_errorcode", 0)
    general = ERRORS.get(code & PRIMARY_CODE, DatabaseError)
    return ERRORS.get(code, general)(f"{error}, in {place}")


class SqliteConnection:
    """One thread's connection.

    The lock is there for those who close it from elsewhere: `close` and a fork wait
    for the statement that runs, and the next statement opens the database anew.
    """

    _inherited: ClassVar[list[sqlite3.Connection]] = []

    def __init__(self, open_raw: Callable[[], sqlite3.Connection]) -> None:
        self.transaction: Transaction | None = None
        self._pid = os.getpid()
        self._open_raw = open_raw
        self._raw: sqlite3.Connection | None = None
        self._finish: Callable[[], object] | None = None
        self._lock = RLock()

    @property
    def is_own(self) -> bool:
        """Whether this process made the connection, and not its parent."""
        return self._pid == os.getpid()

    @property
    def in_transaction(self) -> bool:
        """Whether SQLite has a transaction open; after some errors it ends it."""
        return self._raw is not None and self._raw.in_transaction

    def fetch(self, statement: Statement) -> list[Record]:
        """All records of a SELECT."""
        with self._lock:
            try:
                return self._live().execute(*statement).fetchall()
            except sqlite3.Error as error:
                raise translated(error, statement.sql) from error

    def insert(self, statement: Statement) -> object:
        """Add a row; the number that SQLite gave it."""
        return self._run(statement).lastrowid

    def change(self, statement: Statement) -> int:
        """Run a statement that returns no records; how many rows it changed."""
        return self._run(statement).rowcount

    def close(self) -> None:
        """Close the connection, once the statement that runs is done."""
        if self.is_own:
            with self._lock:
                self._close_raw()

    def close_if_idle(self) -> None:
        """Close the connection unless a transaction is open."""
        with self._lock:
            if self.transaction is None:
                self._close_raw()

    def _close_raw(self) -> None:
        if self._finish is not None:
            self._finish()
        self._raw = self._finish = None

    def _run(self, statement: Statement) -> sqlite3.Cursor:
        with self._lock:
            try:
                return self._live().execute(*statement)
            except sqlite3.Error as error:
                raise translated(error, statement.sql) from error

    def _live(self) -> sqlite3.Connection:
        if self._raw is None and self.transaction is None:
            self._raw = self._open_raw()
            # Not __del__, which comes too late for a connection in a garbage cycle.
            self._finish = weakref.finalize(self, self._let_go, self._raw, self._pid)
        raw = self._raw
        if raw is None or (self.transaction is not None and not raw.in_transaction):
            raise DatabaseError("the transaction has ended: it was rolled back")
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


class SqliteConnector:
    """Gives each thread of each process its own connection to one database file.

    `timeout` is how long a writer waits for another, in seconds.  A finished
    thread's connection is closed with its thread.
    """

    def __init__(self, path: str, timeout: float) -> None:
        self._path = Path(path).absolute()
        self._timeout = timeout
        self._local = local()
        self._connections: weakref.WeakValueDictionary[
            tuple[int, int], SqliteConnection
        ] = weakref.WeakValueDictionary()
        os.register_at_fork(before=partial(_close_idle, weakref.ref(self)))

    def connection(self) -> SqliteConnection:
        """Return the calling thread's connection in this process."""
        known: SqliteConnection | None = getattr(self._local, "connection", None)
        if known is not None and known.is_own:
            return known
        mine = self._local.connection = SqliteConnection(self._opener())
        self._connections[os.getpid(), get_ident()] = mine
        return mine

    def ping(self) -> None:
        """Nothing, where the database answers and its file is in its place."""
        self.connection().fetch(query.ping())
        if not self._path.exists():
            raise UnavailableError(f"the database file {self._path} is gone")

    def close(self) -> None:
        """Close this process's connections, of all threads."""
        for connection in self.own_connections():
            connection.close()

    def own_connections(self) -> list[SqliteConnection]:
        """List the connections of this process, of all threads that live."""
        known = [reference() for reference in self._connections.valuerefs()]
        return [each for each in known if each is not None and each.is_own]

    def _opener(self) -> Callable[[], sqlite3.Connection]:
        return partial(open_raw, str(self._path), self._timeout)


class MemoryConnector(SqliteConnector):
    """One database in memory for all threads of a process.

    It lives until `close`.  Readers wait for a writer, as they need not with a file.
    A forked child goes on with a copy of its own.
    """

    def __init__(self, timeout: float) -> None:
        super().__init__(MEMORY, timeout)
        # SQLite shares a name that begins with a slash between connections, for as
        # long as one of them is open: the anchor.  https://sqlite.org/src/file/src/memdb.c
        self._uri = f"file:/{uuid4()}?vfs=memdb"
        self._anchor = SqliteConnection(self._opener())

    def connection(self) -> SqliteConnection:
        """Return the calling thread's connection in this process."""
        if self._anchor.is_own:
            self._anchor.fetch(query.ping())
        return super().connection()

    def ping(self) -> None:
        """Nothing, where the database answers."""
        self.connection().fetch(query.ping())

    def close(self) -> None:
        """Close all connections, and forget what the database held."""
        super().close()
        self._anchor.close()

    def _opener(self) -> Callable[[], sqlite3.Connection]:
        return partial(open_raw, self._uri, self._timeout)


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
    except sqlite3.Error as error:
        raw.close()
        raise translated(error, target) from error
    return raw


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
    use_write_ahead_log(raw, deadline)


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


def _close_idle(reference: "weakref.ref[SqliteConnector]") -> None:
    """Close what a fork would hand on.

    SQLite's locks do not pass to a child, but its note that they are held does.  The
    child would skip taking them, and lose its writes when the parent closes.
    """
    connector = reference()
    for connection in connector.own_connections() if connector else ():
        connection.close_if_idle()
