import sys

import click
import pytest
from roob.cli import project as room
from roob.orm.db_factory import DatabaseFactory
from roob.orm.exceptions import DatabaseError

KEY = "    id = PrimaryKey(int, auto_increment=True)\n"
IMPORTS = (
    "from roob.orm.column import Column, ForeignKey, PrimaryKey\n"
    "from roob.orm.table import Table\n"
)


@pytest.fixture
def package(folder, monkeypatch):
    """``package("shelf", {"a": text})``: a package of modules."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)

    def write(name, modules):
        (folder / name).mkdir(parents=True)
        for module, text in {"__init__": "", **modules}.items():
            (folder / name / f"{module}.py").write_text(IMPORTS + text)

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def names(tables):
    return [table.__schema__.name for table in tables]


def test_the_settings_name_database_and_models(project):
    assert room.name_of_database() == f"{project.config}:db"
    assert names(room.tables()) == ["book"]
    assert room.database().file == project.database
    assert not project.database.exists()


def test_what_has_the_usual_name_need_not_be_named(folder, written, package):
    written(name="dbconfig", text="db = 7\n")
    package("models", {"books": f"class Book(Table):\n{KEY}"})
    assert room.name_of_database() == "dbconfig:db"
    assert names(room.tables()) == ["book"]
    assert str(room.folder()) == "migrations"


def test_all_modules_below_a_package_are_imported(folder, package):
    package("shelf_of_a_test", {"a": f"class Ant(Table):\n{KEY}"})
    package("shelf_of_a_test/deep", {"b": f"class Bee(Table):\n{KEY}"})
    (folder / "pyproject.toml").write_text('[tool.roob]\nmodels = "shelf_of_a_test"\n')
    assert names(room.tables()) == ["ant", "bee"]


def test_tables_come_after_those_that_they_refer_to(project):
    project.change(
        f"{IMPORTS}class Book(Table):\n{KEY}    author = ForeignKey('Author')\n"
        f"class Author(Table):\n{KEY}"
    )
    assert names(room.tables()) == ["author", "book"]


def test_bases_without_a_key_and_imported_tables_are_none_of_them(project, written):
    other = written(f"{IMPORTS}class Other(Table):\n{KEY}")
    project.change(
        f"from {other} import Other\n{IMPORTS}"
        "class Named(Table):\n    name = Column(str)\n"
        f"class Author(Named):\n{KEY}"
    )
    assert names(room.tables()) == ["author"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("1 / 0\n", "ZeroDivisionError: division by zero ({folder}/{models}.py:1)"),
        (
            (
                f"{IMPORTS}class A(Table, table_name='x'):\n{KEY}"
                f"class B(Table, table_name='x'):\n{KEY}"
            ),
            "{models}.A and {models}.B are both the table x",
        ),
        (
            f"{IMPORTS}class A(Table):\n{KEY}    b = ForeignKey('Nowhere')\n",
            "a.b refers to Nowhere: 0 such tables",
        ),
    ],
)
def test_models_that_cannot_be_are_refused(project, text, complaint):
    project.change(text)
    with pytest.raises(click.ClickException) as refusal:
        room.tables()
    place = {"folder": project.folder, "models": project.models}
    assert complaint.format(**place) in refusal.value.message


def test_without_models_there_are_no_tables(folder):
    assert room.tables() == []


def test_a_folder_without_a_project_says_how_to_make_one(folder):
    with pytest.raises(click.ClickException, match="roob createproject myproject"):
        room.database()


def test_a_project_without_a_database_says_how_to_name_one(folder):
    (folder / "pyproject.toml").write_text('[tool.roob]\napp = "a:b"\n')
    with pytest.raises(click.ClickException, match="the project names no database"):
        room.database()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("db = 7\n", "is no database: it is 7"),
        ("dbs = 7\n", "there is no 'db' in it; did you mean 'dbs'?"),
        ("import nowhere_at_all\n", "ModuleNotFoundError"),
        (
            (
                "from roob.orm.db_factory import DatabaseFactory\n"
                "db = DatabaseFactory.from_url('oracle://ada:secret@host')\n"
            ),
            "no dialect 'oracle'",
        ),
    ],
)
def test_what_is_no_database_is_refused(project, text, complaint):
    project.change(text, project.config)
    with pytest.raises(click.ClickException) as refusal:
        room.database()
    assert complaint in refusal.value.message
    assert "secret" not in refusal.value.message


def test_a_refusal_of_the_orm_keeps_passwords_to_itself():
    with pytest.raises(click.ClickException) as refusal, room.refusals():
        raise DatabaseError("no postgresql://ada:secret@host/x, nor http://host:80/x")
    said = "no postgresql://ada:***@host/x, nor http://host:80/x"
    assert refusal.value.message == said


def test_how_a_url_is_written_is_no_secret():
    words = "it is postgresql://user:password@host/database"
    assert room.without_password(words) == words


def test_a_database_in_memory_has_no_file():
    with DatabaseFactory().get_connection(":memory:") as db:
        assert db.file is None


def test_without_a_folder_nothing_is_pending(project):
    with room.database() as db:
        assert room.pending(db) == []
