"""Whatever arrives, an app with the error handler answers, and never with a 5xx."""

import io
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from roob import Roob
from roob.middlewares import (
    ErrorHandlerMiddleware,
    ExecutionTimeMiddleware,
    ReqResLoggingMiddleware,
)

wire_text = st.text(st.characters(max_codepoint=255), max_size=60)
paths = st.one_of(
    wire_text,
    wire_text.map("/".__add__),
    st.lists(
        st.sampled_from(
            ["", "echo", "n", "files", "static", "..", "\xff", "\0", "7", "v1"]
        )
    ).map("/".join),
)
methods = st.one_of(
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
    wire_text,
)
content_types = st.one_of(
    wire_text,
    st.sampled_from(
        ["application/json", "application/x-www-form-urlencoded", "",
         "multipart/form-data; boundary=x", "text/plain; charset=nonsense"]
    ),
)  # fmt: skip
header_names = st.sampled_from(
    ["COOKIE", "HOST", "ORIGIN", "SEC_FETCH_SITE", "RANGE", "IF_RANGE",
     "IF_NONE_MATCH", "IF_MODIFIED_SINCE", "ACCEPT", "ACCEPT_ENCODING",
     "ACCEPT_LANGUAGE", "X_REQUEST_ID", "AUTHORIZATION", "REFERER", "USER_AGENT",
     "X_FORWARDED_FOR", "DATE"]
).map("HTTP_".__add__)  # fmt: skip


def look_at_everything(request, **fields):
    """A handler that reads what handlers read; its own code has no fault."""
    seen = [
        request.path,
        request.method,
        request.headers.items(),
        request.cookies.items(),
    ]
    seen += [request.GET.items(), request.text, request.POST.items(), request.json]
    return {"seen": len(seen), **fields}


def echo_json(request):
    return {"json": request.json}


def echo_form(request):
    return {name: str(value) for name, value in request.POST.items()}


def echo_query(request):
    return {"query": dict(request.GET), "cookies": dict(request.cookies)}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("static")
    (folder / "a.txt").write_text("file")
    app = Roob(static_dir=folder)
    app.add_route("/echo", echo_json)
    app.add_route("/form", echo_form)
    app.add_route("/query", echo_query)
    app.add_route("/n/{n:d}", lambda request, n: [n])
    app.add_route("/v{major:d}.{minor:d}", look_at_everything)
    app.add_route("/day/{day:ti}", lambda request, day: [day])
    app.add_route("/files/{rest:path}", look_at_everything)
    app.add_route("/{name}", look_at_everything)
    app.mount("/sub", ErrorHandlerMiddleware(app=Roob()))
    for step in (
        ErrorHandlerMiddleware,
        ReqResLoggingMiddleware,
        ExecutionTimeMiddleware,
    ):
        app.add_middleware(step)
    return app


def is_an_answer(answer):
    for name, value in answer.headers:
        assert not {"\r", "\n", "\0"} & {*name, *value}
    return 200 <= answer.status < 500


@settings(max_examples=300)
@given(
    paths, methods, st.binary(max_size=200), content_types, wire_text,
    st.dictionaries(header_names, wire_text, max_size=5),
)  # fmt: skip
@example("", "GET", b"", "", "", {})
@example("/files/x", "POST", b"{}", "", "", {"HTTP_ORIGIN": "http://[::x"})
@example("/files/x", "POST", b"\xff", "text/plain", "", {})
def test_random_requests_never_give_a_5xx(
    app, call, path, method, body, content_type, query, headers
):
    changes = {"CONTENT_TYPE": content_type, "QUERY_STRING": query, **headers}
    assert is_an_answer(call(app, path, method, body, **changes))


@settings(max_examples=200)
@given(
    st.sampled_from(["/echo", "/form", "/files/a/b"]), wire_text, st.binary(max_size=50)
)
def test_random_lengths_never_give_a_5xx(app, call, path, length, body):
    assert is_an_answer(call(app, path, "POST", body, CONTENT_LENGTH=length))


@given(st.binary(max_size=300), st.booleans())
def test_random_chunked_bodies_never_give_a_5xx(app, call, body, terminated):
    changes = {"CONTENT_LENGTH": "", "wsgi.input_terminated": terminated}
    assert is_an_answer(call(app, "/echo", "POST", body, **changes))


@given(wire_text, st.dictionaries(header_names, wire_text, max_size=5))
def test_random_queries_and_cookies_never_give_a_5xx(app, call, query, headers):
    answer = call(app, "/query", "GET", b"", QUERY_STRING=query, **headers)
    assert is_an_answer(answer)


class Unreliable(io.RawIOBase):
    """A socket that gives pieces and then fails."""

    def __init__(self, body, error):
        self.left, self.error = body, error

    def read(self, size=-1):
        if not self.left:
            raise self.error
        piece, self.left = self.left[:3], self.left[3:]
        return piece


@pytest.mark.parametrize("path", ["/echo", "/form", "/files/x"])
@pytest.mark.parametrize(
    "error", [ConnectionResetError(), TimeoutError(), OSError("odd")]
)
@pytest.mark.parametrize("length", ["20", ""])
def test_a_socket_that_fails_in_the_middle_is_no_server_error(
    app, call, path, error, length
):
    changes = {"wsgi.input": Unreliable(b"0123456789", error), "CONTENT_LENGTH": length}
    answer = call(app, path, "POST", **changes, **{"wsgi.input_terminated": True})
    assert answer.status == 400


@pytest.mark.parametrize(
    "method",
    ["HELPER", "__CLASS__", "__INIT__", "", "get", "GET\r\nX: y", "\xff", "G" * 9999],
)
def test_odd_methods_are_405(app, call, method):
    answer = call(app, "/echo", method)
    assert answer.status == 405
    assert answer.header("Allow") == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"


def test_deep_json_is_400(app, call):
    deep = b"[" * 200_000
    assert (
        call(app, "/echo", "POST", deep, CONTENT_TYPE="application/json").status == 400
    )


def test_json_as_deep_as_it_may_be_is_answered(app, call):
    for depth in (100, 200, 254, 255, 500, 1000):
        body = b"[" * depth + b"]" * depth
        answer = call(app, "/files/x", "POST", body, CONTENT_TYPE="application/json")
        assert answer.status in (200, 400), depth


def test_a_path_of_a_mebibyte_is_404(app, call):
    assert call(app, "/" + "x" * 2**20).status == 404
    assert call(app, "/a/" * 2**18).status in (200, 400, 404)


def test_800_slashes_and_255_characters_take_few_steps(call, environ, serve):
    app = Roob()
    for template in (
        "/{a}/{b}/{c}",
        "/{a}/{b:path}",
        "/x/{a}-{b}-{c}",
        "/{a}.{b}/{c:d}",
    ):
        app.add_route(template, lambda request, **fields: fields)
    steps = []
    for raw in ("/x/y/z", "/" + "/".join(["x" * 255] * 800), "/x/" + "-" * 255):
        call(app, raw)  # what is compiled on first use is compiled
        asked = environ(raw)
        steps.append(count_calls(lambda asked=asked: serve(app, asked)))
    assert max(steps) < 10 * min(steps)


def count_calls(action):
    """How many functions are called, in Python and in C."""
    count = 0

    def note(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count
