import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from roob import Roob
from roob.middlewares import ErrorHandlerMiddleware, ReqResLoggingMiddleware
from roob.middlewares.req_res_logging import escape


@pytest.fixture
def app(caplog):
    caplog.set_level(logging.INFO)
    app = Roob()
    app.add_route("/api/products", lambda request: {"a": 1})
    app.add_route("/fail", lambda request: 1 / 0)
    app.add_route("/stream", lambda request: iter(["a"]))
    app.add_middleware(ErrorHandlerMiddleware)
    app.add_middleware(ReqResLoggingMiddleware)
    return app


def records(caplog):
    return [r.getMessage() for r in caplog.records if r.name == "roob.requests"]


def test_a_record_has_method_path_status_bytes_and_request_id(app, call, caplog):
    call(app, "/api/products", HTTP_X_REQUEST_ID="abc")
    (record,) = records(caplog)
    for part in ("GET", "/api/products", "200", "7 bytes", "abc"):
        assert part in record


@pytest.mark.parametrize(
    ("path", "status"), [("/nope", 404), ("/fail", 500), ("/\xff", 400), ("/\0", 400)]
)
def test_errors_have_a_record_too(app, call, caplog, path, status):
    assert call(app, path).status == status
    assert str(status) in records(caplog)[0]


def test_a_stream_has_no_length_to_tell(app, call, caplog):
    call(app, "/stream")
    assert "- bytes" in records(caplog)[0]


def test_the_record_of_a_500_has_the_id_that_the_client_got(app, call, caplog):
    answer = call(app, "/fail")
    assert answer.json()["request_id"] in records(caplog)[0]


def test_secrets_of_the_request_are_never_logged(app, call, caplog):
    call(
        app,
        "/api/products",
        "POST",
        b"password=hunter2",
        QUERY_STRING="token=hunter2",
        HTTP_AUTHORIZATION="Bearer hunter2",
        HTTP_COOKIE="session=hunter2",
    )
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    ("path", "method"),
    [("/a\nGET /forged 200", "GET"), ("/\x1b[31mred", "GET"), ("/a\r\nb", "GET"),
     ("/\xe2\x80\xa8line", "GET"), ("/", "GE\nT"), ("/\xc2\x9b31m", "GET"),
     ("/\xff\n", "GET"), ("/\xe2\x80\xae", "GET")],
)  # fmt: skip
def test_no_request_forges_a_line(app, call, caplog, path, method):
    call(app, path, method)
    (record,) = records(caplog)
    assert record.isascii()
    assert record.isprintable()


@given(st.text())
def test_escaped_text_is_one_printable_line(text):
    assert re.fullmatch(r"[\x20-\x7e]*", escape(text))


@given(st.text())
def test_escaped_text_can_be_read_back(text):
    assert escape(text).encode("ascii").decode("unicode_escape") == text


@pytest.mark.parametrize("length", ["abc", "", "-1", "1 2"])
def test_an_odd_length_of_a_wrapped_application_is_no_error(call, length):
    def odd(environ, start_response):
        headers = [("Content-Type", "text/plain"), ("Content-Length", length)]
        start_response("200 OK", headers)
        return [b"ok"]

    assert call(ReqResLoggingMiddleware(app=odd)).body == b"ok"


def test_it_wraps_any_application(call, caplog):
    def raw(environ, start_response):
        start_response(
            "200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")]
        )
        return [b"ok"]

    caplog.set_level(logging.INFO)
    call(ReqResLoggingMiddleware(app=raw), "/x")
    assert "GET /x 200 2 bytes" in records(caplog)[0]
