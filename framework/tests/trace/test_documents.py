import pytest
from roob.trace.documents import (
    BlockError,
    blocks_of,
    differences,
    in_groups,
    is_outdated,
    rewritten,
    structure,
)

TOUR = """\
# A tour

```trace app=shop:app DATABASE_URL=sqlite:///:memory: LEVEL=a=b
$ roob trace GET /books/1
old output
```

```python
print("not a block of ours")
```

````text app=shop:app $ roob why 'GET' /books
older
```
````
"""


@pytest.fixture
def document(tmp_path):
    def write(text):
        path = tmp_path / "tour.md"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_block_names_its_app_its_environment_and_its_command(document):
    first, second = blocks_of(document(TOUR))
    assert first.app == second.app == "shop:app"
    assert first.environment == {"DATABASE_URL": "sqlite:///:memory:", "LEVEL": "a=b"}
    assert first.command == ("trace", "GET", "/books/1")
    assert first.prompt == "$ roob trace GET /books/1\n"
    assert first.shown == "$ roob trace GET /books/1\nold output\n"
    assert (second.command, second.prompt) == (("why", "GET", "/books"), "")
    assert second.shown == "older\n```\n"
    assert first.title.endswith("tour.md:3: roob trace GET /books/1")


def test_filling_changes_the_blocks_content_and_nothing_else(document):
    path = document(TOUR)
    first, second = blocks_of(path)
    new = rewritten(path, {first.first: "new\n\n", second.first: "newer\nlines\n"})
    assert new == TOUR.replace("old output", "new").replace(
        "older\n```", "newer\nlines"
    )


def test_filling_again_changes_nothing(document):
    path = document(TOUR)
    first, _ = blocks_of(path)
    path.write_text(rewritten(path, {first.first: "one\ntwo\nthree"}))
    (again, _) = blocks_of(path)
    assert rewritten(path, {again.first: "one\ntwo\nthree\n"}) == path.read_text()


def test_a_block_that_is_not_run_stays(document):
    path = document(TOUR)
    assert rewritten(path, {}) == TOUR


@pytest.mark.parametrize(
    "text",
    ["", "# only words\n", "```python\nx = 1\n```\n", "```trace\n$ roob rooms\n```\n",
     "`app=x`\n", "~~~trace app=x\n~~~\n", "```python\nnever ends\n"],
)  # fmt: skip
def test_what_has_no_app_in_its_info_string_is_no_block(document, text):
    assert blocks_of(document(text)) == []


def test_a_block_inside_of_an_example_is_a_part_of_it(document):
    text = "````markdown\n```trace app=shop:app\n$ roob trace GET /\n```\n````\n"
    assert blocks_of(document(text)) == []
    assert len(blocks_of(document(text + TOUR))) == 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("```trace app=x:y\n$ roob why /\n", ":1: the block does not end"),
        ("```trace app=x:y\n```\n", ":1: the block names no command"),
        ("```trace app=x:y\nonly text\n```\n", ":1: the block names no command"),
        ("```trace app=x:y\n$ ls\n```\n", ":1: the block names no command"),
        ("```trace app=x:y\n$ roob why '/\n```\n", ":1: the command cannot be read"),
        ("```trace words app=x:y\n$ roob why /\n```\n", "no list of name=value"),
        ("```trace x-app=x:y\n$ roob why /\n```\n", "no list of name=value"),
        ("```trace app=\n$ roob why /\n```\n", "no list of name=value"),
    ],
)
def test_a_bad_block_is_named_with_its_line(document, text, complaint):
    with pytest.raises(BlockError, match=r"tour\.md") as refusal:
        blocks_of(document(text))
    assert complaint in str(refusal.value)


