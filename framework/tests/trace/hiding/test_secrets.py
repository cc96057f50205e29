"""What is hidden by its name, found again elsewhere, and what is left alone."""

import base64
import html
import json
from decimal import Decimal
from time import thread_time
from types import SimpleNamespace
from urllib.parse import quote, quote_plus
from uuid import UUID

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from roob.trace.hiding.naming import HIDDEN
from roob.trace.hiding.secrets import Secrets

TOKEN = "k3Jz+Q9xWv7Lm2Tn8Rb0"


def knowing(value: object, name: object = "password") -> Secrets:
    secrets = Secrets()
    secrets.learn(name, value)
    return secrets


@settings(deadline=None)
@given(st.text(), st.text(min_size=4), st.text())
@example("C:\\", 'nabc"', "x")
@example("", "\\\\\\\\", "")
@example('"', "abc\\", '"')
@example("%4", "1234%41a", "1")
def test_any_secret_is_nowhere_in_a_scrubbed_text(before, secret, after):
    assume(len(secret.strip()) >= 4 and secret.strip() not in HIDDEN)
    assume(not secret.strip().isdecimal() and "‹" not in secret)
    scrubbed = knowing(secret).scrub(before + secret + after)
    assert secret not in scrubbed
    assert secret.strip() not in scrubbed


WAYS = {
    "a URL": lambda text: quote(text, safe=""),
    "a path": quote,
    "a form": quote_plus,
    "JSON": json.dumps,
    "JSON as it is": lambda text: json.dumps(text, ensure_ascii=False),
    "repr": repr,
    "HTML": html.escape,
    "bytes": lambda text: repr(text.encode()),
    "hexadecimal": lambda text: text.encode().hex(),
    "a statement": lambda text: text.replace("'", "''"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 in base64's middle": lambda text: base64.b64encode(
        b"a:" + text.encode()
    ).decode(),
}
PRINTED = st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=40)


@pytest.mark.parametrize("way", WAYS)
@given(secret=PRINTED)
@example(secret="000000<\\")
@example(secret="C:\\new&amp;")
@settings(max_examples=100, deadline=None)
def test_a_secret_is_hidden_however_it_is_written(way, secret):
    secret = secret.strip()
    assume(len(secret) >= 8 and not secret.isdecimal() and "‹" not in secret)
    written = WAYS[way](secret)
    scrubbed = knowing(secret).scrub_known(f"It is {written} here")
    assert HIDDEN in scrubbed
    assert scrubbed.startswith("It is ")
    assert scrubbed.endswith(" here")
    assert len(scrubbed) <= len(f"It is b'{HIDDEN}==' here") + 4


@pytest.mark.parametrize("outer", ["a URL", "JSON", "repr", "HTML", "bytes"])
@pytest.mark.parametrize("inner", ["a URL", "JSON", "repr", "HTML", "bytes"])
@given(secret=PRINTED)
@settings(max_examples=25, deadline=None)
def test_a_secret_is_hidden_where_it_is_escaped_twice(outer, inner, secret):
    secret = secret.strip()
    assume(len(secret) >= 8 and not secret.isdecimal())
    assume(not set(secret) & set("‹%&\\"))
    written = WAYS[outer](WAYS[inner](secret))
    assert HIDDEN in knowing(secret).scrub_known(written)


@pytest.mark.parametrize("text", [TOKEN[:12], TOKEN[-10:], TOKEN[4:14] + "…"])
def test_a_piece_of_a_long_secret_is_hidden_too(text):
    scrubbed = knowing(TOKEN).scrub_known(f"it begins {text}")
    assert HIDDEN in scrubbed
    assert not any(TOKEN[n : n + 8] in scrubbed for n in range(13))


def test_the_words_of_a_passphrase_are_shown_where_they_stand_alone():
    secrets = knowing("correct horse battery staple")
    assert secrets.scrub("a battery") == "a battery"
    assert secrets.scrub("correct horse  battery\nstaple!") == f"{HIDDEN}!"


@pytest.mark.parametrize(
    "text", ["738291645", "738,291,645", "738-291-645", "738 291645"]
)
def test_a_number_is_hidden_however_its_digits_are_grouped(text):
    assert knowing(738291645).scrub(f"n {text}.") == f"n {HIDDEN}."


def test_a_short_number_is_hidden_by_its_name_alone():
    assert knowing(1234).scrub("1234 pieces") == "1234 pieces"
    assert knowing("12345").scrub("12345 pieces") == "12345 pieces"
    assert knowing("abc").scrub("abc") == "abc"


@pytest.mark.parametrize(
    "value",
    [
        TOKEN,
        TOKEN.encode(),
        bytearray(TOKEN.encode()),
        [1, (TOKEN,)],
        {"user": {"deep": [{"deeper": TOKEN}]}},
        SecretStr(TOKEN),
        SimpleNamespace(secret=TOKEN),
        SimpleNamespace(_value=TOKEN),
    ],
)
def test_what_a_name_hides_is_learnt_in_any_shape(value):
    assert knowing(value).scrub(f"x {TOKEN} x") == f"x {HIDDEN} x"


