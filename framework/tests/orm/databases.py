"""PostgreSQL for tests, as fixtures: a server, or an empty schema on a server.

A `conftest.py` imports the ones that it wants, and `pytest_terminal_summary` too.
Where no server can be had their tests are skipped, which the summary says; where
ROOB_REQUIRE_POSTGRES is set they fail.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.util import find_spec
from typing import NoReturn, TypeVar
from uuid import uuid4

import pytest
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory

from framework.tests.orm.postgres_server import (
    NoServerError,
    PostgresServer,
    own_server,
    postgres_server,
)

T = TypeVar("T")
REQUIRED = "ROOB_REQUIRE_POSTGRES"
WHY_NOT = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of the server that all tests share."""
    with started(postgres_server(), request.config) as url:
        yield url


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """A server of the test's own, which it may stop and start."""
    with started(own_server(durable=True), request.config) as server:
        yield server


@contextmanager
def started(server: AbstractContextManager[T], config: pytest.Config) -> Iterator[T]:
    if find_spec("psycopg") is None:
        skip_loudly(config, "psycopg is not installed")
    with ExitStack() as stack:
        try:
            running = stack.enter_context(server)
        except NoServerError as error:
            skip_loudly(config, str(error))
        yield running


@pytest.fixture
def postgres_url(server_url: str) -> Iterator[str]:
    """The URL of an empty schema, which costs less than a database."""
    schema = f"test_{uuid4().hex}"
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f"CREATE SCHEMA {schema}")
        mark = "&" if "?" in server_url else "?"
        yield f"{server_url}{mark}options=-csearch_path%3D{schema}"
        admin.execute("SET client_min_messages = error; SET lock_timeout = '10s'")
        admin.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def postgres_db(postgres_url: str) -> Iterator[Database]:
    with DatabaseFactory.from_url(postgres_url) as db:
        yield db


def skip_loudly(config: pytest.Config, reason: str) -> NoReturn:
    config.stash[WHY_NOT] = reason
    if os.environ.get(REQUIRED):
        pytest.fail(f"{REQUIRED} is set, but {reason}")
    pytest.skip(reason)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    reason = config.stash.get(WHY_NOT, None)
    if reason is not None:
        line = f"NOT TESTED on PostgreSQL: {reason}"
        terminalreporter.write_line(line, yellow=True, bold=True)
        del config.stash[WHY_NOT]  # once, whichever conftests brought this hook
