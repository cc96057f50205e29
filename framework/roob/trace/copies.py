"""SQLite files as copies: what a traced request writes is gone when the trace is over.

While it is installed, ``sqlite3.connect`` opens a copy in a temporary folder in place
of the file, whoever asks: Roob's ORM or any other library of this process.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlsplit

_MEMORY = ":memory:"
# How long a database that is put back may be in another connection's hands.
_SECONDS = 1.0
_TAKEN = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class StillOpen(RuntimeError):
    """A request is over and its transaction is not, so that nothing can be put back."""


class Copies:
    """``with Copies() as copies:`` import the app, then ``keep()``, and ``restore()``.

    A database in the memory that a process shares is put back too; one of a server is
    out of reach.
    """

    def __init__(self) -> None:
        self._connect: Any = sqlite3.connect
        self._folder = TemporaryDirectory(prefix="roob-trace-")
        self._copies: dict[str, str] = {}
        self._shared: set[str] = set()
        self._kept: dict[str, sqlite3.Connection] = {}
        self._watching: dict[str, sqlite3.Connection] = {}
        self._versions: dict[str, int] = {}
        self._is_kept = False

    def __enter__(self) -> "Copies":
        sqlite3.connect = sqlite3.dbapi2.connect = self._connect_to_copy
        return self

    def __exit__(self, *_: object) -> None:
        sqlite3.connect = sqlite3.dbapi2.connect = self._connect
        for connection in (*self._kept.values(), *self._watching.values()):
            connection.close()
        self._folder.cleanup()

    @property
    def are_made(self) -> bool:
        """Whether any database was opened so far."""
        return bool(self._copies or self._shared)

    def keep(self) -> None:
        """Remember every database as it is now, one that is opened later as it is then.

        One that a request makes is remembered as the first such request leaves it.
        """
        self._is_kept = True
        for target in self._targets():
            self._keep(target)

    def restore(self) -> None:
        """Put every database that was written to back to what it was when kept.

        Raises:
            StillOpen: a transaction that a request began has one of them.
        """
        for target in self._targets():
            if target not in self._kept:
                self._keep(target)
            elif self._version(target) != self._versions[target]:
                with closing(self._reach(target)) as changed:
                    self._kept[target].backup(changed, progress=_refuse_to_wait)
                self._versions[target] = self._version(target)

    def _targets(self) -> list[str]:
        # One that is not there is not made either: a later mode=rw would find it.
        copies = (copy for copy in self._copies.values() if Path(copy).exists())
        return [*copies, *self._shared]

    def _keep(self, target: str) -> None:
        if target not in self._kept:
            self._kept[target] = self._connect(_MEMORY, check_same_thread=False)
        with closing(self._reach(target)) as source:
            source.backup(self._kept[target], progress=_refuse_to_wait)
        self._versions[target] = self._version(target)

    def _version(self, target: str) -> int:
        """A number that is another once another connection has written.

        https://sqlite.org/pragma.html#pragma_data_version
        """
        if target not in self._watching:
            self._watching[target] = self._reach(target)
        watching = self._watching[target]
        _refuse_open_transaction(watching)
        [version] = watching.execute("PRAGMA data_version").fetchone()
        return int(version)

    def _reach(self, target: str) -> sqlite3.Connection:
        reached: sqlite3.Connection
        is_uri = target.startswith("file:")
        reached = self._connect(
            target, uri=is_uri, timeout=_SECONDS, check_same_thread=False
        )
        return reached

    def _connect_to_copy(self, database: Any, *args: Any, **options: Any) -> Any:
        target = os.fsdecode(database)
        is_uri = options.get("uri", False) and target.startswith("file:")
        file = _file_of_uri(target) if is_uri else target
        if is_uri and file in ("", _MEMORY):
            self._shared.add(target)
        if file in ("", _MEMORY):
            return self._connect(database, *args, **options)
        copy = self._copy_of(file)
        if is_uri:  # with what it says: mode=ro is a promise
            copy = f"{Path(copy).as_uri()}?{urlsplit(target).query}"
        return self._connect(copy, *args, **options)

    def _copy_of(self, file: str) -> str:
        path = str(Path(file).absolute())
        if path not in self._copies:
            copy = str(Path(self._folder.name) / f"{len(self._copies)}.sqlite")
            is_there = Path(path).exists()
            if is_there:
                self._fill(path, copy)
            if is_there and self._is_kept:
                self._keep(copy)
            self._copies[path] = copy
        return self._copies[path]

    def _fill(self, path: str, copy: str) -> None:
        """By SQLite itself: a plain copy would miss what is still in the log."""
        source = f"{Path(path).as_uri()}?mode=ro"
        if not Path(f"{path}-wal").exists():
            source += "&immutable=1"  # else SQLite leaves an empty log beside it
        with (
            closing(self._connect(source, uri=True)) as original,
            closing(self._connect(copy)) as target,
        ):
            original.backup(target)


_STILL_OPEN = "a database cannot be put back: the request left a transaction open"


def _refuse_open_transaction(connection: sqlite3.Connection) -> None:
    """What is not committed yet is no change that another connection could see."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise StillOpen(_STILL_OPEN) from error
    connection.rollback()


def _refuse_to_wait(status: int, _remaining: int, _total: int) -> None:
    """SQLite's copying asks again for ever; see ``Connection.backup``."""
    if status & 0xFF in _TAKEN:
        raise StillOpen(_STILL_OPEN)


def _file_of_uri(uri: str) -> str:
    """``file:/srv/a%20b.sqlite -> /srv/a b.sqlite``; nothing for shared memory."""
    parts = urlsplit(uri)
    in_memory = "vfs=memdb" in parts.query or "mode=memory" in parts.query
    return "" if in_memory else unquote(parts.path)
