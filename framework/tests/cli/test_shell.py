import io
import sys

import pytest

ROWS = "db.save(Book(title='Emma')); print([b.title for b in db.get_all(Book)])"


@pytest.fixture
def made(roob, project):
    """A project whose tables are there."""
    roob("createdb")
    return project


@pytest.fixture
def interacted(monkeypatch):
    """What ``code.interact`` is given, on a terminal."""
    calls = []
    monkeypatch.setattr("code.interact", lambda *args: calls.append(args))
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr("roob.cli.shell._stdin", lambda: terminal)
    return calls


def test_code_has_app_models_database_and_client(roob, made):
    result = roob("shell", "-c", "print(client.get('/books/7').json(), type(app))")
    assert result.stdout == (
        "{'id': 7, 'title': 'Emma'} <class 'roob.framework.Roob'>\n"
    )
    assert roob("shell", "-c", ROWS).stdout == "['Emma']\n"


def test_it_is_the_real_database(roob, made):
    roob("shell", "-c", ROWS)
    assert roob("shell", "-c", ROWS).stdout == "['Emma', 'Emma']\n"
    helped = " ".join(roob("shell", "--help").output.split())
    assert "The database is the real one, not a copy" in helped


def test_what_is_piped_in_is_run(roob, made):
    script = "def show():\n    print(Book.__name__, __name__)\n\nshow()\n"
    result = roob("shell", input=script)
    assert (result.exit_code, result.stdout) == (0, "Book __main__\n")


@pytest.mark.parametrize(
    ("words", "script"), [(["-c", "\n1 / 0"], None), ([], "\n1 / 0")]
)
def test_an_exception_ends_it_with_its_own_traceback(roob, made, words, script):
    result = roob("shell", *words, input=script)
    assert result.exit_code == 1
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert ", line 2, in <module>" in lines[1]
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert "roob/cli" not in result.stderr


def test_a_syntax_error_is_shown_too(roob, made):
    result = roob("shell", "-c", "x = = 1")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "SyntaxError: invalid syntax"


def test_the_code_chooses_its_exit_code(roob, made):
    assert roob("shell", "-c", "raise SystemExit(7)").exit_code == 7


def test_a_terminal_is_talked_to(roob, made, interacted):
    result = roob("shell")
    assert result.exit_code == 0
    [(banner, _, names, farewell)] = interacted
    assert "with app, Book, db, client" in banner
    assert {"app", "Book", "db", "client"} <= {*names}
    assert farewell == ""


def test_a_terminal_completes_by_tab(roob, made, interacted):
    readline = pytest.importorskip("readline")
    roob("shell")
    complete = readline.get_completer()
    assert complete("Boo", 0).startswith("Book")


def test_it_works_without_readline_and_without_httpx(
    roob, made, interacted, monkeypatch
):
    monkeypatch.setitem(sys.modules, "readline", None)
    monkeypatch.setattr("roob.cli.shell.find_spec", lambda name: None)
    assert roob("shell").exit_code == 0
    assert "with app, Book, db\n" in interacted[0][0]


def test_without_a_project_it_has_the_tables_that_the_app_defines(
    roob, written, interacted
):
    name = written(
        "from roob import Roob\n"
        "from roob.orm.column import PrimaryKey\n"
        "from roob.orm.table import Table\n"
        "class Base(Table):\n    pass\n"
        "class Snail(Base):\n    id = PrimaryKey(int)\n"
        "app = Roob()\n"
    )
    assert roob("shell", "--app", f"{name}:app").exit_code == 0
    assert "Snail" in interacted[0][2]
    assert "Base" not in interacted[0][2]
    assert "AppliedMigration" not in interacted[0][2]
    assert "db" not in interacted[0][2]


def test_an_app_that_cannot_be_found_is_an_error(roob, made):
    result = roob("shell", "-c", "1", "--app", "nowhere_at_all:app")
    assert result.exit_code == 1
    assert "Error: there is no module 'nowhere_at_all' here" in result.output
