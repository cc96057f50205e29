import pytest
from roob import Roob
from roob.middlewares import ErrorHandlerMiddleware


def raw(environ, start_response):
    """An application that knows nothing of Roob."""
    body = f"{environ['SCRIPT_NAME']} | {environ['PATH_INFO']}".encode("latin-1")
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Raw", "yes")])
    return [body]


@pytest.fixture
def app():
    return Roob()


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/adm", b"/adm | "), ("/adm/", b"/adm | /"), ("/adm/x", b"/adm | /x"),
     ("/adm/x/y/", b"/adm | /x/y/"), ("/adm/caf\xc3\xa9", b"/adm | /caf\xc3\xa9")],
)  # fmt: skip
def test_a_mounted_app_gets_the_rest_of_the_path(app, call, path, expected):
    app.mount("/adm", raw)
    answer = call(app, path)
    assert answer.body == expected
    assert answer.header("X-Raw") == "yes"


def test_a_longer_word_is_not_below_the_prefix(app, call):
    app.mount("/adm", raw)
    assert call(app, "/admx").status == 404
    assert call(app, "/adminx/y").status == 404


def test_the_prefix_goes_behind_the_script_name_that_is_there(app, call):
    app.mount("/adm", raw)
    assert call(app, "/adm/x", SCRIPT_NAME="/site").body == b"/site/adm | /x"


def test_a_prefix_with_accents_is_moved_whole(app, call):
    app.mount("/verwaltung-ä", raw)
    answer = call(app, "/verwaltung-\xc3\xa4/x")
    assert answer.body == b"/verwaltung-\xc3\xa4 | /x"


def test_a_prefix_with_fields_is_moved_as_the_request_wrote_it(app, call):
    app.group("/shops/{shop:d}").mount("/adm", raw)
    assert call(app, "/shops/12345/adm/x").body == b"/shops/12345/adm | /x"
    assert call(app, "/shops/7/adm").body == b"/shops/7/adm | "


def test_an_app_can_be_mounted_at_the_root_behind_routes(app, call):
    app.add_route("/own", lambda request: "own")
    app.mount("/", raw)
    assert call(app, "/own").body == b"own"
    assert call(app, "/other").body == b" | /other"
    assert call(app, "/").body == b" | /"


def test_a_server_may_leave_an_empty_path_out(app, environ, serve):
    app.mount("/", Roob())
    asked = environ()
    del asked["PATH_INFO"], asked["SCRIPT_NAME"], asked["QUERY_STRING"]
    assert serve(app, asked).status == 404


def test_roob_in_roob_in_roob(app, call):
    inner, middle = Roob(), Roob()
    inner.add_route("/x/{n:d}", lambda request, n: [request.script_name, n])
    middle.mount("/inner", inner)
    app.mount("/middle", middle)
    assert call(app, "/middle/inner/x/7").json() == ["/middle/inner", 7]


def test_a_mounted_404_names_the_whole_path(app, call):
    app.mount("/sub", Roob())
    message = "Requested path: /sub/nope does not exist"
    assert call(app, "/sub/nope").json() == {"message": message}


def test_a_mounted_app_reads_the_body_that_a_middleware_read_first(app, call):
    inner = Roob()
    inner.add_route("/sum", lambda request: [sum(request.json)])

    class Reader(ErrorHandlerMiddleware):
        def handle_request(self, request):
            assert request.body
            return super().handle_request(request)

    app.add_middleware(Reader)
    app.mount("/sub", inner)
    answer = call(app, "/sub/sum", "POST", b"[1, 2]", CONTENT_TYPE="application/json")
    assert answer.json() == [3]


def test_a_mounted_app_keeps_its_own_body_limit(app, call):
    inner = Roob(max_body_bytes=10)
    inner.add_route("/len", lambda request: [len(request.body)])
    app.mount("/sub", inner)
    assert call(app, "/sub/len", "POST", b"x" * 11).status == 413


def test_a_mounted_apps_parameters_stay_in_it(app, call):
    inner = Roob()
    seen = []
    inner.add_route("/{deep}", lambda request, deep: deep)
    app.mount("/sub/", inner)

    class Watcher(ErrorHandlerMiddleware):
        def handle_request(self, request):
            response = super().handle_request(request)
            seen.append(request.path_parameters)
            return response

    app.add_middleware(Watcher)
    assert call(app, "/sub/x").body == b"x"
    assert seen == [{"rest": "x"}]


def test_an_error_of_a_mounted_app_meets_the_outer_middlewares(app, call):
    def broken(environ, start_response):
        raise RuntimeError("inside")

    app.mount("/sub", broken)
    app.add_middleware(ErrorHandlerMiddleware)
    assert call(app, "/sub/x").status == 500


def test_a_mounted_body_is_closed_by_the_server(app, call):
    closed = []

    class Body(list):
        def close(self):
            closed.append(True)

    def streaming(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Body([b"a", b"b"])

    app.mount("/sub", streaming)
    assert call(app, "/sub").body == b"ab"
    assert call(app, "/sub", "HEAD").body == b""
    assert closed == [True, True]


def test_a_prefix_cannot_be_mounted_twice(app):
    app.mount("/sub", raw)
    with pytest.raises(RuntimeError, match="Path: /sub already bind"):
        app.mount("/sub/", raw)


def test_a_prefix_needs_a_leading_slash(app):
    with pytest.raises(ValueError, match="must start with a slash"):
        app.mount("sub", raw)


def test_a_header_that_a_mounted_app_must_not_send_is_refused(app, call):
    def splitting(environ, start_response):
        start_response("200 OK", [("X-A", "a\r\nSet-Cookie: b")])
        return [b""]

    app.mount("/sub", splitting)
    app.add_middleware(ErrorHandlerMiddleware)
    assert call(app, "/sub").status == 500
