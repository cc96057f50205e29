"""Secrets that are named anywhere in a value, at any depth and in any shape."""

from collections import OrderedDict
from typing import Any

import pytest
from roob.trace.hiding.learning import learn_all
from roob.trace.hiding.naming import HIDDEN
from roob.trace.hiding.secrets import Secrets
from roob.trace.values import Shown

from framework.tests.trace.kinds import (
    PROXIES,
    TOKEN,
    HostileBytes,
    HostileList,
    HostileText,
    Login,
    Member,
    Model,
    Pair,
    Slotted,
)


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
        Slotted(TOKEN),
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


def test_what_refuses_to_be_read_is_learnt():
    for value in (
        {HostileText("password"): TOKEN},
        {"password": HostileText(TOKEN)},
        {"password": HostileBytes(TOKEN.encode())},
        {"password": HostileList([TOKEN])},
        HostileText(f"refused: password={TOKEN}"),
    ):
        test_what_is_named_anywhere_in_a_value_is_learnt(value)


@pytest.mark.parametrize("kind", PROXIES)
def test_a_value_that_lets_nobody_look_at_it_is_passed_over(kind):
    secrets, proxy = Secrets(), PROXIES[kind]
    held = [proxy, {"a": proxy, "password": proxy}, Login(proxy, proxy), {proxy: 1}]
    learn_all([*held, (proxy, TOKEN), {"password": [proxy, {"a": TOKEN}]}], secrets)
    learn_all(proxy, secrets)
    secrets.learn("token", proxy)
    secrets.learn(proxy, TOKEN)
    assert secrets.scrub_known(TOKEN) == HIDDEN