RUN = """\
GET /books/7?full=1  →  200 OK, 53 bytes      192 µs untraced (median of 298); took 1 ms

  app         GET /books/7                   roob/framework.py:68
  handler     get_book(id=7)                 shop/books.py:12
  sql         SELECT 3 columns FROM "book"   1 row, 6.7 µs
  handler →   {'id': 7}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("192 µs", "2,012.5 µs"),
        ("took 1 ms", "took 12.3 ms"),
        ("(median of 298)", "(median of 5)"),
        ("6.7 µs", "120 µs"),
        ("framework.py:68", "framework.py:701"),
        ("books.py:12", "books.py:9"),
        ("                   roob", "  roob"),
        ("untraced (median", "untraced  (median"),
    ],
)
def test_moments_and_lines_are_no_difference(old, new):
    assert old in RUN
    assert structure(RUN.replace(old, new)) == structure(RUN)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("id " + "0f" * 16, "id " + "a1" * 16),
        ("at 2026-01-02T03:04:05.678+00:00", "at 2027-11-12 13:14:15Z"),
        ("reads 3 functions, 40 lines", "reads 3 functions, 41 lines"),
        ("about 3 minutes", "about 12 minutes"),
        ("about 48 µs; it took", "52 µs; it took"),
        ("a\n  library  numpy  3 ms\nb", "a\nb"),
    ],
)
def test_identities_times_and_libraries_are_no_difference(one, other):
    assert structure(one) == structure(other)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("200 OK", "404 Not Found"),
        ("get_book", "get_books"),
        ("id=7", "id=8"),
        ("{'id': 7}", "{'id': 8}"),
        ('FROM "book"', 'FROM "books"'),
        ("3 columns", "4 columns"),
        ("1 row", "2 rows"),
        ("53 bytes", "54 bytes"),
        ("shop/books.py", "shop/pages.py"),
        ("  handler     ", "  service     "),
        ("GET /books/7?", "POST /books/7?"),
        ("full=1", "full=2"),
    ],
)
def test_names_arguments_sql_and_statuses_are_a_difference(old, new):
    assert old in RUN
    assert structure(RUN.replace(old, new, 1)) != structure(RUN)


def test_a_line_more_or_less_is_a_difference():
    assert structure(RUN + "  error  no\n") != structure(RUN)
    assert structure(RUN + "\n\n") == structure(RUN)


def test_where_they_agree_there_is_nothing_to_say(document):
    (block,) = blocks_of(document(f"```trace app=x:y $ roob trace /\n{RUN}```\n"))
    assert differences(block, RUN.replace("192", "200")) == ""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [("192 µs", "200 µs", False), ("books.py:12", "books.py:13", True),
     ("get_book", "get_tome", True)],
)  # fmt: skip
def test_a_block_is_outdated_where_more_than_its_times_are(
    document, old, new, expected
):
    (block,) = blocks_of(document(f"```trace app=x:y $ roob trace /\n{RUN}```\n"))
    assert is_outdated(block, RUN.replace(old, new)) is expected


def test_where_they_differ_it_is_said_where_and_how(document):
    (block,) = blocks_of(document(f"```trace app=x:y $ roob trace /\n{RUN}```\n"))
    told = differences(block, RUN.replace("get_book", "get_tome")).splitlines()
    assert told[0].endswith("tour.md:1: roob trace /")
    assert "-handler get_book(id=7) shop/books.py" in told
    assert "+handler get_tome(id=7) shop/books.py" in told


def test_blocks_of_one_app_and_environment_are_made_together(document):
    text = "".join(
        f"```t {info} $ roob {command}\n```\n"
        for info, command in [
            ("app=a:app", "why /1"),
            ("app=b:app", "why /2"),
            ("app=a:app X=1", "why /3"),
            ("app=a:app", "why /4"),
            ("app=a:app", "trace --startup"),
            ("X=1 app=a:app", "why /5"),
            ("app=a:app", "trace --startup --json"),
        ]
    )
    groups = in_groups(blocks_of(document(text)))
    assert [[block.command[-1] for block in group] for group in groups] == [
        ["/1", "/4"],
        ["/2"],
        ["/3", "/5"],
        ["--startup"],
        ["--json"],
    ]
