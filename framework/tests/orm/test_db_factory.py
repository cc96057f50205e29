import os
import sys
from pathlib import Path

import pytest
from roob.orm.column import PrimaryKey
from roob.orm.db_factory import DatabaseFactory, Dialect
from roob.orm.exceptions import ConfigurationError, DatabaseError
from roob.orm.table import Table


class Mark(Table):
    id = PrimaryKey(int, auto_increment=True)


@pytest.mark.parametrize("dialect", [Dialect.SQLITE, "sqlite"])
def test_a_dialect_is_a_member_or_its_name(dialect: Dialect | str, path: Path) -> None:
    with DatabaseFactory(dialect=dialect).get_connection(path) as db:
        db.create(Mark)
    assert path.exists()


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no dialect 'oracle'; known are: sql"):
        DatabaseFactory(dialect="oracle")


def test_a_path_may_be_text(path: Path) -> None:
    with DatabaseFactory().get_connection(str(path)) as db:
        db.create(Mark)
    assert path.exists()


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ConfigurationError, match="no path"):
        DatabaseFactory().get_connection(path)


def test_a_relative_path_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "later").mkdir()
    monkeypatch.chdir(tmp_path)
    with DatabaseFactory().get_connection("my.sqlite") as db:
        monkeypatch.chdir("later")
        db.create(Mark)
    assert (tmp_path / "my.sqlite").exists()


def test_a_url_names_a_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    with DatabaseFactory.from_url(f"sqlite:///{path}") as db:
        db.create(Mark)
        db.save(Mark())
    with DatabaseFactory.from_url(f"sqlite:///{path.name}") as db:
        assert len(db.get_all(Mark)) == 1


def test_a_url_may_be_percent_encoded(tmp_path: Path) -> None:
    with DatabaseFactory.from_url(f"sqlite:///{tmp_path}/my%20file.db") as db:
        db.create(Mark)
    assert (tmp_path / "my file.db").exists()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_url_without_a_path_is_memory(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with DatabaseFactory.from_url(url) as db:
        db.create(Mark)
        db.save(Mark())
        assert len(db.get_all(Mark)) == 1
    assert os.listdir(tmp_path) == []  # noqa: PTH208


@pytest.mark.parametrize(
    "url", ["", "my.sqlite", "oracle:///x", "sqlite://host/x", "sqlite:///x?mode=ro"]
)
def test_a_url_that_leads_nowhere_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        DatabaseFactory.from_url(url)


def test_nothing_is_opened_before_the_first_use(path: Path) -> None:
    with DatabaseFactory().get_connection(path):
        pass
    assert not path.exists()


def test_a_folder_that_is_not_there_is_named_on_first_use(tmp_path: Path) -> None:
    with (
        DatabaseFactory().get_connection(tmp_path / "no" / "x.sqlite") as db,
        pytest.raises(DatabaseError, match=r"x\.sqlite"),
    ):
        db.ping()


def test_psycopg_is_asked_for_where_it_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "roob.orm.postgres", raising=False)
    for url in ("postgresql://ada:secret@host/db", "postgres://host/db"):
        with pytest.raises(ConfigurationError, match=r"install roob\[postgres\]"):
            DatabaseFactory.from_url(url)


def test_a_server_is_not_asked_before_the_first_use() -> None:
    with DatabaseFactory.from_url("postgresql://ada@127.0.0.1:1/library"):
        pass


@pytest.mark.parametrize("password", ["p@ssw0rd", "p/ss@w0rd"])
def test_a_password_that_is_not_encoded_is_not_shown(password: str) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(ConfigurationError, match="percent-encode") as caught:
        DatabaseFactory.from_url(f"postgresql://ada:{password}@localhost/x")
    assert "w0rd" not in str(caught.value)
