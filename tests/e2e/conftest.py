"""The server that all tests share, servers for a test alone, and a client for each."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from framework.tests.orm.databases import pytest_terminal_summary
from framework.tests.orm.postgres_server import postgres_server
from tests.e2e.client import Client, open_client
from tests.e2e.postgres import empty_schema
from tests.e2e.servers import (
    INVENTORY,
    VALIDATED,
    Container,
    ForeignServer,
    LocalServer,
    Server,
)

__all__ = ["pytest_terminal_summary"]

# What no log of a server under test may hold, but for what the tests ask for.
COMPLAINTS = (" raised ", "ERROR", "CRITICAL", "WSGIWarning", "AssertionError")
ASKED_FOR = ("'/api/crash' raised RuntimeError", "Unknown REQUEST_METHOD")


@pytest.fixture(scope="session")
def app_name(pytestconfig: pytest.Config) -> str:
    return VALIDATED if pytestconfig.getoption("validated") else INVENTORY


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[str | None]:
    """The database server that the option asks for; without one to be had it fails."""
    if not pytestconfig.getoption("postgres"):
        yield None
        return
    with postgres_server(durable=True) as url:
        yield url


@contextmanager
def new_database(postgres: str | None) -> Iterator[dict[str, str]]:
    """The settings of an empty database; none mean a file in the server's folder."""
    if postgres is None:
        yield {}
        return
    with empty_schema(postgres) as url:
        yield {"DATABASE_URL": url}


@pytest.fixture(scope="session")
def server(
    pytestconfig: pytest.Config,
    app_name: str,
    postgres: str | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    url = pytestconfig.getoption("base_url")
    container = pytestconfig.getoption("container")
    if url is not None:
        yield Container(url, container) if container else ForeignServer(url)
        return
    folder = tmp_path_factory.mktemp("server")
    asgi = pytestconfig.getoption("asgi")
    with new_database(postgres) as environ:
        with LocalServer(folder, app_name, asgi=asgi, environ=environ) as local:
            yield local
            assert local.stop() == 0, local.log
        assert complaints(local.log) == []


@pytest.fixture
def own_server(
    pytestconfig: pytest.Config, app_name: str, postgres: str | None, tmp_path: Path
) -> Iterator[LocalServer]:
    """A server for one test alone, not started yet."""
    url = pytestconfig.getoption("base_url")
    if url is not None:
        pytest.skip(f"NOT TESTED: {url} is not this suite's to start and stop")
    asgi = pytestconfig.getoption("asgi")
    with new_database(postgres) as environ:
        server = LocalServer(tmp_path, app_name, asgi=asgi, environ=environ)
        yield server
        server.kill()


@pytest.fixture
def base_url(server: Server) -> str:
    return server.base_url


@pytest.fixture
def api(base_url: str) -> Iterator[Client]:
    with open_client(base_url) as client:
        yield client


def complaints(log: str) -> list[str]:
    return [
        line
        for line in log.splitlines()
        if any(word in line for word in COMPLAINTS)
        and not any(words in line for words in ASKED_FOR)
    ]
