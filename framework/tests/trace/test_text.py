from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from roob.trace.steps import (
    CandidateDetail,
    Message,
    Recording,
    SqlDetail,
    Step,
    Times,
)
from roob.trace.text import (
    WIDTH,
    Line,
    counted,
    cut,
    duration,
    headline,
    hints,
    lines_of,
    plain,
    render,
    short_statement,
)

SERVER = Step("server", "server", "app", "app(environ, start_response)")
RECORDING = Recording("GET", "/", "200 OK", 1234, Times(512.3, 48.2, 500), [SERVER])


def recorded(*steps, **changes):
    return replace(RECORDING, steps=[SERVER, *steps], **changes)


def texts(recording):
    return [(line.layer, line.mark, line.text) for line in lines_of(recording)]


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [(0, "0.0 µs"), (0.34, "0.3 µs"), (9.94, "9.9 µs"), (48.2, "48 µs"),
     (1234, "1,234 µs"), (12345, "12.3 ms"), (1_234_567, "1,234.6 ms")],
)  # fmt: skip
def test_a_duration_has_the_digits_that_one_reads(microseconds, text):
    assert duration(microseconds) == text


def test_the_headline_says_what_was_asked_answered_and_how_long_it_took():
    assert headline(RECORDING) == (
        "GET /  →  200 OK, 1,234 bytes      48 µs untraced (median of 500); "
        "recording took 512 µs"
    )


def test_without_untraced_requests_the_time_is_about_that():
    told = headline(replace(RECORDING, time=Times(512.3, 48.2)))
    assert told.endswith("about 48 µs; recording took 512 µs")


def test_an_error_stands_where_there_is_no_answer():
    told = headline(replace(RECORDING, status="", error="ValueError: no"))
    assert told.startswith("GET /  →  no answer: ValueError: no      ")


@pytest.mark.parametrize(
    ("sql", "short"),
    [
        ('SELECT "a", "b" FROM "t"', 'SELECT 2 columns FROM "t"'),
        ('SELECT DISTINCT "a", "b" FROM "t"', 'SELECT DISTINCT 2 columns FROM "t"'),
        ('SELECT "a" FROM "t"', 'SELECT "a" FROM "t"'),
        ('SELECT count(*), "a" FROM "t"', 'SELECT count(*), "a" FROM "t"'),
        ("COMMIT", "COMMIT"),
        ('UPDATE "t" SET "a" = ?', 'UPDATE "t" SET "a" = ?'),
        (
            'INSERT INTO "t" ("a", "b") VALUES ((SELECT max("a") + (1) FROM "t"), ?)',
            'INSERT INTO "t" ("a", "b") VALUES ((SELECT …), ?)',
        ),
        ("INSERT INTO t VALUES ((SELECT 1), (SELECT 2))",
         "INSERT INTO t VALUES ((SELECT …), (SELECT …))"),
        ("INSERT INTO t VALUES ((SELECT 1", "INSERT INTO t VALUES ((SELECT …)"),
    ],
)  # fmt: skip
def test_a_statement_is_as_short_as_one_can_follow_it(sql, short):
    assert short_statement(sql) == short


@given(st.text(), st.integers(2, 50))
def test_what_is_cut_is_one_line_and_no_longer(text, length):
    found = cut(text, length)
    assert "\n" not in found
    assert len(found) <= length
    assert found == " ".join(text.split()) or found.endswith("…")


def test_middlewares_go_in_and_out_around_what_is_inside():
    stamp = Step(
        "middleware", "Stamp", "Middleware.handle_request", "Stamp", 0, 1, "a.py", 1,
        notes=["adds X-Stamp"],
    )  # fmt: skip
    hook = Step(
        "middleware", "Stamp", "Stamp.process_response", "Stamp.process_response",
        1, 2, "shop.py", 9,
    )  # fmt: skip
    app = Step("app", "Roob", "Roob.handle_request", "Roob.handle_request", 1, 2)
    assert texts(recorded(stamp, app, hook))[1:] == [
        ("middleware", "↓", "Stamp"),
        ("app", "", "Roob.handle_request"),
        ("middleware", "↑", "Stamp  adds X-Stamp"),
    ]
    assert lines_of(recorded(stamp, app, hook))[-1].place == "shop.py:9"


