import re

import pytest
from roob.trace.mermaid import render
from roob.trace.steps import Recording, Step, Times

from framework.tests.trace import shop
from framework.tests.trace.seeing import see


def drawn(*steps):
    server = Step("server", "server", "app", "app()")
    recording = Recording("GET", "/", "200 OK", 2, Times(2, 1), [server, *steps])
    return [line.strip() for line in render(recording).splitlines()]


def test_a_call_goes_there_and_comes_back():
    assert drawn(Step("handler", "get", "get", "get(id=7)", 0, 1, result="7")) == [
        "sequenceDiagram",
        "participant p0 as server",
        "participant p1 as get",
        "p0->>p1: get(id=7)",
        "p1-->>p0: 7",
    ]


def test_an_error_comes_back_as_one():
    lines = drawn(Step("handler", "get", "get", "get()", 0, 1, error="ValueError: no"))
    assert lines[-1] == "p1--xp0: ValueError#58; no"


def test_nothing_comes_back_from_what_gives_nothing_or_is_oneself():
    assert drawn(Step("handler", "get", "get", "get()", 0, 1))[-1] == "p0->>p1: get()"
    own = Step("server", "server", "helper", "helper()", 0, 1, result="7")
    assert drawn(own)[-1] == "p0->>p0: helper()"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a;b", "a#59;b"),
        ("#1", "#35;1"),
        ("<b>", "#60;b#62;"),
        ("a\nb", "a#10;b"),
        ("{'id': 7}", "#123;'id'#58; 7#125;"),
        ("x" * 61, "x" * 59 + "#8230;"),
    ],
)
def test_what_mermaid_would_read_is_written_by_its_number(text, shown):
    lines = drawn(Step("handler", "get", "get", text, 0, 1))
    assert lines[-1] == f"p0->>p1: {shown}"


@pytest.mark.parametrize("path", ["/books/1", "/books/9", "/crash", "/deep/150", "/x"])
def test_every_message_is_between_participants_that_are_there(path):
    lines = render(see(shop.create_shop(), path)).splitlines()
    known = {line.split()[1] for line in lines if "participant" in line}
    messages = [re.match(r" +(p\d+)-+[>x]+(p\d+): .", line) for line in lines]
    found = [each for each in messages if each]
    assert len(found) == len(lines) - 1 - len(known)
    assert {name for each in found for name in each.groups()} <= known
