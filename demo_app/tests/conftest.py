import pytest
from roob.orm.db_factory import DatabaseFactory
from roob.testing import TestClient

from demo_app.core.main import create_app
from demo_app.core.repositories import SqlStore
from demo_app.core.settings import Settings
from demo_app.core.storage import create_tables
from demo_app.tests.fakes import FakeStore


@pytest.fixture
def database(tmp_path):
    """An SQLite file with the tables and nothing in them."""
    with DatabaseFactory.from_url(f"sqlite:///{tmp_path}/empty.sqlite") as database:
        create_tables(database)
        yield database


@pytest.fixture(params=["fake", "sql"])
def store(request):
    """The fake and the real store in turn: both keep the ports' promises."""
    if request.param == "fake":
        return FakeStore()
    database = request.getfixturevalue("database")
    return SqlStore(lambda: database)


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
