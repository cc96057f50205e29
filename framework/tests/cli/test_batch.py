import sqlite3
from contextlib import closing

from roob.cli.batch import run

NONE = {}


def test_each_command_prints_what_it_prints_alone(roob, shop):
    outputs = run([["routes"], ["why", "GET", "/books/7"]], NONE)
    assert outputs == [roob("routes").output, roob("why", "GET", "/books/7").output]


def test_a_verdict_ends_its_own_command_alone(shop):
    first, second = run([["why", "/nowhere"], ["why", "/crash"]], NONE)
    assert first.startswith("404: ")
    assert second.startswith("GET /crash is answered by /crash")


def test_an_error_is_what_the_command_prints(shop):
    outputs = run([["trace", "nothing"], ["routes", "--app", f"{shop}:ap"]], NONE)
    assert outputs[0].startswith("Error: 'nothing' is neither a method nor a path")
    assert outputs[1].startswith(f"Error: {shop}:ap: there is no 'ap' in it")


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
