"""Where the proofs take place: empty databases, on a durable server of their own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg

from framework.tests.orm.postgres_server import PostgresServer, own_server

Place = Callable[[str], str]
"""Gives the URL of an empty database, whose name it takes."""


@contextmanager
def files() -> Iterator[Place]:
    """Files in a folder that goes afterwards."""
    with TemporaryDirectory(prefix="roob-proof-") as folder:
        yield lambda name: f"sqlite:///{Path(folder, name)}.sqlite"


@contextmanager
def databases() -> Iterator[tuple[PostgresServer, Place]]:
    """Databases on a server that waits for the disk, and whose indexes can be checked.

    Raises:
        NoServerError: none is installed.
    """
    with own_server(durable=True) as server:

        def place(name: str) -> str:
            with psycopg.connect(server.url, autocommit=True) as admin:
                admin.execute(f"CREATE DATABASE {name}")
            url = urlsplit(server.url)._replace(path=f"/{name}").geturl()
            with psycopg.connect(url, autocommit=True) as admin:
                admin.execute("CREATE EXTENSION amcheck")
            return url

        yield server, place
