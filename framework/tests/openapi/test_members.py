"""Collections by their members: each at the path that people ask for."""

import pytest
from roob import Roob
from roob.collection import Collection
from roob.openapi import describe
from roob.openapi.document import Info, document_of
from roob.openapi.pages import Documentation
from roob.views import add_views

FRED = """
from roob.collection import Collection

class FredCollection(Collection):
    def list(self):
        '''Everyone.'''
        return {}

    def get_stats(self, id=None): return ""
"""


class Comments(Collection):
    @describe(tags=["comments"], responses={400: "No such page"})
    def list(self):
        """All comments."""

    def update(self, id) -> str:
        """Change one."""

    def post_raise(self, id): ...


@pytest.fixture
def app(tmp_path):
    (tmp_path / "comments").mkdir()
    for name in ("list.html", "list.txt"):
        (tmp_path / "comments" / name).write_text("")
    app = Roob(tmp_path)
    Comments.register(app, "/posts/{post:d}/comments", "comments")
    return app


def test_members_are_where_the_collection_answers(app, document):
    paths = document(app)["paths"]
    assert {path: [*item] for path, item in paths.items()} == {
        "/posts/{post}/comments/": ["get"],
        "/posts/{post}/comments/{id}": ["put", "patch"],
        "/posts/{post}/comments/{id};raise": ["post"],
    }


def test_members_are_named_after_what_they_do(app, document):
    items = document(app)["paths"].values()
    ids = [each["operationId"] for item in items for each in item.values()]
    assert ids == [
        "list_comments",
        "update_comments_by_put",
        "update_comments_by_patch",
        "post_raise_comments",
    ]


def test_a_list_can_be_had_in_each_form_that_has_a_template(app, operation):
    found = operation(app, "get /posts/{post}/comments/")
    assert (found["summary"], found["tags"]) == ("All comments.", ["comments"])
    assert [*found["responses"]] == ["200", "400", "404", "406"]
    assert [*found["responses"]["200"]["content"]] == ["text/html", "text/plain"]


def test_a_member_without_templates_answers_as_any_handler(app, operation):
    found = operation(app, "put /posts/{post}/comments/{id}")
    assert [each["name"] for each in found["parameters"]] == ["post", "id"]
    assert [*found["responses"]["200"]["content"]] == ["text/html"]


def test_views_are_found_by_their_files(tmp_path, monkeypatch, document):
    package = tmp_path / "views_of_the_document"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "fred.py").write_text(FRED)
    monkeypatch.syspath_prepend(tmp_path)
    app = Roob()
    add_views(app, package.name)

    assert [*document(app)["paths"]] == ["/fred/", "/fred/{id};stats", "/fred/;stats"]


def test_a_view_that_cannot_be_imported_is_left_out_and_told_of(
    tmp_path, monkeypatch, caplog
):
    package = tmp_path / "views_with_one_broken"
    package.mkdir()
    for name, text in {"__init__": "", "fred": FRED, "gone": "1 / 0"}.items():
        (package / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    app = Roob()
    add_views(app, package.name)

    paths = document_of(app, Info())["paths"]

    assert [*paths] == ["/fred/", "/fred/{id};stats", "/fred/;stats"]
    assert "The view gone is left out" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_view_that_comes_later_is_in_the_next_document(tmp_path, monkeypatch):
    package = tmp_path / "views_that_grow"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    app = Roob()
    add_views(app, package.name)
    documentation = Documentation(app, Info())
    assert documentation.document()["paths"] == {}

    (package / "fred.py").write_text(FRED)

    assert "/fred/" in documentation.document()["paths"]