def test_a_handlers_result_is_told_on_the_way_back():
    handler = Step("handler", "get", "get", "get(id=7)", 0, 1, result="{'id': 7}")
    assert texts(recorded(handler))[1:] == [
        ("handler", "", "get(id=7)"),
        ("handler", "→", "{'id': 7}"),
    ]


def test_a_streams_pieces_are_counted():
    handler = Step("handler", "s", "s", "s()", 0, 1, result="None", pieces=3)
    assert texts(recorded(handler))[-1] == ("handler", "→", "3 pieces, then None")


def test_an_error_is_told_where_it_left():
    handler = Step("handler", "get", "get", "get()", 0, 1, error="ValueError: no")
    line = lines_of(recorded(handler))[-1]
    assert (line.layer, line.mark, line.text) == ("handler", "✗", "ValueError: no")
    assert line.is_error


def test_the_router_tells_what_it_looked_at_or_why_nothing_answers():
    look = [
        CandidateDetail("/books", "refused", "one segment fewer"),
        CandidateDetail("/books/{id:d}", "chosen", "{'id': 7}"),
    ]
    step = Step(
        "router", "RoutingHelper", "RoutingHelper.find_route", "find", 0, 1,
        candidates=look, result="get {'id': 7}",
    )  # fmt: skip
    assert texts(recorded(step))[1:] == [
        ("router", "", "find"),
        ("router", "", "✗ /books         one segment fewer"),
        ("router", "", "✓ /books/{id:d}  {'id': 7}"),
    ]
    nothing = replace(step, candidates=look[:1], result="no route")
    assert texts(recorded(nothing))[-1] == ("router", "→", "no route")


def sql_step(statement, **changes):
    detail = SqlDetail(statement, ["7"], 1)
    step = Step("sql", "SQLite", "fetch", statement, 0, 1, sql=detail, result="1 row")
    return replace(step, elapsed=6.7, **changes)


def test_a_statement_is_told_with_its_parameters_and_its_rows():
    line = lines_of(recorded(sql_step('SELECT "a" FROM "t" WHERE "id" = ?')))[-1]
    assert line.text == 'SELECT "a" FROM "t" WHERE "id" = ?   [7]'
    assert line.place == "1 row, 6.7 µs"


def test_a_statement_that_runs_again_and_again_is_pointed_at():
    steps = [sql_step('SELECT "a" FROM "t"')] * 3 + [sql_step("COMMIT")] * 9
    found = recorded(*steps)
    assert hints(found) == ["One statement ran 3 times: see the SQL above."]
    assert render(found).endswith("see the SQL above.")
    assert hints(recorded(sql_step('SELECT "a" FROM "t"'))) == []


def test_what_is_left_out_is_counted():
    assert hints(recorded(left_out=1234)) == ["1,234 more steps are left out."]


def test_the_body_stands_where_the_response_is_sent():
    step = Step("response", "response", "Response.__call__", "JSONResponse", 0, 1)
    with_body = recorded(step, response=Message(body='{"id":7}'))
    assert texts(with_body)[-1] == ("response", "", '{"id":7}')
    answered = recorded(replace(step, result="204 No Content"))
    assert texts(answered)[-1] == ("response", "", "JSONResponse 204 No Content")


def test_only_the_last_response_shows_the_body_that_is_sent():
    step = Step(
        "response", "response", "Response.__call__", "Response", 0, 1,
        result="404 Not Found",
    )  # fmt: skip
    two = recorded(step, replace(step, result="200 OK"), response=Message(body="hi"))
    assert texts(two)[1:] == [
        ("response", "", "Response 404 Not Found"),
        ("response", "", "hi"),
    ]


