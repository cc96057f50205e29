import re
from html.parser import HTMLParser

import pytest
from roob import Roob
from roob.middlewares import CsrfMiddleware, ErrorHandlerMiddleware
from roob.middlewares.csrf import csrf_field
from roob.testing import TestClient

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
PAGE = "<form method=post>{{ csrf_field(request) }}</form>"
COOKIE = re.compile(r"(__Host-)?csrf_token=[0-9a-f]{32}")


class Fields(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "input":
            self.found.append(dict(attrs))


def token_in(page):
    (field,) = Fields(page).found
    assert field.keys() == {"type", "name", "value"}
    assert (field["type"], field["name"]) == ("hidden", "csrf_token")
    return field["value"]


def change(request):
    return ["changed", request.method, dict(request.POST).get("title", "")]


@pytest.fixture
def app(tmp_path):
    (tmp_path / "form.html").write_text(PAGE)
    app = Roob(template_dir=tmp_path, max_body_bytes=1000)
    app.add_route(
        "/form",
        lambda request: app.template("form.html", {"request": request}),
        ["GET"],
    )
    app.add_route("/plain", lambda request: "plain", ["GET"])
    app.add_route("/", lambda request: "safe", ["GET", "OPTIONS"])
    app.add_route("/", change, ["POST", "PUT", "PATCH", "DELETE"])
    app.add_middleware(CsrfMiddleware)
    return app


@pytest.fixture
def browser(app):
    with TestClient(app) as client:
        yield client


def token_of(client):
    return token_in(client.get("/form").text)


def test_a_form_with_its_token_is_let_through(browser):
    sent = {"csrf_token": token_of(browser), "title": "Ada & co"}
    answer = browser.post("/", data=sent)
    assert (answer.status_code, answer.json()) == (200, ["changed", "POST", "Ada & co"])


def test_a_form_of_parts_with_its_token_is_let_through(browser):
    sent = {"csrf_token": token_of(browser), "title": "Ada"}
    answer = browser.post("/", data=sent, files={"f": b"file"})
    assert answer.json() == ["changed", "POST", "Ada"]


def test_the_header_stands_for_the_field(browser):
    token = token_of(browser)
    assert browser.post("/", headers={"X-CSRF-Token": token}).status_code == 200
    garbled = {"X-CSRF-Token": "0" * 64}
    answer = browser.post("/", headers=garbled, data={"csrf_token": token})
    assert answer.status_code == 403


def test_a_form_without_its_token_is_refused(browser):
    token_of(browser)
    answer = browser.post("/", data={"title": "x"})
    assert answer.status_code == 403
    assert answer.json() == {
        "message": "The form's csrf_token is missing or not this browser's: go back, "
        "load the page again and send it once more; programs send application/json"
    }


@pytest.mark.parametrize(
    "garble",
    [
        lambda token: "",
        lambda token: token[:-1],
        lambda token: token + "0",
        lambda token: token.upper() + "",
        lambda token: token[32:] + token[:31] + "g",
        lambda token: "0" * 64,
        lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
        lambda token: f" {token}",
        lambda token: f"{token}\n",
        lambda token: "é" * 64,
        lambda token: "\uff10" * 64,
        lambda token: "x" * 900,
    ],
)
def test_a_garbled_token_is_refused(browser, garble):
    token = token_of(browser)
    other = garble(token)
    if other == token:  # upper case of nothing but digits
        other = "A" * 64
    assert browser.post("/", data={"csrf_token": other}).status_code == 403


def test_a_token_of_another_browser_is_refused(app, browser):
    with TestClient(app) as other:
        token_of(browser)
        assert other.post("/", data={"csrf_token": token_of(browser)}).status_code == (
            403
        )
        token_of(other)
        assert other.post("/", data={"csrf_token": token_of(browser)}).status_code == (
            403
        )


@pytest.mark.parametrize(
    "cookie", ["", "x", "0" * 31, "0" * 33, "A" * 32, '"', "0" * 32, "\xe9" * 32]
)
def test_a_garbled_cookie_is_none(app, call, browser, cookie):
    token = token_of(browser)
    answer = call(
        app,
        "/",
        "POST",
        f"csrf_token={token}".encode(),
        CONTENT_TYPE=FORM,
        HTTP_COOKIE=f"csrf_token={cookie}",
    )
    assert answer.status == 403
    page = call(app, "/form", HTTP_COOKIE=f"csrf_token={cookie}")
    assert (page.status, len(token_in(page.body.decode()))) == (200, 64)


def test_no_cookie_and_no_token_do_not_agree(app, call):
    answer = call(app, "/", "POST", b"csrf_token=", CONTENT_TYPE=FORM)
    assert answer.status == 403


@pytest.mark.parametrize(
    "content_type",
    [
        FORM,
        FORM.upper(),
        f"{FORM}; charset=utf-8",
        f"{FORM} ; charset=utf-8",
        f"{FORM}\t;a=b",
        f" {FORM}",
        "multipart/form-data; boundary=x",
        "Multipart/Form-Data; boundary=x",
        "text/plain",
        "TEXT/PLAIN;charset=utf-8",
        "text/html",
        "image/png",
        "",
        "nonsense",
        "; application/json",
    ],
)
def test_what_a_form_of_another_site_can_send_needs_a_token(app, call, content_type):
    body = b"--x\r\n\r\n\r\n--x--\r\n" if "boundary" in content_type else b"a=1"
    answer = call(app, "/", "POST", body, CONTENT_TYPE=content_type)
    assert answer.status == 403


def test_without_any_type_a_token_is_needed_too(app, call):
    assert call(app, "/", "POST").status == 403


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/merge-patch+json",
        "application/atom+xml;type=entry",
        "application/octet-stream",
    ],
)
def test_what_no_form_can_send_needs_none(app, call, content_type):
    answer = call(app, "/", "POST", b"{}", CONTENT_TYPE=content_type)
    assert answer.status == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("content_type", [FORM, "application/json", ""])
