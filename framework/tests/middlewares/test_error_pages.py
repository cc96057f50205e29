import pytest
from jinja2 import TemplateNotFound
from roob import Roob
from roob.exceptions import ResponseError
from roob.middlewares import ErrorHandlerMiddleware, ErrorPagesMiddleware
from roob.models.responses import JSONResponse, Response
from roob.mounting import MountedApp

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PAGE = (
    "{{ code }}|{{ reason }}|{{ message }}|{{ request_id }}|{{ root }}|"
    "{{ request.path }}"
)


def refuse(request):
    raise ResponseError("<script>alert(1)</script>", 403, {"X-A": "b"})


def drain(pieces):
    def stream(request):
        def body():
            yield b'{"message": '
            pieces.append("read")
            yield b'"no"}'

        return body(), 503, {"Content-Type": "application/json"}

    return stream


@pytest.fixture
def pieces():
    return []


@pytest.fixture
def app(tmp_path, pieces):
    (tmp_path / "error.html").write_text(PAGE)
    app = Roob(template_dir=tmp_path)
    app.add_route("/only", lambda request: "ok", ["GET"])
    app.add_route("/refuse", refuse)
    app.add_route("/fail", lambda request: 1 / 0)
    app.add_route("/html", lambda request: ("<p>no", 404))
    app.add_route("/text", lambda request: Response("no", 404, content_type="text/x"))
    app.add_route("/list", lambda request: ([1, 2], 400))
    app.add_route("/other", lambda request: ({"detail": "x"}, 400))
    app.add_route("/nested", lambda request: ({"message": {"a": ["<b>"]}}, 422))
    app.add_route("/none", lambda request: JSONResponse({"message": None}, 409))
    app.add_route("/odd", lambda request: ({"message": "odd"}, 499))
    app.add_route("/own", lambda request: ({"message": "own"}, "418 Short And Stout"))
    app.add_route("/broken", lambda request: as_json(b"{broken", 400))
    app.add_route("/empty", lambda request: as_json(b"", 404))
    app.add_route("/fine", lambda request: {"message": "fine"})
    app.add_route("/moved", lambda request: ({"message": "m"}, 302, {"Location": "/"}))
    app.add_route("/stream", drain(pieces))
    app.add_middleware(ErrorHandlerMiddleware)
    app.add_middleware(ErrorPagesMiddleware)
    return app


def as_json(body, status):
    return Response(body, status, content_type="application/json")


@pytest.fixture
def browse(app, call):
    def browse(path, method="GET", **changes):
        return call(app, path, method, **{"HTTP_ACCEPT": BROWSER, **changes})

    return browse


def test_a_browser_gets_a_page(browse):
    answer = browse("/missing")
    message = "Requested path: /missing does not exist"
    assert answer.body.decode() == f"404|Not Found|{message}|||/missing"
    assert answer.status == 404
    assert answer.header("Content-Type") == "text/html; charset=UTF-8"
    assert answer.header("Content-Length") == str(len(answer.body))


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "*/*",
        "application/json",
        "application/json, text/html",
        "text/html;q=0.5, application/json",
        "image/png",
        "text/plain",
        "text/html;q=0",
        "nonsense;;",
    ],
)
def test_a_program_gets_json(app, call, accept):
    headers = {} if accept is None else {"HTTP_ACCEPT": accept}
    answer = call(app, "/missing", **headers)
    assert answer.json() == {"message": "Requested path: /missing does not exist"}


@pytest.mark.parametrize(
    "accept", ["text/html", BROWSER, "text/*", "text/html, application/json;q=0.9"]
)
def test_who_prefers_html_gets_html(app, call, accept):
    answer = call(app, "/missing", HTTP_ACCEPT=accept)
    assert answer.header("Content-Type").startswith("text/html")


@pytest.mark.parametrize("accept", [BROWSER, "application/json"])
def test_a_cache_is_told_that_the_answer_varies(app, call, accept):
    assert call(app, "/missing", HTTP_ACCEPT=accept).header("Vary") == "Accept"


def test_headers_stay(browse):
    refused = browse("/only", "POST")
    assert (refused.status, refused.header("Allow")) == (405, "GET, HEAD, OPTIONS")
    assert refused.body.startswith(b"405|Method Not Allowed|")
    assert browse("/refuse").header("X-A") == "b"


