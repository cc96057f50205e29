"""Databases for the ORM's tests: a real file for each, closed when the test is done."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "test.sqlite"


@pytest.fixture(params=["file", "memory"])
def any_db(request: pytest.FixtureRequest, path: Path) -> Iterator[Database]:
    where = path if request.param == "file" else ":memory:"
    with DatabaseFactory().get_connection(where) as db:
        yield db


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    with DatabaseFactory().get_connection(path) as db:
        yield db
