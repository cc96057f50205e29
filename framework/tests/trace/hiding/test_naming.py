"""Names that hide what goes by them, and names that only look like those."""

from enum import Enum

import pytest
from roob.trace.hiding.naming import (
    hides,
    is_secret,
    is_secret_pair,
    is_setting,
    is_told,
    spelled,
)


class Quoted(str):
    """A text of another class, as SQLAlchemy's names are."""

    def __str__(self) -> str:
        raise AssertionError("called")


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "auth",
        "oauth_state",
        "authorised_by",
        "Cookie",
        "Set-Cookie",
        "password",
        "PASSWORD_2",
        "passwd",
        "passphrase",
        "client_secret",
        "token",
        "accessToken",
        "X-Api-Key",
        "api_key",
        "commonKey",
        "monkey_key",
        "session",
        "sessionid",
        "PHPSESSID",
        "connect.sid",
        "csrf_token",
        "X-XSRF",
        "signature",
        "sig",
        "credentials",
        "jwt",
        "otp",
        "bypass_code_token",
        b"password",
        Enum("Field", "password").password,
        Quoted("password"),
        ("user", "password"),
    ],
)
def test_a_name_that_may_be_a_secrets_hides(name):
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "author",
        "authors",
        "author_id",
        "authorName",
        "authored",
        "X-Author",
        "keyboard",
        "keyboards",
        "keyword",
        "monkey",
        "monkey?",
        "code_monkey",
        "turkey",
        "hockey",
        "passenger",
        "passengers",
        "passive",
        "passage",
        "passed",
        "passing",
        "compassion",
        "bypass",
        "compass",
        "secretary",
        "product_name",
        "design",
        "side",
        "laptop",
        "/api/products",
        7,
        None,
        object(),
    ],
)
def test_an_ordinary_name_hides_nothing(name):
    assert not is_secret(name)


def test_a_name_calls_no_code_of_its_class():
    class Name:
        def __str__(self) -> str:
            raise AssertionError("called")

    assert not is_secret(Name())


def test_what_is_only_true_or_missing_gives_nothing_away():
    assert not hides("is_authorized", True)
    assert not hides("token", None)
    assert hides("token", "x")
    assert hides("token", 0)
    assert not hides("title", "x")


def test_a_name_is_spelled_by_its_kind():
    assert spelled(Quoted("a")) == "a"
    assert spelled(bytearray(b"a\xff")) == "a\xff"
    assert spelled(Enum("Field", "pin").pin) == "pin"
    assert spelled(("a", b"b", 7)) == "a, b, "
    assert spelled(test_an_ordinary_name_hides_nothing).startswith("test_an_ordinary")


@pytest.mark.parametrize("name", ["token_type", "key", "authMethod", "sort_keys_by"])
def test_a_setting_tells_of_a_secret_and_is_none(name):
    assert is_setting(name)
    assert not is_setting(name + "_1x")


def test_a_value_is_told_by_the_name_beside_it():
    assert is_told({"name": "X-Api-Key", "value": "x"})
    assert not is_told({"name": "X-Api-Key", "value": None})
    assert not is_told({"name": "title", "value": "x"})
    assert not is_told({"value": "x"})


def test_a_pair_is_a_name_and_its_text():
    assert is_secret_pair(("X-Api-Key", "x"))
    assert is_secret_pair(["Cookie", b"x"])
    for other in (("Host", "x"), ("token", 7), ("token", "a", "b"), {"token", "x"}):
        assert not is_secret_pair(other)
    assert not is_secret_pair(("the token is", "x"))
