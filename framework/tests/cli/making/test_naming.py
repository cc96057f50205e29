import ast
import re
from keyword import iskeyword

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from roob.cli.making.naming import (
    LONGEST,
    check_identifier,
    check_model_name,
    check_project_name,
    check_view_name,
    class_of_model,
    class_of_view,
    is_name,
    singular,
    slug,
    words,
)

NAMES = st.from_regex(f"[a-z][a-z0-9_]{{0,{LONGEST - 1}}}", fullmatch=True).filter(
    is_name
)


@pytest.mark.parametrize(
    ("name", "one"),
    [
        ("employees", "employee"),
        ("companies", "company"),
        ("boxes", "box"),
        ("addresses", "address"),
        ("statuses", "status"),
        ("buses", "bus"),
        ("houses", "house"),
        ("causes", "cause"),
        ("courses", "course"),
        ("sizes", "size"),
        ("branches", "branch"),
        ("dishes", "dish"),
        ("heroes", "hero"),
        ("movies", "movie"),
        ("caches", "cache"),
        ("children", "child"),
        ("news", "news"),
        ("sheep", "sheep"),
        ("people", "people"),
        ("address", "address"),
        ("status", "status"),
        ("analysis", "analysis"),
        ("gas", "gas"),
        ("blog_posts", "blog_post"),
        ("news_stories", "news_story"),
        ("posts_", "posts_"),
    ],
)
def test_one_of_many_is_named_as_english_has_it(name, one):
    assert singular(name) == one


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("employees", "Employee"),
        ("blog_posts", "BlogPost"),
        ("a1_b2", "A1B2"),
        ("tables", "TableRow"),
        ("columns", "ColumnRow"),
        ("versions", "VersionRow"),
        ("model_collections", "ModelCollectionRow"),
        ("none", "NoneRow"),
    ],
)
def test_a_class_is_named_after_one_and_hides_no_other(name, kind):
    assert class_of_model(name) == kind


@given(NAMES)
def test_every_name_gives_classes_that_python_takes(name):
    for found in (class_of_model(name), class_of_view(name)):
        assert found.isidentifier()
        assert not iskeyword(found)
        assert found[0].isupper()
        ast.parse(f"class {found}: pass")


@given(NAMES)
def test_a_singular_is_never_empty(name):
    assert singular(name)


def refusal(check, *arguments):
    with pytest.raises(click.ClickException) as refused:
        check(*arguments)
    return refused.value.message


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Fred-x", "use lower-case letters, digits and _, such as fred_x"),
        ("BlogPosts", "use lower-case letters, digits and _, such as blog_posts"),
        ("HTTPServer", "use lower-case letters, digits and _, such as httpserver"),
        ("../x", "use lower-case letters, digits and _, such as x"),
        ("é", "use lower-case letters, digits and _"),
        ("", "use lower-case letters, digits and _"),
        ("fred\n", "use lower-case letters, digits and _, such as fred"),
        ("7up", "a letter has to come first"),
        ("_x", "a letter has to come first, such as x"),
        ("class", "it is a word of Python's own"),
        ("Class", "use lower-case letters, digits and _"),
        ("a" * 41, "it has 41 characters, 40 are the most"),
    ],
)
def test_what_is_no_name_is_refused_with_one_that_is(text, complaint):
    assert refusal(check_view_name, text) == f"{text!r} is no name for a view: " + (
        complaint
    )


@pytest.mark.parametrize("text", ["static", "health", "model"])
def test_a_name_that_is_taken_is_refused(text):
    assert refusal(check_view_name, text).startswith(f"{text!r} is no name for a view")
    check_identifier(text, "a column")


@pytest.mark.parametrize("text", ["sqlite_master", "roob_migration"])
def test_a_table_of_the_databases_own_is_refused(text):
    assert "the database's own" in refusal(check_model_name, text)
    check_view_name(text)


@pytest.mark.parametrize("text", ["json", "match", "views", "order", "a", "x" * 40])
def test_ordinary_words_are_names(text):
    check_model_name(text)


@given(st.text(max_size=50))
def test_a_name_is_refused_or_is_one_whatever_is_typed(text):
    try:
        check_model_name(text)
    except click.ClickException as refused:
        suggested = re.search("such as (.*)", refused.message)
        assert suggested is None or is_name(suggested[1])
    else:
        assert re.fullmatch("[a-z][a-z0-9_]*", text)


@pytest.mark.parametrize("text", ["myproject", "My-Shop_2", "a", "x" * 64])
def test_a_project_has_a_plain_name(text):
    check_project_name(text)


@pytest.mark.parametrize(
    "text", ["../x", "/abs", "a/b", "", ".", "..", "-x", "7up", "é", "a b", "x" * 65]
)
def test_what_is_no_plain_name_is_refused_for_a_project(text):
    assert "use letters, digits, - and _, a letter first" in refusal(
        check_project_name, text
    )


def test_names_are_written_as_others_need_them():
    assert words("blog_posts") == "blog posts"
    assert slug("My__Shop-") == "my-shop"
