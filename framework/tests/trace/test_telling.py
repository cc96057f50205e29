"""A request's recording, step by step, by either back end."""

import gc
import re
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from roob import Roob
from roob.middlewares import ErrorHandlerMiddleware, ExecutionTimeMiddleware
from roob.trace.documents import structure
from roob.trace.layers import Layers
from roob.trace.monitor import Monitor
from roob.trace.settrace import SetTrace
from roob.trace.text import headline, render
from roob.trace.visit import Visit, send

from framework.tests.trace import shop
from framework.tests.trace.seeing import HERE, outline, see, step_of
from framework.tests.trace.streams import BACK_ENDS, needs_monitoring

by_back_end = pytest.mark.parametrize("back_end", BACK_ENDS)

REQUESTS = [
    ("GET", "/hello/ada", b""),
    ("HEAD", "/hello/ada", b""),
    ("OPTIONS", "/hello/ada", b""),
    ("GET", "/books/1", b""),
    ("GET", "/books/9", b""),
    ("GET", "/books", b""),
    ("POST", "/books", b'{"title": "Ulysses"}'),
    ("POST", "/books", b"no json"),
    ("PUT", "/books", b""),
    ("GET", "/nowhere", b""),
    ("GET", "/a%00b", b""),
    ("GET", "/%ff", b""),
    ("GET", "/forgiven", b""),
    ("GET", "/deep/4", b""),
    ("GET", "/pages", b""),
    ("GET", "/stream", b""),
    ("GET", "/torn", b""),
    ("GET", "/crash", b""),
    ("GET", "/refuse", b""),
    ("GET", "/closed", b""),
    ("GET", "/teapot", b""),
    ("GET", "/decorated", b""),
    ("GET", "/counter", b""),
    ("GET", "/static/none.css", b""),
    ("GET", "/left", b""),
    ("GET", "/unused", b""),
]


def masked(recording):
    """The text, its times and what is laid out by them away."""
    text = re.sub(r"\d[\d,.]* (µs|ms)", "#", render(recording))
    return re.sub(r"\b[0-9a-f]{32}\b|(?<=request_id\":\")[0-9a-f]+", "#", text)


