import io
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from roob import Roob
from roob.exceptions import BadRequest, ContentTooLarge, UnsupportedMediaType
from roob.middlewares import ErrorHandlerMiddleware
from roob.models.bodies import read_exactly
from roob.models.requests import Request

MIB = 1024 * 1024
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
FIELD = b'Content-Disposition: form-data; name="a"'
FILE = b'Content-Disposition: form-data; name="f"; filename="f.txt"'


@pytest.fixture
def ask(environ):
    """``ask(body, CONTENT_TYPE=...)``: a POST as the handler gets it."""

    def ask(body=b"", **changes):
        return Request(environ("/", "POST", body, **changes))

    return ask


class Unread(io.BytesIO):
    """A stream that must not be read."""

    def read(self, *_args):
        raise AssertionError("the body was read")


class Dripping(io.RawIOBase):
    """A stream that gives one byte at a time, as a slow client does."""

    def __init__(self, body):
        self.left = list(body)

    def read(self, size=-1):
        return bytes([self.left.pop(0)]) if self.left and size else b""


# -- the body


def test_the_body_is_read_once_and_kept(ask):
    request = ask(b"abc")
    assert request.body == request.body == b"abc"


def test_a_body_that_comes_in_pieces_is_whole(ask):
    request = ask(b"abc", **{"wsgi.input": Dripping(b"abc")})
    assert request.body == b"abc"


def test_nothing_is_read_beyond_the_declared_length(ask):
    assert ask(b"abcdef", CONTENT_LENGTH="3").body == b"abc"


@pytest.mark.parametrize("length", [MIB + 1, 10 * MIB, 10**17])
def test_a_body_over_1_mib_is_413_unread(ask, length):
    with pytest.raises(ContentTooLarge, match="1048576"):
        _ = ask(CONTENT_LENGTH=str(length), **{"wsgi.input": Unread()}).body


def test_a_body_of_1_mib_is_fine(ask):
    assert len(ask(b"x" * MIB).body) == MIB


class Endless(io.RawIOBase):
    """A chunked body without an end; it counts what is taken of it."""

    taken = 0

    def read(self, size=-1):
        assert size >= 0, "the whole of an endless body was asked for"
        self.taken += size
        return b"x" * size


def test_a_chunked_body_over_the_limit_is_413_and_read_no_further(ask):
    stream = Endless()
    request = ask(
        CONTENT_LENGTH="", **{"wsgi.input": stream, "wsgi.input_terminated": True}
    )
    with pytest.raises(ContentTooLarge):
        _ = request.body
    assert stream.taken <= MIB + 1


def test_a_chunked_body_is_read_to_its_end(ask):
    request = ask(b"abc", CONTENT_LENGTH="", **{"wsgi.input_terminated": True})
    assert request.body == b"abc"


def test_a_chunked_body_that_comes_in_pieces_is_whole(ask):
    changes = {"wsgi.input": Dripping(b"abc"), "wsgi.input_terminated": True}
    assert ask(CONTENT_LENGTH="", **changes).body == b"abc"


@pytest.mark.parametrize("length", ["", None])
def test_without_a_length_and_without_chunks_there_is_no_body(ask, length):
    assert ask(b"not of this request", CONTENT_LENGTH=length).body == b""


@pytest.mark.parametrize(
    "length",
    ["abc", "-1", "+5", "1.0", "0x5", "5, 5", " 5", "5 ", "1_0", "9" * 30, "²"],
)
def test_a_content_length_that_is_no_number_is_400(ask, length):
    with pytest.raises(BadRequest, match="Content-Length"):
        _ = ask(b"12345", CONTENT_LENGTH=length).body


def test_a_body_that_ends_before_its_length_is_400(ask):
    with pytest.raises(BadRequest, match="ends after 3 of 5 bytes"):
        _ = ask(b"abc", CONTENT_LENGTH="5").body


def test_a_client_that_goes_away_is_400(ask):
    class Broken(io.BytesIO):
        def read(self, *_args):
            raise ConnectionResetError("gone")

    with pytest.raises(BadRequest, match="cannot be read"):
        _ = ask(CONTENT_LENGTH="5", **{"wsgi.input": Broken()}).body


