"""The front door: from the name of a database to the object that serves it."""

import os
from enum import StrEnum
from importlib import import_module
from types import MappingProxyType
from typing import cast
from urllib.parse import SplitResult, unquote, urlsplit

from roob.orm.database import Database
from roob.orm.exceptions import ConfigurationError
from roob.orm.sqlite import MEMORY, open_sqlite


class Dialect(StrEnum):
    """The databases that Roob speaks to."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


SCHEMES = MappingProxyType({"postgres": Dialect.POSTGRESQL})
"""The schemes of URLs that are no dialect's name."""


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
        self,
        path: str | os.PathLike[str],
        *,
        timeout: float = 5.0,
        statement_timeout: float = 30.0,
        pool_size: int = 10,
    ) -> Database:
        """Return the database in a file, or of a server.

        `get_connection("my.sqlite")` is a file, made on first use, and `":memory:"`
        one database for all threads, gone with `close`.  PostgreSQL takes a URL:
        `get_connection("postgresql://ada:secret@host/library")`.

        A writer waits `timeout` seconds for another before it fails with
        `DatabaseLocked`.  PostgreSQL alone ends a statement that takes longer than
        `statement_timeout` seconds, where 0 is no limit, and opens at most
        `pool_size` connections in each process.

        Raises:
            ConfigurationError: the path or URL is none, or psycopg is not installed.
        """
        if self.dialect is Dialect.POSTGRESQL:
            url = os.fspath(path)
            return _open_postgres(url, timeout, statement_timeout, pool_size)
        return open_sqlite(path, timeout)

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        timeout: float = 5.0,
        statement_timeout: float = 30.0,
        pool_size: int = 10,
    ) -> Database:
        """Return the database of a URL, written as SQLAlchemy's users know it.

        `sqlite:///my.sqlite` is relative, `sqlite:////srv/my.sqlite` absolute, and
        `sqlite:///:memory:` or `sqlite://` in memory.  `postgresql://` and
        `postgres://` take all that libpq does, as in `?sslmode=require`.  The rest
        is as in `get_connection`.

        Raises:
            ConfigurationError: the scheme is no dialect, or the URL is none of it.
        """
        parts = _split(url)
        factory = cls(SCHEMES.get(parts.scheme, parts.scheme))
        is_sqlite = factory.dialect is Dialect.SQLITE
        return factory.get_connection(
            _sqlite_path(parts) if is_sqlite else url,
            timeout=timeout,
            statement_timeout=statement_timeout,
            pool_size=pool_size,
        )


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # its message may quote a password
        raise ConfigurationError("the URL has a bracket too many or too few") from None


def _sqlite_path(parts: SplitResult) -> str:
    if parts.netloc or parts.query or parts.fragment:
        raise ConfigurationError(
            "a sqlite URL has a path alone, as in sqlite:///file or sqlite:////srv/file"
        )
    return unquote(parts.path.removeprefix("/")) or MEMORY


def _open_postgres(
    url: str, timeout: float, statement_timeout: float, pool_size: int
) -> Database:
    try:
        postgres = import_module("roob.orm.postgres")  # psycopg is an extra
    except ImportError as error:
        raise ConfigurationError(
            f"PostgreSQL needs psycopg: pip install roob[postgres] ({error})"
        ) from error
    opened = postgres.open_postgres(url, timeout, statement_timeout, pool_size)
    return cast(Database, opened)
