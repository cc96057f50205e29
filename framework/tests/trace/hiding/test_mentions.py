"""Where a free text says that a secret follows, and where it only seems to."""

import base64

import pytest
from roob.trace.hiding.mentions import mentions
from roob.trace.hiding.naming import HIDDEN
from roob.trace.hiding.secrets import Secrets


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2",
        "password = 'hunter2'",
        'password: "hunter2"',
        "password=>hunter2",
        "password := hunter2",
        "{'password': 'hunter2'}",
        '{"password":"hunter2"}',
        r'"{\"password\": \"hunter2\"}"',
        r'"{\\\"password\\\": \\\"hunter2\\\"}"',
        "password%3Dhunter2",
        "a=1&password=hunter2&b=2",
        "%22password%22%3A%22hunter2%22",
        "&quot;password&quot;: &quot;hunter2&quot;",
        "passwords=['hunter2', 'other']",
        'tokens: {"a": ["hunter2"]}',
        "Login(user='ada', password='hunter2')",
        "password=b'hunter2'",
        "password='hunter2",
        "WHERE password = 'hunter2'",
        "Key (api_key)=(hunter2) already exists.",
        "Authorization: Token hunter2, and more",
        "Cookie: theme=dark; id=hunter2",
        "Bearer hunter2",
        "Basic " + base64.b64encode(b"ada:hunter2").decode(),
        'Digest username="ada", response="hunter2"',
        "postgresql://ada:hunter2@db/shop",
        "https://ada:p@ss/hunter2@db/shop",
        "https://hunter2hunter2hunter2@example.com/x",
        '<input type="hidden" name="csrf_token" value="hunter2">',
        "<input value='hunter2' name=password>",
        '<meta content="hunter2" name="csrf-token">',
        "an eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.hunter2",
        "ghp_hunter2hunter2hunter2",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END",
    ],
)
def test_a_text_that_names_a_secret_is_shown_without_it(text):
    scrubbed = Secrets().scrub(text)
    assert "hunter2" not in scrubbed
    assert base64.b64encode(b"ada:hunter2").decode() not in scrubbed
    assert HIDDEN in scrubbed


@pytest.mark.parametrize(
    "text",
    [
        "author=Ada",
        "Author: Ada Lovelace",
        "keyboard: Logitech K380",
        "passenger=Grace",
        "KeyError: 'title'",
        "ForeignKeyError: FOREIGN KEY constraint failed",
        "TokenExpired: a minute ago",
        "Basic Programming",
        "Basic Electronics4U",
        "A digest of news",
        "The bearer of news",
        'WHERE "token" = ?',
        "SET token = %s, key = $1, session_id = :id",
        "password = %(password)s",
        "/reset/{token}",
        'ON "t1"."token_id" = "t0"."id"',
        '"token" = excluded."token"',
        "http://localhost:8000/users?mail=ada@example.com",
        "postgresql://user@host/name",
        "git@github.com:roob/roob.git",
        '<input name="title" value="Dune">',
        f"password={HIDDEN}",
        "",
    ],
)
def test_an_ordinary_text_is_shown_as_it_is(text):
    assert Secrets().scrub(text) == text


def test_what_stands_around_a_secret_stays():
    scrubbed = Secrets().scrub('login: {"user":"ada","password":"x y","n":1}')
    assert scrubbed == f'login: {{"user":"ada","password":"{HIDDEN}","n":1}}'
    assert Secrets().scrub("a?token=x&page=2") == f"a?token={HIDDEN}&page=2"


def test_a_mention_is_where_the_secret_begins_and_ends():
    assert [*mentions("a=1 token=x9 b")] == [(10, 12)]
    assert [*mentions("token")] == []
