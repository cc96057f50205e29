import logging
import os
import sqlite3
import sys
from contextlib import closing

import pytest
from roob import Roob
from roob.orm.db_factory import DatabaseFactory
from roob.trace import outside
from roob.trace.copies import Copies
from roob.trace.layers import Layers
from roob.trace.recorder import Recorder
from roob.trace.text import headline, hints, render
from roob.trace.tracing import Tracer
from roob.trace.visit import Visit
from roob.typed import typed

from framework.tests.trace import shop
from framework.tests.trace.seeing import HERE, outline, step_of

POST = Visit(
    "POST", "/books", (("Content-Type", "application/json"),), b'{"title": "Ulysses"}'
)


def tracer_of(app, copies=None):
    return Tracer(app, Recorder(Layers(HERE)), copies)


@pytest.fixture
def copied():
    with Copies() as copies:
        yield copies


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "shop.sqlite"
    with closing(shop.create_shop(path).database):
        pass
    return path


def counting(app):
    """The app, and how often it was called."""

    def counted(environ, start_response):
        counted.calls += 1
        counted.asked.append(environ["REQUEST_METHOD"])
        return app(environ, start_response)

    counted.calls, counted.asked, counted.app = 0, [], app
    return counted


def test_a_safe_request_is_timed_untraced_and_then_recorded(copied):
    app = counting(shop.create_shop())
    found = tracer_of(app, copied).trace(Visit("GET", "/hello/ada"), runs=7)
    assert (found.time.runs, found.seldom) == (7, "")
    assert found.time.honest > 0
    assert found.steps[0].elapsed == found.time.honest
    assert app.calls > 7
    assert step_of(found, "hello").layer == "handler"


def test_the_whole_is_the_untraced_time_and_no_step_is_longer(copied):
    tracer = tracer_of(shop.create_shop(), copied)
    found = tracer.trace(Visit("GET", "/books/1"), runs=9)
    assert found.time.runs == 9
    for step in found.steps:
        assert 0 <= step.start <= found.time.honest + 0.1
        assert step.start + step.elapsed <= found.time.honest + 0.2


@pytest.mark.parametrize("runs", [0, 1])
def test_few_untraced_requests_are_enough(copied, runs):
    tracer = tracer_of(shop.create_shop(), copied)
    found = tracer.trace(Visit("GET", "/hello/ada"), runs)
    assert found.time.runs == runs
    assert found.time.honest > 0


def test_a_slow_app_is_not_waited_for_so_often(copied, monkeypatch):
    monkeypatch.setattr("roob.trace.tracing._SECONDS", 0.0)
    tracer = tracer_of(shop.create_shop(), copied)
    assert tracer.trace(Visit("GET", "/hello/ada")).time.runs == 5


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "DELETE"])
def test_without_copies_every_request_is_made_exactly_once_and_not_timed(method):
    app = counting(shop.create_shop())
    found = tracer_of(app).trace(Visit(method, "/hello/ada"), runs=7)
    assert app.calls == 1
    assert found.time.runs == 0
    assert found.time.honest > 0
    assert found.seldom == "once: it is for real"
    assert hints(found) == ["This request was made once: it is for real."]
    assert "untraced" not in headline(found)


def test_without_copies_what_may_write_happens_once_and_stays(file):
    app = counting(shop.create_shop(file))
    found = tracer_of(app).trace(POST)
    assert (app.calls, found.status) == (1, "201 Created")
    with closing(app.app.database) as database:
        assert len(database.get_all(shop.Book)) == 2


def test_every_run_of_a_request_that_writes_starts_from_the_same_rows(file):
    before = file.read_bytes()
    with Copies() as copies:
        answers = []

        def listening(environ, start_response):
            pieces = [*app(environ, start_response)]
            if environ["REQUEST_METHOD"] == "POST":
                answers.append(b"".join(pieces))
            return pieces

        app = shop.create_shop(file)
        listening.app = app
        found = tracer_of(listening, copies).trace(POST, runs=6)
        app.database.close()
    assert len(answers) >= 6 + 2
    assert set(answers) == {b'{"id":2,"count":2}'}
    assert found.response.body == '{"id":2,"count":2}'
    assert found.status == "201 Created"
    assert file.read_bytes() == before
    log = file.with_name("shop.sqlite-wal")
    assert not log.exists() or log.stat().st_size == 0


