import click
import pytest
from roob.cli.making.references import Model, model_in, names_of_models

POST = 'class Post(Table, table_name="posts"):\n    pass\n'


def test_a_model_is_found_without_being_imported(tmp_path):
    path = tmp_path / "posts.py"
    path.write_text(f"raise SystemExit\n\n{POST}")
    assert model_in(path) == Model("posts", "Post")


@pytest.mark.parametrize(
    "text",
    [
        f"class Tag(Table): pass\n{POST}",
        f"class Tag(Base): pass\n{POST}",
        POST.replace("(Table", "(orm.Table"),
        POST.replace(', table_name="posts"', ""),
        POST.replace('"posts"', "NAME"),
        "class Tag(Table): pass\n\nclass Post(Table, table_name='posts'): pass\n",
    ],
)
def test_the_class_of_the_table_that_the_file_is_named_after_is_meant(tmp_path, text):
    path = tmp_path / "posts.py"
    path.write_text(text)
    assert model_in(path).name == "Post"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "here is none"),
        ("class Post: pass", "here is none"),
        ("class A(Table): pass\nclass B(Table): pass", "here is A and B"),
        ("class Post(", "cannot be read"),
        ("x = '\0'", "cannot be read"),
    ],
)
def test_what_has_no_model_or_several_is_refused(tmp_path, text, complaint):
    path = tmp_path / "posts.py"
    path.write_text(text)
    with pytest.raises(click.ClickException) as refused:
        model_in(path)
    assert refused.value.message.startswith(str(path))
    assert complaint in refused.value.message


def test_models_are_the_modules_of_a_folder(tmp_path):
    for name in ("posts.py", "__init__.py", "Old.py", "notes.txt", "comments.py"):
        (tmp_path / name).touch()
    assert names_of_models(tmp_path) == ["comments", "posts"]
    assert names_of_models(tmp_path / "nowhere") == []
