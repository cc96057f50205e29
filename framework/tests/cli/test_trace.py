import json
import sqlite3
import sys
from contextlib import closing

import click
import pytest
from roob.cli.trace import visits_of
from roob.trace.visit import Visit

from framework.tests.cli.conftest import SHOP

JSON = (("Content-Type", "application/json"),)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def body_of(result):
    """The answer's body in a recording that was asked for as JSON."""
    return json.loads(json.loads(result.output)["response"]["body"])


def test_a_request_is_shown_step_by_step(roob, shop):
    result = roob("trace", "GET", "/books/7", "--runs", "2")
    assert result.exit_code == 0
    first = result.output.splitlines()[0]
    assert first.startswith("GET /books/7  →  200 OK, 23 bytes")
    assert "untraced (median of 2)" in first
    assert "get_book(book_id=7)" in result.output
    assert "BookService.get(book_id=7)" in result.output
    assert f"{shop}.py:" in result.output
    assert "✓ /books/{book_id:d}" in result.output


def test_get_is_the_method_that_need_not_be_named(roob, shop):
    assert roob("trace", "/books/7", "--runs", "1").output.startswith("GET /books/7")


def test_a_method_may_be_written_small(roob, shop):
    assert roob("trace", "get", "/books/7", "--runs", "1").output.startswith("GET /bo")


def test_output_that_is_no_terminal_has_no_escape_codes(roob, shop):
    for words in (["trace", "/books/7", "--runs", "1"], ["routes"], ["why", "/x"]):
        assert "\x1b" not in roob(*words).output


def test_a_body_makes_it_a_post_and_says_what_it_is(roob, shop):
    result = roob("trace", "/echo", "-d", '{"a": 1}', "--json", "--runs", "1")
    assert body_of(result)["kind"] == "application/json"
    assert body_of(result)["body"] == '{"a": 1}'
    result = roob("trace", "/echo", "-d", "a=1", "--json", "--runs", "1")
    assert body_of(result)["kind"] == "application/x-www-form-urlencoded"


def test_a_body_may_be_a_files(roob, shop, folder):
    (folder / "body.json").write_text('{"from": "file"}')
    result = roob("trace", "/echo", "-d", "@body.json", "--json", "--runs", "1")
    assert body_of(result)["body"] == '{"from": "file"}'


def test_an_unreadable_file_is_named(roob, shop, folder):
    for file in ("@nothing.json", f"@{folder}"):
        result = roob("trace", "/echo", "-d", file)
        assert result.exit_code == 2
        assert f"-d {file}:" in result.output


def test_headers_are_sent_as_they_are_given(roob, shop):
    result = roob(
        "trace", "/seen", "-H", "X-One: 1", "-H", "Host:shop.example",
        "--json", "--runs", "1",
    )  # fmt: skip
    assert body_of(result) == {"one": "1", "host": "shop.example"}


@pytest.mark.parametrize("header", ["no colon", ": nothing", " : x", ""])
def test_a_header_that_is_none_is_refused(roob, shop, header):
    result = roob("trace", "/seen", "-H", header)
    assert result.exit_code == 2
    assert f"-H {header!r} is no 'Name: value'" in result.output


def test_secrets_are_hidden(roob, shop):
    result = roob("trace", "/seen", "-H", "Authorization: Bearer abcdef123", "--json")
    assert "abcdef123" not in result.output
    assert "‹hidden›" in result.output


def test_everything_shows_calls_that_are_no_layers(roob, shop):
    usual = roob("trace", "/books/7", "--runs", "1").output
    everything = roob("trace", "/books/7", "--all", "--runs", "1")
    assert everything.output.splitlines()[0].startswith("GET /books/7  →  200 OK")
    assert "  call " not in usual
    assert "  call " in everything.output


@pytest.mark.parametrize("path", ["/nowhere", "/books/x", "/crash", "/books"])
def test_everything_changes_no_answer(roob, shop, path):
    heads = [
        roob("trace", path, *option, "--runs", "1").output.split("  about")[0]
        for option in ([], ["--all"])
    ]
    told = [head.split("      ")[0] for head in heads]
    assert told[0] == told[1]