def test_the_next_request_starts_from_the_same_rows_too(file):
    with Copies() as copies:
        app = shop.create_shop(file)
        tracer = tracer_of(app, copies)
        one, other = tracer.trace(POST, 1), tracer.trace(POST, 1)
        seen = tracer.trace(Visit("GET", "/books"), 1)
        app.database.close()
    assert one.response.body == other.response.body == '{"id":2,"count":2}'
    assert seen.response.body == '{"books":1}'


def test_a_database_that_only_a_request_that_writes_opens_is_put_back_too(tmp_path):
    file = tmp_path / "plain.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE book (title TEXT UNIQUE)")
    before = file.read_bytes()

    def add(request):
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("INSERT INTO book VALUES ('Emma')")
            connection.commit()
        return {"added": True}

    app = Roob()
    app.add_route("/books", add, ["POST"])
    with Copies() as copies:
        found = tracer_of(app, copies).trace(Visit("POST", "/books"), runs=3)
    assert (found.status, found.error) == ("200 OK", None)
    assert file.read_bytes() == before


def test_a_database_in_memory_is_put_back_as_well():
    with Copies() as copies:
        app = shop.create_shop()
        found = tracer_of(app, copies).trace(POST, runs=4)
        app.database.close()
    assert found.response.body == '{"id":2,"count":2}'


def test_what_an_app_writes_to_standard_error_is_not_shown_and_is_shown_again(capfd):
    def noisy(environ, start_response):
        os.write(2, b"by its number\n")
        print("by its name", file=sys.stderr)
        start_response("200 OK", [])
        return []

    tracer_of(noisy).trace(Visit("GET", "/"), 3)
    os.write(2, b"afterwards\n")
    shown = capfd.readouterr().err
    assert "afterwards" in shown
    assert "by its number" not in shown


@pytest.mark.parametrize("has_copies", [False, True])
def test_what_an_app_prints_is_no_output_of_ours_and_what_comes_later_is(
    copied, capfd, has_copies
):
    def noisy(environ, start_response):
        os.write(1, b"by its number\n")
        print("by its name")
        start_response("200 OK", [])
        return []

    for method in ("GET", "POST"):
        tracer_of(noisy, copied if has_copies else None).trace(Visit(method, "/"), 2)
    os.write(1, b"afterwards\n")
    print("at last")
    assert capfd.readouterr() == ("afterwards\nat last\n", "")


def test_standard_error_is_given_back_after_an_error_too(capfd):
    class Broken(Copies):
        def restore(self):
            raise RuntimeError("cannot restore")

    def app(environ, start_response):
        start_response("200 OK", [])
        return []

    with Broken() as copies, pytest.raises(RuntimeError, match="cannot restore"):
        tracer_of(app, copies).trace(Visit("GET", "/"), 1)
    os.write(2, b"here again\n")
    assert "here again" in capfd.readouterr().err


def test_what_is_logged_before_and_after_is_kept(capfd):
    handler = logging.StreamHandler()
    logging.getLogger().addHandler(handler)
    try:
        handler.stream.write("before\n")
        tracer_of(shop.plain_app).trace(Visit("GET", "/"), 1)
        handler.stream.write("after\n")
        handler.flush()
    finally:
        logging.getLogger().removeHandler(handler)
    assert "after" in capfd.readouterr().err


def test_an_app_that_raises_is_traced_like_any_other():
    found = tracer_of(shop.create_shop()).trace(Visit("GET", "/crash"), 2)
    assert found.error == "ZeroDivisionError: by nothing"


def test_an_app_that_is_no_roob_app_is_traced():
    found = tracer_of(shop.plain_app).trace(Visit("GET", "/x"), 2)
    assert outline(found) == [(0, "server", "app")]
    assert found.bytes == 5


def test_the_interpreter_is_as_it_was():
    before = sys.gettrace()
    tracer_of(shop.create_shop()).trace(Visit("GET", "/hello/ada"), 1)
    assert sys.gettrace() is before


