"""Below the repositories: the database, created and seeded when it is first needed."""

from datetime import datetime
from pathlib import Path
from threading import Lock
from urllib.parse import unquote, urlsplit

from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory, Dialect
from roob.orm.exceptions import DatabaseError, UnavailableError

from demo_app.core.repositories import SqlStore
from demo_app.core.tables import TABLES, SeedRow
from demo_app.service.ports import Clock
from demo_app.service.seed import seed

FIRST_PRODUCTS = "first products"
# A health check waits for three; who asks for more is told to come back.
SECONDS_TO_WAIT = 2


class Storage:
    """The database of a URL: ``Storage("sqlite:///var/inventory.sqlite", clock)()``.

    ``postgresql://inventory@host/inventory`` is one of a server.

    A worker starts without its database, says by its readiness that it lacks it, and
    prepares it as soon as it is there. Workers that begin together, on many machines
    perhaps, take turns: one creates the tables and seeds them, the others find it done.
    On a server each of the worker's ``threads`` has a connection.

    Raises:
        roob.orm.exceptions.ConfigurationError: the URL names no database.
    """

    def __init__(self, url: str, clock: Clock, threads: int = 4) -> None:
        self._url = url
        self._clock = clock
        self._database = DatabaseFactory.from_url(
            url, timeout=SECONDS_TO_WAIT, pool_size=threads
        )
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
            # Creating a table waits for whoever else creates tables; after that the
            # transaction has to see what they have seeded meanwhile.
            self._database.run_transaction(self._fill, isolation="read committed")
            self._is_prepared = True

    def _fill(self) -> None:
        create_tables(self._database)
        refuse_other_tables(self._database)
        seed_once(self._database, self._clock())


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


def refuse_other_tables(database: Database) -> None:
    """Refuse tables that an earlier version of the inventory made.

    Raises:
        UnavailableError: a table lacks a column; the message says which.
    """
    for table in TABLES:
        try:
            database.query(table).first()
        except DatabaseError as error:
            raise UnavailableError(f"not this version's tables: {error}") from error


def seed_once(database: Database, now: datetime) -> None:
    """Put the first products in, unless that was ever done before."""
    if database.get_all(SeedRow, name=FIRST_PRODUCTS):
        return
    seed(SqlStore(lambda: database), now)
    database.save(SeedRow(name=FIRST_PRODUCTS, applied_at=now))
