"""A statement on its way to the database: on which connection, in which transaction.

`Connection` and `Connector` are what `sqlite` and `postgres` offer; `Transaction` is
what a `with db.transaction():` block enters and leaves.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol

from roob.orm import query
from roob.orm.dialects import SqlDialect
from roob.orm.exceptions import ConfigurationError, DatabaseError, UnavailableError
from roob.orm.joins import Record
from roob.orm.query import Statement
from roob.orm.table import Table


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
        """All records of a statement; none of one that returns none."""

    def stream(self, statement: Statement, size: int) -> Iterator[Sequence[Record]]:
        """The records of a SELECT, at most `size` at a time in memory."""

    def insert(self, statement: Statement) -> object | None:
        """Add a row; its number, None where the database drew one that is taken."""

    def change(self, statement: Statement) -> int:
        """Run a statement that returns no records; how many rows it changed."""

    def change_many(self, sql: str, many: Sequence[Sequence[object]]) -> int:
        """Run one statement with each of the parameters; how many rows it changed."""


class Connector(Protocol):
    """Opens connections; knows which one belongs to the calling thread.

    `file` is the one that the database is in; None of a server's, or in memory.
    """

    file: Path | None

    def connection(self) -> Connection:
        """Return the calling thread's connection, opened on first use."""

    def use(self, connection: Connection) -> None:
        """Return this connection to the calling thread from now on."""

    def ping(self) -> None:
        """Nothing, where the database answers."""

    def close(self) -> None:
        """Close the connections of all threads of this process."""


class Transaction:
    """All of a `with` block's changes, or none: what `Database.transaction` returns."""

    def __init__(
        self, connection: Connection, dialect: SqlDialect, isolation: str | None = None
    ) -> None:
        self._connection = connection
        self._dialect = dialect
        self._isolation = isolation
        self._outer: Transaction | None = None
        self._depth = 0
        self._touched: list[tuple[Sequence[Table], Mapping[str, object]]]
        self._hooks: list[Callable[[], object]]
        self.is_committed: bool

    def __enter__(self) -> Connection:
        self._touched, self._hooks, self.is_committed = [], [], False
        self._outer = self._connection.transaction
        if self._outer and self._isolation:
            raise ConfigurationError("the outermost transaction chooses the isolation")
        self._depth = self._outer._depth + 1 if self._outer else 0
        begin = query.begin(self._dialect, self._depth, self._isolation)
        self._connection.change(begin)
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
            self._refuse_ended()
            self._connection.change(query.commit(self._depth))
        except BaseException:
            self._roll_back()
            raise
        self.is_committed = True
        self._hand_on()

    def remember(self, rows: Sequence[Table], before: Mapping[str, object]) -> None:
        """Note attributes that a change sets on rows, as they were before it."""
        self._touched.append((rows, before))

    def after_commit(self, hook: Callable[[], object]) -> None:
        """Call something once the outermost transaction is committed."""
        self._hooks.append(hook)

    def _hand_on(self) -> None:
        """Leave to the outer transaction what it may have to undo, or to call."""
        if self._outer is not None:
            self._outer._touched += self._touched
            self._outer._hooks += self._hooks
            return
        _call_all(self._hooks)

    def _refuse_ended(self) -> None:
        """Refuse to commit what is over: its session was lost, or it was closed.

        An error of it may have been caught inside of the block.
        """
        if not self._connection.in_transaction:
            raise DatabaseError("the transaction has ended before its block did")

    def _roll_back(self) -> None:
        for rows, before in reversed(self._touched):
            for row in rows:
                vars(row).update(before)
        if not self._connection.in_transaction:  # the database did it already
            return
        with suppress(UnavailableError):  # which ends the transaction as well
            self._connection.change(query.rollback(self._depth))
            if self._depth:
                self._connection.change(query.commit(self._depth))


def _call_all(hooks: Iterable[Callable[[], object]]) -> None:
    """Call each, since no failure undoes the commit; then raise the first error."""
    errors: list[Exception] = []
    for hook in hooks:
        try:
            hook()
        except Exception as error:
            errors.append(error)
    for other in errors[1:]:
        errors[0].add_note(f"another hook failed too: {other!r}")
    if errors:
        raise errors[0]
