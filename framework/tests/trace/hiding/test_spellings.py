"""The spellings of a secret, and the index that finds many of them at once."""

import base64

from hypothesis import given, settings
from hypothesis import strategies as st
from roob.trace.hiding.spellings import PIECE, Index, encoded, pieces_of


@settings(deadline=None)
@given(st.binary(max_size=9), st.binary(min_size=8, max_size=40), st.binary(max_size=9))
def test_a_secret_is_in_base64_wherever_in_it_it_begins(before, raw, after):
    written = base64.b64encode(before + raw + after).decode()
    assert any(each in written for each in encoded(raw))
    written = base64.urlsafe_b64encode(before + raw + after).decode()
    assert any(each in written for each in encoded(raw))


def test_a_secret_is_spelled_in_hexadecimal_and_as_sql_quotes_it():
    forms = [*encoded(b"it's J")]
    assert forms[:2] == ["69742773204a", "69742773204A"]
    assert "it''s J" in forms


def test_the_pieces_of_a_long_token_are_those_that_are_no_words():
    assert [*pieces_of("abcdefgh1jklm")][:1] == ["bcdefgh1"]
    assert [*pieces_of("short1T")] == []
    assert [*pieces_of("nothing but words")] == []
    assert all(len(each) == PIECE for each in pieces_of("k3JzQ9xWv7Lm2Tn8Rb0"))


def indexed(*texts: str) -> Index:
    index = Index()
    for text in texts:
        index.add(text)
    return index


def test_of_texts_that_begin_alike_the_longest_is_found():
    index = indexed("hunt", "hunter2", "hunter")
    assert [*index.find("a hunter2, a hunter, a hunt")] == [(2, 9), (13, 19), (23, 27)]
    assert [*index.find("a hun")] == []


def test_an_empty_index_finds_nothing():
    assert not Index()
    assert [*Index().find("anything")] == []
    assert indexed("hunter2")


@settings(deadline=None)
@given(st.lists(st.text("ab1", min_size=4, max_size=6)), st.text("ab1", max_size=150))
def test_an_index_finds_what_is_in_a_text(texts, text):
    begins = {begin for begin, _ in indexed(*texts).find(text)}
    assert begins == {
        n for n in range(len(text)) for each in texts if text.startswith(each, n)
    }


def test_many_texts_are_found_as_few_are():
    texts = [f"{n:04}-x" for n in range(500)]
    assert [*indexed(*texts).find("a 0123-x b 0499-x")] == [(2, 8), (11, 17)]
