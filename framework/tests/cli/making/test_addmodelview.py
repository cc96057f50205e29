import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

PAGES = "list retrieve get_create_form get_edit_form get_delete_form"
EVERYTHING = (
    "name:str:unique body:text count:int:index weight:float good:bool born:date "
    "seen:datetime price:decimal:optional key:uuid data:json boss:{name}:optional"
)


@pytest.fixture
def project(folder):
    """What a command takes for a project's folder."""
    (folder / "dispatcher.py").touch()
    for name in ("views", "models", "tests"):
        (folder / name).mkdir()
    return folder


def files(folder):
    return sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()
    )


def test_a_model_is_added_with_its_view_pages_and_test(roob, project):
    result = roob("addmodelview", "employees", "name:str", "office_number:int")
    assert result.exit_code == 0
    created = [
        "models/employees.py",
        "views/employees.py",
        *(f"templates/employees/{page}.html" for page in PAGES.split()),
        "tests/test_employees.py",
    ]
    assert result.output == "".join(f" created {name}\n" for name in created)
    assert files(project) == sorted(["dispatcher.py", *created])


def test_the_model_has_a_key_the_columns_and_a_version(roob, project):
    roob("addmodelview", "employees", "name:str", "born:date:optional")
    assert (project / "models" / "employees.py").read_text() == dedent('''\
        """The model employees: what is kept of each."""

        import datetime as dt

        from roob.orm.column import Column, PrimaryKey, Version
        from roob.orm.table import Table


        class Employee(Table, table_name="employees"):
            """One employee, a row of its table."""

            id = PrimaryKey(int, auto_increment=True)
            name = Column(str)
            born = Column(dt.date, nullable=True)
            version = Version()
        ''')


def test_a_reference_is_to_a_model_that_is_there(roob, project):
    roob("addmodelview", "posts", "title:str")
    roob("addmodelview", "comments", "post:posts", "body:text", "reply_to:comments")
    assert files(project / "models") == ["posts.py"]
    roob("addmodelview", "comments", "post:posts", "body:text", "on:comments:optional")
    assert (project / "models" / "comments.py").read_text() == dedent('''\
        """The model comments: what is kept of each."""

        from roob.orm.column import Column, ForeignKey, PrimaryKey, Version
        from roob.orm.table import Table

        from models.posts import Post


        class Comment(Table, table_name="comments"):
            """One comment, a row of its table."""

            id = PrimaryKey(int, auto_increment=True)
            post = ForeignKey(Post)
            body = Column(str)
            on = ForeignKey("self", nullable=True)
            version = Version()
        ''')


def test_the_view_has_the_table_and_its_long_texts(roob, project):
    roob("addmodelview", "posts", "title:str", "body:text")
    assert (project / "views" / "posts.py").read_text() == dedent('''\
        """The view posts: pages and forms of a table."""

        from roob.scaffold.model_collection import ModelCollection

        from dbconfig import db
        from models.posts import Post


        class PostsCollection(ModelCollection[Post]):
            """Shows and changes the posts.

            What is inherited can be written anew here: list, create, retrieve, update,
            delete, get_create_form, get_edit_form and get_delete_form.
            """

            table = Post
            db = db
            long_texts = ("body",)
        ''')


def test_what_is_there_stays_and_nothing_is_added(roob, project):
    (project / "tests" / "test_posts.py").write_text("mine")
    before = files(project)
    result = roob("addmodelview", "posts", "title:str")
    assert (result.exit_code, result.output) == (
        1,
        "Error: File 'tests/test_posts.py' already exists\n",
    )
    assert files(project) == before