def test_read_exactly_stops_at_its_length():
    assert read_exactly(io.BytesIO(b"abcdef"), 4) == b"abcd"


def test_a_body_may_be_set(ask):
    request = ask(b"abc")
    request.body = b"other"
    assert request.body == b"other"
    request.json = {"a": 1}
    assert json.loads(request.body) == {"a": 1}


def test_text_is_the_body_decoded(ask):
    assert ask("café".encode()).text == "café"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"\xff", "text/plain; charset=utf-8"), (b"x", "text/plain; charset=nonsense")],
)
def test_text_that_cannot_be_decoded_is_the_clients_fault(ask, body, content_type):
    with pytest.raises((BadRequest, UnsupportedMediaType)):
        _ = ask(body, CONTENT_TYPE=content_type).text


# -- JSON

JSON_TYPES = [
    "application/json",
    "application/json; charset=utf-8",
    'application/json; charset="UTF-8"',
    "Application/JSON",
    "application/json ;charset=utf-8",
    "application/problem+json",
    "application/vnd.api+json",
    "",
    FORM,
    f"{FORM}; charset=utf-8",
]


@pytest.mark.parametrize("content_type", JSON_TYPES)
def test_json_is_read_typed_as_json_untyped_or_with_curls_type(ask, content_type):
    assert ask(b'{"id": 5}', CONTENT_TYPE=content_type).json == {"id": 5}


def test_a_missing_content_type_is_untyped(ask):
    assert ask(b'{"id": 5}').json == {"id": 5}


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "text/html", "multipart/form-data; boundary=x", "application/xml",
     "application/jsonx", "application/json2", "text/json", "json",
     "application/json; charset=latin-1", "application/json; charset=utf-16"],
)  # fmt: skip
def test_another_type_is_415(ask, content_type):
    with pytest.raises(UnsupportedMediaType):
        _ = ask(b"{}", CONTENT_TYPE=content_type).json


FROM_ELSEWHERE = [
    {"HTTP_SEC_FETCH_SITE": "cross-site"},
    {"HTTP_SEC_FETCH_SITE": "same-site"},
    {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "http://localhost"},
    {"HTTP_SEC_FETCH_SITE": "nonsense"},
    {"HTTP_ORIGIN": "https://evil.example"},
    {"HTTP_ORIGIN": "http://localhost:81"},
    {"HTTP_ORIGIN": "http://localhost.evil.example"},
    {"HTTP_ORIGIN": "null"},
    {"HTTP_ORIGIN": "http://[::bad"},
    {"HTTP_ORIGIN": "\xff"},
]


@pytest.mark.parametrize("marks", FROM_ELSEWHERE, ids=str)
@pytest.mark.parametrize("content_type", ["", FORM, f"{FORM}; charset=utf-8"])
def test_a_form_of_another_site_cannot_post_json(ask, marks, content_type):
    with pytest.raises(UnsupportedMediaType):
        _ = ask(b"{}", CONTENT_TYPE=content_type, **marks).json


@pytest.mark.parametrize("marks", FROM_ELSEWHERE, ids=str)
def test_another_site_may_send_json_that_says_so(ask, marks):
    assert ask(b"{}", CONTENT_TYPE="application/json", **marks).json == {}


@pytest.mark.parametrize(
    "marks",
    [{"HTTP_SEC_FETCH_SITE": "same-origin"}, {"HTTP_SEC_FETCH_SITE": "none"},
     {"HTTP_ORIGIN": "http://localhost"}, {}],
    ids=str,
)  # fmt: skip
def test_the_own_site_may_leave_the_type_out(ask, marks):
    assert ask(b"{}", **marks).json == {}


@pytest.mark.parametrize(
    ("body", "place"),
    [(b"{", "line 1, column 2"), (b'{"a": 1,\n "b": }', "line 2"), (b"", "column 1"),
     (b"nope", "line 1"), (b"\xff", "line 1"), (b"[" * 100_000, "line 1")],
)  # fmt: skip
def test_malformed_json_is_400_that_names_the_position(ask, body, place):
    with pytest.raises(BadRequest, match=f"not valid JSON: .* at .*{place}"):
        _ = ask(body, CONTENT_TYPE="application/json").json


