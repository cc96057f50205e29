import sqlite3
import sys
from contextlib import closing

import pytest
from roob import Roob
from roob.cli.checking.check import steps_of
from roob.cli.checking.pages import renders
from roob.collection import Collection
from roob.middlewares import (
    CsrfMiddleware,
    ErrorHandlerMiddleware,
    ExecutionTimeMiddleware,
)

APP = """\
from roob import Roob
from roob.views import add_views
app = Roob()
views = add_views(app, "{views}")
"""
FRED = """\
from roob.collection import Collection


class FredCollection(Collection):
    def list(self):
        return {"names": []}

    def retrieve(self, id):
        return "as it is"

    def get_stats(self):
        pass
"""


@pytest.fixture
def page(folder, monkeypatch):
    """``page("a.html", "text")``: a template."""
    monkeypatch.delenv("ROOB_ENV", raising=False)

    def write(name, text=""):
        path = folder / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return write


@pytest.fixture
def views(written, package):
    """``views({"fred": text}) -> "shop_7:app"``: an app with those views."""
    return lambda modules: f"{written(APP.format(views=package(modules)))}:app"


def lines(result):
    return result.output.splitlines()


def test_a_project_that_is_well_has_no_problems(roob, project, page):
    page("a.html", "{{ 1 }}")
    roob("createdb")
    result = roob("check")
    assert result.exit_code == 0
    assert lines(result)[1:] == [
        "✓ routes: 6 routes, 6 handlers",
        "✓ templates: 1 template, and what they name is there",
        "✓ models: 1 table, book",
        "✓ database: sqlite answers",
        "✓ database: it is as the models say",
        "",
        "No problems.",
    ]
    assert lines(result)[0].startswith("✓ app: shop_of_a_test_")


def test_an_app_without_a_project_is_looked_at_all_the_same(roob, shop):
    result = roob("check")
    assert result.exit_code == 0
    assert "– models: the project names none ([tool.roob] models)" in lines(result)
    assert "– database: the project names none ([tool.roob] database)" in lines(result)


@pytest.mark.parametrize(
    ("app", "complaint"),
    [
        ("nowhere_at_all:app", "✗ app: there is no module 'nowhere_at_all' here"),
        ("{shop}:plain", "✗ app: {shop}:plain is no Roob application"),
    ],
)
def test_an_app_that_is_none_is_a_problem_and_the_rest_is_looked_at(
    roob, shop, app, complaint
):
    result = roob("check", "--app", app.format(shop=shop))
    assert result.exit_code == 1
    assert lines(result)[0] == complaint.format(shop=shop)
    assert lines(result)[2].startswith("– models: ")
    assert lines(result)[-1] == "1 problem."


def test_a_route_that_never_answers_is_named(roob, written):
    name = written(
        "from roob import Roob\napp = Roob()\n"
        "@app.route('/{name}', ['GET'])\ndef one(request, name): pass\n"
        "@app.route('/{id:d}', ['GET'])\ndef two(request, id): pass\n"
    )
    result = roob("check", "--app", f"{name}:app")
    assert result.exit_code == 1
    assert lines(result)[2:4] == [
        "✗ routes: /{id:d} (two) never answers, /{name} takes all its requests",
        "  → register it before /{name}",
    ]


def test_views_are_imported_and_their_templates_looked_for(roob, views, page):
    app = views({"fred": FRED, "broken": "\n1 / 0\n", "two": FRED + FRED})
    page("fred/list.txt")
    result = roob("check", "--app", app)
    assert result.exit_code == 1
    said = lines(result)
    words = "✗ views: broken cannot be imported: ZeroDivisionError: division by zero"
    assert words in said
    assert said[said.index(words) + 1].endswith("/broken.py:2")
    words = "✗ views: FredCollection.get_stats has no template"
    assert said[said.index(words) + 1] == "  → write templates/fred/get_stats.html"
    assert [line for line in said if "has no template" in line and "list" in line] == [
        "✗ views: FredCollection.list has no template"  # of the view named two
    ]


def test_views_that_are_well_are_counted(roob, views, page):
    app = views({"fred": FRED})
    page("fred/list.html")
    page("fred/get_stats.html")
    assert "✓ views: 1 view" in lines(roob("check", "--app", app))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a\n{% if %}", "templates: a.html: Expected an expression"),
        ("{{ x|nothing }}", "templates: a.html: No filter named 'nothing'"),
        ("{% extends 'no.html' %}", "templates: a.html:1 names no.html, which is not"),
        ("{% include 'no.html' ignore missing %}", ""),
        ("{% extends name %}", ""),
        ("{{ static('a.css') }}\n{{ static(x) }}", ""),
        ("\n{{ static('no.css') }}", "static: a.html:2 names no.css, which is not"),
    ],
)
def test_templates_compile_and_name_what_is_there(
    roob, shop, page, folder, text, complaint
):
    (folder / "static").mkdir()
    (folder / "static" / "a.css").write_text("a {}")
    page("a.html", text)
    result = roob("check")
    assert result.exit_code == bool(complaint)
    assert (f"✗ {complaint}" in result.output) == bool(complaint)


def test_a_template_that_is_no_text_is_a_problem(roob, shop, page, folder):
    page("a.html")
    (folder / "templates" / "b.png").write_bytes(b"\x89PNG\xff")
    result = roob("check")
    assert "✗ templates: b.png is no text in UTF-8" in lines(result)


