import pytest
from roob.cli.migrate import name_for
from roob.orm.schema.changes import (
    AddColumn,
    CreateTable,
    DropColumn,
    RetypeColumn,
)
from roob.orm.schema.definition import ColumnDefinition, TableDefinition
from roob.orm.schema.differences import Diff

PAGES = "    pages = Column(int, default=100)\n"


@pytest.fixture
def grown(roob, project):
    """A project whose model has one column more than its database."""
    roob("createdb")
    text = (project.folder / f"{project.models}.py").read_text()
    project.change(text + PAGES)
    return project


def test_alone_it_shows_its_commands(roob):
    result = roob("migrate")
    assert result.exit_code == 0
    for name in ("make", "apply", "status", "undo"):
        assert f"\n  {name} " in result.output


def test_a_difference_becomes_the_next_file(roob, grown):
    result = roob("migrate", "make")
    assert result.exit_code == 0
    assert result.output == (
        " created migrations/0002_add_pages_to_book.py\n"
        "  book: add column pages (int), 100 in old rows\n"
    )


def test_a_file_is_named_as_one_likes(roob, grown):
    assert " created migrations/0002_count_pages.py\n" in (
        roob("migrate", "make", "Count pages").output
    )


def test_a_name_without_letters_is_refused(roob, grown):
    result = roob("migrate", "make", "!")
    assert result.exit_code == 1
    assert "Error: give it a name" in result.output


def test_without_a_difference_there_is_nothing_to_make(roob, project):
    roob("createdb")
    result = roob("migrate", "make")
    assert result.exit_code == 0
    assert "there is nothing to make" in result.output
    assert project.migrations() == ["0001_create_book.py"]


def test_nothing_is_made_while_something_is_pending(roob, grown):
    roob("migrate", "make")
    result = roob("migrate", "make")
    assert result.exit_code == 1
    assert "Error: 0002_add_pages_to_book.py waits to be applied" in result.output
    assert "first roob migrate apply, or delete the file where" in result.output
    assert len(grown.migrations()) == 2


def test_what_is_pending_is_applied_and_told(roob, grown):
    roob("migrate", "make")
    result = roob("migrate", "apply")
    lines = result.output.splitlines()
    assert lines[0] == (
        "0002_add_pages_to_book.py: apply: "
        "book: add column pages (int), 100 in old rows"
    )
    assert lines[-1] == " applied migrations/0002_add_pages_to_book.py"
    again = roob("migrate", "apply")
    assert (again.output, again.exit_code) == ("Nothing is pending.\n", 0)
    assert roob("createdb").output == "The database is as the models say.\n"


def test_a_part_is_applied_up_to_a_number(roob, grown):
    roob("migrate", "make")
    assert roob("migrate", "apply", "--to", "1").output == "Nothing is pending.\n"
    refused = roob("migrate", "apply", "--to", "7")
    assert refused.exit_code == 1
    assert "Error: no migration 7: there are 0 to 2" in refused.output


def test_the_last_is_undone_and_then_those_before_it(roob, grown):
    roob("migrate", "make")
    roob("migrate", "apply")
    lines = roob("migrate", "undo").output.splitlines()
    assert "undo: book: drop column pages" in lines[0]
    assert lines[-1] == " undone migrations/0002_add_pages_to_book.py"
    assert " undone migrations/0001_create_book.py" in (
        roob("migrate", "undo", "--to", "0").output
    )
    assert roob("migrate", "undo").output == "There is nothing to undo.\n"


def test_the_status_is_a_table(roob, grown):
    roob("migrate", "make")
    result = roob("migrate", "status")
    assert result.exit_code == 0
    head, first, second = result.output.splitlines()
    assert head == "number  name               applied at (UTC)"
    assert first.startswith("0001    create_book        20")
    assert second == "0002    add_pages_to_book  pending"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("apply", "Nothing is pending."),
        ("undo", "There is nothing to undo."),
        ("status", "There are no migrations yet: roob createdb writes the first."),
    ],
)
def test_without_migrations_there_is_nothing_to_do(roob, project, command, words):
    result = roob("migrate", command)
    assert (result.output, result.exit_code) == (f"{words}\n", 0)


@pytest.mark.parametrize("command", ["apply", "status", "undo", "make"])
def test_a_file_that_was_changed_or_lost_is_an_error(roob, project, command):
    roob("createdb")
    file = project.folder / "migrations" / "0001_create_book.py"
    file.write_text(file.read_text() + "# more\n")
    changed = roob("migrate", command)
    assert changed.exit_code == 1
    assert "Error: 0001_create_book.py was changed after it was applied" in (
        changed.output
    )
    file.unlink()
    file.parent.rmdir()
    lost = roob("migrate", command)
    assert lost.exit_code == 1
    assert "Error: there is no folder of migrations at migrations" in lost.output


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["aply"], "No such command 'aply'. Did you mean 'apply'?"),
        (["apply", "--to", "x"], "Invalid value for '--to'"),
    ],
)
def test_what_cannot_be_understood_is_refused(roob, words, complaint):
    result = roob("migrate", *words)
    assert result.exit_code == 2
    assert complaint in result.output


PAGE = ColumnDefinition("pages", "int")


def made(name):
    return CreateTable(TableDefinition(name, (PAGE,), "pages"))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ([made("a")], "create a"),
        ([made("a"), made("b")], "create a and b"),
        ([made(name) for name in "abcd"], "create 4 tables"),
        ([AddColumn("a", PAGE)], "add pages to a"),
        ([DropColumn("a", PAGE)], "drop pages of a"),
        ([RetypeColumn("a", "pages", "int", "str")], "retype pages of a"),
        ([AddColumn("a", PAGE), DropColumn("a", PAGE)], "change a"),
        ([made("b"), AddColumn("a", PAGE)], "change b and a"),
    ],
)
def test_a_migration_is_named_for_what_it_changes(changes, name):
    assert name_for(Diff(tuple(changes))) == name
