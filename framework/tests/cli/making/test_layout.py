import pytest
from roob.cli.making.layout import LINE, call, import_line, names, natural

LONG, LONGER = "a" * 40, "b" * 50


def test_what_fits_stays_on_a_line():
    assert call("x = Column(", ["str", "unique=True"], ")") == (
        "x = Column(str, unique=True)"
    )
    assert names("x = ", ["a"]) == 'x = ("a",)'
    assert names("x = ", ["a", "b"]) == 'x = ("a", "b")'
    assert import_line("models.posts", "Post") == "from models.posts import Post"


def test_arguments_go_on_a_line_of_their_own_then_each():
    assert call("x = f(", [LONG, LONG], ")", 4) == (
        f"x = f(\n        {', '.join([LONG] * 2)}\n    )".replace(
            f"{LONG}, {LONG}", f"{LONG},\n        {LONG},"
        )
    )
    assert call(f"{LONG} = f(", [LONG, "b=1"], ")") == (
        f"{LONG} = f(\n    {LONG}, b=1\n)"
    )


def test_texts_and_imports_go_on_a_line_each():
    assert names("x = ", [LONG, LONGER]) == f'x = (\n    "{LONG}",\n    "{LONGER}",\n)'
    assert import_line(LONG, LONGER) == f"from {LONG} import (\n    {LONGER},\n)"


@pytest.mark.parametrize("length", range(LINE - 12, LINE + 3))
def test_a_line_ends_where_it_has_to(length):
    lines = call("x = f(", ["a" * (length - 7)], ")").splitlines()
    assert (len(lines) == 1) == (length <= LINE)


def test_numbers_are_sorted_as_numbers():
    assert sorted(["post10", "post9", "post"], key=natural) == [
        "post",
        "post9",
        "post10",
    ]
