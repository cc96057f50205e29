"""Below the repositories: the database, created and seeded when it is first needed."""

from datetime import datetime
from pathlib import Path
from threading import Lock
from urllib.parse import unquote, urlsplit

from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory, Dialect
from roob.orm.exceptions import UnavailableError

from demo_app.core.repositories import SqlStore
from demo_app.core.tables import TABLES, SeedRow
from demo_app.service.ports import Clock
from demo_app.service.seed import seed

FIRST_PRODUCTS = "first products"


class Storage:
    """The database of a URL: ``Storage("sqlite:///var/inventory.sqlite", clock)()``.

    A worker starts without its database, says by its readiness that it lacks it, and
    prepares it as soon as it is there. Workers that begin together take turns: one
    transaction creates the tables and seeds them, the others find that done.

    Raises:
        roob.orm.exceptions.ConfigurationError: the URL names no database.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._database = DatabaseFactory.from_url(url)
        self._lock = Lock()
        self._is_prepared = False

    def __call__(self) -> Database:
        """The database, with its tables and its first products.

        Raises:
            roob.orm.exceptions.DatabaseError: it cannot be reached.
        """
        if not self._is_prepared:
            self._prepare()
        return self._database

    def check(self) -> None:
        """Nothing, where the database answers.

        Raises:
            roob.orm.exceptions.DatabaseError: it does not.
        """
        self().ping()

    def _prepare(self) -> None:
        with self._lock:
            if self._is_prepared:
                return
            make_folder(self._url)
            with self._database.transaction():
                create_tables(self._database)
                seed_once(self._database, self._clock())
            self._is_prepared = True


def make_folder(url: str) -> None:
    """Make the folder that an SQLite database of that URL lies in.

    Raises:
        UnavailableError: it cannot be made.
    """
    parts = urlsplit(url)
    if parts.scheme != Dialect.SQLITE:
        return
    folder = Path(unquote(parts.path.removeprefix("/"))).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnavailableError(f"no folder {folder} for the database") from error


def create_tables(database: Database) -> None:
    """Create the tables that are not there yet."""
    for table in TABLES:
        database.create(table)


def seed_once(database: Database, now: datetime) -> None:
    """Put the first products in, unless that was ever done before."""
    if database.get_all(SeedRow, name=FIRST_PRODUCTS):
        return
    seed(SqlStore(lambda: database), now)
    database.save(SeedRow(name=FIRST_PRODUCTS, applied_at=now))
