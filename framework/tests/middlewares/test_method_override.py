import pytest
from roob import Roob
from roob.middlewares import MethodOverrideMiddleware
from roob.models.requests import Request

FORM = "application/x-www-form-urlencoded"


def told(request):
    return [request.method, dict(request.POST)]


@pytest.fixture
def app():
    app = Roob(max_body_bytes=1000)
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        app.add_route("/", told, [method])
    app.add_route("/json", lambda request: [request.method, request.json])
    app.add_route("/only", told, ["DELETE"])
    app.add_middleware(MethodOverrideMiddleware)
    return app


def parts(**fields):
    head = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    return ("".join(head.format(*f) for f in fields.items()) + "--x--\r\n").encode()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "delete", "Put"])
def test_a_forms_post_becomes_the_method_that_it_names(app, call, method):
    answer = call(app, "/", "POST", f"a=1&_method={method}".encode(), CONTENT_TYPE=FORM)
    assert answer.json() == [method.upper(), {"a": "1", "_method": method}]


def test_a_form_of_parts_does_so_too(app, call):
    answer = call(
        app,
        "/",
        "POST",
        parts(_method="DELETE", a="é"),
        CONTENT_TYPE="multipart/form-data; boundary=x",
    )
    assert answer.json() == ["DELETE", {"_method": "DELETE", "a": "é"}]


@pytest.mark.parametrize(
    "content_type", [f"{FORM}; charset=utf-8", FORM.upper(), FORM.title()]
)
def test_the_type_may_have_parameters_and_any_case(app, call, content_type):
    answer = call(app, "/", "POST", b"_method=DELETE", CONTENT_TYPE=content_type)
    assert answer.json()[0] == "DELETE"


def test_the_router_sees_the_method_that_it_became(app, call):
    answer = call(app, "/only", "POST", b"_method=DELETE", CONTENT_TYPE=FORM)
    assert answer.status == 200
    refused = call(app, "/only", "POST", b"_method=PUT", CONTENT_TYPE=FORM)
    assert (refused.status, refused.header("Allow")) == (405, "DELETE, OPTIONS")
    assert "PUT request" in refused.json()["message"]


@pytest.mark.parametrize(
    "method",
    ["GET", "HEAD", "OPTIONS", "TRACE", "CONNECT", "", "X", "DELETE+", "P%0AUT", "%C3"],
)
def test_a_form_may_be_no_other_method(app, call, method):
    body = f"_method={method}".encode()
    answer = call(app, "/", "POST", body, CONTENT_TYPE=FORM)
    assert answer.status == 400


def test_the_refusal_says_what_a_form_may_be(app, call):
    answer = call(app, "/", "POST", b"_method=TRACE", CONTENT_TYPE=FORM)
    message = "_method is 'TRACE'; a form may be PUT, PATCH or DELETE"
    assert answer.json() == {"message": message}


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_only_a_post_becomes_another(app, call, method):
    answer = call(app, "/", method, b"_method=DELETE", CONTENT_TYPE=FORM)
    assert answer.json()[0] == method
    assert call(app, "/", QUERY_STRING="_method=DELETE").json()[0] == "GET"


def test_a_query_and_a_header_change_nothing(app, call):
    answer = call(
        app,
        "/",
        "POST",
        b"a=1",
        CONTENT_TYPE=FORM,
        QUERY_STRING="_method=DELETE",
        HTTP_X_HTTP_METHOD_OVERRIDE="DELETE",
    )
    assert answer.json()[0] == "POST"


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_only_forms_become_another(app, call, content_type):
    answer = call(app, "/", "POST", b"_method=DELETE", CONTENT_TYPE=content_type)
    assert answer.json()[0] == "POST"


@pytest.mark.parametrize("body", [b"", b"a=1", b"a=_method", b"_methods=DELETE"])
def test_a_form_that_asks_for_nothing_stays_a_post(app, call, body):
    assert call(app, "/", "POST", body, CONTENT_TYPE=FORM).json()[0] == "POST"


def test_post_may_be_named(app, call):
    answer = call(app, "/", "POST", b"_method=POST", CONTENT_TYPE=FORM)
    assert answer.json()[0] == "POST"


def test_json_that_is_sent_as_a_form_is_left_alone(app, call):
    for body in (b'{"_method": "DELETE"}', b'{"a": "%zz;&x"}'):
        answer = call(app, "/json", "POST", body, CONTENT_TYPE=FORM)
        assert (answer.status, answer.json()[0]) == (200, "POST")


def test_json_with_many_ampersands_is_no_form_of_many_fields(call):
    app = Roob()
    app.add_route("/json", lambda request: [request.method, len(request.json["a"])])
    app.add_middleware(MethodOverrideMiddleware)
    body = b'{"a": "' + b"&" * 2000 + b'"}'
    answer = call(app, "/json", "POST", body, CONTENT_TYPE=FORM)
    assert (answer.status, answer.json()) == (200, ["POST", 2000])


def test_it_wraps_any_app(call):
    def raw(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["REQUEST_METHOD"].encode(), environ["wsgi.input"].read()]

    wrapped = MethodOverrideMiddleware(app=raw)
    answer = call(wrapped, "/", "POST", b"_method=PUT&a=1", CONTENT_TYPE=FORM)
    assert answer.body == b"PUT_method=PUT&a=1"


def test_a_file_is_no_method(app, call):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="_method"; filename="a"\r\n\r\n'
        b"DELETE\r\n--x--\r\n"
    )
    answer = call(
        app, "/", "POST", body, CONTENT_TYPE="multipart/form-data; boundary=x"
    )
    assert answer.status == 400


def test_a_body_over_the_limit_is_413(app, call):
    body = b"_method=DELETE&a=" + b"a" * 1000
    assert call(app, "/", "POST", body, CONTENT_TYPE=FORM).status == 413


def test_a_route_with_a_limit_of_its_own_keeps_it(app, call):
    app.add_route("/large", told, ["PUT", "POST"], max_body_bytes=10_000)
    body = b"_method=PUT&a=" + b"a" * 2000
    assert call(app, "/large", "POST", body, CONTENT_TYPE=FORM).status == 200


def test_a_form_without_measure_is_400(app, call):
    body = b"_method=DELETE" + b"&" * 1000
    small = Roob()
    small.add_route("/", told)
    small.add_middleware(MethodOverrideMiddleware)
    assert call(small, "/", "POST", body, CONTENT_TYPE=FORM).status == 400


def test_it_wraps_an_app_too(call):
    inner = Roob()
    inner.add_route("/", told)
    answer = call(
        MethodOverrideMiddleware(app=inner),
        "/",
        "POST",
        b"_method=PUT&a=1",
        CONTENT_TYPE=FORM,
    )
    assert answer.json() == ["PUT", {"_method": "PUT", "a": "1"}]


def test_the_request_is_the_same_but_for_its_method():
    request = Request.blank("/", method="POST", POST={"_method": "DELETE", "a": "1"})
    body = request.body
    MethodOverrideMiddleware(app=Roob()).process_request(request)
    assert (request.method, request.body) == ("DELETE", body)
