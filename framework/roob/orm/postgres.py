"""A query reaches PostgreSQL: borrow a connection, run statements, translate errors.

Each process has a pool of its own, opened when it is first used.  A statement borrows
a connection for as long as it runs, and a transaction keeps one from its BEGIN until
it ends.  Sessions speak UTC and UTF-8, and no statement waits or runs for ever.
"""

import math
import os
import re
import select
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from threading import Lock, RLock, local
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.types.string import TextLoader
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from roob.orm import query
from roob.orm.connections import Connection, Transaction
from roob.orm.database import Database
from roob.orm.dialects import POSTGRESQL
from roob.orm.exceptions import (
    CheckError,
    ConfigurationError,
    DatabaseError,
    DatabaseLocked,
    ForeignKeyError,
    IntegrityError,
    OutOfSpaceError,
    SerializationError,
    UnavailableError,
    UniqueError,
)
from roob.orm.joins import Record
from roob.orm.query import Statement

Raw = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]
T = TypeVar("T")

ERRORS: Mapping[str, type[DatabaseError]] = MappingProxyType(
    {
        "08": UnavailableError,  # connection exception
        "22003": IntegrityError,  # a number that its column cannot hold
        "2200H": OutOfSpaceError,  # the numbers for keys have run out
        "23": IntegrityError,
        "23001": ForeignKeyError,
        "23503": ForeignKeyError,
        "23505": UniqueError,
        "23514": CheckError,
        "25006": UnavailableError,  # the server only reads
        "28": UnavailableError,  # who asks may not connect
        "3D000": UnavailableError,  # no such database
        "40001": SerializationError,
        "40P01": SerializationError,  # deadlock
        "53": UnavailableError,  # the server lacks memory or connections
        "53100": OutOfSpaceError,
        "53200": OutOfSpaceError,
        "55P03": DatabaseLocked,
        "57P": UnavailableError,  # the server stops, starts or has crashed
        "58": UnavailableError,  # an error of the operating system
        "XX001": UnavailableError,  # data corrupted
        "XX002": UnavailableError,  # index corrupted
    }
)
HINTS: Mapping[str, str] = MappingProxyType(
    {"25P02": "; put what may fail into a `with db.transaction():` of its own"}
)
OUTDATED_PLAN = "0A000"  # a prepared statement whose table has another shape now
WISHES: Mapping[str, object] = MappingProxyType(
    {
        "fallback_application_name": "roob",
        # A server that vanished from the network is given up within a minute.
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }
)
PROMISES: Mapping[str, str] = MappingProxyType(
    {"timezone": "UTC", "datestyle": "ISO", "extra_float_digits": "1"}
)
OPEN = (TransactionStatus.INTRANS, TransactionStatus.INERROR)


def translated(error: psycopg.Error, place: str) -> DatabaseError:
    """Make the ORM's error of the driver's, by SQLSTATE: the exact one, then its class.

    The message says where, in a statement's text without values.  PostgreSQL's details
    and the quotations of its data exceptions hold values, so they are left out.
    https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    state = error.sqlstate or ""
    known = (ERRORS.get(state[:length]) for length in (5, 3, 2))
    kind = next(filter(None, known), None) or _kind_without_state(error)
    message = " ".join((error.diag.message_primary or str(error)).split())
    if state[:2] == "22":
        message = re.sub('".*"', '"..."', message, flags=re.DOTALL)
    return kind(f"{message}{HINTS.get(state, '')}, in {place}")


def _kind_without_state(error: psycopg.Error) -> type[DatabaseError]:
    """The driver's own errors: a lost connection, or a misuse of the driver."""
    lost = isinstance(error, psycopg.OperationalError) and error.sqlstate is None
    return UnavailableError if lost else DatabaseError


class Lender(ConnectionPool[Raw]):
    """psycopg's pool, which a forked child lets be: its threads stayed with the parent.

    The child would wait for them when it ends.
    """

    def __init__(self, *words: Any, **settings: Any) -> None:
        self._pid = os.getpid()
        super().__init__(*words, **settings)

    def __del__(self) -> None:
        if self._pid == os.getpid():
            super().__del__()