def test_an_identity_is_learnt_in_both_its_spellings():
    secrets = knowing(UUID("3f2b8c1e-7d4a-4e9b-a6c5-0f1e2d3c4b5a"))
    assert HIDDEN in secrets.scrub("3f2b8c1e-7d4a-4e9b-a6c5-0f1e2d3c4b5a")
    assert HIDDEN in secrets.scrub("3f2b8c1e7d4a4e9ba6c50f1e2d3c4b5a")
    assert HIDDEN in knowing(Decimal("1234567.5")).scrub("1234567.5")


def test_bytes_that_are_no_text_are_learnt():
    raw = bytes([255, 0, 200, 39, 92, 128])
    secrets = knowing(raw)
    for text in (repr(raw), raw.hex(), base64.b64encode(raw).decode(), quote(raw)):
        assert HIDDEN in secrets.scrub_known(text), text


def test_of_several_identities_each_is_learnt_in_both_its_spellings():
    identities = [UUID(int=n << 64 | 0x9E3779B97F4A7C15) for n in range(1, 30)]
    secrets = knowing(identities)
    for each in identities:
        assert secrets.scrub(each.hex) == HIDDEN
        assert secrets.scrub(str(each)) == HIDDEN


def test_a_value_that_holds_itself_is_learnt():
    held: list[object] = [TOKEN]
    held.append(held)
    assert knowing(held).scrub(TOKEN) == HIDDEN


def test_the_parts_of_headers_are_learnt_on_their_own():
    assert knowing(f"a=dark; sid={TOKEN}", "Cookie").scrub(TOKEN) == HIDDEN
    assert knowing(f"Bearer {TOKEN}", "Authorization").scrub(TOKEN) == HIDDEN
    basic = base64.b64encode(b"ada:hunter2").decode()
    assert knowing(f"Basic {basic}", "Authorization").scrub("hunter2") == HIDDEN
    digest = f'Digest username="ada", nonce="{TOKEN}"'
    assert knowing(digest, "Authorization").scrub(TOKEN) == HIDDEN
    assert (
        knowing("eyJhbGciOi.eyJzdWIiOiI0.q7Xc2vBn", "jwt").scrub("q7Xc2vBn") == HIDDEN
    )
    quoted = r'sid="a\054b\"cdefg"'
    assert knowing(quoted, "Set-Cookie").scrub('a,b"cdefg') == HIDDEN


def test_what_a_cookie_says_of_itself_is_no_secret():
    cookie = f"sid={TOKEN}; Path=/account; Domain=example.com; SameSite=Strict"
    secrets = knowing(cookie, "Set-Cookie")
    assert secrets.scrub("/account of example.com, Strict") == (
        "/account of example.com, Strict"
    )


def test_plain_words_beside_secrets_are_shown_elsewhere():
    secrets = Secrets()
    secrets.learn("session", {"role": "editor", "since": "2025-01-01T10:00:00"})
    secrets.learn("Cookie", "theme=midnight; lang=english")
    secrets.learn("token_type", "bearer")
    secrets.learn("key", "title")
    secrets.learn_text("token: expired")
    for text in ("an editor", "2025-01-01T10:00:00", "english bearer", "expired title"):
        assert secrets.scrub(text) == text


def test_a_text_that_names_a_secret_gives_it_away_for_others():
    secrets = Secrets()
    secrets.learn_text("login with password=hunter2, refused")
    assert secrets.scrub("hunter2 it was") == f"{HIDDEN} it was"


def test_how_far_a_text_is_looked_at_grows_with_the_longest_secret():
    assert Secrets().reach(60) > 60
    assert knowing("x1" * 1000).reach(60) >= 60 + 2000 * 12


HOSTILE = [
    "a", "\\", " ", "'", '"', "key", "key=", "key='", "token: [", "%25", "&amp;",
    "<input ", "<input a=", "://a:", "://", "a.", "Bearer ", "Basic ", "Digest a=",
    "eyJa.", "-----BEGIN A PRIVATE KEY-----", "password=a ", "=", "\\\\'", "\\x41",
    "key-", "token=(", "\\u0041", "token%3D", "Cookie: ", "é", "abc1",
]  # fmt: skip


@pytest.mark.parametrize("part", HOSTILE)
def test_a_hostile_text_takes_no_second(part):
    text = part * (100_000 // len(part))
    secrets = knowing(['a;b"c\\d e', "abc1abc1abc1", "  key  ab", "\\\\\\x"])
    began = thread_time()
    secrets.scrub(text)
    secrets.learn_text(text)
    assert thread_time() - began < 2


def test_many_secrets_take_as_long_as_one():
    secrets = knowing([f"{n * 7919:08x}{n:012x}" for n in range(2000)])
    began = thread_time()
    assert HIDDEN not in secrets.scrub_known("hello, this is /api/products/1 " * 3000)
    assert thread_time() - began < 2
