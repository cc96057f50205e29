"""Codes and reasons: which may be sent, and what an end looks like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from roob.websockets.closing import (
    Closing,
    ConnectionClosed,
    check_closing,
    shortened_reason,
)


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1007, 1011, 1014, 3000, 4000, 4999])
def test_codes_that_may_be_sent(code):
    assert check_closing(code, "why") == Closing(code, "why")


@pytest.mark.parametrize(
    "code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000]
)
def test_codes_that_may_not(code):
    with pytest.raises(ValueError, match=f"{code} is no code to close with"):
        check_closing(code, "")


def test_a_reason_has_123_bytes():
    assert check_closing(1000, "é" * 61).reason == "é" * 61
    with pytest.raises(ValueError, match="longer than 123 bytes"):
        check_closing(1000, "é" * 62)


@given(st.text())
def test_any_text_can_be_shortened_to_a_reason(text):
    reason = shortened_reason(text)
    assert check_closing(1000, reason).reason == reason
    assert text.startswith(reason) or "?" in reason


def test_an_end_says_how():
    assert str(ConnectionClosed(1001, "bye")) == "The websocket is closed: 1001 bye"
    assert str(ConnectionClosed(1006)) == "The websocket is closed: 1006"
