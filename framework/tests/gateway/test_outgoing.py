"""From a WSGI environ back to what the client wrote."""

import io
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from roob.exceptions import BadRequest, ContentTooLarge
from roob.gateway.outgoing import body_of, headers_of, target_of


def decoded(raw):
    return unquote_to_bytes(raw).decode("latin-1")


def asked(raw, query="", script_name="", **changes):
    """What gunicorn makes of a request line."""
    return {
        "RAW_URI": f"{raw}?{query}" if query else raw,
        "SCRIPT_NAME": script_name,
        "PATH_INFO": decoded(raw)[len(script_name) :],
        "QUERY_STRING": query,
        "REQUEST_METHOD": "GET",
    } | changes


@pytest.mark.parametrize(
    "raw", ["/a%2Fb", "//x", "/%00", "/%ff", "/caf%c3%a9", "/a%20b", "/%zz", "/a;b=c"]
)
def test_a_path_goes_on_as_it_was_written(raw):
    assert target_of(asked(raw), "") == raw
    assert target_of(asked(raw), "/v1") == f"/v1{raw}"


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/a/b", "/a/b"),
        ("/a b", "/a%20b"),
        ("/caf\xc3\xa9", "/caf%C3%A9"),
        ("/\xff", "/%FF"),
        ("/100%", "/100%25"),
        ("/a?b#c", "/a%3Fb%23c"),
        ("/\0", "/%00"),
        ("//x", "//x"),
        ("", "/"),
    ],
)
def test_where_the_server_does_not_tell_it_is_written_anew(path, written):
    assert target_of({"PATH_INFO": path}, "") == written


def test_a_path_that_a_step_has_changed_is_written_anew():
    environ = asked("/old%2Fpath") | {"PATH_INFO": "/new"}
    assert target_of(environ, "") == "/new"


def test_an_absolute_form_is_written_anew():
    environ = asked("/a%2Fb") | {"RAW_URI": "http://other/a%2Fb"}
    assert target_of(environ, "") == "/a/b"


@pytest.mark.parametrize(
    ("raw", "script_name", "written"),
    [
        ("/shop/a%2Fb", "/shop", "/a%2Fb"),
        ("/sh%6Fp/x", "/shop", "/x"),
        ("/caf%C3%A9/x%2F", "/caf\xc3\xa9", "/x%2F"),
        ("/shop", "/shop", "/"),
    ],
)
def test_a_mounts_prefix_is_cut_off_however_it_was_written(raw, script_name, written):
    assert target_of(asked(raw, script_name=script_name), "") == written


def test_a_server_may_tell_the_path_without_the_mounts_prefix():
    environ = asked("/a%2Fb") | {"SCRIPT_NAME": "/app"}
    assert target_of(environ, "") == "/a%2Fb"


@pytest.mark.parametrize("query", ["a=b&c", "a=%2F%zz", "q=a+b", "url=http://x/?y"])
def test_a_query_goes_on_as_it_was_written(query):
    assert target_of(asked("/x", query), "") == f"/x?{query}"


def test_letters_that_a_request_line_cannot_hold_are_encoded():
    assert target_of(asked("/x", "a b\r\nX: \xe9\0"), "") == "/x?a%20b%0D%0AX:%20%E9%00"
    assert target_of(asked("/a b\t"), "") == "/a%20b%09"


@pytest.mark.parametrize(
    "raw",
    [
        "/../x", "/a/../../x", "/..", "/%2e%2e/x", "/.%2E/x", "/a/..%2fx", "/..%5Cx",
        "/..\\x", "/..;/x", "/..;a=b/x", "/./x", "/a/%2e/x", "/.", "/.;a/x", "/.%5Cx",
        "/..%00", "/..%00x/y", "/.%00/x",
    ],
)  # fmt: skip
def test_a_path_that_climbs_is_refused(raw):
    with pytest.raises(BadRequest, match="no segment"):
        target_of(asked(raw), "")
    with pytest.raises(BadRequest, match="no segment"):
        target_of({"PATH_INFO": decoded(raw)}, "/v1")


@pytest.mark.parametrize("raw", ["/a..b", "/...", "/a/.../b", "/..a", "/a..", "/.x/y"])
def test_dots_in_a_name_are_no_climbing(raw):
    assert target_of(asked(raw), "") == raw


