import re

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from roob.cli.making.columns import OPTIONS, TYPES, NewColumn, parse_columns
from roob.cli.making.references import Model


@pytest.fixture
def models(tmp_path):
    """Models ``posts`` and ``post``, whose class has the same name."""
    for name in ("posts", "post"):
        text = f'class Post(Table, table_name="{name}"): pass\n'
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


@pytest.fixture
def parsed(models):
    return lambda *texts: parse_columns(texts, "comments", models)


@pytest.fixture
def refused(parsed):
    def refusal(*texts):
        with pytest.raises(click.ClickException) as refused:
            parsed(*texts)
        return refused.value.message

    return refusal


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("name:str", "Column(str)"),
        ("name:text", "Column(str)"),
        ("name:date:optional", "Column(dt.date, nullable=True)"),
        ("name:datetime", "Column(dt.datetime)"),
        ("name:decimal", "Column(Decimal)"),
        ("name:json:optional", "Column(JSON, nullable=True)"),
        (
            "name:int:index:unique:optional",
            "Column(int, nullable=True, unique=True, index=True)",
        ),
        ("name:posts", "ForeignKey(Post)"),
        ("name:posts:unique", "ForeignKey(Post, unique=True)"),
        ("name:posts:index", "ForeignKey(Post)"),
        ("name:comments:optional", 'ForeignKey("self", nullable=True)'),
    ],
)
def test_a_column_is_written_as_the_model_has_it(parsed, text, source):
    (column,) = parsed(text)
    assert f"{column.kind}({', '.join(column.arguments)})" == source


def test_a_reference_knows_where_its_model_is(parsed):
    assert parsed("post:posts") == [
        NewColumn("post", "posts", [], Model("posts", "Post"))
    ]
    assert parsed("post:posts")[0].sql_name == "post_id"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name", "column 'name' has no type: write name:str, or one of str, text"),
        ("name:", "column 'name' has no type"),
        ("name:strr", "there is no type 'strr'; did you mean 'str'? Types are str,"),
        ("name:Int", "did you mean 'int'?"),
        ("name:psts", "did you mean 'posts'?"),
        ("name:zzzz", "there is no type 'zzzz'. Types are str, text, int, float, "),
        ("name:zzzz", "uuid, json, or a model: post, posts"),
        ("name:str:uniq", "there is no option 'uniq'; did you mean 'unique'? Options"),
        ("name:str:", "there is no option ''. Options are optional, unique, index"),
        ("name:json:unique", "no database compares JSON, so not unique"),
        ("name:json:index", "no database compares JSON, so not index"),
        ("name:comments", "write name:comments:optional"),
        ("id:int", "'id' is no name for a column: every model has it by itself"),
        ("version:int", "every model has it by itself"),
        ("csrf_token:str", "forms have a hidden field of that name"),
        ("str:str", "the columns below it mean the type by that"),
        ("to_dict:str", "it means something to every table"),
        ("xmin:int", "PostgreSQL keeps it for itself"),
        ("_x:str", "'_x' is no name for a column: a letter has to come first"),
        ("Office-Number:int", "such as office_number"),
        ("class:str", "it is a word of Python's own"),
        ("", "'' is no name for a column"),
    ],
)
def test_what_is_no_column_is_refused_with_what_is(refused, text, complaint):
    assert complaint in refused(text)


def test_no_two_columns_are_one(refused):
    assert refused("a:str", "a:int") == "column 'a' is there twice"
    assert refused("a:posts", "a:posts") == "column 'a' is there twice"
    for texts in (["author:posts", "author_id:int"], ["author_id:int", "author:posts"]):
        assert "are one column in the database: author_id" in refused(*texts)


def test_no_two_classes_of_one_name_are_named_in_one_module(refused, models):
    assert refused("a:post", "b:posts") == (
        "'post' and 'posts' both have a class Post: rename one of them"
    )
    (models / "posts.py").write_text("class Comment(Table): pass")
    assert "both have a class Comment" in refused("a:posts")


def test_one_model_may_be_referred_to_twice(parsed):
    assert [column.name for column in parsed("a:posts", "b:posts")] == ["a", "b"]


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_has_two_different_samples(kind):
    first, second = NewColumn("a" * 40, kind).samples
    assert first != second
    assert max(len(first), len(second)) <= 36


COLUMNS = st.lists(
    st.builds(
        ":".join,
        st.tuples(
            st.from_regex("[a-z_]{0,3}", fullmatch=True),
            st.sampled_from([*TYPES, "own", ""]),
            st.sampled_from([*OPTIONS, "often", ""]),
        ),
    )
    | st.text(max_size=20),
    max_size=4,
)


@given(COLUMNS)
def test_columns_are_understood_or_refused_whatever_is_typed(texts):
    try:
        columns = parse_columns(texts, "own")
    except click.ClickException:
        return
    assert [column.name for column in columns] == [t.split(":")[0] for t in texts]
    assert len({column.sql_name for column in columns}) == len(columns)
    assert all(re.fullmatch("[a-z][a-z0-9_]*", column.name) for column in columns)
