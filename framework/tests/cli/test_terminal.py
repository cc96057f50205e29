import sys
from io import StringIO

import pytest
from roob.cli import terminal
from roob.trace.text import WIDTH, Line


class Screen(StringIO):
    def isatty(self):
        return True


@pytest.fixture
def screen(monkeypatch):
    """Standard output that is a terminal, 100 columns wide."""
    made = Screen()
    monkeypatch.setattr(sys, "stdout", made)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return made


LINE = Line("handler", "", 1, "get_book(id=7)", "shop.py:12")


def test_a_terminal_has_colours(screen):
    assert terminal.has_colours()
    terminal.echo_line(LINE)
    assert "\x1b[" in screen.getvalue()
    assert "get_book(id=7)" in screen.getvalue()


@pytest.mark.parametrize("value", ["1", "0", "anything"])
def test_a_terminal_that_wants_none_has_none(screen, monkeypatch, value):
    monkeypatch.setenv("NO_COLOR", value)
    assert not terminal.has_colours()
    terminal.echo_line(LINE)
    terminal.echo_title("a title")
    assert "\x1b" not in screen.getvalue()


def test_an_empty_wish_for_no_colours_is_none(screen, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "")
    assert terminal.has_colours()


def test_a_pipe_has_no_colours_and_the_usual_width(capsys):
    assert not terminal.has_colours()
    assert terminal.width() == WIDTH
    terminal.echo_line(LINE)
    terminal.echo_title("a title")
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert printed.endswith("a title\n")


@pytest.mark.parametrize(("columns", "width"), [("100", 100), ("40", 80)])
def test_a_terminals_width_is_its_own_but_not_too_small(
    screen, monkeypatch, columns, width
):
    monkeypatch.setenv("COLUMNS", columns)
    assert terminal.width() == width


def test_text_that_looks_like_markup_is_text(screen):
    terminal.echo_line(Line("handler", "", 0, "[red]x[/red] [1, 2]"))
    assert "[red]x[/red] [1, 2]" in screen.getvalue()


@pytest.mark.parametrize("sign", ["+ ", "- "])
def test_a_sign_stands_before_every_row_of_a_line(capsys, sign):
    terminal.echo_line(Line("handler", "", 0, "word " * 60, "shop.py:1"), sign)
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) > 1
    assert all(row.startswith(sign) for row in rows)
    assert all(len(row) <= WIDTH for row in rows)
