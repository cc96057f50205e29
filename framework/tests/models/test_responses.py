import http
import re
import sys
from contextlib import suppress

import pytest
import webob
from hypothesis import given
from hypothesis import strategies as st
from roob.constants import HttpStatus
from roob.exceptions import ResponseError
from roob.headers import HeaderList, checked_header
from roob.models.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamedResponse,
    TextResponse,
)

UNFIT = ["a\r\nSet-Cookie: b=1", "a\nb", "a\rb", "a\0b", "\x7f", "a\x1b[31mb", "€"]
EVERY_KIND = {
    "Response": lambda: Response("x"),
    "JSONResponse": lambda: JSONResponse({}),
    "HTMLResponse": lambda: HTMLResponse("x"),
    "TextResponse": lambda: TextResponse("x"),
    "StreamedResponse": lambda: StreamedResponse(["x"]),
    "RedirectResponse": lambda: RedirectResponse("/x"),
}


@pytest.fixture(params=EVERY_KIND)
def response(request):
    return EVERY_KIND[request.param]()


STATUSES = [404, "404 Not Found", http.HTTPStatus.NOT_FOUND, HttpStatus.NOT_FOUND]


@pytest.mark.parametrize("status", STATUSES, ids=repr)
@pytest.mark.parametrize("kind", [Response, JSONResponse, HTMLResponse, TextResponse])
def test_a_status_may_be_written_in_four_ways(kind, status):
    assert kind("x", status).status == "404 Not Found"


@pytest.mark.parametrize("status", STATUSES, ids=repr)
def test_a_status_may_be_set_in_four_ways(response, status):
    response.status = status
    assert (response.status, response.status_code) == ("404 Not Found", 404)


@pytest.mark.parametrize("status", ["200 OK\r\nX: y", 99, 600, "abc", None, b"200 OK"])
def test_a_status_that_is_none_is_refused(response, status):
    with pytest.raises(ValueError, match="HTTP status"):
        response.status = status
    with pytest.raises(ValueError, match="HTTP status"):
        JSONResponse({}, status)


def ways_to_set(name, value):
    """Every door through which a header enters a response."""
    return {
        "headers[]": lambda r: r.headers.__setitem__(name, value),
        "headers.add": lambda r: r.headers.add(name, value),
        "headers.update": lambda r: r.headers.update({name: value}),
        "headers.extend": lambda r: r.headers.extend({name: value}),
        "headers.setdefault": lambda r: r.headers.setdefault(name, value),
        "headerlist=": lambda r: setattr(r, "headerlist", [(name, value)]),
        "headerlist.append": lambda r: r.headerlist.append((name, value)),
        "headerlist.insert": lambda r: r.headerlist.insert(0, (name, value)),
        "headerlist.extend": lambda r: r.headerlist.extend([(name, value)]),
        "headerlist+=": lambda r: r.headerlist.__iadd__([(name, value)]),
        "headerlist[:]": lambda r: r.headerlist.__setitem__(
            slice(None), [(name, value)]
        ),
        "Response": lambda r: Response("x", headers={name: value}),
        "Response headerlist": lambda r: Response(headerlist=[(name, value)]),
        "JSONResponse": lambda r: JSONResponse({}, 200, {name: value}),
        "pairs": lambda r: JSONResponse({}, 200, [(name, value)]),
    }


DOORS = list(ways_to_set("X-A", "b"))


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("value", UNFIT)
def test_cr_lf_nul_and_other_unfit_values_are_refused_at_every_door(
    response, door, value
):
    with pytest.raises(ValueError, match="X-A"):
        ways_to_set("X-A", value)[door](response)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "é", "a\n"])
def test_names_that_are_no_token_are_refused_at_every_door(response, door, name):
    with pytest.raises(ValueError, match="header name"):
        ways_to_set(name, "b")[door](response)


@pytest.mark.parametrize("door", DOORS)
def test_a_value_that_is_no_text_is_refused_at_every_door(response, door):
    with pytest.raises(ValueError, match="is no text"):
        ways_to_set("X-A", 5)[door](response)


@pytest.mark.parametrize(
    "attribute", ["location", "content_type", "content_language", "server", "etag"]
)
@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\0b"])
def test_webobs_attributes_are_guarded_too(response, attribute, value):
    with suppress(ValueError):
        setattr(response, attribute, value)
    assert not any(re.search(r"[\r\n\0]", text) for _, text in wire_headers(response))


def wire_headers(response):
    sent = []
    environ = webob.Request.blank("/").environ
    body = response(environ, lambda line, headers, *_: sent.extend(headers))
    getattr(body, "close", lambda: None)()
    return sent