def test_two_requests_are_compared(roob, shop):
    result = roob(
        "trace", "--diff", "GET", "/books/7", "GET", "/nowhere", "--runs", "1"
    )
    lines = result.output.splitlines()
    assert lines[0].startswith("- GET /books/7")
    assert lines[1].startswith("+ GET /nowhere")
    assert any(line.startswith("- ") and "get_book" in line for line in lines)
    assert any(line.startswith("+ ") and "404" in line for line in lines)
    assert any(line.startswith("  ") and "server" in line for line in lines)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--diff", "GET", "/a"], "--diff takes two requests"),
        (["--diff"], "--diff takes two requests"),
        (["--diff", "/a", "/b", "/c"], "--diff takes two requests"),
        ([], "give one request"),
        (["GET"], "give one request"),
        (["/a", "/b"], "give one request"),
        (["FETCH"], "give one request"),
        (["books/7"], "'books/7' is neither a method nor a path like /books"),
        (["GET", "7"], "'7' is neither a method nor a path like /books"),
        (["GET", "http://x/a"], "'http://x/a' is neither a method nor a path"),
        (["café", "/a"], "'café' is neither a method nor a path like /books"),
        (["--startup", "/a"], "--startup takes --json, and nothing else"),
        (["--startup", "--mermaid"], "--startup takes --json, and nothing else"),
        (["--startup", "--reading"], "--startup takes --json, and nothing else"),
        (["--startup", "--html", "x.html"], "--startup takes --json, and nothing"),
        (["/a", "--runs", "many"], "Invalid value for '--runs'"),
        (["/a", "--paint"], "No such option"),
    ],
)
def test_what_cannot_be_understood_is_refused(roob, shop, words, complaint):
    result = roob("trace", *words)
    assert result.exit_code == 2
    assert complaint in result.output


def test_a_recording_is_json_and_two_are_a_list(roob, shop):
    one = json.loads(roob("trace", "/books/7", "--json", "--runs", "1").output)
    assert (one["method"], one["path"], one["status"]) == ("GET", "/books/7", "200 OK")
    assert one["steps"][0]["layer"] == "server"
    two = roob("trace", "--diff", "/books/7", "/books/8", "--json", "--runs", "1")
    assert [each["path"] for each in json.loads(two.output)] == ["/books/7", "/books/8"]


def test_a_recording_is_a_sequence_for_mermaid(roob, shop):
    lines = roob("trace", "/books/7", "--mermaid", "--runs", "1").output.splitlines()
    assert lines[0] == "sequenceDiagram"
    assert any("get_book" in line and "->>" in line for line in lines)


def test_a_recording_says_what_there_is_to_read(roob, shop):
    shown = roob("trace", "/books/7", "--reading", "--runs", "1").output
    assert shown.startswith("To follow GET /books/7 read ")
    assert "get_book" in shown


def test_a_page_is_written_to_a_file(roob, shop, folder):
    result = roob("trace", "/books/7", "--html", "page.html", "--runs", "1")
    assert result.output == "page.html is written: open it in a browser\n"
    assert "<html" in (folder / "page.html").read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_is_said(roob, shop):
    result = roob("trace", "/books/7", "--html", "no/such/page.html", "--runs", "1")
    assert result.exit_code == 1
    assert "no/such/page.html" in result.output


def test_what_a_request_writes_is_gone(roob, shop, folder):
    result = roob("trace", "/books", "-d", '{"title": "Emma"}', "--json", "--runs", "3")
    assert json.loads(result.output)["status"] == "201 Created"
    assert not (folder / "shop.sqlite").exists()


def test_for_real_it_is_written_once(roob, shop, folder):
    result = roob("trace", "/books", "-d", '{"title": "Emma"}', "--for-real", "--json")
    assert body_of(result) == {"count": 1}
    with closing(sqlite3.connect(folder / "shop.sqlite")) as connection:
        assert connection.execute("SELECT * FROM book").fetchall() == [("Emma",)]