def test_what_no_form_can_do_needs_none(app, call, method, content_type):
    answer = call(app, "/", method, b"a=1", CONTENT_TYPE=content_type)
    assert (answer.status, answer.json()[1]) == (200, method)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize(
    "headers", [{}, {"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_ORIGIN": "http://a"}]
)
def test_what_changes_nothing_is_let_through(app, call, method, headers):
    assert call(app, "/", method, **headers).status == 200


CROSS = [
    {"HTTP_SEC_FETCH_SITE": "cross-site"},
    {"HTTP_SEC_FETCH_SITE": "same-site"},
    {"HTTP_SEC_FETCH_SITE": "nonsense"},
    {"HTTP_SEC_FETCH_SITE": ""},
    {"HTTP_ORIGIN": "http://evil.example"},
    {"HTTP_ORIGIN": "null"},
    {"HTTP_ORIGIN": ""},
    {"HTTP_ORIGIN": "http://localhost.evil.example"},
    {"HTTP_ORIGIN": "http://localhost:81"},
    {"HTTP_ORIGIN": "http://localhost", "HTTP_SEC_FETCH_SITE": "cross-site"},
]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("headers", CROSS, ids=str)
def test_another_sites_page_changes_nothing(app, call, browser, method, headers):
    token = token_of(browser)
    answer = call(
        app,
        "/",
        method,
        b"{}",
        CONTENT_TYPE="application/json",
        HTTP_COOKIE=f"csrf_token={browser.cookies['csrf_token']}",
        HTTP_X_CSRF_TOKEN=token,
        **headers,
    )
    assert answer.status == 403
    message = "A page of another site may not change anything here"
    assert answer.json() == {"message": message}


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_SEC_FETCH_SITE": "same-origin"},
        {"HTTP_SEC_FETCH_SITE": "none"},
        {"HTTP_ORIGIN": "http://localhost"},
        {"HTTP_ORIGIN": "https://localhost"},
    ],
    ids=str,
)
def test_this_sites_pages_do(app, call, headers):
    answer = call(app, "/", "POST", b"{}", CONTENT_TYPE="application/json", **headers)
    assert answer.status == 200


# -- the cookie


def test_the_cookie_is_kept_from_scripts_and_other_sites(app, call):
    answer = call(app, "/form")
    cookie, *attributes = answer.header("Set-Cookie").split("; ")
    assert COOKIE.fullmatch(cookie)
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax"]


def test_on_https_it_is_secure_and_this_hosts_alone(app, call):
    answer = call(app, "/form", **{"wsgi.url_scheme": "https"})
    cookie, *attributes = answer.header("Set-Cookie").split("; ")
    assert cookie.startswith("__Host-csrf_token=")
    lower = [attribute.lower() for attribute in sorted(attributes)]
    assert lower == ["httponly", "path=/", "samesite=lax", "secure"]


def test_on_https_a_form_works_the_same_and_a_plain_cookie_does_not(app):
    with TestClient(app, base_url="https://testserver") as client:
        token = token_of(client)
        assert client.post("/", data={"csrf_token": token}).status_code == 200
        secret = client.cookies["__Host-csrf_token"]
        client.cookies.clear()
        client.cookies["csrf_token"] = secret
        assert client.post("/", data={"csrf_token": token}).status_code == 403


