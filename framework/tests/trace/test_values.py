"""Values as they are shown: short, and without what their names hide."""

import os
import subprocess
import sys
from collections import OrderedDict, UserDict
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest
import webob
from hypothesis import given, settings
from hypothesis import strategies as st
from roob.orm.query import Statement
from roob.trace.events import Answered
from roob.trace.hiding.learning import learn_all
from roob.trace.hiding.naming import HIDDEN
from roob.trace.hiding.secrets import Secrets
from roob.trace.text import counted
from roob.trace.values import Shown

from framework.tests.trace.kinds import (
    PROXIES,
    TOKEN,
    Hostile,
    HostileBytes,
    HostileText,
    Kind,
    Login,
    Member,
    Model,
    Pair,
)


def shown(value: Any) -> str:
    return Shown(Secrets()).value(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        (None, "None"),
        ("Dune", "'Dune'"),
        (b"abc", "3 bytes"),
        (b"a", "1 byte"),
        (bytearray(14913), "14,913 bytes"),
        (Kind.BOOK, "Kind.BOOK"),
        (Decimal("1.50"), "Decimal('1.50')"),
        (PurePosixPath("/a"), "PurePosixPath('/a')"),
        ([1, "a"], "[1, 'a']"),
        ((1,), "(1)"),
        ({3, 1, 2}, "{1, 2, 3}"),
        ({"id": 7}, "{'id': 7}"),
        (OrderedDict(a=1), "{'a': 1}"),
        (UserDict(a=1), "UserDict"),
        (list(range(9)), "[0, 1, 2, 3, 4, 5, … 3 more]"),
        (Login("ada", "x", "y"), f"Login(user='ada', password={HIDDEN})"),
        (Pair("ada", "x"), f"Pair(user='ada', token={HIDDEN})"),
        (Model(user="ada", api_key="x"), f"Model(user='ada', api_key={HIDDEN})"),
        (
            Member(name="ada", password="x"),
            f"Member(id=None, name='ada', password={HIDDEN})",
        ),
        ({"a": {"token": "x"}}, f"{{'a': {{'token': {HIDDEN}}}}}"),
        (
            {"has_password": True, "token": None},
            "{'has_password': True, 'token': None}",
        ),
        (("X-Api-Key", "x"), f"('X-Api-Key', {HIDDEN})"),
        ([("Host", "a"), ["Cookie", "x"]], f"[('Host', 'a'), ['Cookie', {HIDDEN}]]"),
        (
            {"name": "password", "value": "x"},
            f"{{'name': 'password', 'value': {HIDDEN}}}",
        ),
        ({"name": "title", "value": "x"}, "{'name': 'title', 'value': 'x'}"),
        (
            Statement("UPDATE a SET token = ?, b = ?", (1, 2)),
            f"Statement(sql='UPDATE a SET token = ?, b = ?', params=[{HIDDEN}, 2])",
        ),
        (Statement("SELECT ?", (1, 2)), "Statement(sql='SELECT ?', params=[1, 2])"),
        (Login, "class Login"),
        (shown, "shown"),
        (webob.Response(status=404), "404 Not Found"),
        (webob.Request.blank("/a"), "GET /a"),
        (
            Answered(webob.Response(), "200 OK", [("Content-Length", "3")]),
            "200 OK, 3 bytes",
        ),
        (
            Answered(webob.Response(), "200 OK", [("Content-Length", "14913")]),
            "200 OK, 14,913 bytes",
        ),
        (
            Answered(webob.Response(), "200 OK", [("Content-Length", "x")]),
            "200 OK",
        ),
    ],
)
def test_a_value_is_shown_on_one_line(value, text):
    assert shown(value) == text


def test_a_statement_that_does_not_tell_its_columns_hides_its_parameters():
    statement = Statement("UPDATE t SET token = ?", ("one", "two"))
    assert "one" not in shown(statement)
    assert "two" not in shown(statement)


def test_a_long_text_is_cut_after_its_secrets_are_hidden():
    secrets = Secrets()
    secrets.learn("token", TOKEN * 20)
    text = "x" * 50 + TOKEN * 20 + "y" * 50
    assert Shown(secrets).value(text) == repr("x" * 50 + HIDDEN + "y…")


def test_the_keys_of_a_dictionary_are_scrubbed():
    secrets = Secrets()
    secrets.learn("token", TOKEN)
    assert Shown(secrets).value({TOKEN: 1}) == f"{{'{HIDDEN}': 1}}"


