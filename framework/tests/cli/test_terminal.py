from contextlib import redirect_stdout
from io import StringIO

import pytest
from roob.cli import terminal
from roob.trace.text import WIDTH, Line


class Screen(StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def wishes(monkeypatch):
    """A terminal of 100 columns whose user wants nothing special."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm-256color")
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    terminal._console.cache_clear()  # it is made for the terminal that it met first
    yield
    terminal._console.cache_clear()


def on_a_terminal(show):
    """What ``show()`` prints there, and what it returns."""
    with redirect_stdout(Screen()) as screen:
        returned = show()
    return screen.getvalue(), returned


LINE = Line("handler", "", 1, "get_book(id=7)", "shop.py:12")


def test_a_terminal_has_colours():
    shown, _ = on_a_terminal(lambda: terminal.echo_line(LINE))
    assert "\x1b[" in shown
    assert "get_book(id=7)" in shown


@pytest.mark.parametrize("value", ["1", "0", "anything"])
def test_a_terminal_that_wants_none_has_none(monkeypatch, value):
    monkeypatch.setenv("NO_COLOR", value)
    assert on_a_terminal(terminal.has_colours) == ("", False)
    for show in (
        lambda: terminal.echo_line(LINE),
        lambda: terminal.echo_title("a title"),
    ):
        assert "\x1b" not in on_a_terminal(show)[0]


def test_an_empty_wish_for_no_colours_is_none(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "")
    assert on_a_terminal(terminal.has_colours) == ("", True)


def test_a_pipe_has_no_colours_and_the_usual_width(capsys):
    assert not terminal.has_colours()
    assert terminal.width() == WIDTH
    terminal.echo_line(LINE)
    terminal.echo_title("a title")
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert printed.endswith("a title\n")


@pytest.mark.parametrize(("columns", "width"), [("100", 100), ("40", 80)])
def test_a_terminals_width_is_its_own_but_not_too_small(monkeypatch, columns, width):
    monkeypatch.setenv("COLUMNS", columns)
    assert on_a_terminal(terminal.width) == ("", width)


def test_text_that_looks_like_markup_is_text():
    line = Line("handler", "", 0, "[red]x[/red] [1, 2]")
    assert "[red]x[/red] [1, 2]" in on_a_terminal(lambda: terminal.echo_line(line))[0]


@pytest.mark.parametrize("sign", ["+ ", "- "])
def test_a_sign_stands_before_every_row_of_a_line(capsys, sign):
    terminal.echo_line(Line("handler", "", 0, "word " * 60, "shop.py:1"), sign)
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) > 1
    assert all(row.startswith(sign) for row in rows)
    assert all(len(row) <= WIDTH for row in rows)