class PostgresPool:
    """One process's connections, lent out one by one and opened when they are needed.

    An idle connection has nothing to say: where one can be read from, its server
    has ended it.  That is seen without a round trip before each use, so a statement
    fails only if its connection is lost while it runs.
    """

    def __init__(self, conninfo: str, timeout: float, size: int) -> None:
        self._conninfo = conninfo
        self._timeout = timeout
        self._size = size
        self._pid = os.getpid()
        self._lender: Lender | None = None
        self._opening = Lock()

    @property
    def is_own(self) -> bool:
        """Whether this process made the pool, and not its parent."""
        return self._pid == os.getpid()

    def for_child(self) -> "PostgresPool":
        """Make another pool of the same kind, for a process that was forked."""
        return PostgresPool(self._conninfo, self._timeout, self._size)

    def take(self) -> Raw:
        """Borrow a connection that its server has not ended.

        Raises:
            DatabaseLocked: all connections were in use for too long.
            UnavailableError: the server cannot be reached.
        """
        raw = self._next()
        while _is_dead(raw):
            self.give(raw)
            raw = self._next()
        return raw

    def give(self, raw: Raw) -> None:
        """Return a connection; one that is closed is replaced."""
        lender = self._lender
        try:
            lender.putconn(raw) if lender else raw.close()
        except ValueError:  # lent before the last `close`, by another lender
            raw.close()

    def close(self) -> None:
        """Close the connections; the next use opens others."""
        with self._opening:
            lender, self._lender = self._lender, None
        if lender is not None:
            lender.close()

    def _knock(self) -> None:
        """Nothing, where the server lets us in; else the error has its reason."""
        try:
            with psycopg.connect(self._conninfo) as raw:
                encoding = raw.info.parameter_status("server_encoding")
        except psycopg.Error as error:
            raise translated(error, "a connection to the server") from error
        if encoding != "UTF8":
            raise ConfigurationError(f"the database is encoded in {encoding}, not UTF8")

    def _next(self) -> Raw:
        try:
            return self._open().getconn()
        except PoolTimeout as error:
            self._knock()
            raise DatabaseLocked(
                f"all {self._size} connections were in use for {self._timeout} seconds"
            ) from error
        except PoolClosed as error:
            raise UnavailableError("the database was closed meanwhile") from error

    def _open(self) -> Lender:
        if self._lender is not None:
            return self._lender
        with self._opening:
            if self._lender is None:
                self._knock()
                self._lender = self._opened()
            return self._lender

    def _opened(self) -> Lender:
        lender = Lender(
            self._conninfo,
            kwargs={"autocommit": True},
            configure=_configure,
            min_size=0,
            max_size=self._size,
            timeout=self._timeout,
            reconnect_timeout=self._timeout,
            num_workers=1,
            open=True,
            name="roob",
        )
        # Also when the process ends, while the pool's threads can still be told.
        weakref.finalize(self, _end, lender, self._pid)
        return lender


def _end(lender: Lender, pid: int) -> None:
    """Close what nobody else did, where it was opened."""
    if pid != os.getpid():
        return
    with suppress(RuntimeError):  # collected by a thread of the pool's own
        lender.close()


def _configure(raw: Raw) -> None:
    raw.adapters.register_loader("json", TextLoader)  # columns decode it themselves


def _is_dead(raw: Raw) -> bool:
    if _has_news(raw):
        try:
            ConnectionPool.check_connection(raw)
        except psycopg.Error:
            raw.close()
    return raw.closed


def _has_news(raw: Raw) -> bool:
    poll = select.poll()
    poll.register(raw.pgconn.socket, select.POLLIN)
    return bool(poll.poll(0))


