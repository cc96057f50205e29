"""Every example of the guides, run in order, on both databases."""

from collections.abc import Iterator
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from pathlib import Path

import pytest
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'guide.sqlite'}"
    else:
        url = request.getfixturevalue("postgres_url")
    with DatabaseFactory.from_url(url) as database:
        yield database


def run(document: Path, **names: object) -> int:
    parser = PythonCodeBlockParser(doctest_optionflags=ELLIPSIS | NORMALIZE_WHITESPACE)
    parsed = Sybil(parsers=[parser], path=str(DOCS)).parse(document)
    parsed.namespace.update(names)
    examples = list(parsed.examples())
    for example in examples:
        example.evaluate()
    return len(examples)


def test_every_example_of_the_orm_guide_answers_as_printed(db: Database) -> None:
    assert run(DOCS / "orm.md", db=db) > 10


def test_every_example_of_the_migrations_guide_answers_as_printed(
    db: Database, tmp_path: Path
) -> None:
    assert run(DOCS / "migrations.md", db=db, folder=tmp_path / "migrations") > 10


def test_every_example_of_the_tracing_guide_answers_as_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(DOCS / "tracing.md") > 5


def test_every_example_of_the_guide_to_typed_handlers_answers_as_printed() -> None:
    assert run(DOCS / "typed.md") > 15


def test_every_example_of_the_guide_to_collections_answers_as_printed(
    tmp_path: Path,
) -> None:
    with DatabaseFactory.from_url("sqlite:///:memory:") as database:
        assert run(DOCS / "collections.md", db=database, templates=tmp_path) > 15


def test_every_example_of_the_guide_to_routers_answers_as_printed() -> None:
    assert run(DOCS / "router.md") > 10


def test_every_example_of_the_guide_to_openapi_answers_as_printed() -> None:
    assert run(DOCS / "openapi.md") > 15


def test_every_example_of_the_guide_to_asgi_answers_as_printed() -> None:
    assert run(DOCS / "asgi.md") > 5


def test_every_example_of_the_guide_to_live_connections_answers_as_printed() -> None:
    assert run(DOCS / "live.md") > 10
