"""Errors in one of two forms of JSON, as Accept prefers."""

import pytest
from roob import Roob
from roob.exceptions import ResponseError, UnprocessableContent
from roob.middlewares import ErrorHandlerMiddleware, ErrorPagesMiddleware
from roob.models.problems import prefers_problem
from roob.models.requests import Request

PROBLEM = "application/problem+json"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def app():
    app = Roob()
    app.add_middleware(ErrorHandlerMiddleware)
    app.add_route("/only", lambda request: "ok", ["GET"])
    app.add_route("/fail", lambda request: 1 / 0)
    app.add_route("/refuse", refuse)
    app.add_route("/own", lambda request: ({"message": "own"}, 400))
    return app


def refuse(request):
    raise ResponseError("This is a custom error", 409, {"X-A": "b"})


BYTES = {
    ("/nowhere", "GET"): b'{"message":"Requested path: /nowhere does not exist"}',
    ("/only", "PUT"): b'{"message":"PUT request is not allowed for /only"}',
    ("/refuse", "GET"): b'{"message":"This is a custom error"}',
    ("/own", "GET"): b'{"message":"own"}',
}


@pytest.mark.parametrize(
    "accept",
    [
        *(None, "", "*/*", "application/json", BROWSER, "text/html", "nonsense"),
        *("application/*", f"{PROBLEM};q=0, */*", f"{PROBLEM};q=0.5, application/json"),
        *(f"{PROBLEM}, nonsense", "application/problem+xml", f"a/b;x={PROBLEM}"),
    ],
)
@pytest.mark.parametrize("request_line", BYTES)
def test_bodies_stay_as_they_are_for_those_who_do_not_prefer_problems(
    app, call, accept, request_line
):
    sent = {} if accept is None else {"HTTP_ACCEPT": accept}
    answer = call(app, *request_line, **sent)
    assert answer.body == BYTES[request_line]
    assert answer.header("Content-Type") == "application/json"
    assert answer.header("Vary") is None


@pytest.mark.parametrize(
    "accept",
    [
        *(PROBLEM, f"{PROBLEM}, application/json", f"application/json, {PROBLEM}"),
        *("Application/Problem+JSON", f"{PROBLEM};q=0.9, application/json;q=0.8"),
        *(f"{PROBLEM}, */*;q=0.1", f"text/html;q=0.2, {PROBLEM};q=0.2"),
    ],
)
def test_a_problem_is_for_those_who_like_it_no_less_than_json(app, call, accept):
    answer = call(app, "/nowhere", HTTP_ACCEPT=accept)
    assert answer.status == 404
    assert answer.header("Content-Type") == PROBLEM
    assert answer.header("Vary") == "Accept"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "Requested path: /nowhere does not exist",
        "instance": "/nowhere",
        "message": "Requested path: /nowhere does not exist",
    }


def test_status_and_headers_are_those_of_the_error(app, call):
    refused = call(app, "/refuse", HTTP_ACCEPT=PROBLEM)
    assert (refused.line, refused.header("X-A")) == ("409 Conflict", "b")
    assert refused.json()["detail"] == "This is a custom error"
    wrong = call(app, "/only", "PUT", HTTP_ACCEPT=PROBLEM)
    assert wrong.header("Allow") == "GET, HEAD, OPTIONS"
    assert wrong.json()["title"] == "Method Not Allowed"


def test_a_500_tells_the_requests_id_and_no_more(app, call):
    answer = call(app, "/fail", HTTP_ACCEPT=PROBLEM, HTTP_X_REQUEST_ID="abc")
    assert answer.json() == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "Unhandled Exception Occurred",
        "instance": "/fail",
        "message": "Unhandled Exception Occurred",
        "request_id": "abc",
    }


def test_the_instance_is_a_path_as_a_url_has_it(app, call):
    path = "/caf\xc3\xa9 %<\xff"
    answer = call(app, path, HTTP_ACCEPT=PROBLEM, SCRIPT_NAME="/in")
    assert answer.json()["instance"] == "/in/caf%C3%A9%20%25%3C%FF"


def test_what_a_handler_says_itself_is_left_alone(app, call):
    answer = call(app, "/own", HTTP_ACCEPT=PROBLEM)
    assert answer.header("Content-Type") == "application/json"


def test_an_unreadable_accept_prefers_nothing():
    request = Request.blank("/", headers={"Accept": f"{PROBLEM};q=x"})
    assert not prefers_problem(request)
    assert not prefers_problem(Request.blank("/"))


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (BROWSER, "text/html"),
        (f"text/html, {PROBLEM};q=0.5", "text/html"),
        (f"text/html;q=0.5, {PROBLEM}", PROBLEM),
        ("*/*", "application/json"),
    ],
)
def test_pages_of_errors_are_shown_to_those_who_prefer_pages(
    tmp_path, call, accept, media_type
):
    (tmp_path / "error.html").write_text("{{ code }} {{ message }}")
    app = Roob(template_dir=tmp_path)
    app.add_middleware(ErrorPagesMiddleware)
    answer = call(app, "/nowhere", HTTP_ACCEPT=accept)
    assert answer.header("Content-Type").partition(";")[0] == media_type
    assert b"Requested path: /nowhere does not exist" in answer.body
    assert answer.header("Vary") == "Accept"


def test_what_is_wrong_with_content_is_listed(app, call):
    def handler(request):
        raise UnprocessableContent("no", [{"in": "query", "name": "q"}])

    app.add_route("/", handler)
    said = {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "no",
        "message": "no",
        "errors": [{"in": "query", "name": "q"}],
    }
    assert call(app, "/").json() == said
    assert call(app, "/", HTTP_ACCEPT=PROBLEM).json() == said | {"instance": "/"}