def test_the_cookie_is_there_only_where_a_form_was_shown(app, call):
    form, plain = call(app, "/form"), call(app, "/plain")
    assert (form.header("Vary"), plain.header("Vary")) == ("Cookie", None)
    assert (plain.header("Set-Cookie"), plain.body) == (None, b"plain")


def test_what_varied_already_does_so_still(tmp_path, call):
    app = Roob()

    def page(request):
        return str(csrf_field(request)), 200, {"Vary": "Accept"}

    app.add_route("/", page)
    app.add_middleware(CsrfMiddleware)
    assert call(app).header("Vary") == "Accept, Cookie"


def test_all_tabs_share_a_secret_and_each_page_has_another_token(browser):
    tokens = [token_of(browser)]
    secret = browser.cookies["csrf_token"]
    tokens += [token_of(browser) for _ in range(20)]
    assert browser.cookies["csrf_token"] == secret
    assert len(set(tokens)) == len({token[:32] for token in tokens}) == len(tokens)
    assert len({token[32:] for token in tokens}) == len(tokens)
    assert secret not in "".join(tokens)
    for token in tokens:
        assert browser.post("/", data={"csrf_token": token}).status_code == 200


def test_two_forms_of_a_page_have_one_secret(app, call, tmp_path):
    (tmp_path / "form.html").write_text(2 * PAGE)
    answer = call(app, "/form")
    secret = answer.header("Set-Cookie").partition(";")[0]
    for field in Fields(answer.body.decode()).found:
        body = f"csrf_token={field['value']}".encode()
        again = call(app, "/", "POST", body, CONTENT_TYPE=FORM, HTTP_COOKIE=secret)
        assert again.status == 200


# -- bodies


def test_a_body_over_the_limit_is_413(browser):
    answer = browser.post("/", data={"csrf_token": token_of(browser), "x": "x" * 1000})
    assert answer.status_code == 413


def test_a_route_with_a_limit_of_its_own_keeps_it(app, browser):
    app.add_route("/large", lambda request: "ok", ["POST"], max_body_bytes=10_000)
    sent = {"csrf_token": token_of(browser), "x": "x" * 2000}
    assert browser.post("/large", data=sent).text == "ok"


def test_with_a_header_no_body_is_read(app, browser):
    token = token_of(browser)
    app.add_route("/unread", lambda request: "ok", ["POST"])
    answer = browser.post(
        "/unread", data={"x": "x" * 1000}, headers={"X-CSRF-Token": token}
    )
    assert answer.text == "ok"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [(MULTIPART, b"x"), (f"{MULTIPART}; boundary=x", b"--x\r\n"), (FORM, b"&" * 999)],
)
def test_a_broken_form_is_400_and_no_fault(app, call, content_type, body):
    app.add_middleware(ErrorHandlerMiddleware)
    answer = call(app, "/", "POST", body, CONTENT_TYPE=content_type)
    assert answer.status in (400, 403)


def test_a_file_is_no_token(browser):
    token = token_of(browser)
    answer = browser.post("/", files={"csrf_token": ("a.txt", token.encode())})
    assert answer.status_code == 403


def test_it_wraps_any_app(call):
    def raw(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["wsgi.input"].read()]

    wrapped = ErrorHandlerMiddleware(app=CsrfMiddleware(app=raw))
    assert call(wrapped, "/", "POST", b"a=1", CONTENT_TYPE=FORM).status == 403
    secret, mask = "0123456789abcdef" * 2, "0" * 32
    body = f"csrf_token={mask}{secret}&a=1".encode()
    cookie = f"csrf_token={secret}"
    answer = call(wrapped, "/", "POST", body, CONTENT_TYPE=FORM, HTTP_COOKIE=cookie)
    assert (answer.status, answer.body) == (200, body)


@pytest.mark.parametrize("path", ["/a\0b", "/\xff", "//", ""])
def test_a_path_that_cannot_be_read_is_no_fault_of_the_server(app, call, path):
    app.add_middleware(ErrorHandlerMiddleware)
    answer = call(app, path, "POST", b"csrf_token=1", CONTENT_TYPE=FORM)
    assert answer.status in (400, 403, 404)


def test_it_wraps_an_app_too(tmp_path, call):
    (tmp_path / "form.html").write_text(PAGE)
    inner = Roob(template_dir=tmp_path)
    inner.add_route(
        "/", lambda request: inner.template("form.html", {"request": request}), ["GET"]
    )
    answer = call(CsrfMiddleware(app=inner))
    assert COOKIE.match(answer.header("Set-Cookie"))
    assert len(token_in(answer.body.decode())) == 64
