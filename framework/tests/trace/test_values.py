"""Values as they are shown: short, and without what their names hide."""

from collections import OrderedDict, UserDict
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from uuid import UUID

import pytest
import webob
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr
from roob.orm.column import Column, PrimaryKey
from roob.orm.query import Statement
from roob.orm.table import Table
from roob.trace.events import Answered
from roob.trace.secrets import HIDDEN, Secrets
from roob.trace.values import Shown, learn_all

TOKEN = "k3JzQ9xWv7Lm2Tn8Rb0"


class Member(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)
    password = Column(str)


@dataclass
class Login:
    user: str
    password: str
    hidden: str = field(default="", repr=False)


class Pair(NamedTuple):
    user: str
    token: str


class Model(BaseModel):
    user: str
    api_key: SecretStr


class Kind(Enum):
    BOOK = 1


def shown(value: Any) -> str:
    return Shown(Secrets()).value(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        (None, "None"),
        ("Dune", "'Dune'"),
        (b"abc", "3 bytes"),
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


class Service:
    def __init__(self) -> None:
        self.api_key = TOKEN


@pytest.mark.parametrize(
    "value",
    [
        {"a": [{"b": {"c": [0, {"d": {"e": {"f": {"g": {"token": TOKEN}}}}}]}}]},
        [Login("ada", TOKEN)],
        Pair("ada", TOKEN),
        Model(user="ada", api_key=TOKEN),
        Member(name="ada", password=TOKEN),
        Service(),
        ("Authorization", f"Bearer {TOKEN}"),
        [{"name": "api_key", "value": TOKEN}],
        f"refused: password={TOKEN}",
        OrderedDict(password=TOKEN),
        [*range(5000), {"password": TOKEN}],
    ],
)
def test_what_is_named_anywhere_in_a_value_is_learnt(value):
    secrets = Secrets()
    learn_all(value, secrets)
    assert secrets.scrub_known(TOKEN) == HIDDEN


def test_a_value_that_holds_itself_is_learnt_and_shown():
    held: dict[str, Any] = {"token": TOKEN}
    held["again"] = [held]
    secrets = Secrets()
    learn_all(held, secrets)
    assert TOKEN not in Shown(secrets).value(held)


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