def test_a_transaction_that_a_request_leaves_open_is_said(roob, written, monkeypatch):
    monkeypatch.setattr("roob.trace.copies._SECONDS", 0.01)
    name = written(
        "import sqlite3\n"
        "from roob import Roob\n"
        "app = Roob()\n"
        "held = sqlite3.connect('open.sqlite')\n"
        "held.execute('CREATE TABLE IF NOT EXISTS book (title TEXT)')\n"
        "held.commit()\n"
        "@app.route('/books', ['POST'])\n"
        "def add(request):\n"
        "    held.execute('INSERT INTO book VALUES (1)')\n"
        "    return 'added'\n"
    )
    result = roob("trace", "POST", "/books", "--app", f"{name}:app", "--runs", "1")
    assert result.exit_code == 1
    assert "left a transaction open" in result.output
    sys.modules[name].held.close()


@pytest.mark.parametrize(
    ("drivers", "names"),
    [
        (["psycopg"], "PostgreSQL"),
        (["MySQLdb"], "MySQL"),
        (["psycopg2", "oracledb"], "Oracle and PostgreSQL"),
    ],
)
def test_an_app_that_knows_a_server_is_only_read(
    roob, shop, monkeypatch, drivers, names
):
    for driver in drivers:
        monkeypatch.setitem(sys.modules, driver, object())
    refused = roob("trace", "/books", "-d", '{"title": "Emma"}')
    assert refused.exit_code == 1
    assert f"the app may write to {names}, which is not copied" in refused.output
    assert "give --for-real" in refused.output
    assert roob("trace", "/books/7", "--runs", "1").exit_code == 0
    for_real = roob("trace", "/books", "-d", '{"title": "Emma"}', "--for-real")
    assert for_real.output.startswith("POST /books  →  201 Created")


def test_an_error_of_the_apps_is_shown_and_is_no_error_of_the_command(roob, shop):
    result = roob("trace", "/crash", "--runs", "1")
    assert result.exit_code == 0
    assert "no answer: ZeroDivisionError: by nothing" in result.output


def test_an_app_that_is_no_roob_app_is_traced(roob, shop):
    result = roob("trace", "/x", "--app", f"{shop}:plain", "--runs", "1")
    assert result.output.startswith("GET /x  →  200 OK, 5 bytes")


def test_the_settings_name_layers(roob, shop, folder):
    text = f'[tool.roob.trace.layers]\n{shop} = "domain"\n'
    (folder / "pyproject.toml").write_text(text)
    shown = roob("trace", "/books/7", "--runs", "1").output
    assert "  domain  " in shown


@pytest.mark.parametrize(
    "text", ['[tool.roob.trace]\nlayers = "domain"\n', "[tool.roob]\ntrace = 1\n"]
)
def test_settings_that_are_no_table_are_refused(roob, shop, folder, text):
    (folder / "pyproject.toml").write_text(text)
    result = roob("trace", "/books/7")
    assert result.exit_code == 1
    assert "is no table" in result.output


def test_a_start_up_is_shown(roob, written):
    name = written()
    result = roob("trace", "--startup", "--app", f"{name}:app")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].startswith(f"start-up of {name}:app")
    assert f"{name}.py" in result.output
    assert "GET /books/{book_id:d} → get_book" in result.output
    assert any(line.startswith("  table") for line in lines)


def test_a_start_up_is_json_too(roob, written):
    name = written()
    result = roob("trace", "--startup", "--json", "--app", f"{name}:app")
    found = json.loads(result.output)
    assert found["headline"].startswith(f"start-up of {name}:app")
    assert {line["layer"] for line in found["lines"]} >= {"import", "route", "table"}


def test_colours_are_asked_for_of_a_terminal_alone(roob, shop, monkeypatch):
    monkeypatch.setattr("roob.cli.terminal.has_colours", lambda: True)
    assert "get_book" in roob("trace", "/books/7", "--runs", "1").output


