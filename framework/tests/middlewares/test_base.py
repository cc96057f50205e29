import copy
import pickle

import pytest
from roob import Roob
from roob.exceptions import ResponseError
from roob.middlewares import ErrorHandlerMiddleware, Middleware
from roob.models.responses import JSONResponse, Response


class Noting(Middleware):
    """Writes down when its hooks are called."""

    def __init__(self, app, name="", notes=None):
        super().__init__(app)
        self.name, self.notes = name, [] if notes is None else notes

    def process_request(self, request):
        self.notes.append(f"{self.name}>")

    def process_response(self, request, response):
        self.notes.append(f"<{self.name} {response.status_code}")
        return response


class ShortCut(Middleware):
    def process_request(self, request):
        return JSONResponse({"short": "cut"}, 418)


class Failing(Middleware):
    def __init__(self, app, where="request", error=RuntimeError):
        super().__init__(app)
        self.where, self.error = where, error

    def process_request(self, request):
        if self.where == "request":
            raise self.error("in a middleware")

    def process_response(self, request, response):
        if self.where == "response":
            raise self.error("in a middleware")
        return response


def raw(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["REQUEST_METHOD"].encode()]


def raw_generator(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"a"
    yield b"b"


def raw_failing(environ, start_response):
    raise RuntimeError("in an application")


@pytest.fixture
def app():
    app = Roob()
    app.add_route("/", lambda request: "ok")
    app.add_route("/fail", lambda request: 1 / 0)
    app.add_route("/refuse", refuse)
    return app


def refuse(request):
    raise ResponseError("This is a custom error", 400)


# -- in the app's chain


def test_the_one_added_last_is_outermost(app, call):
    notes = []
    for name in "abc":
        app.add_middleware(Noting, name=name, notes=notes)
    call(app)
    assert notes == ["c>", "b>", "a>", "<a 200", "<b 200", "<c 200"]


def test_a_response_from_process_request_short_circuits(app, call):
    notes = []
    app.add_middleware(Noting, name="inner", notes=notes)
    app.add_middleware(ShortCut)
    app.add_middleware(Noting, name="outer", notes=notes)
    assert call(app).json() == {"short": "cut"}
    assert notes == ["outer>", "<outer 418"]


def test_process_response_may_replace_the_answer(app, call):
    class Replacing(Middleware):
        def process_response(self, request, response):
            return Response("replaced", 202)

    app.add_middleware(Replacing)
    assert (call(app).status, call(app).body) == (202, b"replaced")


def test_process_response_may_return_nothing(app, call):
    class Silent(Middleware):
        def process_response(self, request, response):
            response.headers["X-Seen"] = "yes"

    app.add_middleware(Silent)
    assert (call(app).body, call(app).header("X-Seen")) == (b"ok", "yes")


def test_options_arrive_as_keywords(app):
    with pytest.raises(TypeError, match="colour"):
        app.add_middleware(Noting, colour="red")


@pytest.mark.parametrize("bad", [None, print, Noting(app=raw), dict, "Noting"])
def test_what_is_no_middleware_is_refused(app, bad):
    with pytest.raises(TypeError, match="no subclass of Middleware"):
        app.add_middleware(bad)


def test_the_chain_is_composed_once(app, call):
    made = []

    class Counted(Middleware):
        def __init__(self, app):
            made.append(self)
            super().__init__(app)

    app.add_middleware(Counted)
    call(app)
    call(app)
    assert len(made) == 1


def test_handle_request_goes_around_the_rest_of_the_chain(app, call):
    class Around(Middleware):
        def handle_request(self, request):
            response = self.next(request)
            response.headers["X-Around"] = "yes"
            return response

    app.add_middleware(Around)
    assert call(app).header("X-Around") == "yes"


def test_what_a_middleware_sets_reaches_the_handler(app, call):
    class Login(Middleware):
        def process_request(self, request):
            request.user = "Ada"

    app.add_route("/me", lambda request: request.user)
    app.add_middleware(Login)
    assert call(app, "/me").body == b"Ada"


def test_middlewares_see_404s_405s_and_files(app, call, tmp_path):
    (tmp_path / "a.txt").write_text("file")
    app = Roob(static_dir=tmp_path)
    app.add_route("/", print, ["POST"])
    notes = []
    app.add_middleware(Noting, notes=notes)
    for path in ("/", "/nope", "/a.txt", "/static/a.txt"):
        call(app, path)
    assert notes[1::2] == ["< 405", "< 404", "< 200", "< 200"]


@pytest.mark.parametrize("path", ["/fail", "/refuse"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_process_response_sees_error_answers_wherever_the_error_handler_stands(
    app, call, path, place
):
    notes = []
    steps = [
        (Noting, {"name": "a", "notes": notes}),
        (Noting, {"name": "b", "notes": notes}),
    ]
    steps.insert(place, (ErrorHandlerMiddleware, {}))
    for step, options in steps:
        app.add_middleware(step, **options)
    status = 500 if path == "/fail" else 400
    assert call(app, path).status == status
    assert notes == ["b>", "a>", f"<a {status}", f"<b {status}"]


def test_process_response_sees_error_answers_of_a_wrapping_error_handler(app, call):
    notes = []
    app.add_middleware(Noting, name="a", notes=notes)
    wrapped = ErrorHandlerMiddleware(app=app)
    assert call(wrapped, "/fail").status == 500
    assert notes == ["a>", "<a 500"]


@pytest.mark.parametrize("where", ["request", "response"])
@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_an_exception_in_any_middleware_is_caught_like_one_in_a_handler(
    app, call, where, place
):
    notes = []
    steps = [
        (Noting, {"notes": notes}),
        (Failing, {"where": where}),
        (Noting, {"notes": notes}),
    ]
    steps.insert(place, (ErrorHandlerMiddleware, {}))
    for step, options in steps:
        app.add_middleware(step, **options)
    assert call(app).status == 500
    assert notes[-1] == "< 500"


@pytest.mark.parametrize("where", ["request", "response"])
def test_a_response_error_in_a_middleware_needs_no_error_handler(app, call, where):
    def forbidden(text):
        return ResponseError(text, 403)

    app.add_middleware(Failing, where=where, error=forbidden)
    answer = call(app)
    assert (answer.status, answer.json()) == (403, {"message": "in a middleware"})


@pytest.mark.parametrize("place", [0, 1])
def test_an_error_that_cannot_be_sent_is_a_500_and_no_exception(app, call, place):
    def unfit(text):
        error = ResponseError(text, 400)
        error.headers["X-A"] = "a\r\nb"
        return error

    steps = [(Failing, {"error": unfit})]
    steps.insert(place, (ErrorHandlerMiddleware, {}))
    for step, options in steps:
        app.add_middleware(step, **options)
    assert call(app).status == 500


def test_without_an_error_handler_an_exception_reaches_the_server(app, call):
    app.add_middleware(Noting)
    with pytest.raises(ZeroDivisionError):
        call(app, "/fail")


def test_an_exception_while_matching_is_caught(app, call):
    def explode(text):
        raise RuntimeError("while matching")

    explode.pattern = ".+"
    app.add_converter("explode", explode)
    app.add_route("/match/{x:explode}", print)
    app.add_middleware(ErrorHandlerMiddleware)
    assert call(app, "/match/x").status == 500


# -- around any application


@pytest.mark.parametrize(
    ("inner", "body"),
    [(raw, b"GET"), (raw_generator, b"ab")],
    ids=["list", "generator"],
)
def test_a_middleware_wraps_any_application_and_is_one(call, inner, body):
    notes = []
    wrapped = Noting(app=inner, name="a", notes=notes)
    assert call(wrapped).body == body
    assert notes == ["a>", "<a 200"]


def test_wraps_nest(call):
    notes = []
    inner = Noting(app=raw, name="in", notes=notes)
    wrapped = ErrorHandlerMiddleware(app=Noting(app=inner, name="out", notes=notes))
    assert call(wrapped).body == b"GET"
    assert notes == ["out>", "in>", "<in 200", "<out 200"]


def test_the_error_handler_covers_any_application(call):
    wrapped = ErrorHandlerMiddleware(app=Noting(app=raw_failing))
    assert call(wrapped).status == 500


def test_the_error_handler_covers_a_generators_first_step(call):
    def generator(environ, start_response):
        raise RuntimeError("before start_response")
        yield b""

    assert call(ErrorHandlerMiddleware(app=generator)).status == 500


def test_a_wrap_keeps_the_apps_own_middlewares_and_static_files(call, tmp_path):
    (tmp_path / "a.txt").write_text("file")
    app, notes = Roob(static_dir=tmp_path), []
    app.add_middleware(Noting, name="own", notes=notes)
    wrapped = ErrorHandlerMiddleware(app=app)
    assert (
        call(wrapped, "/static/a.txt").body == call(wrapped, "/a.txt").body == b"file"
    )
    assert notes == ["own>", "<own 200"] * 2


def test_a_wrap_passes_the_rest_through_to_its_app(call, tmp_path):
    (tmp_path / "page.html").write_text("Hello {{ name }}")
    app = Roob(template_dir=tmp_path)
    wrapped = ErrorHandlerMiddleware(app=Noting(app=app))

    @wrapped.route("/a")
    def a(request):
        return wrapped.template("page.html", {"name": "Ada"})

    wrapped.add_route("/b", lambda request: "b")
    wrapped.add_middleware(Noting)
    wrapped.group("/g").add_route("/c", lambda request: "c")
    assert [call(wrapped, p).body for p in ("/a", "/b", "/g/c")] == [
        b"Hello Ada",
        b"b",
        b"c",
    ]
    assert wrapped.url_for("a") == "/a"
    with pytest.raises(AttributeError):
        _ = wrapped.no_such_thing


def test_a_wrapped_app_still_gets_the_body_that_the_wrap_read(call):
    class Reader(Middleware):
        def process_request(self, request):
            assert request.json == [1]

    app = Roob()
    app.add_route("/", lambda request: request.json)
    changes = {"CONTENT_TYPE": "application/json"}
    assert call(Reader(app=app), "/", "POST", b"[1]", **changes).json() == [1]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_servers_close_reaches_a_wrapped_body(environ, method):
    closed = []

    class Body(list):
        def close(self):
            closed.append(True)

    def streaming(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Body([b"a", b"b"])

    body = Noting(app=Noting(app=streaming))(environ("/", method), lambda *_: None)
    assert closed == []
    body.close()
    assert closed == [True]


def test_a_wrapped_body_is_not_read_before_the_server_reads_it(environ):
    made = []

    def endless(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (made.append(n) or b"x" for n in range(10**9))

    body = Noting(app=endless)(environ(), lambda *_: None)
    assert len(made) <= 1
    body.close()


@pytest.mark.parametrize("header", [("X-A", "a\r\nb: c"), ("X A", "b"), ("X-A", "a\0")])
def test_a_header_that_splits_does_not_pass_a_wrap(call, header):
    def splitting(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), header])
        return [b""]

    answer = call(ErrorHandlerMiddleware(app=splitting))
    assert answer.status == 500
    assert header not in answer.headers


def test_a_middleware_can_be_copied_and_does_not_recurse_unmade():
    assert copy.copy(Noting(app=raw, name="a")).name == "a"
    with pytest.raises(AttributeError, match="__init__ has not run"):
        _ = Middleware.__new__(Middleware).route
    assert pickle.loads(pickle.dumps(Middleware(app=raw).app)) is raw


class Pieces:
    """A body that only ``close`` frees of what it holds."""

    def __init__(self):
        self.closed = 0

    def __iter__(self):
        return iter([b"first"])

    def close(self):
        self.closed += 1


@pytest.mark.parametrize(
    ("hook", "closed"),
    [
        (lambda response: 1 / 0, 1),
        (lambda response: JSONResponse("whole"), 1),
        (lambda response: response, 0),
        (lambda response: None, 0),
        # It may be made of the other, and read it while it is sent.
        (lambda response: Response(app_iter=iter(response.app_iter)), 0),
    ],
)
def test_an_answer_that_is_not_sent_is_closed(environ, hook, closed):
    class Replacing(Middleware):
        def process_response(self, request, response):
            return hook(response)

    pieces = Pieces()
    app = Roob()
    app.add_route("/", lambda request: Response(app_iter=pieces))
    app.add_middleware(Replacing)
    app.add_middleware(ErrorHandlerMiddleware)
    app(environ(), lambda *_: None)
    assert pieces.closed == closed