def test_several_headers_of_one_name_stay(app, call):
    cookies = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    app.add_route("/cookies", lambda request: ({}, 400, cookies))
    answer = call(app, "/cookies", HTTP_ACCEPT=BROWSER)
    assert [pair for pair in answer.headers if pair[0] == "Set-Cookie"] == cookies


def test_head_has_the_headers_of_the_page_alone(browse):
    head, whole = browse("/missing", "HEAD"), browse("/missing")
    assert (head.status, head.body) == (404, b"")
    assert dict(head.headers).keys() == dict(whole.headers).keys()


def test_the_servers_fault_has_the_requests_id(browse, caplog):
    answer = browse("/fail", HTTP_X_REQUEST_ID="abc")
    words = b"500|Internal Server Error|Unhandled Exception Occurred|abc||/fail"
    assert (answer.status, answer.body) == (500, words)


def test_what_a_message_says_is_no_markup(browse):
    answer = browse("/refuse")
    assert b"<script>" not in answer.body
    assert b"&lt;script&gt;alert(1)" in answer.body
    hostile = browse("/<img src=x onerror=alert(1)>")
    assert b"<img" not in hostile.body


def test_the_page_knows_where_the_app_is_mounted(browse):
    answer = browse("/missing", SCRIPT_NAME="/site")
    assert answer.body.endswith(b"|/site|/site/missing")


@pytest.mark.parametrize(
    ("path", "body"), [("/html", b"<p>no"), ("/text", b"no"), ("/stream", None)]
)
def test_errors_that_say_it_their_own_way_are_left_alone(browse, call, app, path, body):
    answer = browse(path)
    assert answer.body == (body or b'{"message": "no"}')


def test_what_is_streamed_is_not_read_here(app, pieces):
    request = app.request_class.blank("/stream", headers={"Accept": "text/html"})
    app._chain(request)
    assert pieces == []


@pytest.mark.parametrize("path", ["/only", "/fine", "/moved"])
def test_what_is_no_error_is_left_alone(browse, app, call, path):
    assert browse(path).body == call(app, path).body


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        ("/list", b"400|Bad Request||"),
        ("/other", b"400|Bad Request||"),
        ("/none", b"409|Conflict|"),
        ("/nested", b"422|Unprocessable"),
        ("/odd", b"499|"),
        ("/own", b"418|"),
        ("/broken", b"400|Bad Request||"),
        ("/empty", b"404|Not Found||"),
    ],
)
def test_json_that_says_it_otherwise_is_still_a_page(browse, path, begins):
    answer = browse(path)
    assert answer.status == int(begins[:3])
    assert answer.body.startswith(begins)
    assert b"<b>" not in answer.body


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_errors_of_a_mounted_app_are_pages_too(app, call, method):
    inner = Roob()
    app.add_route("/inner/{path:path}", MountedApp("/inner", inner))
    answer = call(app, "/inner/missing", method, HTTP_ACCEPT=BROWSER)
    assert answer.status == 404
    assert answer.header("Content-Type").startswith("text/html")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_it_wraps_an_app_too(tmp_path, call, method):
    (tmp_path / "error.html").write_text(PAGE)
    app = ErrorPagesMiddleware(app=Roob(template_dir=tmp_path))
    answer = call(app, "/missing", method, HTTP_ACCEPT=BROWSER)
    assert answer.status == 404
    assert answer.header("Content-Type").startswith("text/html")
    assert answer.body.startswith(b"404|Not Found|") or method == "HEAD"


def test_the_template_may_be_another(tmp_path, call):
    (tmp_path / "oops.txt").write_text("{{ code }}")
    app = Roob(template_dir=tmp_path)
    app.add_middleware(ErrorPagesMiddleware, template="oops.txt")
    assert call(app, "/missing", HTTP_ACCEPT=BROWSER).body == b"404"


def test_a_template_that_is_missing_is_named(tmp_path, call):
    app = Roob(template_dir=tmp_path)
    app.add_middleware(ErrorPagesMiddleware)
    with pytest.raises(TemplateNotFound, match=r"error\.html"):
        call(app, "/missing", HTTP_ACCEPT=BROWSER)
    assert call(app, "/missing").status == 404