@given(st.text(), st.text())
def test_nothing_that_is_accepted_contains_cr_lf_or_nul(name, value):
    response = JSONResponse({})
    for door in ways_to_set(name, value).values():
        try:
            door(response)
        except ValueError:
            continue
        for header, text in wire_headers(response):
            assert not re.search(r"[\r\n\0]", header + text)
            (header + text).encode("latin-1")


@pytest.mark.filterwarnings("ignore:Cookie value")  # WebOb's, before it quotes it
@given(st.text(), st.text())
def test_no_cookie_splits_a_response(name, value):
    response = Response("x")
    try:
        response.set_cookie(name, value, path="/" + value, domain=value or None)
    except (ValueError, TypeError, AssertionError, IndexError):  # WebOb's refusals
        return
    assert not any(re.search(r"[\r\n\0]", text) for _, text in wire_headers(response))


def test_a_checked_header_is_given_back():
    assert checked_header("ETag", '"7"') == ("ETag", '"7"')


def test_header_lists_check_what_they_are_made_of():
    assert HeaderList.checked({"A": "b"}) == [("A", "b")]
    with pytest.raises(ValueError, match="A"):
        HeaderList.checked([("A", "\n")])


def test_headers_merge_and_never_drop_content_type():
    response = JSONResponse({"a": 1}, headers={"X-A": "b"})
    assert dict(response.headerlist) == {
        "Content-Type": "application/json",
        "Content-Length": "7",
        "X-A": "b",
    }


@pytest.mark.parametrize("kind", [Response, JSONResponse, HTMLResponse, TextResponse])
def test_a_content_type_of_ones_own_replaces_the_one_there(kind):
    response = kind("x", headers={"content-type": "text/csv"})
    assert response.headers.getall("Content-Type") == ["text/csv"]


def test_several_cookies_all_stay():
    response = JSONResponse({}, 200, [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    assert response.headers.getall("Set-Cookie") == ["a=1", "b=2"]


def test_json_is_utf8_and_has_its_length():
    response = JSONResponse({"name": "café"})
    assert response.body == '{"name":"café"}'.encode()
    assert response.content_type == "application/json"
    assert response.content_length == len(response.body)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(HTMLResponse, "text/html"), (TextResponse, "text/plain")],
)
def test_text_and_pages_are_utf8(kind, expected):
    response = kind("café €")
    assert response.content_type == expected
    assert response.charset.upper() == "UTF-8"
    assert response.text == "café €"


def test_a_body_may_be_replaced(response):
    response.body = b"longer than before"
    assert response.content_length == 18
    assert ("Content-Length", "18") in wire_headers(response)


def test_a_body_may_grow(response):
    body = response.body
    response.write(b"more")
    assert response.body == body + b"more"
    assert response.content_length == len(body) + 4


def test_a_copy_is_equal_and_apart(response):
    response.headers["X-A"] = "b"
    again = response.copy()
    again.headers["X-A"] = "changed"
    assert again.body == response.body
    assert (again.status, response.headers["X-A"]) == (response.status, "b")


@pytest.mark.parametrize("status", [204, 304])
@pytest.mark.parametrize("kind", [Response, JSONResponse, HTMLResponse, TextResponse])
def test_a_status_without_content_is_sent_without_content(kind, status):
    sent = {}
    environ = webob.Request.blank("/").environ
    body = kind("x", status)(environ, lambda line, headers: sent.update(headers))
    assert b"".join(body) == b""
    assert "Content-Length" not in sent
    assert status == 304 or "Content-Type" not in sent


def test_head_has_the_headers_of_get_and_no_body(response):
    environ = webob.Request.blank("/", method="HEAD").environ
    assert b"".join(response(environ, lambda *_: None)) == b""
    assert [h for h in wire_headers(response) if h[0] == "Content-Type"]


# -- streams


def test_a_stream_is_sent_piece_by_piece_as_utf8():
    response = StreamedResponse(iter(["café", b" raw ", "€"]))
    assert b"".join(response.app_iter) == "café raw €".encode()
    assert response.content_length is None


def test_only_the_first_piece_is_fetched_before_sending():
    fetched = []

    def pieces():
        for n in range(3):
            fetched.append(n)
            yield str(n)

    response = StreamedResponse(pieces())
    assert fetched == [0]
    assert list(response.app_iter) == [b"0", b"1", b"2"]


def test_an_error_before_the_first_piece_is_raised_at_once():
    def pieces():
        raise LookupError("too early")
        yield

    with pytest.raises(LookupError, match="too early"):
        StreamedResponse(pieces())


