"""Texts read with their escapes undone, and the places of what is found there."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roob.trace.hiding.escapes import (
    joined_digits,
    plain_text,
    single_blanks,
    views,
    without_octals,
)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("a%20b", "a b"),
        ("%C3%A9", "é"),
        ("%E9", "é"),
        ("%2520", " "),
        (r"\x41\xc3\xa9", "Aé"),
        (r"\101\303\251", "Aé"),
        (r"\u00e9", "é"),
        (r"\ud83d\udd11", "🔑"),
        (r"\U0001f511", "🔑"),
        (r"\\\"a\\\"", '"a"'),
        (r"a\nb", "a b"),
        ("a + b", "a b"),
        ("&lt;&#65;&#x42;", "<AB"),
        ("&nothing; &;", "&nothing; &;"),
        ("100%", "100%"),
        ("a\\", "a\\"),
    ],
)
def test_escapes_are_undone(written, text):
    assert plain_text(written) == text


def test_a_text_is_read_level_by_level():
    texts = [view.text for view in views("a%2525")]
    assert texts == ["a%2525", "a%25", "a%"]
    assert [view.text for view in views("Dune")] == ["Dune"]


def test_what_is_found_is_told_by_where_it_was_written():
    *_, view = views("say caf%C3%A9!")
    assert view.text == "say café!"
    assert view.place(4, 8) == (4, 13)
    assert single_blanks(view) == view
    *_, view = views("a%20%20\n b")
    assert single_blanks(view).place(0, 3) == (0, 10)
    assert joined_digits("n 738,291").place(2, 8) == (2, 9)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_every_character_has_its_place(text):
    for written in (text, quote(text, errors="replace"), json.dumps(text)):
        for view in views(written):
            assert len(view.cuts) == len(view.text) + 1
            assert view.cuts[0] == 0
            assert view.cuts[-1] == len(written)
            assert [*view.cuts] == sorted(view.cuts)


def test_a_cookies_octals_are_undone():
    assert without_octals(r"a\054b\"c") == 'a,b"c'