def test_a_loader_that_lists_nothing_is_skipped(roob, written):
    name = written(
        "from jinja2 import FunctionLoader\nfrom roob import Roob\napp = Roob()\n"
        "app.templates_env.loader = FunctionLoader(lambda name: None)\n"
    )
    result = roob("check", "--app", f"{name}:app")
    assert result.exit_code == 0
    assert "– templates: their loader cannot list them" in lines(result)


def test_models_that_cannot_be_are_a_problem(roob, project):
    project.change("1 / 0\n")
    result = roob("check")
    assert result.exit_code == 1
    assert "✗ models: importing " in result.output
    assert "ZeroDivisionError" in result.output
    assert lines(result)[-3:] == [
        "– database: not looked at, for the models cannot be imported",
        "",
        "1 problem.",
    ]


def test_a_database_that_is_not_made_is_not_made_by_looking(roob, project):
    result = roob("check")
    assert result.exit_code == 1
    words = f"✗ database: the file {project.database} is not there"
    assert lines(result)[lines(result).index(words) + 1] == "  → roob createdb"
    assert not project.database.exists()


def test_a_table_that_is_missing_is_named(roob, project):
    with closing(sqlite3.connect(project.database)) as connection:
        connection.execute("CREATE TABLE other (id INTEGER PRIMARY KEY)")
    before = project.database.read_bytes()
    result = roob("check")
    assert "✗ database: it lacks the table book" in lines(result)
    assert "  → roob createdb" in lines(result)
    assert project.database.read_bytes() == before


def test_a_table_that_differs_and_what_is_pending_are_named(roob, project):
    roob("createdb")
    text = (project.folder / f"{project.models}.py").read_text()
    project.change(text + "    pages = Column(int, default=100)\n")
    result = roob("check")
    assert "  book: add column pages (int), 100 in old rows" in lines(result)
    assert "  → roob migrate make, and then roob migrate apply" in lines(result)
    roob("migrate", "make")
    result = roob("check")
    words = "✗ database: 1 migration pending, 0002_add_pages_to_book.py"
    assert lines(result)[lines(result).index(words) + 1] == "  → roob migrate apply"


def test_a_database_that_does_not_answer_is_a_problem(roob, project):
    project.database.write_text("no database at all, and longer than its header is" * 9)
    result = roob("check")
    assert result.exit_code == 1
    words = "✗ database: file is not a database"
    said = lines(result)
    [place] = [n for n, line in enumerate(said) if line.startswith(words)]
    assert said[place + 1] == "  → see that it runs, and that DATABASE_URL names it"


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("1 / 0\n", "correct it there"),
        (
            (
                "from roob.orm.db_factory import DatabaseFactory\n"
                "db = DatabaseFactory.from_url('oracle://host')\n"
            ),
            "see that it runs, and that DATABASE_URL names it",
        ),
    ],
)
def test_a_database_that_cannot_be_named_is_a_problem(roob, project, text, remedy):
    project.change(text, project.config)
    said = lines(roob("check"))
    assert said[-4].startswith("✗ database: importing ")
    assert said[-3] == f"  → {remedy}"


def test_in_production_debug_is_off(roob, written, monkeypatch):
    monkeypatch.setenv("ROOB_ENV", "production")
    name = written("from roob import Roob\nlean = Roob()\nloud = Roob(debug=True)\n")
    lean, loud = (roob("check", "--app", f"{name}:{app}") for app in ("lean", "loud"))
    assert "✓ production: debug is off" in lines(lean)
    assert "✗ production: debug is on, and shows errors to anyone" in lines(loud)


def test_in_production_the_forms_of_views_are_guarded(roob, views, monkeypatch, folder):
    app = views({})
    monkeypatch.setenv("ROOB_ENV", "production")
    assert "✗ production: no CsrfMiddleware" in roob("check", "--app", app).output
    module = sys.modules[app.partition(":")[0]]
    module.app.add_middleware(CsrfMiddleware)
    assert "CsrfMiddleware" not in roob("check", "--app", app).output


def test_the_steps_of_a_chain_are_found():
    app = Roob()
    kinds = [ExecutionTimeMiddleware, ErrorHandlerMiddleware, CsrfMiddleware]
    for kind in kinds:
        app.add_middleware(kind)
    assert [type(step) for step in steps_of(app)] == kinds[::-1]


def test_findings_have_colours_on_a_terminal(roob, shop, monkeypatch):
    monkeypatch.setattr("roob.cli.terminal.has_colours", lambda: True)
    assert "\x1b[32m✓\x1b[0m app: " in roob("check", color=True).output


class Members(Collection):
    def literal(self):
        return {"a": 1}

    def nothing(self):
        """Say nothing."""

    def none(self):
        return None

    def bare(self):
        if self.name:
            return
        raise ValueError

    def text(self):
        return "text"

    def inner(self):
        def help_out():
            return {"a": 1}

        return str(help_out())

    def gives_up(self):
        raise ValueError

    def streams(self):
        yield "a"

    def unclear(self):
        return self.literal() | {"b": 2}

    made = eval("lambda self: {}")


@pytest.mark.parametrize(
    ("name", "does"),
    [
        ("literal", True),
        ("nothing", True),
        ("none", True),
        ("bare", True),
        ("text", False),
        ("inner", False),
        ("gives_up", False),
        ("streams", False),
        ("unclear", False),
        ("made", False),
    ],
)
def test_a_member_renders_where_that_is_certain(name, does):
    assert renders(getattr(Members, name)) is does