@given(st.binary(max_size=30), st.text("/%.;\\?# azAZ09\xe9", max_size=20))
def test_what_is_sent_is_one_word_that_stays_below_the_base(octets, text):
    path = "/" + octets.decode("latin-1") + text
    for environ in (
        {"PATH_INFO": path, "QUERY_STRING": text},
        asked(quote(path.encode("latin-1"), safe="/."), "x"),
    ):
        try:
            target = target_of(environ, "/v1")
        except BadRequest:
            continue
        assert target.isascii()
        assert all("!" <= letter <= "~" for letter in target)
        raw = target.partition("?")[0]
        assert raw.startswith("/v1/")
        assert decoded(raw) == "/v1" + environ["PATH_INFO"]


def test_headers_have_their_usual_names():
    environ = {
        "HTTP_X_REQUEST_ID": "7",
        "HTTP_ACCEPT": "a/b",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "3",
        "PATH_INFO": "/",
    }
    assert dict(headers_of(environ)) == {
        "X-Request-Id": "7",
        "Accept": "a/b",
        "Content-Type": "text/plain",
    }


def test_an_empty_content_type_is_none():
    assert list(headers_of({"CONTENT_TYPE": ""})) == []


@pytest.mark.parametrize("value", ["a\r\nX-B: c", "a\nb", "a\0b", "\u20ac"])
def test_a_header_that_would_split_the_request_is_a_400(value):
    with pytest.raises(BadRequest, match="cannot be passed on"):
        list(headers_of({"HTTP_X_A": value}))


def with_body(body, **changes):
    return {"REQUEST_METHOD": "POST", "wsgi.input": io.BytesIO(body)} | changes


def test_a_body_with_a_length_is_so_many_bytes_in_pieces():
    body = bytes(range(256)) * 1000
    environ = with_body(body + b"next request", CONTENT_LENGTH=str(len(body)))
    framing, pieces = body_of(environ)
    sent = list(pieces)
    assert framing == [("Content-Length", str(len(body)))]
    assert b"".join(sent) == body
    assert max(map(len, sent)) <= 64 * 1024


def test_a_body_without_a_length_ends_by_itself():
    environ = with_body(b"x" * 100_000, **{"wsgi.input_terminated": True})
    framing, pieces = body_of(environ)
    assert framing == []
    assert b"".join(pieces) == b"x" * 100_000


@pytest.mark.parametrize(
    ("method", "expected"),
    [("GET", []), ("DELETE", []), ("POST", [("Content-Length", "0")])],
)
@pytest.mark.parametrize("changes", [{}, {"wsgi.input_terminated": True}])
def test_no_body_is_said_where_one_is_expected(method, expected, changes):
    environ = with_body(b"", **changes) | {"REQUEST_METHOD": method}
    assert body_of(environ) == (expected, b"")


def test_a_body_that_a_step_has_read_goes_on_whole():
    environ = with_body(b"") | {"roob.body": b"read before"}
    framing, pieces = body_of(environ)
    assert framing == [("Content-Length", "11")]
    assert b"".join(pieces) == b"read before"


def test_a_body_that_breaks_off_is_a_400():
    _, pieces = body_of(with_body(b"half", CONTENT_LENGTH="10"))
    with pytest.raises(BadRequest, match="ends after 4 of 10 bytes"):
        list(pieces)


def test_a_length_that_is_no_number_is_a_400():
    with pytest.raises(BadRequest, match="no number"):
        body_of(with_body(b"x", CONTENT_LENGTH="-1"))


def test_a_routes_limit_holds_for_a_body_with_a_length_and_in_chunks():
    limit = {"roob.max_body_bytes": 10}
    with pytest.raises(ContentTooLarge):
        body_of(with_body(b"x" * 11, CONTENT_LENGTH="11", **limit))
    chunked = with_body(b"x" * 11, **{"wsgi.input_terminated": True}, **limit)
    with pytest.raises(ContentTooLarge):
        body_of(chunked)
    exact = with_body(b"x" * 10, **{"wsgi.input_terminated": True}, **limit)
    assert b"".join(body_of(exact)[1]) == b"x" * 10
