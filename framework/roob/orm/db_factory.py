"""The front door: from the name of a database to the object that serves it."""

import os
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from roob.orm.database import Database
from roob.orm.exceptions import ConfigurationError
from roob.orm.sqlite import MEMORY, open_sqlite


class Dialect(StrEnum):
    """The databases that Roob speaks to."""

    SQLITE = "sqlite"


class DatabaseFactory:
    """Opens databases of one dialect: `DatabaseFactory(dialect=Dialect.SQLITE)`.

    Raises:
        ConfigurationError: the dialect is none of `Dialect`.
    """

    def __init__(self, dialect: Dialect | str = Dialect.SQLITE) -> None:
        try:
            self.dialect = Dialect(dialect)
        except ValueError:
            known = ", ".join(Dialect)
            raise ConfigurationError(
                f"no dialect {dialect!r}; known are: {known}"
            ) from None

    def get_connection(
        self, path: str | os.PathLike[str], *, timeout: float = 5.0
    ) -> Database:
        """Return the database in a file: `get_connection("my.sqlite")`.

        The file is made on first use.
        `":memory:"` is one database for all threads, gone with `close`.  A writer
        waits `timeout` seconds for another before it fails with `DatabaseLocked`.

        Raises:
            ConfigurationError: the path is no path.
        """
        return open_sqlite(path, timeout)

    @classmethod
    def from_url(cls, url: str, *, timeout: float = 5.0) -> Database:
        """Return the database of a URL, written as SQLAlchemy's users know it.

        `sqlite:///my.sqlite` is relative, `sqlite:////srv/my.sqlite` absolute, and
        `sqlite:///:memory:` or `sqlite://` in memory.

        Raises:
            ConfigurationError: the scheme is no dialect, or more than a path follows.
        """
        parts = urlsplit(url)
        factory = cls(parts.scheme)
        if parts.netloc or parts.query or parts.fragment:
            raise ConfigurationError(
                f"a {parts.scheme} URL has a path alone, as in {parts.scheme}:///file"
            )
        path = unquote(parts.path.removeprefix("/")) or MEMORY
        return factory.get_connection(path, timeout=timeout)
