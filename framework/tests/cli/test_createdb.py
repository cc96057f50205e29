import sqlite3
from contextlib import closing

import pytest

AUTHORS = """\
from roob.orm.column import Column, ForeignKey, PrimaryKey
from roob.orm.table import Check, Table


class Book(Table):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)


class Author(Table):
    id = PrimaryKey(int, auto_increment=True)
    book = ForeignKey(Book)
"""


def tables(project):
    with closing(sqlite3.connect(project.database)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name for (name,) in rows}


def test_a_first_migration_makes_the_tables(roob, project):
    result = roob("createdb")
    assert result.output == (
        " created migrations/0001_create_book.py\n created table book\n"
    )
    assert result.exit_code == 0
    assert {"book", "roob_migration"} <= tables(project)


def test_a_second_time_there_is_nothing_to_do(roob, project):
    roob("createdb")
    result = roob("createdb")
    assert result.output == "The database is as the models say.\n"
    assert result.exit_code == 0
    assert project.migrations() == ["0001_create_book.py"]


def test_a_new_model_becomes_the_next_migration(roob, project):
    roob("createdb")
    project.change(AUTHORS)
    assert roob("createdb").output == (
        " created migrations/0002_create_author.py\n created table author\n"
    )


def test_what_is_pending_is_applied_first(roob, project):
    roob("createdb")
    project.database.unlink()
    project.change(AUTHORS)
    assert roob("createdb").output == (
        " applied migrations/0001_create_book.py\n"
        " created table book\n"
        " created migrations/0002_create_author.py\n"
        " created table author\n"
    )


def test_tables_that_differ_are_left_alone_and_listed(roob, project):
    roob("createdb")
    project.change(AUTHORS.replace("title = Column(str)", "name = Column(str)"))
    result = roob("createdb")
    assert result.exit_code == 1
    assert "Error: the database has tables that are not as the models say:" in (
        result.output
    )
    assert "  book: add column name (str)" in result.output
    assert '  hint: where name is the new name of title, write RenameColumn("book"' in (
        result.output
    )
    assert "roob migrate make" in result.output
    assert "roob migrate apply" in result.output
    assert project.migrations() == ["0001_create_book.py"]
    assert "author" not in tables(project)


def test_a_hint_is_shown(roob, project):
    roob("createdb")
    project.change(AUTHORS.partition("class Author")[0].replace("Book", "Tome"))
    result = roob("createdb")
    assert ' hint: where tome is the new name of book, write RenameTable("book", ' in (
        result.output
    )


def test_a_migration_that_cannot_be_applied_does_not_stay(roob, project):
    with closing(sqlite3.connect(project.database)) as connection:
        connection.execute("CREATE VIEW book AS SELECT 1 AS id")
    result = roob("createdb")
    assert result.exit_code == 1
    assert result.output.startswith("Error: 0001_create_book.py: ")
    assert project.migrations() == []
    with closing(sqlite3.connect(project.database)) as connection:
        connection.execute("DROP VIEW book")
    assert roob("createdb").exit_code == 0


def test_tables_in_a_circle_are_made(roob, project):
    circle = "    author = ForeignKey('Author', nullable=True)\n\n\nclass Author"
    project.change(AUTHORS.replace("\n\nclass Author", circle))
    result = roob("createdb")
    assert result.exit_code == 0
    assert "0001_create_" in result.output
    assert {"book", "author"} <= tables(project)


@pytest.mark.parametrize("text", ["", "from roob.orm.table import Table\n"])
def test_without_models_it_says_how_to_make_one(roob, project, text):
    project.change(text)
    result = roob("createdb")
    assert result.exit_code == 1
    assert "Error: there are no models yet" in result.output
    assert "roob addmodelview" in result.output
    assert not project.database.exists()


def test_a_database_that_cannot_be_opened_is_an_error(roob, project):
    project.database.mkdir()
    result = roob("createdb")
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert project.migrations() == []
