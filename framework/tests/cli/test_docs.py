import pytest

FILLED = """\
# Shop

```trace app={shop}:app
$ roob why GET /books/7
{shown}
```

words
"""


@pytest.fixture
def document(folder, shop):
    """``document(shown, name) -> Path``: one with a block that shows that."""

    def write(shown="", name="docs/tour.md", text=FILLED):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(shop=shop, shown=shown), encoding="utf-8")
        return path

    return write


def test_blocks_are_filled_from_what_the_commands_print(roob, document):
    path = document()
    result = roob("docs", "--write")
    assert result.exit_code == 0
    assert result.output == "1 blocks of 1 documents are written\n"
    text = path.read_text(encoding="utf-8")
    assert "$ roob why GET /books/7\nGET /books/7 is answered by /books/" in text
    assert text.endswith("```\n\nwords\n")
    assert roob("docs", "--check").output == (
        "1 blocks of 1 documents are as they run\n"
    )


def test_a_block_that_is_not_as_it_runs_fails_the_check(roob, document):
    path = document("something else")
    before = path.read_text()
    result = roob("docs", "--check", str(path))
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[0] == "1 of 1 blocks are not as they run; roob docs --write"
    assert "-something else" in lines
    assert any(line.startswith("+GET /books/7 is answered by") for line in lines)
    assert path.read_text() == before


def test_documents_are_named_or_looked_for_in_folders(roob, document, folder):
    document(name="one/a.md")
    document(name="one/inner/b.md")
    document(name="two/c.md")
    result = roob("docs", "--write", "one", "two/c.md")
    assert result.output == "3 blocks of 3 documents are written\n"


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        ([], 2, "give --write or --check"),
        (["--check", "nowhere.md"], 2, "does not exist"),
        (["--check", "docs"], 1, "there is no block with app="),
    ],
)
def test_what_cannot_be_done_is_said(roob, document, words, code, complaint):
    document(text="# Only words\n")
    result = roob("docs", *words)
    assert result.exit_code == code
    assert complaint in result.output


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("```trace app=x:y\n$ roob why /\n", "the block does not end"),
        ("```trace app=x:y\n$ ls\n```\n", "the block names no command"),
        ("```trace words app=x:y\n$ roob why /\n```\n", "no list of name=value"),
    ],
)
def test_a_bad_block_is_named(roob, document, text, complaint):
    path = document(text=text)
    result = roob("docs", "--check", str(path))
    assert result.exit_code == 1
    assert f"{path}:1: " in result.output
    assert complaint in result.output


@pytest.mark.parametrize("mode", ["--write", "--check"])
@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("app=nowhere_at_all:app\n$ roob why /", "no module 'nowhere_at_all' here"),
        (
            "app={shop}:app OF=its-own\n$ roob why a/b",
            "'a/b' is neither a method nor a path",
        ),
    ],
)
def test_where_a_command_cannot_be_run_nothing_is_written(
    roob, document, block, reason, mode
):
    well = document(name="docs/a.md")
    path = document(name="docs/b.md", text=f"```trace {block}\n```\n")
    before = well.read_text(), path.read_text()
    result = roob("docs", mode, "docs")
    assert result.exit_code == 1
    assert result.output.startswith("Error: docs/b.md: roob why ")
    assert reason in result.output
    assert "Traceback" not in result.output
    assert (well.read_text(), path.read_text()) == before


def test_a_blocks_environment_is_the_commands(roob, written, document):
    name = written(
        "import os\nfrom roob import Roob\napp = Roob()\n"
        "app.add_route('/' + os.environ['SHELF'], print, ['GET'])\n"
    )
    path = document(text=f"```text app={name}:app SHELF=upper $ roob why /upper\n```\n")
    roob("docs", "--write", str(path))
    assert "GET /upper is answered by /upper" in path.read_text()