@pytest.mark.parametrize(
    ("words", "body", "visits"),
    [
        (["/a"], None, [Visit("GET", "/a")]),
        (["HEAD", "/a"], None, [Visit("HEAD", "/a")]),
        (["/a"], b"{}", [Visit("POST", "/a", JSON, b"{}")]),
        (["PUT", "/a"], b" [1]", [Visit("PUT", "/a", JSON, b" [1]")]),
        (["/a"], b"", [Visit("POST", "/a", FORM)]),
        (["/a", "/b"], None, [Visit("GET", "/a"), Visit("GET", "/b")]),
        (["POST", "/a", "GET", "/b"], None, [Visit("POST", "/a"), Visit("GET", "/b")]),
    ],
)
def test_words_are_visits(words, body, visits):
    assert visits_of(words, (), body) == visits


def test_a_type_that_is_given_is_not_given_again():
    (visit,) = visits_of(["/a"], ["content-type: text/x"], b"{}")
    assert visit.headers == (("content-type", "text/x"),)


@pytest.mark.parametrize(
    "method",
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE", "FETCH"],
)
def test_every_method_is_known(method):
    assert visits_of([method, "/"], (), None) == [Visit(method, "/")]


def test_a_word_that_is_none_of_them_is_refused():
    with pytest.raises(click.UsageError, match="neither a method nor a path"):
        visits_of(["GET", "a/b"], (), None)


def test_a_method_that_nobody_knows_is_asked_all_the_same(roob, shop):
    result = roob("trace", "fetch", "/books/7", "--runs", "1")
    assert result.output.startswith("FETCH /books/7  →  405 Method Not Allowed")


def test_an_app_that_is_no_roob_shows_every_call_without_being_asked_to(roob, written):
    name = written(
        "def priced(number):\n    return str(number).encode()\n"
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [priced(7)]\n"
    )
    words = ["trace", "/", "--app", f"{name}:application", "--runs", "1"]
    shown = roob(*words).output
    assert "application(environ=environ" in shown
    assert "priced(number=7)" in shown
    assert shown.startswith("GET /  →  200 OK, 1 byte  ")


def test_what_an_import_prints_is_no_part_of_the_json(roob, written):
    name = written(
        "import sys\nprint('loading')\nfrom roob import Roob\napp = Roob()\n"
        "def create_app():\n    print('making')\n    return app\n"
        "app.add_route('/x', lambda request: print('asked') or 'x', ['GET'])\n"
    )
    words = ["trace", "/x", "--json", "--runs", "1", "--app"]
    result = roob(*words, f"{name}:create_app()")
    assert json.loads(result.stdout)["status"] == "200 OK"
    assert result.stderr == "loading\nmaking\n"


@pytest.mark.parametrize("words", [["--startup", "--json"], ["/books/7", "--json"]])
def test_the_output_is_json_even_if_the_app_is_loud(roob, written, words):
    text = "print('loading')\n" + SHOP
    result = roob("trace", *words, "--app", f"{written(text)}:app")
    assert isinstance(json.loads(result.stdout), dict)


def test_a_request_that_reaches_a_file_is_made_once_and_says_so(
    roob, written, folder, monkeypatch
):
    monkeypatch.setattr("roob.trace.outside._NOWHERE", ("/dev/",))
    name = written(
        "from pathlib import Path\nfrom roob import Roob\napp = Roob()\n"
        "@app.route('/mail', ['POST'])\n"
        "def send(request):\n"
        "    with Path('sent.txt').open('a') as file:\n"
        "        file.write('mail\\n')\n"
        "    return 'sent'\n"
    )
    shown = roob("trace", "POST", "/mail", "--app", f"{name}:app").output
    assert "This request was made once: it wrote to sent.txt." in shown
    assert "untraced" not in shown
    assert (folder / "sent.txt").read_text() == "mail\n"


def test_for_real_says_that_it_was_made_once(roob, shop):
    shown = roob("trace", "/books/7", "--for-real").output
    assert "This request was made once: it is for real." in shown


def test_a_websocket_is_not_opened(roob, shop):
    result = roob("trace", "WS", "/ws")
    assert result.exit_code == 2
    assert "roob trace opens no websockets" in result.output
