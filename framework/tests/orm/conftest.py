"""Databases for the ORM's tests, empty for each and closed when the test is done.

SQLite is a real file or memory, PostgreSQL a real server (`databases`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory

from framework.tests.orm.databases import (
    postgres_db,
    postgres_url,
    pytest_terminal_summary,
    server,
    server_url,
)

__all__ = [
    "postgres_db",
    "postgres_url",
    "pytest_terminal_summary",
    "server",
    "server_url",
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "test.sqlite"


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    with DatabaseFactory().get_connection(path) as db:
        yield db


@pytest.fixture(params=["file", "memory", "postgresql"])
def any_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    if request.param == "memory":
        return "sqlite:///:memory:"
    return f"sqlite:///{request.getfixturevalue('path')}"


@pytest.fixture
def any_db(any_url: str) -> Iterator[Database]:
    with DatabaseFactory.from_url(any_url) as db:
        yield db