class PostgresConnection:
    """One thread's way to the database; in a transaction it holds a connection.

    The lock is there for `close`, which waits for the statement that runs.
    """

    def __init__(self, pool: PostgresPool) -> None:
        self.transaction: Transaction | None = None
        self._pool = pool
        self._held: Raw | None = None
        self._lock = RLock()
        self._streams = count(1)

    @property
    def is_own(self) -> bool:
        """Whether this process made the connection, and not its parent."""
        return self._pool.is_own

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open; a lost connection has ended its own."""
        return self._held is not None

    def fetch(self, statement: Statement) -> Sequence[Record]:
        """All records of a statement, none where it has none to give."""
        return self._run(statement, _records)

    def stream(self, statement: Statement, size: int) -> Iterator[Sequence[Record]]:
        """Give the records of a SELECT in batches, through a cursor of the server's.

        They are those of the moment when the first one is asked for.
        """
        if self.in_transaction:
            yield from self._batches(statement, size)
            return
        reader = PostgresConnection(self._pool)
        reader.change(Statement("BEGIN READ ONLY"))
        try:
            yield from reader._batches(statement, size)
        finally:
            if reader.is_own and reader.in_transaction:
                reader.change(query.rollback(0))

    def insert(self, statement: Statement) -> object | None:
        """Add a row; what RETURNING gave, None where it gave nothing."""
        return self._run(statement, _returned)

    def change(self, statement: Statement) -> int:
        """Run a statement that returns no records; how many rows it changed.

        Raises:
            DatabaseError: it was a COMMIT, and PostgreSQL rolled back.
        """
        return self._run(
            statement, _committed if statement.sql == "COMMIT" else _changed
        )

    def change_many(self, sql: str, many: Sequence[Sequence[object]]) -> int:
        """Run a statement with many lists of parameters; how many rows it changed."""

        def run(raw: Raw) -> int:
            with raw.cursor() as cursor:
                cursor.executemany(sql, many)
                return cursor.rowcount

        return self._borrow(run, sql)

    def close(self) -> None:
        """End the transaction that is open, once the statement that runs is done."""
        with self._lock:
            if self._held is not None:
                self._held.close()
                self._settle(self._held)

    def _batches(self, statement: Statement, size: int) -> Iterator[Sequence[Record]]:
        name = f'"stream_{next(self._streams)}"'
        declare = f"DECLARE {name} NO SCROLL CURSOR FOR {statement.sql}"
        self._run(Statement(declare, statement.params), _changed, prepare=False)
        fetch = Statement(f"FETCH {size} FROM {name}")
        while batch := self._run(fetch, _records, prepare=False):
            yield batch
        self._run(Statement(f"CLOSE {name}"), _changed, prepare=False)

    def _run(
        self,
        statement: Statement,
        take: Callable[[Cursor], T],
        prepare: bool | None = None,
    ) -> T:
        sql, params = statement

        def run(raw: Raw) -> T:
            return take(raw.execute(sql, params or None, prepare=prepare))

        return self._borrow(run, sql)

    def _borrow(self, run: Callable[[Raw], T], place: str) -> T:
        with self._lock:
            raw = self._live()
            try:
                return run(raw)
            except psycopg.Error as error:
                if error.sqlstate == OUTDATED_PLAN:
                    raw.close()
                raise translated(error, place) from error
            finally:
                self._settle(raw)

    def _live(self) -> Raw:
        if self._held is not None:
            return self._held
        if self.transaction is not None:
            raise DatabaseError("the transaction has ended: it was rolled back")
        return self._pool.take()

    def _settle(self, raw: Raw) -> None:
        """Hold the connection while a transaction is open, else return it."""
        if raw.pgconn.transaction_status in OPEN:
            self._held = raw
            return
        self._held = None
        self._pool.give(raw)


def _records(cursor: Cursor) -> Sequence[Record]:
    return cursor.fetchall() if _has_records(cursor) else []


def _returned(cursor: Cursor) -> object | None:
    record = cursor.fetchone() if _has_records(cursor) else None
    return record[0] if record else None


def _has_records(cursor: Cursor) -> bool:
    """Whether the statement has columns; `cursor.description` would describe them."""
    return cursor.pgresult is not None and cursor.pgresult.nfields > 0


def _changed(cursor: Cursor) -> int:
    return cursor.rowcount


def _committed(cursor: Cursor) -> int:
    """COMMIT is answered with a rollback where a statement has failed before."""
    if cursor.statusmessage != "COMMIT":
        raise DatabaseError(
            "COMMIT rolled back, since a statement before it had failed"
        )
    return cursor.rowcount


class PostgresConnector:
    """Gives each thread its way to one database, and each process its own pool."""

    _inherited: ClassVar[list[PostgresPool]] = []
    file: Path | None = None

    def __init__(self, pool: PostgresPool) -> None:
        self._pool = pool
        self._local = local()
        self._connections: weakref.WeakSet[PostgresConnection] = weakref.WeakSet()
        os.register_at_fork(after_in_child=partial(_forget, weakref.ref(self)))

    def connection(self) -> Connection:
        """Return the calling thread's connection in this process."""
        known: Connection | None = getattr(self._local, "connection", None)
        if known is not None:
            return known
        mine = self._local.connection = PostgresConnection(self._pool)
        self._connections.add(mine)
        return mine

    def use(self, connection: Connection) -> None:
        """Return this connection to the calling thread from now on."""
        self._local.connection = connection

    def ping(self) -> None:
        """Nothing, where the database answers."""
        self.connection().fetch(query.ping())

    def close(self) -> None:
        """Close this process's connections, of all threads."""
        for connection in [*self._connections]:
            connection.close()
        self._pool.close()

    def forget(self) -> None:
        """Leave the pool of a parent process alone, its threads too; make another."""
        self._inherited.append(self._pool)
        self._pool = self._pool.for_child()
        self._local = local()
        self._connections = weakref.WeakSet()


