"""A site of a few tables, with the pages that a new project has."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import roob
from jinja2 import (
    ChoiceLoader,
    DictLoader,
    FileSystemBytecodeCache,
    FileSystemLoader,
)
from roob import Roob
from roob.middlewares import (
    CsrfMiddleware,
    ErrorHandlerMiddleware,
    MethodOverrideMiddleware,
)
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory
from roob.scaffold.model_collection import ModelCollection
from roob.testing import TestClient

from framework.tests.scaffold.browser import Browser

SKELETON = Path(roob.__file__).parent / "cli" / "skeleton"
PROJECT = SKELETON / "project" / "templates"
PAGES = SKELETON / "modelview" / "templates"


@pytest.fixture
def db() -> Iterator[Database]:
    with DatabaseFactory.from_url("sqlite:///:memory:") as db:
        yield db


class Site:
    """An app that serves collections of tables, and its clients."""

    def __init__(self, db: Database, compiled: FileSystemBytecodeCache) -> None:
        self.db = db
        self.app = Roob(PROJECT)
        self.app.templates_env.bytecode_cache = compiled
        self.client = TestClient(self.app)
        self.browser = Browser(self.client)
        self._files = {p.name: p.read_text() for p in PAGES.glob("*.html")}
        self._names: list[str] = []
        self.app.add_middleware(MethodOverrideMiddleware)
        self.app.add_middleware(CsrfMiddleware)
        self.app.add_middleware(ErrorHandlerMiddleware)

    def add(self, kind: type[ModelCollection[Any]], name: str, path: str = "") -> None:
        """Serve a collection at ``/<name>/``, and make its table."""
        kind.db = self.db
        self.db.create(kind.table)
        kind.register(self.app, path or f"/{name}", name)
        self._names.append(name)
        files = {
            f"{n}/{f}": text for n in self._names for f, text in self._files.items()
        }
        loaders = [FileSystemLoader(PROJECT), DictLoader(files)]
        self.app.templates_env.loader = ChoiceLoader(loaders)

    def open(self, address: str) -> Browser:
        """A page, as a browser sees it."""
        return self.browser.open(address)

    def json(self, method: str, address: str, body: Any = None, **headers: str) -> Any:
        """What a program is answered: it sends and reads JSON."""
        options: dict[str, Any] = {} if body is None else {"json": body}
        headers = {"Accept": "application/json", **headers}
        return self.client.request(method, address, headers=headers, **options)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """The templates' code, which all sites share."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("compiled")))


@pytest.fixture
def site(db: Database, compiled: FileSystemBytecodeCache) -> Iterator[Site]:
    """``site.add(Notes, "notes")``, then ``site.open("/notes/")``."""
    site = Site(db, compiled)
    with site.client:
        yield site


@pytest.fixture
def serving(site: Site) -> Callable[..., Site]:
    """``serving(notes=Notes)``: a site with a collection."""

    def serve(**kinds: type[ModelCollection[Any]]) -> Site:
        for name, kind in kinds.items():
            site.add(kind, name)
        return site

    return serve