@given(st.binary(max_size=60))
def test_no_body_read_as_json_is_more_than_a_400(body):
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body))}
    request = Request({**environ, "wsgi.input": io.BytesIO(body)})
    try:
        value = request.json
    except BadRequest:
        return
    assert value == json.loads(body)


# -- forms


def parts(headers, count=1, value=b"v", end=b"--x--\r\n"):
    return (b"--x\r\n" + headers + b"\r\n\r\n" + value + b"\r\n") * count + end


def test_a_form_is_read(ask):
    form = ask(b"title=Caf%C3%A9&tag=a&tag=b&empty=", CONTENT_TYPE=FORM).POST
    assert form["title"] == "Café"
    assert form.getall("tag") == ["a", "b"]
    assert form["empty"] == ""


def test_a_multipart_form_is_read(ask):
    form = ask(parts(FILE, value=b"\0data"), CONTENT_TYPE=MULTIPART).POST
    assert form["f"].filename == "f.txt"
    assert form["f"].file.read() == b"\0data"


def test_a_form_can_be_read_twice_and_its_body_too(ask):
    request = ask(b"a=1", CONTENT_TYPE=FORM)
    assert request.body == b"a=1"
    assert request.POST["a"] == request.POST["a"] == "1"
    assert request.body == b"a=1"


def test_a_form_over_the_limit_is_413_unread(ask):
    changes = {"CONTENT_TYPE": FORM, "wsgi.input": Unread()}
    with pytest.raises(ContentTooLarge):
        _ = ask(CONTENT_LENGTH=str(MIB + 1), **changes).POST


def test_1000_fields_are_fine_and_1001_are_not(ask):
    form = ask(b"&".join([b"a=1"] * 1000), CONTENT_TYPE=FORM).POST
    assert len(form) == 1000
    with pytest.raises(BadRequest, match="1000"):
        _ = ask(b"&".join([b"a=1"] * 1001), CONTENT_TYPE=FORM).POST


def test_1000_parts_are_fine_and_1001_are_not(ask):
    assert len(ask(parts(FIELD, 1000), CONTENT_TYPE=MULTIPART).POST) == 1000
    with pytest.raises(BadRequest, match="1000"):
        _ = ask(parts(FIELD, 1001), CONTENT_TYPE=MULTIPART).POST


def test_parts_without_a_name_count_too(ask):
    with pytest.raises(BadRequest):
        _ = ask(parts(b"", 50_000, b""), CONTENT_TYPE=MULTIPART).POST


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data; xboundary=a; boundary=x",
     "multipart/form-data; boundary=a; boundary=x", "multipart/form-data; boundary =x",
     "multipart/form-data; boundary= x", "multipart/form-data; boundary=x ; a=b",
     'multipart/form-data; a="; boundary=a"; boundary=x',
     'multipart/form-data; a=";boundary=a;"; boundary="x"',
     "multipart/form-data;\tboundary=x",
     "multipart/form-data; Boundary=x; boundary*=a"],
)  # fmt: skip
@pytest.mark.parametrize("other", [b"--a--", b"--None--", b"-- x--", b'--"x"--'])
def test_no_other_boundary_lifts_the_limits(ask, content_type, other):
    with pytest.raises(BadRequest):
        _ = ask(parts(FIELD, 2000) + other, CONTENT_TYPE=content_type).POST


@pytest.mark.parametrize(
    "boundary",
    ["----WebKitFormBoundaryA1b2", '"----WebKitFormBoundaryA1b2"', "'x'",
     "\"a'()+_,-./:=?z\"", "x; charset=utf-8"],
)  # fmt: skip
def test_boundaries_of_browsers_and_of_the_rfc_are_read(ask, boundary):
    word = boundary.partition(";")[0].strip('"').encode()
    body = parts(FIELD).replace(b"--x", b"--" + word)
    content_type = f"multipart/form-data; boundary={boundary}"
    assert ask(body, CONTENT_TYPE=content_type).POST["a"] == "v"