@contextmanager
def no_garbage_collected():
    """What earlier tests left would run its finalizers at any moment."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@needs_monitoring
@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
@pytest.mark.parametrize(
    ("make", "everything"),
    [(shop.create_shop, False), (shop.create_guarded_shop, True)],
    ids=["steps", "everything"],
)
def test_both_back_ends_tell_the_same_to_the_letter(
    make, method, path, body, everything
):
    def seen_by(back_end):
        layers = Layers(HERE, everything=everything)
        app = make()
        with closing(app.database):
            send(app, Visit(method, path, (), body).environ())  # tables, caches
            return see(app, path, method, body, back_end=back_end, layers=layers)

    with no_garbage_collected():
        one, other = seen_by(SetTrace), seen_by(Monitor)
    assert masked(one) == masked(other)
    assert outline(one) == outline(other)


@by_back_end
@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_a_step_stands_inside_of_its_caller_in_depth_and_in_time(
    back_end, method, path, body
):
    found = see(shop.create_shop(), path, method, body, back_end=back_end)
    first, *others = found.steps
    assert (first.layer, first.parent, first.depth) == ("server", None, 0)
    for place, step in enumerate(others, start=1):
        caller = found.steps[step.parent]
        assert step.parent < place
        assert step.depth == caller.depth + 1
        assert step.start >= caller.start
        assert 0 <= step.elapsed <= found.time.honest + 0.2
        assert step.start + step.elapsed <= found.time.honest + 0.2


@by_back_end
def test_a_request_walks_through_the_layers(back_end):
    found = see(shop.create_shop(), "/books/1", back_end=back_end)
    assert outline(found) == [
        (0, "server", "app"),
        (1, "app", "Roob.__call__"),
        (2, "middleware", "Middleware.handle_request"),
        (3, "middleware", "Stamp.process_request"),
        (3, "middleware", "Middleware.handle_request"),
        (4, "middleware", "Middleware.handle_request"),
        (5, "middleware", "Doorman.process_request"),
        (5, "app", "Roob.handle_request"),
        (6, "router", "RouteManager.dispatch"),
        (7, "router", "RoutingHelper.find_route"),
        (7, "handler", "Books.get"),
        (8, "service", "BookService.get"),
        (9, "repository", "BookRepository.find"),
        (10, "sql", "SqliteConnection.fetch"),
        (7, "response", "make_response"),
        (4, "middleware", "Teapot.process_response"),
        (3, "middleware", "Stamp.process_response"),
        (2, "response", "_EncodedResponse.__call__"),
    ]
    assert step_of(found, "BookRepository.find").result.startswith("Book(id=1")
    assert step_of(found, "SqliteConnection.fetch").sql.rows == 1
    assert (found.status, found.bytes, found.error) == ("200 OK", 23, None)


@by_back_end
def test_middlewares_are_told_by_name_with_what_they_did(back_end):
    found = see(shop.create_shop(), "/teapot", back_end=back_end)
    notes = {s.who: s.notes for s in found.steps if s.name.endswith("handle_request")}
    assert notes["Stamp"] == ["adds X-Stamp"]
    assert notes["Teapot"] == ["200 OK becomes 418 I'm a Teapot"]
    assert notes["Doorman"] == []


@by_back_end
def test_a_middleware_that_answers_by_itself_says_so(back_end):
    found = see(shop.create_shop(), "/closed", back_end=back_end)
    notes = {s.who: s.notes for s in found.steps if s.name.endswith("handle_request")}
    assert notes["Doorman"] == ["answers by itself"]
    assert "handler" not in {step.layer for step in found.steps}
    assert found.status == "503 Service Unavailable"


@by_back_end
def test_a_middleware_that_hands_on_to_its_base_is_one_step(back_end):
    app = shop.create_shop()
    app.add_middleware(ExecutionTimeMiddleware)
    found = see(app, "/hello/ada", back_end=back_end)
    step = step_of(found, "ExecutionTimeMiddleware.handle_request")
    assert step.notes == ["adds X-Response-Time"]
    (inside,) = [s for s in found.steps if s.parent == found.steps.index(step)]
    assert inside.who == "Stamp"


@by_back_end
def test_a_stream_is_one_step_with_its_pieces(back_end):
    found = see(shop.create_shop(), "/stream", back_end=back_end)
    step = step_of(found, "streaming")
    assert (step.layer, step.pieces, step.error) == ("handler", 3, None)
    assert found.bytes == len("one two three")


@by_back_end
def test_what_a_stream_calls_is_inside_of_it(back_end):
    found = see(
        shop.create_shop(),
        "/pages",
        back_end=back_end,
        layers=Layers(HERE, everything=True),
    )
    place = found.steps.index(step_of(found, "BookRepository.pages"))
    inside = [s.arguments[1] for s in found.steps if s.parent == place]
    assert inside == [("number", "0"), ("number", "1")]


@by_back_end
def test_an_exception_in_the_middle_of_a_stream_is_the_streams_and_the_requests(
    back_end,
):
    found = see(shop.create_shop(), "/torn", back_end=back_end)
    step = step_of(found, "torn")
    assert (step.pieces, step.error) == (1, "ValueError: torn")
    assert (found.status, found.error) == ("200 OK", "ValueError: torn")
    assert found.steps[0].error == "ValueError: torn"
    assert found.bytes == len("one ")
    assert headline(found).startswith(
        "GET /torn  →  200 OK, 4 bytes, then ValueError: torn"
    )


@by_back_end
def test_a_stream_that_its_client_leaves_is_left_without_an_error(back_end):
    def leaving(environ, start_response):
        pieces = app(environ, start_response)
        for piece in pieces:
            pieces.close()
            return [piece]
        return []

    app = shop.create_shop()
    leaving.app = app
    layers = Layers(HERE)
    layers.learn(app)
    found = see(leaving, "/stream", back_end=back_end, layers=layers)
    step = step_of(found, "streaming")
    assert (step.pieces, step.error) == (1, None)
    assert step.result == "left before its end"
    assert (found.bytes, found.error) == (len("one "), None)
    assert "1 piece, then left before its end" in render(found)
    assert "GeneratorExit" not in render(found)


@by_back_end
def test_a_stream_that_nobody_begins_leaves_no_step(back_end):
    def unread(environ, start_response):
        shop.streaming(None).close()
        return app(environ, start_response)

    app = Roob()
    app.add_route("/stream", shop.streaming, ["GET"])
    app.add_route("/x", shop.teapot, ["GET"])
    found = see(unread, "/x", back_end=back_end)
    assert [s.name for s in found.steps if s.layer == "handler"] == ["teapot"]


@by_back_end
def test_where_an_error_was_raised_is_told_by_each_step_it_passed(back_end):
    found = see(shop.create_shop(), "/books/9", back_end=back_end)
    lines = Path(shop.__file__).read_text().splitlines()
    passed = [s for s in found.steps if s.error == "NoSuchBook: no book 9"]
    assert {s.name for s in passed} >= {"BookService.get", "Books.get"}
    (place,) = {step.raised for step in passed}
    file, _, line = place.partition(":")
    assert file == "shop.py"
    assert lines[int(line) - 1].strip().startswith("raise NoSuchBook")
    assert render(found).count(place) == 1
    assert all(step.raised == "" for step in found.steps if step.error is None)


@by_back_end
def test_an_exception_that_is_caught_inside_stays_inside(back_end):
    found = see(shop.create_shop(), "/forgiven", back_end=back_end)
    assert step_of(found, "BookService.get").error == "NoSuchBook: no book 9"
    assert step_of(found, "BookService.forgiving").error is None
    assert step_of(found, "forgiven").result == "{'found': None}"
    assert found.error is None


@by_back_end
def test_an_exception_that_a_handler_answers_is_told_where_it_was_raised(back_end):
    found = see(shop.create_shop(), "/books/9", back_end=back_end)
    assert step_of(found, "BookService.get").error == "NoSuchBook: no book 9"
    assert step_of(found, "Books.get").error == "NoSuchBook: no book 9"
    error = step_of(found, "Roob.handle_exception")
    assert error.layer == "error"
    assert error.title == "Roob.handle_exception(NoSuchBook: no book 9)"
    assert found.status == "404 Not Found"


@by_back_end
def test_an_exception_that_nothing_answers_leaves_the_app(back_end):
    found = see(shop.create_shop(), "/crash", back_end=back_end)
    assert found.error == "ZeroDivisionError: by nothing"
    assert (found.status, found.bytes) == ("", 0)
    assert step_of(found, "crash").error == "ZeroDivisionError: by nothing"


@by_back_end
def test_an_exception_that_becomes_a_500_is_told_by_what_makes_it_one(back_end):
    found = see(shop.create_guarded_shop(), "/crash", back_end=back_end)
    assert found.status == "500 Internal Server Error"
    assert found.error is None
    step = step_of(found, "CommonHandlers.generic_exception_handler")
    assert step.layer == "error"


@by_back_end
@pytest.mark.parametrize(
    ("method", "path", "name", "status"),
    [
        ("GET", "/nowhere", "CommonHandlers.url_not_found_handler", "404 Not Found"),
        (
            "PUT",
            "/books",
            "CommonHandlers.method_not_allowed_handler",
            "405 Method Not Allowed",
        ),
        (
            "GET",
            "/refuse",
            "CommonHandlers.generic_exception_handler",
            "400 Bad Request",
        ),
    ],
)
def test_what_the_framework_answers_is_told(back_end, method, path, name, status):
    found = see(shop.create_shop(), path, method, back_end=back_end)
    assert step_of(found, name).layer == "error"
    assert found.status == status


@by_back_end
@pytest.mark.parametrize("path", ["/a%00b", "/%ff"])
def test_no_route_is_chosen_for_a_path_that_the_router_refuses(back_end, path):
    app = Roob()
    app.add_route("/{name}", shop.hello, ["GET"])
    found = see(app, path, back_end=back_end)
    step = step_of(found, "RoutingHelper.find_route")
    assert step.error.startswith("BadRequest")
    assert "chosen" not in [each.verdict for each in step.candidates]


@by_back_end
def test_the_router_says_which_routes_it_looked_at(back_end):
    found = see(shop.create_shop(), "/books/1", back_end=back_end)
    step = step_of(found, "RoutingHelper.find_route")
    assert step.result == "Books {'book_id': 1}"
    verdicts = {each.path: each.verdict for each in step.candidates}
    assert verdicts["/books/{book_id:d}"] == "chosen"
    assert verdicts["/books"] == "refused"


@by_back_end
def test_a_mounted_app_is_told_inside_of_the_other(back_end):
    outer = Roob()
    outer.mount("/shop", shop.create_shop())
    found = see(outer, "/shop/hello/ada", back_end=back_end)
    titles = [step.title for step in found.steps if step.name == "Roob.__call__"]
    assert titles == ["GET /shop/hello/ada"] * 2
    mount = step_of(found, "MountedApp.__call__")
    assert (mount.layer, mount.title) == ("mount", "Roob mounted here")
    inner = [s for s in found.steps if s.name == "Roob.__call__"][1]
    assert found.steps[inner.parent] is mount
    assert step_of(found, "hello").depth > inner.depth


@by_back_end
def test_an_app_that_is_no_roob_app_can_be_mounted(back_end):
    outer = Roob()
    outer.mount("/plain", shop.plain_app)
    found = see(outer, "/plain/x", back_end=back_end)
    assert step_of(found, "MountedApp.__call__").title == "plain_app mounted here"
    assert found.status == "200 OK"


@by_back_end
def test_an_app_that_is_no_roob_app_at_all_is_a_server_step(back_end):
    found = see(shop.plain_app, "/x", back_end=back_end)
    assert outline(found) == [(0, "server", "app")]
    assert (found.status, found.bytes) == ("200 OK", 5)
    assert found.response.body == "plain"


@by_back_end
def test_a_middleware_that_wraps_an_app_is_a_step_around_it(back_end):
    app = Roob()
    app.add_route("/crash", shop.crash, ["GET"])
    wrapped = shop.Stamp(app=ErrorHandlerMiddleware(app=app))
    found = see(wrapped, "/crash", back_end=back_end)
    names = [(s.depth, s.who) for s in found.steps if s.name.endswith("handle_request")]
    assert names[:2] == [(1, "Stamp"), (2, "ErrorHandlerMiddleware")]
    assert found.status == "500 Internal Server Error"


@by_back_end
def test_a_recursion_is_a_step_each_time(back_end):
    found = see(shop.create_shop(), "/deep/3", back_end=back_end)
    depths = [s.depth for s in found.steps if s.name == "BookService.depth"]
    assert depths == [depths[0] + n for n in range(4)]


@by_back_end
def test_a_recursion_that_is_too_deep_to_be_told_is_cut_and_counted(back_end):
    found = see(shop.create_shop(), "/deep/400", back_end=back_end)
    told = sum(1 for s in found.steps if s.name == "BookService.depth")
    assert told + found.left_out == 401
    assert found.left_out > 0
    assert f"{found.left_out} more steps are left out." in render(found)


@by_back_end
def test_more_steps_than_one_follows_are_counted_and_left_out(back_end):
    whole = see(shop.create_shop(), "/books/1", back_end=back_end)
    found = see(shop.create_shop(), "/books/1", back_end=back_end, most_steps=12)
    assert outline(found) == outline(whole)[:12]
    assert found.left_out >= len(whole.steps) - 12


@by_back_end
def test_an_error_that_has_no_words_is_told_by_its_name(back_end):
    found = see(shop.create_shop(), "/unspeakable", back_end=back_end)
    assert found.error == "Unspeakable"
    assert step_of(found, "unspeakable").error == "Unspeakable"


@by_back_end
def test_a_step_says_where_its_function_stands(back_end):
    found = see(shop.create_shop(), "/hello/ada", back_end=back_end)
    step = step_of(found, "hello")
    lines = Path(shop.__file__).read_text().splitlines()
    assert step.file == "shop.py"
    assert lines[step.line - 1].startswith("def hello(")
    source = found.sources[step.source]
    assert source.first == step.line
    assert source.lines == lines[step.line - 1 : step.line + 1]
    assert step_of(found, "Roob.__call__").file == "roob/framework.py"


@by_back_end
def test_the_path_is_told_as_it_was_asked_for(back_end):
    app = shop.create_shop()
    found = see(app, "/hello/ad%C3%A4?page=2&token=abcdef", back_end=back_end)
    assert found.path == "/hello/adä?page=2&token=‹hidden›"


@by_back_end
def test_a_recording_of_the_same_request_has_the_same_structure(back_end):
    app = shop.create_shop()
    one, other = (see(app, "/books/1", back_end=back_end) for _ in range(2))
    assert structure(render(one)) == structure(render(other))
    assert replace(one.time, recorded=0, honest=0) == replace(
        other.time, recorded=0, honest=0
    )
