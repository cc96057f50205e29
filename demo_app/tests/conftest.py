from contextlib import contextmanager

import pytest
from roob.orm.db_factory import DatabaseFactory
from roob.testing import TestClient

from demo_app.core.main import create_app
from demo_app.core.repositories import SqlStore
from demo_app.core.settings import Settings
from demo_app.core.storage import create_tables, make_folder
from demo_app.tests.fakes import FakeStore
from framework.tests.orm.databases import (
    postgres_url,
    pytest_terminal_summary,
    server_url,
)

__all__ = ["postgres_url", "pytest_terminal_summary", "server_url"]

DATABASES = {"sqlite": "url", "postgresql": "postgres_url"}


@pytest.fixture(params=DATABASES)
def any_url(request):
    """The URL of an empty database of each kind."""
    return request.getfixturevalue(DATABASES[request.param])


@pytest.fixture
def database(any_url):
    """A database of each kind with the tables and nothing in them."""
    with created(any_url) as database:
        yield database


@pytest.fixture(params=["fake", *DATABASES])
def store(request):
    """The fake and the real stores in turn: all keep the ports' promises."""
    if request.param == "fake":
        yield FakeStore()
        return
    with created(request.getfixturevalue(DATABASES[request.param])) as database:
        yield SqlStore(lambda: database)


@contextmanager
def created(url):
    make_folder(url)
    with DatabaseFactory.from_url(url) as database:
        create_tables(database)
        yield database


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/var/inventory.sqlite"


@pytest.fixture
def app(url):
    return create_app(Settings(database_url=url))


@pytest.fixture
def client(app):
    """The seeded inventory, without a server."""
    with TestClient(app) as client:
        yield client
