import io
import json
import sqlite3
from contextlib import closing

import click
import pytest
from roob.cli import batch as room
from roob.cli.batch import run

NONE = {}


def test_each_command_prints_what_it_prints_alone(roob, shop):
    outputs = run([["routes"], ["why", "GET", "/books/7"]], NONE)
    assert outputs == [roob("routes").output, roob("why", "GET", "/books/7").output]


def test_a_verdict_ends_its_own_command_alone(shop):
    first, second = run([["why", "/nowhere"], ["why", "/crash"]], NONE)
    assert first.startswith("404: ")
    assert second.startswith("GET /crash is answered by /crash")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["trace", "a/b"], "'a/b' is neither a method nor a path"),
        (["routes", "--app", "{shop}:ap"], "{shop}:ap: there is no 'ap' in it"),
        (["paint"], "No such command 'paint'"),
    ],
)
def test_a_command_that_cannot_be_run_ends_it(shop, command, reason):
    command = [word.format(shop=shop) for word in command]
    with pytest.raises(click.ClickException) as refusal:
        run([["routes"], command, ["routes"]], NONE)
    words = f"roob {' '.join(command)}: {reason.format(shop=shop)}"
    assert refusal.value.format_message().startswith(words)


def ran(monkeypatch, *commands):
    asked = json.dumps({"commands": commands, "defaults": {}})
    monkeypatch.setattr("sys.stdin", io.StringIO(asked))
    room._answer()


def test_commands_come_as_json_and_so_do_the_answers(shop, monkeypatch, capsys):
    ran(monkeypatch, ["why", "/crash"], ["why", "/nowhere"])
    first, second = json.loads(capsys.readouterr().out)
    assert first.startswith("GET /crash is answered by /crash")
    assert second.startswith("404: ")


def test_the_reason_is_what_the_process_ends_with(shop, monkeypatch, capsys):
    with pytest.raises(SystemExit, match="'a/b' is neither a method nor a path"):
        ran(monkeypatch, ["routes"], ["trace", "a/b"])
    assert capsys.readouterr().out == ""


def test_help_ends_its_own_command_alone(shop):
    helped, routes = run([["trace", "--help"], ["routes"]], NONE)
    assert helped.startswith("Usage: roob trace")
    assert "/books" in routes


def test_defaults_hold_for_all(shop):
    outputs = run([["trace", "/books/7"]] * 2, {"trace": {"runs": 2}})
    assert ["(median of 2)" in output for output in outputs] == [True, True]


def test_what_one_command_writes_the_next_does_not_see(shop, folder):
    with closing(sqlite3.connect(folder / "shop.sqlite")) as connection:
        connection.execute("CREATE TABLE book (title TEXT)")
    before = (folder / "shop.sqlite").read_bytes()
    add = ["trace", "/books", "-d", '{"title": "Emma"}']
    outputs = run([add, add], {"trace": {"runs": 1}})
    assert outputs[0].splitlines()[0].startswith("POST /books  →  201 Created")
    assert ['{"count":1}' in output for output in outputs] == [True, True]
    assert (folder / "shop.sqlite").read_bytes() == before