def test_a_path_and_an_identity_are_scrubbed():
    secrets = Secrets()
    identity = UUID("3f2b8c1e-7d4a-4e9b-a6c5-0f1e2d3c4b5a")
    secrets.learn("token", identity)
    assert Shown(secrets).value(identity) == f"UUID('{HIDDEN}')"
    path = PurePosixPath(f"/reset/{identity}")
    assert Shown(secrets).value(path) == f"PurePosixPath('/reset/{HIDDEN}')"


def test_a_tool_that_is_called_like_a_secret_is_shown():
    assert Shown(Secrets()).named("session_class", Login) == "class Login"
    assert Shown(Secrets()).named("key", len).startswith("builtin")


def test_no_code_of_a_values_class_is_called():
    class Sly(dict):
        def items(self) -> Any:
            raise AssertionError("called")

        def __repr__(self) -> str:
            raise AssertionError("called")

    class Property:
        @property
        def password(self) -> str:
            raise AssertionError("called")

    assert shown(Sly(password="x")) == f"{{'password': {HIDDEN}}}"
    assert shown(Property()) == "Property"
    learn_all([Sly(password="x"), Property()], Secrets())


def test_what_refuses_to_be_written_is_shown():
    assert shown(10**5000) == "int of 16,610 bits"
    assert shown(HostileBytes(b"abc")) == "3 bytes"
    assert shown(HostileText("Dune")) == "'Dune'"


@pytest.mark.parametrize("kind", PROXIES)
def test_a_value_that_lets_nobody_look_at_it_is_told_by_its_kind(kind):
    proxy = PROXIES[kind]
    assert shown(proxy) == kind
    assert shown([proxy]) == f"[{kind}]"
    assert shown({"a": proxy}) == f"{{'a': {kind}}}"
    assert shown({"token": proxy}) == f"{{'token': {HIDDEN}}}"
    assert shown(Login(proxy, proxy)) == f"Login(user={kind}, password={HIDDEN})"
    assert shown(Pair(proxy, "x")) == f"Pair(user={kind}, token={HIDDEN})"
    assert Shown(Secrets()).named("it", proxy) == kind
    statement = Statement("UPDATE a SET b = ?, token = ?", (proxy, proxy))
    assert f"params=[{kind}, {HIDDEN}]" in shown(statement)


def test_a_name_that_lets_nobody_look_at_it_is_a_key():
    assert shown({Hostile(): 1, HostileText("token"): TOKEN}) == (
        f"{{Hostile: 1, 'token': {HIDDEN}}}"
    )


@pytest.mark.parametrize("kind", [set, frozenset])
def test_of_a_set_the_first_members_by_their_texts_are_shown(kind):
    assert shown(kind("hgfedcba")) == "{'a', 'b', 'c', 'd', 'e', 'f', … 2 more}"
    assert shown(kind(range(100, 300))) == "{100, 101, 102, 103, 104, 105, … 194 more}"
    assert shown(kind(range(1201))) == "{… 1,201 members}"
    assert shown(kind()) == "{}"


def test_a_set_of_sets_is_shown_two_levels_deep():
    inner = frozenset([frozenset("ba"), frozenset([frozenset("c")])])
    assert shown({inner}) == "{{{…}, {…}}}"
    assert shown([{("a", 1)}]) == "[{('a', 1)}]"


SETS = """
from roob.trace.hiding.secrets import Secrets
from roob.trace.values import Shown
words = ["ab", "cd", "ef", "gh", "ij", "kl", "mn", "op", "qr"]
pairs = {(word, 1) for word in words}
for value in (set(words), frozenset(words), [{"a": set(words)}], pairs):
    print(Shown(Secrets()).value(value))
"""


def test_what_is_shown_of_a_set_does_not_depend_on_the_seed_of_hashes():
    texts = [
        subprocess.run(
            [sys.executable, "-c", SETS],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert texts[0] == texts[1]
    assert texts[0].startswith(b"{'ab', 'cd', 'ef', 'gh', 'ij', 'kl', ")


def test_bytes_are_counted():
    assert [counted(size, "byte") for size in (0, 1, 20_000_000)] == [
        "0 bytes",
        "1 byte",
        "20,000,000 bytes",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
)


@settings(deadline=None)
@given(JSON, st.sampled_from(["password", "api_key", "X-Token", "session"]))
def test_a_secret_beside_anything_is_hidden(value, name):
    secrets = Secrets()
    held = {name: TOKEN, "beside": value}
    learn_all([held, [TOKEN]], secrets)
    text = Shown(secrets).value([held, TOKEN, {TOKEN: value}])
    assert TOKEN not in text
    assert HIDDEN in text