def test_a_class_that_another_model_has_is_refused(roob, project):
    (project / "models" / "broken.py").write_text("class Employee(")
    roob("addmodelview", "employees", "name:str")
    before = files(project)
    result = roob("addmodelview", "employee", "name:str")
    assert (result.exit_code, result.output) == (
        1,
        "Error: The class Employee is in models/employees.py already\n",
    )
    assert files(project) == before
    again = roob("addmodelview", "employees", "name:str")
    assert "File 'models/employees.py' already exists" in again.output


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["posts"], 2, "Missing required parameter <columns>."),
        (["posts", "title"], 1, "Error: column 'title' has no type: write title:str"),
        (["posts", "title:string"], 1, "Error: column 'title': there is no type"),
        (["Posts", "title:str"], 1, "such as posts"),
        (["health", "title:str"], 1, "/health/live"),
        (["sqlite_x", "title:str"], 1, "the database's own"),
    ],
)
def test_what_cannot_be_added_is_refused(roob, project, words, code, complaint):
    result = roob("addmodelview", *words)
    assert result.exit_code == code
    assert complaint in result.output
    assert files(project) == ["dispatcher.py"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A project with every kind of view, made by the commands."""
    return tmp_path_factory.mktemp("whole") / "my-shop"


LONG = "a_name_of_as_many_characters_as_one_has_"
VIEWS = [
    ["addview", "fred"],
    ["addview", LONG],
    ["addmodelview", "employees", "name:str", "title:str", "office_number:int"],
    ["addmodelview", "things", *EVERYTHING.format(name="things").split()],
    ["addmodelview", "posts", "author:employees", "title:str"],
    ["addmodelview", "tables", "parent:tables:optional", "post:posts:optional"],
    ["addmodelview", "flags", "is_set:bool"],
    ["addmodelview", "sums", "total:decimal:optional"],
    [
        *("addmodelview", f"{LONG[:-1]}s", f"{LONG}:text:optional:unique:index"),
        *(f"{LONG[:-1]}x:text", f"{LONG[:-1]}y:datetime:optional:unique:index"),
    ],
    ["addmodelview", "refs2", f"a:{LONG[:-1]}s", "c:tables", "post10:posts"],
]


@pytest.fixture
def made(whole, roob, monkeypatch):
    if not whole.exists():
        monkeypatch.chdir(whole.parent)
        assert roob("createproject", whole.name).exit_code == 0
        monkeypatch.chdir(whole)
        assert [roob(*words).exit_code for words in VIEWS] == [0] * len(VIEWS)
    return whole


def run(folder, *words):
    """What a Python program prints of the project, and whether it was content."""
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_tests_of_a_new_project_pass(made):
    code, output = run(made, "pytest", "-q", "-p", "no:cacheprovider")
    assert code == 0, output
    assert " passed in " in output
    assert "warning" not in output


def test_a_new_project_answers_by_cgi_wherever_it_is_called_from(made, tmp_path):
    request = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "REQUEST_METHOD": "GET",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SCRIPT_NAME": "/cgi-bin/main.cgi",
        "PATH_INFO": "/fred/1",
    }
    done = subprocess.run(
        [made / "main.cgi"],
        cwd=tmp_path,
        env=request,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.startswith("Status: 200 OK\n"), done.stderr
    assert 'href="/cgi-bin/main.cgi/static/style.css"' in done.stdout
    assert "GET /cgi-bin/main.cgi/fred/1 200" in done.stderr
    assert (
        done.stderr.splitlines()
        == ((made / "log" / "my-shop.log").read_text().splitlines()[-1:])
    )


def test_a_formatter_leaves_new_code_as_it_is(made):
    pytest.importorskip("ruff")
    code, output = run(made, "ruff", "format", "--isolated", "--no-cache", "--diff")
    assert code == 0, output


def test_a_linter_has_no_complaint_of_new_code(made):
    pytest.importorskip("ruff")
    code, output = run(
        *(made, "ruff", "check", "--isolated", "--no-cache", "--select"),
        "B,C4,D1,E,F,I,N,RET,SIM,UP,W",
        *("--ignore", "D102,D107", "--per-file-ignores", "tests/*:D1"),
    )
    assert code == 0, output
