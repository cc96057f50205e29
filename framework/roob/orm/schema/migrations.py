"""A folder of migrations meets a database: apply, undo, status.

Each file is applied in one transaction, under a lock, and noted in the table
`roob_migration` with its checksum; so it is there as a whole or not at all, and once.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from roob.orm.column import Column, PrimaryKey
from roob.orm.database import Database
from roob.orm.dialects import SQLITE, SqlDialect
from roob.orm.exceptions import (
    DatabaseLocked,
    ForeignKeyError,
    MigrationError,
    OrmError,
)
from roob.orm.schema.changes import Change, Step, Tables
from roob.orm.schema.inspection import live_tables
from roob.orm.schema.migration_files import MigrationFile, migration_files
from roob.orm.table import Table

Report = Callable[[str], object]
PATIENCE = 600.0  # seconds for which one waits for another to migrate
# A statement that changes a large table takes its time.
SETTINGS = MappingProxyType(
    {"sqlite": (), "postgresql": ("SET LOCAL statement_timeout = 0",)}
)

logger = logging.getLogger(__name__)


class AppliedMigration(Table, table_name="roob_migration"):
    """A migration that this database has had."""

    number = PrimaryKey(int)
    name = Column(str)
    checksum = Column(str)
    applied_at = Column(datetime, default=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class MigrationStatus:
    """Where a migration stands; `applied_at` is None while it is pending."""

    number: int
    name: str
    applied_at: datetime | None


@dataclass(frozen=True)
class RunSql:
    """Statements of your own: `RunSql("CREATE VIEW ...", down="DROP VIEW ...")`.

    Several are given as a tuple.  Without `down` it cannot be undone.
    """

    up: str | tuple[str, ...]
    down: str | tuple[str, ...] | None = None

    def __str__(self) -> str:
        return "run SQL"

    def inverse(self) -> "RunSql":
        """Run the other way.

        Raises:
            MigrationError: there is no other way.
        """
        if self.down is None:
            raise MigrationError("RunSql without down cannot be undone")
        return RunSql(self.down, self.up)

    def steps(self, _dialect: SqlDialect, _live: Tables) -> Iterator[Step]:
        """Give the statements as they are."""
        texts = (self.up,) if isinstance(self.up, str) else self.up
        yield from map(Step, texts)


@dataclass(frozen=True)
class RunPython:
    """A function that changes data: `RunPython(split_names, down=join_names)`.

    It is called with the `Database`, in the migration's transaction.
    """

    up: Callable[[Database], object]
    down: Callable[[Database], object] | None = None

    def __str__(self) -> str:
        return f"run {getattr(self.up, '__name__', 'a function')}"

    def inverse(self) -> "RunPython":
        """Call the other function.

        Raises:
            MigrationError: there is none.
        """
        if self.down is None:
            raise MigrationError("RunPython without down cannot be undone")
        return RunPython(self.down, self.up)


class Migrations:
    """The migrations of a folder, for one database: `Migrations(db, "migrations")`.

    `report` is told in words what is being done; it is the log unless given.
    """

    def __init__(
        self, db: Database, folder: str | Path, *, report: Report = logger.info
    ) -> None:
        self._db = db
        self._folder = Path(folder)
        self._report = report

    def apply(self, to: int | None = None) -> list[MigrationFile]:
        """Apply what is pending, up to a number where one is given; return what was.

        Raises:
            MigrationError: a file was edited after it was applied, is missing, or
                cannot be applied; that file and those after it changed nothing.
        """
        self._refuse_unknown(to)
        return self._each(self._apply_next, to)

    def undo(self, to: int | None = None) -> list[MigrationFile]:
        """Undo the last migration, or all after a number; return what was undone.

        `undo(to=0)` undoes everything.

        Raises:
            MigrationError: as in `apply`, or a change has no inverse.
        """
        self._refuse_unknown(to)
        if to is not None:
            return self._each(self._undo_last, to)
        file = self._undo_last(0)
        return [file] if file else []

    def status(self) -> list[MigrationStatus]:
        """List the migrations, those that were applied and those that wait.

        Raises:
            MigrationError: a file was edited after it was applied, or is missing.
        """
        files = migration_files(self._folder)
        is_noted = "roob_migration" in live_tables(self._db.execute, self._db.dialect)
        history = self._history() if is_noted else []
        _refuse_changed(files, history)
        times = {applied.number: applied.applied_at for applied in history}
        return [MigrationStatus(f.number, f.name, times.get(f.number)) for f in files]

    def _refuse_unknown(self, to: int | None) -> None:
        last = len(migration_files(self._folder))
        if to is not None and (type(to) is not int or not 0 <= to <= last):
            raise MigrationError(f"no migration {to!r}: there are 0 to {last}")

    def _each(
        self, one: Callable[[int | None], MigrationFile | None], to: int | None
    ) -> list[MigrationFile]:
        return list(iter(lambda: one(to), None))

    def _history(self) -> list[AppliedMigration]:
        return self._db.get_all(AppliedMigration)

    def _checked(self) -> tuple[list[MigrationFile], int]:
        """Return the files, and how many of them are applied."""
        self._db.create(AppliedMigration)
        files, history = migration_files(self._folder), self._history()
        _refuse_changed(files, history)
        return files, len(history)

    def _apply_next(self, to: int | None) -> MigrationFile | None:
        with exclusive(self._db):
            files, applied = self._checked()
            if applied >= len(files[:to]):
                return None
            file = files[applied]
            self._run(file, "apply", file.changes())
            row = AppliedMigration(
                number=file.number, name=file.name, checksum=file.checksum
            )
            self._db.save(row)
            return file

    def _undo_last(self, to: int | None) -> MigrationFile | None:
        with exclusive(self._db):
            files, applied = self._checked()
            if applied <= (to or 0):
                return None
            file = files[applied - 1]
            self._run(file, "undo", _inverses(file))
            self._db.delete(AppliedMigration, id=file.number)
            return file

    def _run(self, file: MigrationFile, verb: str, changes: Sequence[Change]) -> None:
        started = time.monotonic()
        try:
            for change in changes:
                self._report(f"{file.label}: {verb}: {change}")
                perform(self._db, change)
            _refuse_dangling(self._db)
        except OrmError as error:
            raise MigrationError(f"{file.label}: {error}") from error
        seconds = time.monotonic() - started
        self._report(f"{file.label}: {verb}: done in {seconds:.2f} s")


def perform(db: Database, change: Change | RunPython) -> None:
    """Make one change, inside of the transaction that is open.

    Raises:
        MigrationError: something stands in its way.
        DatabaseError: the database refuses a statement.
    """
    if isinstance(change, RunPython):
        change.up(db)
        return
    live = live_tables(db.execute, db.dialect)
    for step in change.steps(db.dialect, live):
        records = db.execute(step.sql)
        if step.obstacle and records:
            raise MigrationError(step.obstacle.format(*records[0]))


def _inverses(file: MigrationFile) -> list[Change]:
    try:
        return [change.inverse() for change in reversed(file.changes())]
    except MigrationError as error:
        raise MigrationError(f"{file.label}: {error}") from error


def _refuse_changed(
    files: Sequence[MigrationFile], history: Sequence[AppliedMigration]
) -> None:
    """Refuse a history that the files do not tell."""
    for place, applied in enumerate(history):
        label = f"{applied.number:04}_{applied.name}.py"
        if place >= len(files) or files[place].label != label:
            raise MigrationError(f"{label} was applied, and its file is missing")
        if files[place].checksum != applied.checksum:
            raise MigrationError(
                f"{label} was changed after it was applied; "
                "put it back as it was, and write what is new into a file of its own"
            )


@contextmanager
def exclusive(db: Database, patience: float = PATIENCE) -> Iterator[None]:
    """Hold a transaction that nobody else changes tables beside.

    On SQLite references are not enforced in it, or dropping the old half of a rebuilt
    table would delete the rows that refer to it.

    Raises:
        DatabaseLocked: another was at it for longer than `patience` seconds.
        MigrationError: references are enforced all the same.
    """
    with ExitStack() as stack:
        if db.dialect is SQLITE:
            db.execute("PRAGMA foreign_keys = OFF")
            stack.callback(db.execute, "PRAGMA foreign_keys = ON")
            stack.callback(db.execute, "PRAGMA legacy_alter_table = OFF")
        stack.enter_context(_begun(db, time.monotonic() + patience))
        if db.dialect is SQLITE and db.execute("PRAGMA foreign_keys") != [(0,)]:
            raise MigrationError("SQLite enforces references; migrate in one thread")
        yield


def _begun(db: Database, deadline: float) -> ExitStack:
    """Begin, and wait for others that migrate longer than a statement may wait."""
    while True:
        try:
            with ExitStack() as attempt:
                # What others committed while this one waited has to be seen.
                attempt.enter_context(db.transaction(isolation="read committed"))
                if db.dialect.schema_lock:
                    db.execute(db.dialect.schema_lock)
                for sql in SETTINGS[db.dialect.name]:
                    db.execute(sql)
                return attempt.pop_all()
        except DatabaseLocked:
            if time.monotonic() > deadline:
                raise


def _refuse_dangling(db: Database) -> None:
    """Check what SQLite did not while tables were rebuilt."""
    if db.dialect is not SQLITE:
        return
    for table, rowid, target, _ in db.execute("PRAGMA foreign_key_check"):
        raise ForeignKeyError(f"row {rowid} of {table} refers to no row of {target}")