@pytest.mark.parametrize("junk", [b";", b';"', b';a="', b"a:b\r", b'\\"', b" ", b"="])
def test_a_part_with_an_endless_head_is_refused(ask, junk):
    body = parts(FIELD + junk * (900_000 // len(junk)))
    with pytest.raises(BadRequest):
        _ = ask(body, CONTENT_TYPE=MULTIPART).POST


@pytest.mark.parametrize("header", [b"a:b\r\n", b"a: b\n", b"X-Long: y\r\n z\r\n"])
def test_a_part_of_endless_headers_is_refused(ask, header):
    body = parts(FIELD + b"\r\n" + header * 60_000)
    with pytest.raises(BadRequest):
        _ = ask(body, CONTENT_TYPE=MULTIPART).POST


@pytest.mark.parametrize(
    "header",
    [FILE, FILE.lower(), FILE.replace(b"filename=", b"filename ="),
     FILE.replace(b"filename=", b"FILENAME=  "), FILE.replace(b'"f.txt"', b"f.txt")],
)  # fmt: skip
def test_100_files_are_fine_and_101_are_not(ask, header):
    assert len(ask(parts(header, 100), CONTENT_TYPE=MULTIPART).POST) == 100
    with pytest.raises(BadRequest, match="100"):
        _ = ask(parts(header, 101), CONTENT_TYPE=MULTIPART).POST


@pytest.mark.parametrize(
    "end", [b"", b"--x", b"--", b"--y--\r\n", b"--x\r\n" + FIELD, b"\r\nends with --"]
)
def test_a_truncated_multipart_is_refused(ask, end):
    with pytest.raises(BadRequest):
        _ = ask(parts(FIELD, end=end), CONTENT_TYPE=MULTIPART).POST


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=",
     "multipart/form-data; boundary=other", "multipart/form-data; boundary=é",
     'multipart/form-data; boundary="', f"{MULTIPART}; charset=latin-1",
     f"{FORM}; charset=nonsense", f"multipart/form-data; boundary={'x' * 300}"],
)  # fmt: skip
def test_a_form_that_is_not_what_its_type_says_is_refused(ask, content_type):
    with pytest.raises(BadRequest):
        _ = ask(parts(FIELD), CONTENT_TYPE=content_type).POST


