import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import parse
import pytest
import roob
from roob import Roob
from roob.exceptions import ResponseError
from roob.framework import Roob as FrameworksRoob
from roob.middlewares import ErrorHandlerMiddleware
from roob.models.responses import HTMLResponse


@pytest.fixture
def app():
    return Roob()


def test_roob_has_one_home():
    assert Roob is FrameworksRoob is roob.Roob


@pytest.mark.parametrize(
    "statement",
    [
        "from roob import Roob",
        "from roob.framework import Roob",
        "from roob.routing_manager import RouteManager",
        "from roob.helpers import RoutingHelper",
        "from roob.models.responses import Response, JSONResponse",
        "from roob.models.responses import HTMLResponse, TextResponse",
        "from roob.models.route_definition import RouteDefinition",
        "from roob.middlewares import Middleware, ErrorHandlerMiddleware",
        "from roob.middlewares import ReqResLoggingMiddleware, ExecutionTimeMiddleware",
        "from roob.exceptions import ResponseError, MethodNotAllowed",
        "from roob.common_handlers import CommonHandlers",
        "from roob.constants import HttpStatus, ContentType",
        "from roob.orm.db_factory import DatabaseFactory, Dialect",
        "from roob.orm.table import Table",
        "from roob.orm.column import Column, PrimaryKey, ForeignKey",
        "from roob.orm.exceptions import RecordNotFound",
    ],
)
def test_what_users_import_is_there(statement):
    exec(statement, {})