@pytest.mark.parametrize(
    ("number", "thing", "text"),
    [(0, "byte", "0 bytes"), (1, "byte", "1 byte"), (2, "piece", "2 pieces"),
     (12345, "byte", "12,345 bytes")],
)  # fmt: skip
def test_one_is_no_plural(number, thing, text):
    assert counted(number, thing) == text


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"bytes": 1}, "200 OK, 1 byte"),
        ({"bytes": 1, "status": ""}, "no status, 1 byte"),
        ({"bytes": 3, "error": "ValueError: midway"},
         "200 OK, 3 bytes, then ValueError: midway"),
        ({"status": "", "error": "SystemExit: 3"}, "no answer: SystemExit: 3"),
    ],
)  # fmt: skip
def test_the_headline_says_how_far_an_answer_came(changes, answer):
    told = headline(replace(RECORDING, **changes))
    assert told.startswith(f"GET /  →  {answer}      ")


def test_why_a_request_was_made_once_only_is_said():
    found = recorded(seldom="once: it wrote to /x")
    assert hints(found) == ["This request was made once: it wrote to /x."]
    assert render(found).endswith("\n\nThis request was made once: it wrote to /x.")


def test_a_stream_that_is_left_says_so():
    handler = Step("handler", "s", "s", "s()", 0, 1, pieces=2)
    left = replace(handler, result="left before its end")
    assert texts(recorded(left))[-1] == (
        "handler", "→", "2 pieces, then left before its end",
    )  # fmt: skip
    one = replace(left, pieces=1)
    assert texts(recorded(one))[-1][2] == "1 piece, then left before its end"


def test_where_an_error_was_raised_stands_once_at_the_innermost_step():
    failed = {"error": "ValueError: no", "raised": "shop.py:9"}
    outer = Step("handler", "get", "get", "get()", 0, 1, **failed)
    inner = Step("service", "find", "find", "find()", 1, 2, **failed)
    crosses = [line for line in lines_of(recorded(outer, inner)) if line.mark == "✗"]
    assert [(line.layer, line.text, line.place) for line in crosses] == [
        ("service", "ValueError: no", "shop.py:9"),
        ("handler", "ValueError: no", ""),
    ]


def test_another_error_has_a_place_of_its_own():
    outer = Step("handler", "get", "get", "get()", 0, 1, error="KeyError: 1",
                 raised="shop.py:3")  # fmt: skip
    inner = Step("service", "find", "find", "find()", 1, 2, error="ValueError: no",
                 raised="shop.py:9")  # fmt: skip
    places = [line.place for line in lines_of(recorded(outer, inner)) if line.is_error]
    assert places == ["shop.py:9", "shop.py:3"]


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        ("router", "RoutingHelper.find_route"),
        ("router", "RouteManager.dispatch"),
        ("response", "make_response"),
        ("sql", "SqliteConnection.fetch"),
        ("middleware", "Middleware.handle_request"),
        ("template", "Roob.template"),
    ],
)
def test_an_error_is_told_in_every_layer(layer, name):
    step = Step(layer, "x", name, "x", 0, 1, error="BadRequest: no")
    last = lines_of(recorded(step))[-1]
    assert (last.layer, last.mark, last.text) == (layer, "✗", "BadRequest: no")
    assert last.is_error


printable = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=300)
lines = st.builds(
    Line,
    st.sampled_from(["handler", "sql", "router"]),
    st.sampled_from(["", "→", "↓", "✗"]),
    st.integers(0, 8),
    printable,
    st.sampled_from(["", "shop/books.py:12"]),
    st.booleans(),
)


@given(lines, st.integers(100, 200))
def test_no_row_is_wider_than_it_may_be(line, width):
    for row in plain(line, width).split("\n"):
        assert len(row.removesuffix(line.place).rstrip()) <= width


@given(lines)
def test_what_is_no_value_is_never_cut_short(line):
    line = replace(line, is_value=False)
    shown = plain(line).replace(line.place, "", 1) if line.place else plain(line)
    letters = "".join(line.text.split())
    assert letters in "".join(shown.split()) or not letters


def test_every_row_of_a_long_line_is_indented():
    shown = plain(Line("handler", "", 2, "word " * 60, "shop.py:1"), WIDTH)
    first, *others = shown.split("\n")
    assert first.endswith("shop.py:1")
    assert others
    assert all(row.startswith(" " * 20) for row in others)


def test_of_a_websocket_no_bytes_are_counted():
    recording = replace(RECORDING, status="101 Switching Protocols")
    assert "→  101 Switching Protocols, a websocket      " in headline(recording)
