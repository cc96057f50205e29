"""What the tests of PostgreSQL ask of sessions and processes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import roob.orm
from roob.orm.column import Column, PrimaryKey
from roob.orm.exceptions import DatabaseError
from roob.orm.postgres import (
    PostgresConnection,
    PostgresConnector,
    PostgresPool,
    conninfo_of,
)
from roob.orm.query import Statement
from roob.orm.table import Table

SLEEP = Statement("SELECT pg_sleep(30)")


class Counter(Table):
    id = PrimaryKey(int, auto_increment=True)
    value = Column(int, default=0)


class Named(Table):
    name = PrimaryKey(str)


PRELUDE = """
import os, sys, threading, warnings
from roob.orm.column import Column, PrimaryKey
from roob.orm.db_factory import DatabaseFactory
from roob.orm.exceptions import TransientError
from roob.orm.query import Statement
from roob.orm.table import Table
from roob.orm.table import Table

class Counter(Table):
    id = PrimaryKey(int, auto_increment=True)
    value = Column(int, default=0)

warnings.simplefilter("ignore", DeprecationWarning)  # to fork beside threads
db = DatabaseFactory.from_url(sys.argv[1])
"""


def output_of(code: str, *words: str) -> str:
    """Run code after the prelude in a fresh interpreter, leaks being errors."""
    root = str(Path(roob.orm.__file__).parents[2])
    ran = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", PRELUDE + code, *words],
        env={**os.environ, "PYTHONPATH": root, "PYTHONWARNINGS": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr
    return ran.stdout


def connector_of(
    url: str, timeout: float = 5, statement_timeout: float = 30, size: int = 10
) -> PostgresConnector:
    conninfo = conninfo_of(url, timeout, statement_timeout)
    return PostgresConnector(PostgresPool(conninfo, timeout, size))


def value_of(connection: PostgresConnection, sql: str, *params: object) -> object:
    ((value,),) = connection.fetch(Statement(sql, params))
    return value


def backend_of(connection: PostgresConnection) -> object:
    return value_of(connection, "SELECT pg_backend_pid()")


def kill(url: str, backend: object) -> None:
    """End a session from outside and wait until it is gone."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 10000)", (backend,))


def until(is_so: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come so"
        time.sleep(0.01)


def outcome_of(work: Callable[[], object]) -> object:
    try:
        return work()
    except DatabaseError as error:
        return type(error)