def test_the_orms_statements_are_told_with_their_rows(file):
    with Copies() as copies:
        app = shop.create_shop(file)
        found = tracer_of(app, copies).trace(POST, 1)
        app.database.close()
    (insert,) = (s for s in found.statements if s.startswith("INSERT"))
    assert '"title"' in insert
    (step,) = (s for s in found.steps if s.sql and s.sql.statement == insert)
    assert (step.sql.parameters[-1], step.sql.rows) == ("'Ulysses'", 1)


def test_a_factory_makes_a_new_database_each_time(tmp_path):
    """The copy of a file that is not there yet is a file of its own, too."""
    file = tmp_path / "fresh.sqlite"
    with Copies() as copies:
        app = shop.create_shop(file)
        found = tracer_of(app, copies).trace(POST, 2)
        app.database.close()
        with closing(DatabaseFactory().get_connection(file)) as database:
            assert len(database.get_all(shop.Book)) == 1
    assert found.status == "201 Created"
    assert not file.exists()


def test_what_a_get_writes_is_put_back_too(file):
    def reading(request):
        app.database.save(shop.Book(title="Visited"))
        return {"books": len(app.database.get_all(shop.Book))}

    with Copies() as copies:
        app = shop.create_shop(file)
        app.add_route("/visits", reading, ["GET"])
        tracer = tracer_of(app, copies)
        # The first one of all warms the app up, before anything is kept.
        found = [tracer.trace(Visit("GET", "/visits"), 3) for _ in range(2)]
        app.database.close()
    assert found[0].response.body == '{"books":3}'
    assert [each.seldom for each in found] == ["", ""]
    with closing(shop.create_shop(file).database) as database:
        assert len(database.get_all(shop.Book)) == 1


def writing(path):
    """An app that writes to a file whenever it is asked to by more than a GET."""

    def app(environ, start_response):
        if environ["REQUEST_METHOD"] != "GET":
            path.write_text("mail")
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"sent"]

    return counting(app)


def test_a_request_that_writes_to_a_file_is_made_once_and_says_so(
    copied, tmp_path, monkeypatch
):
    monkeypatch.setattr(outside, "_NOWHERE", ("/dev/",))
    app = writing(tmp_path / "mail.txt")
    found = tracer_of(app, copied).trace(Visit("POST", "/send"), 7)
    wanted = f"once: it wrote to {tmp_path}/mail.txt"
    assert found.seldom == wanted
    assert f"This request was made {wanted}." in hints(found)
    assert (found.time.runs, found.response.body) == (0, "sent")
    assert app.asked.count("POST") == 1


def test_a_request_that_reaches_nothing_else_is_made_again_and_timed(copied, tmp_path):
    app = writing(tmp_path / "mail.txt")  # which is temporary
    found = tracer_of(app, copied).trace(Visit("POST", "/send"), 7)
    assert (found.seldom, found.time.runs) == ("", 7)
    assert app.asked.count("POST") > 7
    assert hints(found) == []


def test_a_request_that_reaches_several_things_names_them_all(copied):
    def app(environ, start_response):
        if environ["REQUEST_METHOD"] == "DELETE":
            sys.audit("socket.connect", None, ("mail.example", 25))
            sys.audit("os.system", b"sendmail")
        start_response("200 OK", [])
        return []

    found = tracer_of(app, copied).trace(Visit("DELETE", "/"), 2)
    assert found.seldom == "once: it connected to mail.example:25 and started sendmail"


def test_a_database_that_a_request_opens_first_is_copied_and_nothing_outside(
    tmp_path, monkeypatch
):
    """The copy is made by reading the original, which is no writing to it."""
    file = tmp_path / "plain.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE book (title TEXT)")

    def app(environ, start_response):
        if environ["REQUEST_METHOD"] == "POST":
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("INSERT INTO book VALUES ('Emma')")
                connection.commit()
        start_response("200 OK", [])
        return []

    with Copies() as copies:
        monkeypatch.setattr(outside, "_NOWHERE", ("/dev/", copies._folder.name))
        found = tracer_of(app, copies).trace(Visit("POST", "/"), 2)
    assert (found.seldom, found.time.runs) == ("", 2)


