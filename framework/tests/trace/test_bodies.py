"""Headers and bodies as they are shown, and what is learnt from them."""

import json
from io import BytesIO
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roob.trace.bodies import (
    hidden,
    learn_body,
    learn_headers,
    learn_request,
    message,
    request_headers,
    shown_body,
)
from roob.trace.hiding.naming import HIDDEN, is_secret
from roob.trace.hiding.secrets import Secrets

TOKEN = "k3JzQ9xWv7Lm2Tn8Rb0"
FORM = "application/x-www-form-urlencoded"
MULTIPART = 'multipart/form-data; boundary="limit"'


def parts(*named: tuple[str, str]) -> bytes:
    lines = []
    for name, value in named:
        head = f'Content-Disposition: form-data; name="{name}"'
        lines += ["--limit", head, "", value]
    return "\r\n".join([*lines, "--limit--", ""]).encode()


def test_headers_are_read_from_the_environ():
    environ = {
        "HTTP_HOST": "a",
        "HTTP_X_API_KEY": "b",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "",
        "wsgi.input": BytesIO(),
    }
    assert request_headers(environ) == [
        ("Content-Type", "text/plain"),
        ("Host", "a"),
        ("X-Api-Key", "b"),
    ]


def test_a_message_hides_headers_by_name_and_scrubs_the_others():
    secrets = Secrets()
    secrets.learn("token", TOKEN)
    headers = [
        ("Set-Cookie", "a=b"),
        ("Location", f"/reset/{TOKEN}?token=x"),
        ("Content-Type", "text/plain"),
        ("X-Author", "Ada"),
    ]
    told = message(headers, b"password=hunter2", secrets)
    assert told.headers == [
        ("Set-Cookie", HIDDEN),
        ("Location", f"/reset/{HIDDEN}?token={HIDDEN}"),
        ("Content-Type", "text/plain"),
        ("X-Author", "Ada"),
    ]
    assert told.body == f"password={HIDDEN}"


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (b"", "", ""),
        (b'{"pin": 1}', "", '{"pin":1}'),
        (b'{"token": 1}', "", '{"token":"‹hidden›"}'),
        (b'{"a": [{"key": "x"}]}', "", '{"a":[{"key":"‹hidden›"}]}'),
        (b'{"author": "Ada"}', "application/json", '{"author":"Ada"}'),
        (b'{"name": "jwt", "value": 1}', "", '{"name":"jwt","value":"‹hidden›"}'),
        (b"a=1&password=x", FORM, '{"a":"1","password":"‹hidden›"}'),
        (b"a=1&a=2", FORM.upper(), '{"a":["1","2"]}'),
        (b"Dune", "Text/Plain; charset=utf-8", "Dune"),
        (b"\xff", "text/plain", "\ufffd"),
        (b"<p>", "text/html; charset=utf-8", "text/html, 3 bytes"),
        (b"\xff", "", "of no type, 1 byte"),
        (parts(("a", "1" * 31)), MULTIPART, "multipart/form-data, 97 bytes"),
    ],
)
def test_a_body_is_shown_by_its_type(body, kind, text):
    assert shown_body(body, kind, Secrets()) == text


def test_a_long_body_is_cut_after_its_secrets_are_hidden():
    secrets = Secrets()
    secrets.learn("token", TOKEN)
    text = shown_body(b"x" * 1995 + TOKEN.encode(), "text/plain", secrets)
    assert text == "x" * 1995 + HIDDEN[:5] + "…"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"password": "%s"}', "application/json"),
        (b'{"a": [[[[{"b": {"password": "%s"}}]]]]}', ""),
        (b"password=%s", FORM),
        (b"password=other&password=%s", FORM),
        (parts(("a", "1"), ("password", "%s")), MULTIPART),
        (parts(("password", "%s")), "multipart/form-data; boundary=limit"),
        (b"the password=%s, again", "text/plain"),
        (b'<input name="csrf_token" value="%s">', "text/html"),
    ],
)
def test_what_a_body_names_as_secret_is_learnt(body, kind):
    secrets = Secrets()
    learn_body(body.replace(b"%s", TOKEN.encode()), kind, secrets)
    assert secrets.scrub_known(f"x {TOKEN} x") == f"x {HIDDEN} x"


