"""An app's folder for each test, and ``roob`` run in it."""

import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from roob.cli.main import main
from roob.trace.outside import DRIVERS

NUMBERS = count()

SHOP = """\
import sqlite3
from contextlib import closing

from roob import Roob

app = Roob()
FILE = "shop.sqlite"


class BookService:
    def get(self, book_id):
        return {"id": book_id, "title": "Emma"}


@app.route("/books/{book_id:d}", ["GET"])
def get_book(request, book_id):
    return BookService().get(book_id)


@app.route("/books", ["POST"])
def add_book(request):
    with closing(sqlite3.connect(FILE)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS book (title TEXT)")
        connection.execute("INSERT INTO book VALUES (?)", (request.json["title"],))
        connection.commit()
        (number,) = connection.execute("SELECT count(*) FROM book").fetchone()
    return {"count": number}, 201


@app.route("/echo", ["POST"])
def echo(request):
    kind = request.headers.get("Content-Type", "")
    return {"kind": kind, "body": request.body.decode(), "query": request.query_string}


@app.route("/seen", ["GET"])
def seen(request):
    return {"one": request.headers.get("X-One", ""), "host": request.host}


@app.route("/crash", ["GET"])
def crash(request):
    raise ZeroDivisionError("by nothing")


def create_app():
    return app


def plain(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"plain"]


number = 7
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, on the path where modules are looked for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for variable in ("ROOB_APP", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    # Another test's import is no sign that this app knows a server.
    for driver in DRIVERS:
        monkeypatch.delitem(sys.modules, driver, raising=False)
    return tmp_path


@pytest.fixture
def written(folder: Path) -> Iterator[Callable[..., str]]:
    """``written(text) -> "shop_7"``: a module of that text, of a name of its own."""
    made: list[str] = []

    def write(text: str = SHOP, name: str = "") -> str:
        name = name or f"shop_of_a_test_{next(NUMBERS)}"
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
        made.append(name)
        return name

    yield write
    for name in made:
        sys.modules.pop(name, None)


@pytest.fixture
def shop(written: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> str:
    """An app, and ``ROOB_APP`` that names it."""
    name = written()
    monkeypatch.setenv("ROOB_APP", f"{name}:app")
    return name


@pytest.fixture
def roob(folder: Path) -> Callable[..., Result]:
    """``roob("trace", "GET", "/") -> Result``."""

    def run(*words: str, **options: object) -> Result:
        result = CliRunner().invoke(main, [*words], **options)
        if result.exception is not None and not isinstance(
            result.exception, SystemExit
        ):
            raise result.exception
        return result

    return run


@pytest.fixture
def package(folder: Path) -> Iterator[Callable[[dict[str, str]], str]]:
    """``package({"fred": text}) -> "views_of_7"``: a package of such modules."""
    before = set(sys.modules)

    def write(modules: dict[str, str]) -> str:
        name = f"views_of_{folder.name}"
        (folder / name).mkdir()
        for module, text in {"__init__": "", **modules}.items():
            (folder / name / f"{module}.py").write_text(text)
        return name

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


BOOKS = """\
from roob.orm.column import Column, PrimaryKey
from roob.orm.table import Table


class Book(Table):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)
"""
DATABASE = """\
from roob.orm.db_factory import DatabaseFactory

db = DatabaseFactory.from_url("sqlite:///data.sqlite")
"""
SETTINGS = """\
[tool.roob]
app = "{shop}:app"
database = "{config}:db"
models = "{models}"
"""


@dataclass
class Project:
    """A folder with an app, a database that is not made yet, and models."""

    folder: Path
    models: str
    config: str

    @property
    def database(self) -> Path:
        """The file of the database."""
        return self.folder / "data.sqlite"

    def migrations(self) -> list[str]:
        """The names of the files."""
        return sorted(path.name for path in (self.folder / "migrations").glob("*.py"))

    def change(self, text: str, name: str = "") -> None:
        """Give the module of models another text."""
        (self.folder / f"{name or self.models}.py").write_text(text, encoding="utf-8")
        sys.modules.pop(name or self.models, None)
        importlib.invalidate_caches()


@pytest.fixture
def project(
    written: Callable[..., str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """A project with the table ``book``."""
    # A text that is changed within a second would be taken for the old one.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    made = Project(folder, written(BOOKS), written(DATABASE))
    settings = SETTINGS.format(shop=written(), config=made.config, models=made.models)
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    return made