def test_a_get_that_writes_a_file_is_made_twice_and_one_that_asks_a_socket_often(
    tmp_path, monkeypatch
):
    listened: list[tuple[str, int]] = []

    def writing(environ, start_response):
        start_response("200 OK", [])
        with (tmp_path / "visits.txt").open("a") as file:
            file.write("x")
        return []

    def asking(environ, start_response):
        start_response("200 OK", [])
        sys.audit("socket.connect", None, ("127.0.0.1", 5432))
        listened.append(("127.0.0.1", 5432))
        return []

    monkeypatch.setattr(outside, "_NOWHERE", ("/dev/",))  # pytest's folder is temporary
    with Copies() as copies:
        written = tracer_of(writing, copies).trace(Visit("GET", "/"), 3)
        asked = tracer_of(asking, copies).trace(Visit("GET", "/"), 3)
    assert (tmp_path / "visits.txt").read_text() == "xx"
    assert written.seldom == f"twice: it wrote to {tmp_path / 'visits.txt'}"
    assert (asked.seldom, asked.time.runs) == ("", 3)
    assert len(listened) > 3


def test_a_stream_that_goes_on_is_made_once_and_says_so(copied, monkeypatch):
    monkeypatch.setattr("roob.trace.visit.MOST_PIECES", 3)
    app = Roob()
    app.add_route("/long", lambda request: (b"x" for _ in range(9)), ["GET"])
    counted = counting(app)
    found = tracer_of(counted, copied).trace(Visit("GET", "/long"), 7)
    assert (counted.calls, found.status, found.bytes) == (1, "200 OK", 3)
    first, second = hints(found)
    assert first.startswith("The answer went on: this is what was seen of it in ")
    assert first.endswith(", 3 pieces.")
    assert second == "This request was made once: its answer went on, and was closed."
    assert found.to_json()["remark"] == first


def test_a_websockets_path_is_told_as_such():
    app = Roob()
    app.websocket("/ws")(lambda socket: None)
    app.add_route("/plain", shop.teapot, ["GET"])
    tracer = tracer_of(app)
    (told,) = [
        each for each in hints(tracer.trace(Visit("GET", "/ws"))) if "ws" in each
    ]
    assert told.startswith("This path is a websocket's: roob trace opens none.")
    assert tracer.trace(Visit("GET", "/plain")).remark == ""


def test_what_is_refused_of_a_typed_handler_is_named():
    app = Roob(dispatcher=typed)

    @app.route("/paged", ["GET"])
    def paged(q: str, page: int = 1) -> list[str]:
        return [q] * page

    @app.route("/sent", ["POST"])
    def sent(body: dict[str, int]) -> int:
        return len(body)

    tracer = tracer_of(app)
    refused = tracer.trace(Visit("GET", "/paged?page=s3cr3t&token=s3cr3t"))
    step = step_of(refused, "refusal")
    assert (step.layer, step.title) == ("parameters", "paged is not called")
    assert [note.partition(":")[0] for note in step.notes] == ["query q", "query page"]
    assert "parameters ✗          query q: Field required" in render(refused)
    assert "s3cr3t" not in render(refused)
    answered = tracer.trace(Visit("GET", "/paged?q=x"))
    assert "parameters" not in {layer for _, layer, _ in outline(answered)}
    kind = (("Content-Type", "application/json"),)
    broken = tracer.trace(Visit("POST", "/sent", kind, b"{"))
    step = step_of(broken, "Binder.bind")
    assert step.title == "sent is not called"
    assert step.error.startswith("BadRequest: ")


def test_all_of_the_words_of_a_refusal_are_calls_of_their_own_where_all_are_shown():
    app = Roob(dispatcher=typed)
    app.add_route("/paged", lambda request: {}, ["GET"])
    tracer = Tracer(app, Recorder(Layers(HERE, everything=True)), None)
    assert "is not called" not in render(tracer.trace(Visit("GET", "/paged")))


@pytest.mark.parametrize("decorated", [typed, lambda function: function])
def test_a_typed_handler_is_a_step_however_it_became_one(decorated):
    app = Roob(dispatcher=typed)

    def paged(q: str) -> str:
        return q

    app.add_route("/paged", decorated(paged), ["GET"])
    found = tracer_of(app).trace(Visit("GET", "/paged?q=x"))
    (step,) = [step for step in found.steps if step.layer == "handler"]
    assert step.title == "paged(q='x')"