@pytest.mark.parametrize(
    "body",
    [
        b"\n" * MIB,
        b"\r\n" * (MIB // 2),
        b"--x\r\n" * (MIB // 5),
        b"-" * MIB,
        b"\0" * MIB,
    ],
)
def test_a_mebibyte_that_is_no_multipart_is_refused(ask, body):
    with pytest.raises(BadRequest):
        _ = ask(body, CONTENT_TYPE=MULTIPART).POST


def test_a_field_of_a_mebibyte_of_newlines_is_a_field(ask):
    value = b"\n" * (MIB - 200)
    assert len(ask(parts(FIELD, value=value), CONTENT_TYPE=MULTIPART).POST["a"]) > 1e6


@pytest.mark.parametrize("separator", [b";", b"\n", b"=", b"%", b"+"])
def test_a_mebibyte_of_separators_is_one_field(ask, separator):
    assert len(ask(separator * MIB, CONTENT_TYPE=FORM).POST) <= 1


@given(st.binary(max_size=200), st.sampled_from([FORM, MULTIPART, "", "x"]))
def test_no_form_is_more_than_a_400(body, content_type):
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body))}
    request = Request(
        {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_TYPE": content_type}
    )
    with suppress(BadRequest):
        assert len(request.POST) >= 0


@given(
    st.lists(st.sampled_from(
        [b"--x", b"--", b"\r\n", b"\n", FIELD, FILE, b"Content-Type: ", b"text/plain",
         b"multipart/mixed; boundary=x", b"; charset=nope", b"Content-Length: -5", b":",
         b"Content-Transfer-Encoding: base64", b"\xff", b"x", b"name=", b'"', b";"]
    ), max_size=24).map(b"".join)
)  # fmt: skip
def test_no_multipart_of_plausible_pieces_is_more_than_a_400(body):
    body = b"--x\r\n" + body + b"\r\n--x--\r\n"
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body))}
    request = Request(
        {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_TYPE": MULTIPART}
    )
    with suppress(BadRequest):
        assert len(request.POST) >= 0


# -- query, cookies, path


def test_the_query_is_decoded(ask):
    assert dict(ask(QUERY_STRING="a=caf%C3%A9&b=1").GET) == {"a": "café", "b": "1"}


@pytest.mark.parametrize("query", ["a=%ff", "a=\xff", "%ff=1"])
def test_a_query_that_is_not_utf8_is_400(ask, query):
    with pytest.raises(BadRequest, match="query"):
        _ = ask(QUERY_STRING=query).GET
    with pytest.raises(BadRequest, match="query"):
        _ = ask(QUERY_STRING=query).params["a"]


@pytest.mark.parametrize(
    "attribute", ["path", "path_info", "path_url", "url", "path_qs"]
)
def test_a_middleware_that_looks_at_an_undecodable_path_gets_a_400(environ, attribute):
    with pytest.raises(BadRequest):
        getattr(Request(environ("/\xff")), attribute)


def test_broken_cookies_are_no_error(ask):
    assert ask(HTTP_COOKIE="a=1; =; \xff; b").cookies.get("a") == "1"


def test_an_attribute_of_a_middleware_stays_with_the_environ(environ):
    asked = environ()
    Request(asked).user = "Ada"
    assert Request(asked).user == "Ada"


# -- the id


def test_a_request_has_one_id(environ):
    asked = environ()
    assert Request(asked).id == Request(asked).id
    assert Request(environ()).id != Request(environ()).id


def test_a_plain_word_of_the_client_is_the_id(environ):
    assert Request(environ(HTTP_X_REQUEST_ID="abc-1.2_X")).id == "abc-1.2_X"


@pytest.mark.parametrize(
    "given", ["", "a b", "a\nb", "x" * 65, "é", "a;b", "<x>", "a\n"]
)
def test_anything_else_is_replaced(environ, given):
    assert Request(environ(HTTP_X_REQUEST_ID=given)).id.isalnum()


# -- limits of the app


@pytest.mark.parametrize("limit", [10, 3 * MIB])
def test_an_app_may_have_a_limit_of_its_own(call, limit):
    app = Roob(max_body_bytes=limit)
    app.add_route("/", lambda request: [len(request.body)])
    assert call(app, "/", "POST", b"x" * limit).json() == [limit]
    answer = call(app, "/", "POST", b"x" * (limit + 1))
    assert (answer.status, str(limit) in answer.body.decode()) == (413, True)


def test_a_wrapping_middleware_does_not_lift_the_apps_limit(call):
    class Reader(ErrorHandlerMiddleware):
        def handle_request(self, request):
            _ = request.body
            return super().handle_request(request)

    app = Roob(max_body_bytes=10)
    app.add_route("/", lambda request: [len(request.body)])
    assert call(Reader(app=app), "/", "POST", b"x" * 11).status == 413


def test_blank_requests_are_for_tests(ask):
    request = Request.blank("/x?a=1", method="POST", body=b"{}")
    assert (request.path, request.GET["a"], request.json) == ("/x", "1", {})
    assert Request.blank("/x", POST={"a": "1"}).POST["a"] == "1"


NOT_UTF8 = [
    (b"a=%ff", FORM),
    (b"%ff=a", FORM),
    (b"a=\xff", FORM),
    (b"a=%C3&b=%A9", FORM),
    (b"a=%ff", ""),
    (b"--x\r\n" + FIELD + b"\r\n\r\n\xff\r\n--x--", MULTIPART),
]  # fmt: skip


@pytest.mark.parametrize(("body", "content_type"), NOT_UTF8)
def test_a_form_that_is_not_utf8_is_400(ask, body, content_type):
    with pytest.raises(BadRequest, match="The form is not valid UTF-8"):
        ask(body, CONTENT_TYPE=content_type).POST  # noqa: B018


def test_a_form_may_hold_any_text_and_its_files_any_bytes(ask):
    form = ask(b"a=%EF%BF%BD+caf\xc3\xa9", CONTENT_TYPE=FORM).POST
    assert form["a"] == "\ufffd café"
    body = b"--x\r\n" + FILE + b"\r\n\r\n\xff\r\n--x--"
    assert ask(body, CONTENT_TYPE=MULTIPART).POST["f"].file.read() == b"\xff"
