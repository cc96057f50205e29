"""PEP 3333 in every direction: the standard library's validator around whole apps."""

import dataclasses
from wsgiref.validate import validator

import pytest
from roob import Roob
from roob.exceptions import ResponseError
from roob.middlewares import (
    ErrorHandlerMiddleware,
    ExecutionTimeMiddleware,
    ReqResLoggingMiddleware,
)
from roob.models.responses import JSONResponse, RedirectResponse, Response


@dataclasses.dataclass
class Point:
    x: int


def refuse(request):
    raise ResponseError("no", 403)


def fail(request):
    raise RuntimeError("broken")


def raw(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"raw"]


RESULTS = {
    "text": "caf\u00e9",
    "bytes": b"\0",
    "dict": {"a": 1},
    "list": [1],
    "dataclass": Point(1),
    "none": None,
    "empty": "",
    "no_bytes": b"",
    "created": ({"a": 1}, 201),
    "headers": ("x", 200, {"X-A": "b", "Content-Type": "text/csv"}),
    "cookies": ("x", 200, [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]),
    "nothing_201": (None, 201, {"Location": "/x"}),
    "text_204": ("x", 204),
    "dict_204": ({}, 204),
    "dict_304": ({}, 304),
    "response_204": Response(None, 204),
    "json_204": JSONResponse({}, 204),
    "redirect": RedirectResponse("/x"),
    "own_reason": ("x", "299 Odd"),
    "many": [{"n": n} for n in range(1000)],
}


def make_app(folder):
    app = Roob(static_dir=folder)
    for name, result in RESULTS.items():
        app.add_route(f"/{name}", lambda request, result=result: result)
    app.add_route("/stream", lambda request: (str(n) for n in range(3)))
    app.add_route("/empty_stream", lambda request: iter(()))
    app.add_route("/json", lambda request: request.json)
    app.add_route("/form", lambda request: list(request.POST.items()))
    app.add_route("/field/{id:d}/{rest:path}", lambda request, **fields: fields)
    app.add_route("/refuse", refuse)
    app.add_route("/fail", fail)
    app.add_route("/get_only", lambda request: "x", ["GET"])
    app.mount("/mounted", validator(raw))
    return app


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "letters.txt").write_bytes(b"0123456789")
    (tmp_path / "app.css").write_bytes(b"body { color: black }\n" * 100)
    return tmp_path


def plain(app):
    app.add_middleware(ErrorHandlerMiddleware)
    return app


def in_chain(app):
    for step in (
        ExecutionTimeMiddleware,
        ErrorHandlerMiddleware,
        ReqResLoggingMiddleware,
    ):
        app.add_middleware(step)
    return app


def wrapped(app):
    # Validated on both sides: the wrap is a server to what it wraps.
    return ErrorHandlerMiddleware(app=ExecutionTimeMiddleware(app=validator(app)))


@pytest.fixture(params=[plain, in_chain, wrapped], ids=lambda f: f.__name__)
def app(request, folder):
    return validator(request.param(make_app(folder)))


PATHS = [
    *(f"/{name}" for name in RESULTS),
    *(
        "/stream",
        "/empty_stream",
        "/refuse",
        "/fail",
        "/nope",
        "/mounted",
        "/mounted/x",
    ),
    *("/field/7/a/b", "/letters.txt", "/static/app.css", "/static/nope", "/", "/\xff"),
    "/get_only",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_every_answer_is_valid(app, call, path, method):
    answer = call(app, path, method)
    assert answer.status < 500 or path == "/fail"
    assert answer.body == b"" or method != "HEAD"
    length = answer.header("Content-Length")
    assert length is None or method == "HEAD" or int(length) == len(answer.body)


@pytest.mark.parametrize(
    "headers",
    [{"HTTP_RANGE": "bytes=0-0"}, {"HTTP_RANGE": "bytes=99-"},
     {"HTTP_IF_NONE_MATCH": "*"},
     {"HTTP_ACCEPT_ENCODING": "gzip"},
     {"HTTP_ACCEPT_ENCODING": "gzip", "HTTP_IF_NONE_MATCH": "*"}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("path", ["/letters.txt", "/static/app.css", "/text", "/dict"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditional_and_partial_answers_are_valid(app, call, path, method, headers):
    assert call(app, path, method, **headers).status in (200, 206, 304, 416)


@pytest.mark.parametrize(
    ("path", "body", "content_type", "status"),
    [("/json", b'{"a": 1}', "application/json", 200),
     ("/json", b"{", "application/json", 400),
     ("/json", b"{}", "text/plain", 415),
     ("/json", b"[1]", "", 200),
     ("/form", b"a=1", "application/x-www-form-urlencoded", 200),
     ("/form", b"--x--\r\n", "multipart/form-data; boundary=x", 200),
     ("/form", b"--x", "multipart/form-data; boundary=x", 400),
     ("/json", b" " * (2**20 + 1), "application/json", 413)],
)  # fmt: skip
def test_requests_with_bodies_are_read_as_the_pep_wants_it(
    app, call, path, body, content_type, status
):
    answer = call(app, path, "POST", body, CONTENT_TYPE=content_type)
    assert answer.status == status


def test_an_app_under_a_script_name_is_valid(app, call):
    assert call(app, "/text", SCRIPT_NAME="/site").status == 200
    assert call(app, "", SCRIPT_NAME="/site").status == 404