def test_importing_roob_warns_of_nothing_and_loads_no_test_client():
    code = "import sys, roob; sys.exit('httpx' in sys.modules)"
    source = str(Path(roob.__file__).parent.parent)
    command = [sys.executable, "-W", "error", "-W", "ignore:'cgi'", "-c", code]
    done = subprocess.run(command, env={"PYTHONPATH": source}, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_every_parameter_is_optional_and_a_missing_folder_is_no_error(call, tmp_path):
    app = Roob(template_dir=tmp_path / "none", static_dir=tmp_path / "neither")
    app.add_route("/", lambda request: "ok")
    assert call(app).body == b"ok"
    assert call(app, "/static/x").status == 404


@pytest.mark.parametrize("kind", [str, Path])
def test_folders_may_be_text_or_paths(call, tmp_path, kind):
    (tmp_path / "a.html").write_text("hello")
    app = Roob(template_dir=kind(tmp_path), static_dir=kind(tmp_path))
    assert app.template("a.html") == "hello"
    assert call(app, "/static/a.html").body == b"hello"


def test_several_apps_share_nothing(call):
    one, two = Roob(), Roob()
    one.add_route("/x", lambda request: "one")
    two.add_route("/x", lambda request: "two")
    one.add_middleware(ErrorHandlerMiddleware)
    one.add_exception_handler(KeyError, lambda request, exc: "no")
    two.add_route("/fail", lambda request: {}["x"])
    assert (call(one, "/x").body, call(two, "/x").body) == (b"one", b"two")
    with pytest.raises(KeyError):
        call(two, "/fail")


def test_a_handler_gets_its_parameters_by_name(app, call):
    @app.route("/books/{book:d}/pages/{page}", allowed_methods=["GET"])
    def page(request, page, book):
        return {"book": book, "page": page}

    assert call(app, "/books/7/pages/cover").json() == {"book": 7, "page": "cover"}


def test_a_percent_encoded_segment_arrives_decoded_once(app, call):
    app.add_route("/{name}", lambda request, name: [name])
    assert call(app, "/a b").json() == ["a b"]
    assert call(app, "/a%20b").json() == ["a%20b"]  # what %2520 was


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize(
    "path", ["/\xff", "/x\0", "/static/\xff", "/static/\0", "/\xc0\x80"]
)
def test_undecodable_and_nul_bearing_paths_are_400(app, call, path, method):
    assert call(app, path, method).status == 400


def test_404_and_405_are_answers_of_the_app_itself(app, call):
    app.add_route("/api/products", print, ["GET", "POST"])
    missing, refused = call(app, "/api/invalid"), call(app, "/api/products", "PUT")
    message = "Requested path: /api/invalid does not exist"
    assert (missing.status, missing.json()) == (404, {"message": message})
    message = "PUT request is not allowed for /api/products"
    assert (refused.status, refused.json()) == (405, {"message": message})
    assert refused.header("Allow") == "GET, HEAD, OPTIONS, POST"


def test_messages_name_the_whole_path_where_the_app_is_mounted(app, call):
    message = "Requested path: /site/caf\u00e9 does not exist"
    assert call(app, "/caf\xc3\xa9", SCRIPT_NAME="/site").json() == {"message": message}


def test_an_empty_path_info_is_the_root(app, call):
    app.add_route("/", lambda request: "root")
    assert call(app, "").body == call(app, "/").body == b"root"


def test_an_empty_path_info_without_a_root_is_404(app, call):
    assert call(app, "").status == 404
    assert call(app, "*", "OPTIONS").status == 404


def test_a_server_may_leave_empty_variables_out(app, environ, serve):
    app.add_route("/", lambda request: "root")
    asked = environ()
    for name in ("PATH_INFO", "SCRIPT_NAME", "QUERY_STRING", "CONTENT_LENGTH"):
        del asked[name]
    assert serve(app, asked).body == b"root"


@pytest.mark.parametrize("path", ["/", "/json", "/stream", "/missing", "/class"])
def test_head_follows_get_with_no_body(app, call, path):
    class Handler:
        def get(self, request):
            return HTMLResponse("class")

    app.add_route("/", lambda request: "page", ["GET"])
    app.add_route("/json", lambda request: {"a": 1}, ["GET"])
    app.add_route("/stream", lambda request: iter(["a"]), ["GET"])
    app.add_route("/class", Handler)
    got, headed = call(app, path), call(app, path, "HEAD")
    assert headed.body == b""
    assert (headed.line, headed.headers) == (got.line, got.headers)


def test_options_answers_204_with_allow(app, call):
    app.add_route("/x", print, ["POST"])
    answer = call(app, "/x", "OPTIONS")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.header("Allow") == "OPTIONS, POST"


def test_numbers_too_long_for_int_are_no_match(app, call):
    app.add_middleware(ErrorHandlerMiddleware)
    app.add_route("/n/{n:d}", lambda request, n: [n])
    assert call(app, "/n/" + "9" * 5000).status == 404


def test_a_converter_of_ones_own(app, call):
    @parse.with_pattern("[0-9a-f]{6}")
    def colour(text):
        return [int(text[n : n + 2], 16) for n in (0, 2, 4)]

    app.add_converter("colour", colour)
    app.add_route("/{c:colour}", lambda request, c: c)
    assert call(app, "/ff0010").json() == [255, 0, 16]
    assert call(app, "/FF0010").status == 404


@pytest.mark.parametrize("through", [Roob, lambda: ErrorHandlerMiddleware(app=Roob())])
def test_url_for_writes_a_routes_path(through):
    app = through()

    @app.route("/hello/{name}")
    def hello(request, name):
        return name

    assert app.url_for("hello", name="a b", page=2) == "/hello/a%20b?page=2"
    assert app.url_for("static", path="css/app.css") == "/static/css/app.css"
    with pytest.raises(LookupError, match="hello"):
        app.url_for("nobody")


@pytest.mark.parametrize("name", ["self", "request", "name", "path", "environ"])
def test_url_for_takes_fields_of_any_name(app, name):
    app.add_route(f"/{{{name}}}/x", lambda *_, **fields: "", name="any")
    assert app.url_for("any", **{name: "v"}) == "/v/x"


def test_eight_threads_of_3000_requests_never_see_each_others_parameters(call):
    app = Roob()
    app.add_route("/echo/{n:d}", lambda request, n: f"{n} {request.path_parameters}")
    app.add_middleware(ErrorHandlerMiddleware)

    def ask(thread):
        for number in range(3000):
            expected = thread * 10_000 + number
            body = call(app, f"/echo/{expected}").body.decode()
            assert body == f"{expected} {{'n': {expected}}}"
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))


def test_the_first_requests_may_come_at_once(call):
    app = Roob()
    for n in range(200):
        app.add_route(f"/r{n}/{{x}}", lambda request, x: x)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: call(app, f"/r{n}/{n}").body, range(200)))
    assert answers == [str(n).encode() for n in range(200)]


def test_an_error_of_the_app_carries_its_headers(app, call):
    def refuse(request):
        raise ResponseError("later", 429, {"Retry-After": "60"})

    app.add_route("/", refuse)
    assert call(app).header("Retry-After") == "60"


def test_a_redirect_to_what_the_client_gave_is_no_server_error(app, call):
    app.add_middleware(ErrorHandlerMiddleware)
    app.add_route("/go", lambda r: roob.models.responses.RedirectResponse(r.GET["to"]))
    assert call(app, "/go", QUERY_STRING="to=/home").header("Location") == "/home"
    for target in ("//evil", "%20//evil", "%09//evil", "/%5Cevil", "https:%2F%2Fevil"):
        answer = call(app, "/go", QUERY_STRING=f"to={target}")
        assert answer.header("Location") is None
        assert 400 <= answer.status < 500