def test_an_empty_stream_is_an_empty_body():
    assert b"".join(StreamedResponse(iter(())).app_iter) == b""


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_servers_close_reaches_the_generator(method):
    closed = []

    def pieces():
        try:
            yield "a"
            yield "b"
        finally:
            closed.append(True)

    environ = webob.Request.blank("/", method=method).environ
    body = StreamedResponse(pieces())(environ, lambda *_: None)
    body.close()
    assert closed == [True]


# -- redirects


@pytest.mark.parametrize(
    "location",
    [
        "/",
        "/login",
        "/a?next=/b#c",
        "/a//b",
        "/a/../b",
        "/a?u=https://x",
        "/%2f%2fevil",
    ],
)
def test_a_redirect_stays_on_the_site(location):
    response = RedirectResponse(location)
    assert (response.status_code, response.location) == (302, location)


@pytest.mark.parametrize(
    "location",
    ["//evil", " //evil", "\t//evil", "/\t/evil", "/\n/evil", "/\r/evil", "\\\\evil",
     "/\\evil", "\\/evil", "/a\\..\\b", "https:evil", "https://evil", "HTTPS://evil",
     "http:/evil", "javascript:alert(1)", "data:text/html,x", "///evil", "evil", "",
     "?next=x", "#x", "\0/x", "/\0", "/a\x7f", "/\u2028x", "\u00a0//evil", ".//evil"],
)  # fmt: skip
def test_a_redirect_off_the_site_is_refused(location):
    with pytest.raises((ValueError, ResponseError), match="leads off the site"):
        RedirectResponse(location)


def test_a_constant_address_elsewhere_has_to_be_asked_for():
    response = RedirectResponse("https://example.org/", external=True)
    assert response.location == "https://example.org/"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirects_status_can_be_chosen(status):
    assert RedirectResponse("/x", status).status_code == status


@pytest.mark.parametrize("status", [200, 404])
def test_a_redirect_is_3xx(status):
    with pytest.raises(ValueError, match="3xx"):
        RedirectResponse("/x", status)


def test_a_location_goes_out_as_it_was_written_whatever_the_host_says(call):
    answer = call(RedirectResponse("/login"), "/", HTTP_HOST="evil.example")
    assert answer.header("Location") == "/login"


@given(st.text("/\\\t\r\n .evil:?#%2f\u3000", max_size=12))
def test_no_redirect_that_is_accepted_leads_off_the_site(location):
    try:
        response = RedirectResponse(location)
    except (ValueError, ResponseError):
        return
    # What a browser makes of it (WHATWG URL 4.4).
    seen = re.sub(r"[\t\r\n]", "", response.location.strip()).replace("\\", "/")
    assert seen[0] == "/"
    assert seen[1:2] != "/"


def recovering(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html")])
    try:
        raise KeyError("x")
    except KeyError:
        start_response("500 Oops", [("X-A", "b")], sys.exc_info())
    return [b"sorry"]


def test_an_app_that_has_thought_better_of_its_answer_gives_the_second(environ):
    response = Response.from_wsgi(recovering, environ())
    assert (response.status, response.body) == ("500 Oops", b"sorry")
    assert response.headers["X-A"] == "b"


def test_what_it_wrote_before_is_not_sent(environ):
    def app(environ, start_response):
        start_response("200 OK", [])(b"half of ")
        return recovering(environ, start_response)

    assert Response.from_wsgi(app, environ()).body == b"sorry"


def test_where_the_body_has_begun_the_apps_exception_is_raised(environ):
    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"half"
        yield from recovering(environ, start_response)

    pieces = iter(Response.from_wsgi(app, environ()).app_iter)
    assert next(pieces) == b"half"
    with pytest.raises(KeyError):
        next(pieces)


def test_an_app_that_is_a_generator_is_read_piece_by_piece(environ):
    said = []

    def app(environ, start_response):
        start_response("201 Created", [("X-A", "b")])
        for n in range(3):
            said.append(n)
            yield b"%d" % n

    response = Response.from_wsgi(app, environ())
    assert (response.status, said) == ("201 Created", [0])
    assert b"".join(response.app_iter) == b"012"


def test_pieces_that_are_written_come_before_those_that_are_returned(environ):
    closed = []

    class Body(list):
        def close(self):
            closed.append(True)

    def app(environ, start_response):
        write = start_response("200 OK", [])
        write(b"a")
        write(b"b")
        return Body([b"c"])

    response = Response.from_wsgi(app, environ())
    assert b"".join(response.app_iter) == b"abc"
    response.app_iter.close()
    assert closed == [True]


def test_an_app_that_never_starts_an_answer_is_refused_and_closed(environ):
    closed = []

    def app(environ, start_response):
        try:
            yield b"x"
        finally:
            closed.append(True)

    with pytest.raises(RuntimeError, match="start_response"):
        Response.from_wsgi(app, environ())
    assert closed == [True]