def test_a_part_without_a_name_or_a_boundary_is_no_field():
    learn_body(b"--limit\r\n\r\nx", MULTIPART, Secrets())
    learn_body(parts(("password", TOKEN)), "multipart/form-data", Secrets())


@pytest.mark.parametrize(
    "environ",
    [
        {"QUERY_STRING": f"page=2&api_key={TOKEN}"},
        {"QUERY_STRING": f"api_key={TOKEN}&api_key=other"},
        {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}"},
        {"HTTP_COOKIE": f"theme=dark; sid={TOKEN}"},
        {"HTTP_REFERER": f"https://example.com/a?token={TOKEN}"},
    ],
)
def test_what_a_request_names_as_secret_is_learnt(environ):
    secrets = Secrets()
    learn_request(environ, b"", secrets)
    assert secrets.scrub_known(TOKEN) == HIDDEN


def test_several_headers_of_one_name_are_all_learnt():
    secrets = Secrets()
    learn_headers(
        [("Set-Cookie", f"a={TOKEN}; Path=/"), ("Set-Cookie", "b=c")], secrets
    )
    assert secrets.scrub_known(TOKEN) == HIDDEN


LONG = b'{"password": "%s", "beside": "%s"}' % (TOKEN.encode(), b"x" * 64 * 1024)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", FORM, "text/html"])
def test_a_long_body_is_neither_learnt_from_nor_read(kind):
    secrets = Secrets()
    learn_body(LONG, kind, secrets)
    assert secrets.scrub_known(TOKEN) == TOKEN
    assert shown_body(LONG, kind, secrets) == f"{kind}, {len(LONG):,} bytes"
    assert "bytes" not in shown_body(LONG[: 64 * 1024], "text/plain", secrets)


def test_a_very_long_body_takes_no_time():
    body = b'{"a": [%s1]}' % (b"1," * 10_000_000)
    began = perf_counter()
    learn_body(body, "application/json", Secrets())
    told = message([("Content-Type", "application/json")], body, Secrets())
    assert told.body == "application/json, 20,000,010 bytes"
    assert perf_counter() - began < 0.5


@pytest.mark.parametrize("kind", ["application/json", "text/plain", FORM])
def test_a_body_that_was_cut_is_told_by_its_whole_length(kind):
    headers = [("Content-Type", kind)]
    for kept in (b'{"password": "hun', b"7"):
        told = message(headers, kept, Secrets(), length=20_000_000)
        assert told.body == f"{kind}, 20,000,000 bytes"
        assert message(headers, kept, Secrets(), length=40).body == f"{kind}, 40 bytes"
    assert message(headers, b"7", Secrets(), length=1).body == "7"


@pytest.mark.parametrize("text", [b"[", b'{"a":', b'{"password":'])
def test_json_that_is_nested_without_end_is_no_error(text):
    secrets = Secrets()
    learn_body(text * 100_000, "application/json", secrets)
    assert "bytes" in shown_body(text * 100_000, "application/json", secrets)


@pytest.mark.parametrize("depth", [100, 900, 5000])
def test_json_that_python_reads_and_cannot_write_is_told_by_its_length(depth):
    body = b'{"a":' * depth + b'{"password":"%s"}' % TOKEN.encode() + b"}" * depth
    secrets = Secrets()
    learn_body(body, "application/json", secrets)
    assert TOKEN not in shown_body(body, "application/json", secrets)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=5,  # twenty times that is still no longer than what is read
)


@settings(deadline=None)
@given(JSON, st.lists(st.sampled_from(["list", "dict"]), max_size=20))
def test_a_secret_is_hidden_at_any_depth_of_json(beside, shape):
    held: Any = {"apiKey": TOKEN, "beside": beside}
    for kind in shape:
        held = [beside, held] if kind == "list" else {"held": held, "beside": beside}
    assert TOKEN not in json.dumps(hidden(held))
    secrets = Secrets()
    learn_body(json.dumps(held).encode(), "application/json", secrets)
    assert TOKEN not in secrets.scrub_known(f"x {TOKEN} x")


# Neither a name nor a text that could be one, as in ["X-Api-Key", "..."].
HARMLESS_TEXT = st.text().filter(lambda text: not is_secret(text))
HARMLESS_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | HARMLESS_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(HARMLESS_TEXT, inner),
)


@settings(deadline=None)
@given(HARMLESS_JSON)
def test_json_without_secrets_stays_as_it_is(value):
    assert hidden(value) == value
