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

    def __enter__(self) -> "Copies":
        sqlite3.connect = sqlite3.dbapi2.connect = self._connect_to_copy
        return self

    def __exit__(self, *_: object) -> None:
        sqlite3.connect = sqlite3.dbapi2.connect = self._connect
        for kept in self._kept.values():
            kept.close()
        self._folder.cleanup()

    @property
    def are_made(self) -> bool:
        """Whether any database was opened so far."""
        return bool(self._copies or self._shared)

    def keep(self) -> None:
        """Remember every database as it is now."""
        for target in [*self._copies.values(), *self._shared]:
            kept = self._kept.setdefault(target, self._connect(_MEMORY))
            with closing(self._reach(target)) as source:
                source.backup(kept)

    def restore(self) -> None:
        """Put every database back to what it was when it was kept."""
        for target, kept in self._kept.items():
            with closing(self._reach(target)) as changed:
                kept.backup(changed)

    def _reach(self, target: str) -> sqlite3.Connection:
        reached: sqlite3.Connection
        reached = self._connect(target, uri=target.startswith("file:"))
        return reached

    def _connect_to_copy(self, database: Any, *args: Any, **options: Any) -> Any:
        target = os.fspath(database)
        is_uri = options.get("uri", False) and target.startswith("file:")
        file = _file_of_uri(target) if is_uri else target
        if is_uri and not file:
            self._shared.add(target)
        if file in ("", _MEMORY):
            return self._connect(database, *args, **options)
        return self._connect(self._copy_of(file), *args, **options)

    def _copy_of(self, file: str) -> str:
        path = str(Path(file).absolute())
        if path not in self._copies:
            copy = str(Path(self._folder.name) / f"{len(self._copies)}.sqlite")
            if Path(path).exists():
                self._fill(path, copy)
            self._copies[path] = copy
        return self._copies[path]

    def _fill(self, path: str, copy: str) -> None:
        """By SQLite itself: a plain copy would miss what is still in the log."""
        source = f"{Path(path).as_uri()}?mode=ro"
        with (
            closing(self._connect(source, uri=True)) as original,
            closing(self._connect(copy)) as target,
        ):
            original.backup(target)


def _file_of_uri(uri: str) -> str:
    """``file:/srv/a%20b.sqlite -> /srv/a b.sqlite``; nothing for shared memory."""
    parts = urlsplit(uri)
    in_memory = "vfs=memdb" in parts.query or "mode=memory" in parts.query
    return "" if in_memory else unquote(parts.path)
