"""Empty databases for servers under test, on a PostgreSQL server."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg


@contextmanager
def empty_schema(server_url: str) -> Iterator[str]:
    """The URL of a schema of its own, which costs less than a database."""
    schema = f"inventory_{uuid4().hex}"
    mark = "&" if "?" in server_url else "?"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f"CREATE SCHEMA {schema}")
        yield f"{server_url}{mark}options=-csearch_path%3D{schema}"
        # A worker that was killed may hold its locks a moment longer.
        admin.execute("SET client_min_messages = error; SET lock_timeout = '10s'")
        admin.execute(f"DROP SCHEMA {schema} CASCADE")