def _forget(reference: "weakref.ref[PostgresConnector]") -> None:
    connector = reference()
    if connector is not None:
        connector.forget()


def open_postgres(
    url: str,
    timeout: float = 5.0,
    statement_timeout: float = 30.0,
    pool_size: int = 10,
) -> Database:
    """Make a database of a server: `open_postgres("postgresql://ada@host/library")`.

    Raises:
        ConfigurationError: the URL is none that PostgreSQL knows.
    """
    conninfo = conninfo_of(url, timeout, statement_timeout)
    pool = PostgresPool(conninfo, timeout, pool_size)
    return Database(PostgresConnector(pool), POSTGRESQL)


def conninfo_of(url: str, timeout: float, statement_timeout: float) -> str:
    """Write a URL in the words of libpq, with all that Roob promises added.

    What the URL says of timeouts counts more than the parameters do.

    Raises:
        ConfigurationError: as in `open_postgres`; a password may be anywhere in the
            text, so the message has nothing of it.
    """
    try:
        given: dict[str, Any] = {**conninfo_to_dict(url)}
    except psycopg.ProgrammingError:
        raise _no_url() from None
    if "@" in f"{given.get('host', '')}{given.get('dbname', '')}":
        raise _no_url()  # the rest of a password that holds an @ or a slash
    limits = {
        "lock_timeout": max(1, math.ceil(timeout * 1000)),
        "statement_timeout": math.ceil(statement_timeout * 1000),
    }
    options = [_options(limits), given.get("options"), _options(PROMISES)]
    wishes: dict[str, Any] = {**WISHES, "connect_timeout": max(1, math.ceil(timeout))}
    promises: dict[str, Any] = {
        "client_encoding": "UTF8",
        "options": " ".join(filter(None, options)),
    }
    return make_conninfo(**(wishes | given | promises))


def _no_url() -> ConfigurationError:
    return ConfigurationError(
        "this is no PostgreSQL URL; write postgresql://user:password@host/database "
        "and percent-encode what is not a letter or digit in user and password"
    )


def _options(settings: Mapping[str, object]) -> str:
    return " ".join(f"-c {name}={value}" for name, value in settings.items())
