"""The texts in a value, and the parts of a header that are secrets themselves."""

import base64
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from roob.trace.hiding.parts import decoded_login, parts_of, texts_of


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("a", ["a"]),
        (b"a", ["a", "a"]),
        (bytearray(b"\xff"), ["\ufffd", "\xff"]),
        (7, ["7"]),
        (True, []),
        (None, []),
        (Decimal("1.50"), ["1.50"]),
        (date(2025, 1, 2), ["2025-01-02"]),
        (UUID(int=10), ["00000000-0000-0000-0000-00000000000a", f"{10:032x}"]),
        ([("a", {"b": "c"})], ["c", "a"]),
        ({"a"}, ["a"]),
    ],
)
def test_the_texts_in_a_value_are_found_at_any_depth(value, texts):
    assert sorted(text for _, text in texts_of(value)) == sorted(texts)


def test_the_bytes_of_a_text_stay_beside_it():
    assert [*texts_of([b"a"])] == [(b"a", "a"), (b"a", "a")]


def test_a_number_that_python_does_not_write_is_no_error():
    assert [*texts_of(10**5000)] == [(None, "int of 16,610 bits")]


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("Cookie", "theme=dark; sid=k3Jz", "k3Jz"),
        ("Set-Cookie", 'sid="k3Jz"; Path=/', "k3Jz"),
        ("Authorization", "Bearer k3Jz", "k3Jz"),
        ("Authorization", "Basic " + base64.b64encode(b"ada:k3Jz").decode(), "k3Jz"),
        ("Authorization", 'Digest username="ada", nonce="k3JzQ9"', "k3JzQ9"),
        ("token", "eyJh.eyJz.k3Jz", "k3Jz"),
    ],
)
def test_the_parts_of_a_header_are_secrets_too(name, text, part):
    assert part in parts_of(text, name)


def test_what_a_cookie_says_of_itself_is_no_part():
    assert [*parts_of("sid=k3Jz; Path=/", "Set-Cookie")] == ["k3Jz"]


def test_a_login_is_decoded_where_there_is_one():
    assert decoded_login(base64.b64encode(b"ada:x").decode()) == "ada:x"
    for other in ("course", base64.b64encode(b"ada").decode(), "/w==", "é"):
        assert decoded_login(other) is None
