import pytest

from framework.tests.cli.test_routes import GATEWAY


def first_line(result):
    return result.output.splitlines()[0]


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (["GET", "/books/7"], "GET /books/7 is answered by /books/{book_id:d}"),
        (["/books/7?full=1"], "GET /books/7?full=1 is answered by /books/{book_id:d}"),
        (["/books/7/"], "GET /books/7/ is answered by /books/{book_id:d}"),
        (["HEAD", "/books/7"], "HEAD /books/7 is answered by /books/{book_id:d}"),
        (["OPTIONS", "/books"], "OPTIONS /books is answered by /books"),
    ],
)
def test_a_request_that_a_route_answers(roob, shop, words, verdict):
    result = roob("why", *words)
    assert result.exit_code == 0
    assert first_line(result) == verdict


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (["PUT", "/books"], "405: /books answers OPTIONS, POST, not PUT"),
        (["GET", "/books/x"], "404: no path fits GET /books/x; "),
        (["GET", "/books/7//"], "404: no path fits GET /books/7//; "),
        (
            ["GET", "/boks/7"],
            "the closest is /books/{book_id:d}: 'boks' is not 'books'",
        ),
    ],
)
def test_a_request_that_none_answers_ends_with_one(roob, shop, words, verdict):
    result = roob("why", *words)
    assert result.exit_code == 1
    assert verdict in first_line(result)


def test_a_path_is_read_as_it_is_typed_in_a_url(roob, written):
    name = written(
        "from roob import Roob\napp = Roob()\n"
        "app.add_route('/café/{name}', lambda request, name: name, ['GET'])\n"
    )
    result = roob("why", "/caf%C3%A9/a%20b", "--app", f"{name}:app")
    assert result.exit_code == 0
    assert "{'name': 'a b'}" in result.output


def test_the_nearest_paths_are_shown_and_the_others_counted(roob, shop):
    shown = roob("why", "/books/7").output
    assert "✓ /books/{book_id:d}  {'book_id': 7}" in shown
    assert "further off: --all" in shown
    everything = roob("why", "/books/7", "--all").output
    assert "/crash" in everything
    assert "further off" not in everything


def test_no_handler_is_called(roob, shop):
    assert roob("why", "/crash").exit_code == 0


@pytest.mark.parametrize("words", [["/a", "/b"], ["GET"]])
def test_one_request_is_asked_for(roob, shop, words):
    result = roob("why", *words)
    assert result.exit_code == 2
    assert "give one request" in result.output


def test_without_a_request_its_form_is_shown(roob, shop):
    assert roob("why").exit_code == 2


def test_an_app_that_is_no_roob_app_has_no_routes_to_ask(roob, shop):
    result = roob("why", "/x", "--app", f"{shop}:plain")
    assert result.exit_code == 1
    assert "function is no Roob application" in result.output


MOUNTED = """\
from roob import Roob
from roob.middlewares import ErrorHandlerMiddleware
inner, middle, app = Roob(), Roob(), Roob()
def plain(environ, start_response):
    return []
@inner.route("/books/{number:d}", ["GET"])
def get_book(request, number):
    return {}
middle.mount("/deep", inner)
app.mount("/shop", ErrorHandlerMiddleware(app=inner))
app.mount("/middle", middle)
app.mount("/plain", plain)
"""


@pytest.mark.parametrize(
    ("path", "verdict", "code"),
    [
        ("/shop/books/7", "GET /books/7 is answered by /books/{number:d}", 0),
        ("/shop/books/7?next=/a/b", " is answered by /books/{number:d}", 0),
        ("/middle/deep/books/7", "GET /books/7 is answered by /books/{number:d}", 0),
        ("/shop/books/x", "404: no path fits GET /books/x; ", 1),
        ("/shop", "404: no path fits GET /; ", 1),
        ("/plain/x", "function is mounted there, and no Roob application", 0),
    ],
)
def test_what_is_mounted_is_looked_into(roob, written, path, verdict, code):
    result = roob("why", path, "--app", f"{written(MOUNTED)}:app")
    assert result.exit_code == code
    outer, *inner = result.output.split("\n\n")
    assert outer.startswith(f"GET {path} is answered by /")
    assert any(verdict in part.splitlines()[0] for part in inner)


def test_what_no_route_leads_to_is_not_looked_into(roob, written):
    result = roob("why", "/nowhere", "--app", f"{written(MOUNTED)}:app")
    assert result.exit_code == 1
    assert result.output.startswith("404: no path fits GET /nowhere; ")
    assert "mounted" not in result.output


HOSTS = """\
from roob import Roob
app = Roob()
app.add_route("/users", lambda request: "all", ["GET"])
app.add_route("/users", lambda request, tenant: tenant, ["GET"], host="{tenant}.test")
"""


def test_a_route_of_a_host_is_shown_with_its_host(roob, written):
    name = f"{written(HOSTS)}:app"
    result = roob("why", "/users", "--app", name)
    assert first_line(result) == "GET /users is answered by /users"
    assert "{tenant}.test/users  is not for the host 127.0.0.1" in result.output
    result = roob("why", "/users", "-H", "Host: acme.test", "--app", name)
    assert first_line(result) == "GET /users is answered by {tenant}.test/users"
    assert "{'tenant': 'acme'}" in result.output


LIVE = """\
from roob import Roob
app = Roob()
@app.websocket("/ws")
def chat(socket): pass
"""


@pytest.mark.parametrize("method", ["GET", "WS"])
def test_a_websocket_is_told_as_such(roob, written, method):
    result = roob("why", method, "/ws", "--app", f"{written(LIVE)}:app")
    assert first_line(result) == f"{method} /ws is answered by /ws"
    assert "✓ /ws  exact, a websocket" in result.output


def test_of_a_gateway_the_first_router_that_answers_does(roob, written):
    name = written(GATEWAY)
    for path, answered in (("/one/exact", "/one/{name}"), ("/other", "/other")):
        result = roob("why", path, "--app", f"{name}:app")
        assert first_line(result) == f"GET {path} is answered by {answered}"
    result = roob("why", "/nowhere", "--app", f"{name}:app")
    assert result.exit_code == 1
    assert "/other" in roob("why", "/nowhere", "--all", "--app", f"{name}:app").output
