from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import TemplateNotFound
from roob import Roob
from roob.collection import Collection, Place, place_of
from roob.exceptions import ResponseError
from roob.formats import Html, Templated
from roob.middlewares import ErrorHandlerMiddleware
from roob.models.responses import JSONResponse, TextResponse

from framework.tests.conftest import call_with, make_environ


class Fred(Collection):
    """Says which member was called, and with what."""

    def list(self):
        return ["list"]

    def create(self):
        return ["create"]

    def retrieve(self, id):
        return ["retrieve", id]

    def update(self, id):
        return ["update", id, self.request.method]

    def delete(self, id):
        return ["delete", id]

    def get_stats(self):
        return ["get_stats"]

    def post_raise(self, id):
        return ["post_raise", id]

    def get_info(self, id=None):
        return ["get_info", id]

    def post_info(self, id=None):
        return ["post_info", id]

    def helper(self):
        return ["helper"]

    def _get_secret(self):
        return ["_get_secret"]


class OnlyList(Collection):
    def list(self):
        return ["list"]


def app_of(kind, path="/fred", name="fred", **options):
    app = Roob(**options)
    kind.register(app, path, name)
    return app


@pytest.fixture(scope="module")
def fred():
    return app_of(Fred)


@pytest.fixture
def templates(tmp_path):
    """``templates({"list.html": "..."})``: the folder of templates, fred's in it."""

    def write(files):
        (tmp_path / "fred").mkdir(exist_ok=True)
        for name, text in files.items():
            (tmp_path / "fred" / name).write_text(text)
        return tmp_path

    return write


# -- which member a URL and a method lead to


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", "/fred", ["list"]),
        ("GET", "/fred/", ["list"]),
        ("GET", "/fred/;", ["list"]),
        ("POST", "/fred", ["create"]),
        ("POST", "/fred/", ["create"]),
        ("GET", "/fred/7", ["retrieve", "7"]),
        ("GET", "/fred/7/", ["retrieve", "7"]),
        ("GET", "/fred/7;", ["retrieve", "7"]),
        ("PUT", "/fred/7", ["update", "7", "PUT"]),
        ("PATCH", "/fred/7", ["update", "7", "PATCH"]),
        ("DELETE", "/fred/7", ["delete", "7"]),
        ("GET", "/fred/;stats", ["get_stats"]),
        ("POST", "/fred/7;raise", ["post_raise", "7"]),
        ("GET", "/fred/;info", ["get_info", None]),
        ("GET", "/fred/7;info", ["get_info", "7"]),
        ("POST", "/fred/;info", ["post_info", None]),
        ("POST", "/fred/7;info", ["post_info", "7"]),
    ],
)
def test_url_and_method_lead_to_a_member(fred, call, method, path, said):
    answer = call(fred, path, method)
    assert (answer.status, answer.json()) == (200, said)


@pytest.mark.parametrize(
    ("path", "id"),
    [
        ("/fred/a;b;", "a;b"),
        ("/fred/;;", ";"),
        ("/fred/7.pdf", "7.pdf"),
        ("/fred/v1.2", "v1.2"),
        ("/fred/.", "."),
        ("/fred/..", ".."),
        ("/fred/7.html", "7"),
        ("/fred/7.json", "7"),
        ("/fred/7.json;", "7.json"),
        ("/fred/7.txt.json", "7.txt"),
        ("/fred/caf\xc3\xa9", "café"),
        ("/fred/\xf0\x9f\x98\x80", "😀"),
        ("/fred/100%", "100%"),
        ("/fred/a%20b", "a%20b"),
        ("/fred/a b ", "a b "),
        ("/fred/?", "?"),
        ("/fred/list", "list"),
        ("/fred/__init__", "__init__"),
    ],
)
def test_an_id_is_any_text(fred, call, path, id):
    assert call(fred, path).json() == ["retrieve", id]


@pytest.mark.parametrize("path", ["/fred", "/fred/7", "/fred/;stats", "/fred/;info"])
def test_head_is_get_without_a_body(fred, call, path):
    answer, whole = call(fred, path, "HEAD"), call(fred, path)
    assert (answer.status, answer.body, answer.headers) == (200, b"", whole.headers)


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/fred", "GET, HEAD, OPTIONS, POST"),
        ("/fred/", "GET, HEAD, OPTIONS, POST"),
        ("/fred/7", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
        ("/fred/;stats", "GET, HEAD, OPTIONS"),
        ("/fred/7;raise", "OPTIONS, POST"),
        ("/fred/7;info", "GET, HEAD, OPTIONS, POST"),
    ],
)
def test_options_and_405_name_exactly_what_a_place_answers(fred, call, path, allow):
    options, refused = call(fred, path, "OPTIONS"), None
    assert (options.status, options.body) == (204, b"")
    assert options.header("Allow") == allow
    for method in {"GET", "POST", "PUT", "DELETE"} - set(allow.split(", ")):
        refused = call(fred, path, method)
        assert (refused.status, refused.header("Allow")) == (405, allow)
        message = f"{method} request is not allowed for {path}"
        assert refused.json() == {"message": message}
    assert refused is not None


def test_a_method_that_no_collection_knows_is_refused(fred, call):
    assert call(fred, "/fred/;stats", "TRACE").status == 405


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS", "HEAD"])
@pytest.mark.parametrize(
    "path",
    [
        "/fred/;nothing",
        "/fred/7;nothing",
        "/fred/7;stats",
        "/fred/;raise",
        "/fred/7/8",
        "/fred//7",
        "/fred/;__init__",
        "/fred/;helper",
        "/fred/;list",
        "/fred/7;retrieve",
        "/fred/;render",
        "/fred/;answer",
        "/fred/;create_form",
        "/fred/;_get_secret",
        "/fred/;secret",
        "/fred/;get_stats",
        "/fred/;Stats",
        "/fred/;stats ",
        "/fred/;stats;",
    ],
)
def test_whatever_else_is_not_found(fred, call, method, path):
    if path == "/fred/;stats;":
        # What ends in a semicolon is an id.
        assert call(fred, path).json() == ["retrieve", ";stats"]
    else:
        assert call(fred, path, method).status == 404


def test_a_404_names_the_path(fred, call):
    message = "Requested path: /fred/;x does not exist"
    assert call(fred, "/fred/;x").json() == {"message": message}


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS"])
def test_a_collection_without_members_about_one_thing_has_none(call, method):
    assert call(app_of(OnlyList), "/fred/7", method).status == 404


def test_a_member_may_be_taken_away(call):
    class Kept(Fred):
        delete = None
        get_stats = None

    app = app_of(Kept)
    assert call(app, "/fred/7", "DELETE").status == 405
    assert call(app, "/fred/;stats").status == 404
    assert call(app, "/fred/7").status == 200


def test_values_that_are_called_like_members_are_none(call):
    class Valued(Fred):
        get_nowhere = "a text"
        post_types = ("a", "b")

    assert call(app_of(Valued), "/fred/;nowhere").status == 404


def test_members_may_belong_to_the_class(call):
    class Classy(Fred):
        @classmethod
        def get_made(cls):
            return [cls.__name__]

        @staticmethod
        def get_static(id):
            return [id]

    app = app_of(Classy)
    assert call(app, "/fred/;made").json() == ["Classy"]
    assert call(app, "/fred/7;static").json() == ["7"]


def test_a_request_with_a_path_that_is_no_text_is_refused(fred, call):
    assert call(fred, "/fred/\xff").status == 400
    assert call(fred, "/fred/a\0").status == 400


def test_each_request_has_an_object_of_its_own(call):
    meeting = Barrier(2, timeout=5)

    class Met(Collection):
        def retrieve(self, id):
            self.mine = id
            meeting.wait()
            return [self.mine, self.request.path_info]

    app = app_of(Met)
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda n: call(app, f"/fred/{n}").json(), (1, 2))
    assert list(answers) == [["1", "/fred/1"], ["2", "/fred/2"]]


# -- addresses


class Addressed(Collection):
    def list(self):
        return [self.address(*self.given)]

    def retrieve(self, id):
        return [id, self.address(id), self.address(id, "stats"), self.address()]

    def get_stats(self, id=None):
        return [id, self.address(id)]

    given = ()


def path_of(address):
    """What a server makes of an address: ``PATH_INFO``."""
    return unquote_to_bytes(address).decode("latin-1")


IDS = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]),
    min_size=1,
    max_size=50,
)


@settings(deadline=None)
@given(IDS)
@example("a;b")
@example(";")
@example("7.json")
@example(".html")
@example("100%")
@example("%2F")
@example("a b")
@example("?x=1#y")
@example("\r\n")
@example("😀" * 50)
@example("retrieve;")
def test_an_address_leads_to_the_id_that_it_was_made_of(id):
    app = app_of(Addressed)
    place = Place(id)
    request = app.request_class(make_environ("/fred"))
    address = Addressed(request, app, "fred", place).address(id)
    assert address.startswith("/fred/")
    assert address.isascii()
    found, again, noun, base = call_with(app, make_environ(path_of(address))).json()
    assert (found, again, base) == (id, address, "/fred/")
    assert call_with(app, make_environ(path_of(noun))).json() == [id, address]


@pytest.mark.parametrize("id", [".", ".."])
def test_no_address_is_one_that_browsers_shorten(fred, environ, id):
    request = fred.request_class(environ("/fred"))
    address = Fred(request, fred, "fred").address(id)
    # /fred/.. would be / before it is sent (RFC 3986 5.2.4)
    assert address.rpartition("/")[2] not in (".", "..", "%2E", "%2E%2E")


@pytest.mark.parametrize("path", ["/fred", "/fred/", "/fred/7", "/fred/7/", "/fred/;x"])
@pytest.mark.parametrize("prefix", ["", "/site", "/caf\xc3\xa9/x y"])
def test_addresses_begin_with_where_the_app_is_mounted(call, path, prefix):
    class Always(Collection):
        def list(self):
            return [self.address(7), self.address(7, "edit"), self.address(noun="new")]

        def retrieve(self, id):
            return self.list()

        def get_x(self):
            return self.list()

    root = {"": "", "/site": "/site"}.get(prefix, "/caf%C3%A9/x%20y")
    said = call(app_of(Always), path, SCRIPT_NAME=prefix).json()
    assert said == [f"{root}/fred/7", f"{root}/fred/7;edit", f"{root}/fred/;new"]


class Comments(Collection):
    def list(self):
        return [self.parameters, self.address(), self.address(5)]

    def retrieve(self, id):
        return [self.parameters, id, self.address(id, "edit_form")]


def test_a_collection_may_lie_below_fields(call):
    app = app_of(Comments, "/posts/{post:d}/{lang}/comments", "comments")
    fields = {"post": 3, "lang": "de;x"}
    base = "/posts/3/de%3Bx/comments"
    path = "/posts/3/de;x/comments"
    assert call(app, path).json() == [fields, f"{base}/", f"{base}/5"]
    assert call(app, f"{path}/5").json() == [fields, "5", f"{base}/5;edit_form"]
    assert call(app, "/posts/x/de/comments").status == 404


def test_a_collection_is_no_longer_registered_twice():
    app = app_of(Fred)
    with pytest.raises(RuntimeError):
        Fred.register(app, "/fred", "other")


def test_one_class_may_be_served_at_several_paths(call):
    app = app_of(Addressed)
    Addressed.register(app, "/anna", "anna")
    assert call(app, "/fred/7").json()[1] == "/fred/7"
    assert call(app, "/anna/7").json()[1] == "/anna/7"


def test_a_class_tells_what_it_answers():
    class Shop(Collection):
        def list(self): ...

        def update(self, id): ...

        def get_x(self, id=None): ...

        def post_x(self): ...

    assert sorted(Shop.addresses()) == [
        ("/", ("GET",), "list"),
        ("/;x", ("GET",), "get_x"),
        ("/;x", ("POST",), "post_x"),
        ("/{id}", ("PUT", "PATCH"), "update"),
        ("/{id};x", ("GET",), "get_x"),
    ]
    assert Collection.addresses() == []


@pytest.mark.parametrize(
    ("name", "title"), [("fred", "Fred"), ("blog_posts", "Blog posts"), ("x1", "X1")]
)
def test_the_title_is_the_name_as_people_read_it(fred, environ, name, title):
    assert Fred(fred.request_class(environ()), fred, name).title == title


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", Place()),
        ("7", Place("7")),
        ("7.json", Place("7", "", "json")),
        (".json", Place("", "", "json")),
        (";stats.json", Place("", "stats", "json")),
        ("7;edit_form", Place("7", "edit_form")),
        ("a;b;c", Place("a;b", "c")),
        ("7.json;", Place("7.json")),
        ("7.JSON", Place("7.JSON")),
    ],
)
def test_a_place_is_read_from_what_stands_behind_the_slash(text, place):
    assert place_of(text, Collection.formats) == place


# -- what a member returns


class Rendered(Collection):
    def list(self):
        return {"words": "<b>&</b>"}

    def retrieve(self, id):
        return {"words": id}

    def create(self):
        return None

    def get_stats(self):
        return {"words": "3"}


PAGES = {
    "list.html": "{{ collection.title }} {{ words }}",
    "list.txt": "text {{ words }}",
    "list.csv": "words\n{{ words }}\n",
    "retrieve.html": "{{ request.path }} {{ root }} {{ words }}",
    "retrieve.xml": "<x>{{ words }}</x>",
    "create.html": "nothing{{ words }}",
    "get_stats.json": "[{{ words }}]",
}


@pytest.fixture
def rendered(templates):
    return app_of(Rendered, template_dir=templates(PAGES))


@pytest.mark.parametrize(
    ("path", "content_type", "body"),
    [
        ("/fred/", "text/html; charset=UTF-8", "Fred &lt;b&gt;&amp;&lt;/b&gt;"),
        ("/fred/.html", "text/html; charset=UTF-8", "Fred &lt;b&gt;&amp;&lt;/b&gt;"),
        ("/fred/.txt", "text/plain; charset=UTF-8", "text <b>&</b>"),
        ("/fred/.csv", "text/csv; charset=UTF-8", "words\n<b>&</b>"),
        ("/fred/\xe2\x82\xac.xml", None, "<x>€</x>"),
        ("/fred/7.html", "text/html; charset=UTF-8", "/fred/7.html  7"),
        ("/fred/;stats", "application/json; charset=UTF-8", "[3]"),
        ("/fred/;stats.json", "application/json; charset=UTF-8", "[3]"),
    ],
)
def test_an_extension_names_the_template(rendered, call, path, content_type, body):
    answer = call(rendered, path)
    assert (answer.status, answer.body.decode()) == (200, body)
    assert content_type in (None, answer.header("Content-Type"))
    assert answer.header("Content-Length") == str(len(answer.body))


def test_the_root_is_where_the_app_is_mounted(rendered, call):
    answer = call(rendered, "/fred/7", SCRIPT_NAME="/site")
    assert answer.body == b"/site/fred/7 /site 7"


def test_none_is_a_template_without_content(rendered, call):
    assert call(rendered, "/fred/", "POST").body == b"nothing"


@pytest.mark.parametrize(
    ("accept", "begins"),
    [
        ("text/plain", b"text"),
        ("text/html", b"Fred"),
        ("*/*", b"Fred"),
        ("text/*", b"Fred"),
        ("text/csv, text/plain;q=0.5", b"words"),
        ("text/html;q=0.1, text/plain;q=0.2", b"text"),
        ("image/png, */*;q=0.1", b"Fred"),
        ("utter nonsense;;", b"Fred"),
    ],
)
def test_without_an_extension_accept_chooses(rendered, call, accept, begins):
    answer = call(rendered, "/fred/", HTTP_ACCEPT=accept)
    assert answer.body.startswith(begins)
    assert answer.header("Vary") == "Accept"


def test_without_accept_it_is_the_first_format(rendered, call):
    assert call(rendered, "/fred/").header("Content-Type").startswith("text/html")


def test_an_extension_overrules_accept_and_nothing_varies(rendered, call):
    answer = call(rendered, "/fred/.txt", HTTP_ACCEPT="text/html")
    assert answer.body.startswith(b"text")
    assert answer.header("Vary") is None


def test_what_has_one_template_does_not_vary(rendered, call):
    assert call(rendered, "/fred/", "POST").header("Vary") is None


@pytest.mark.parametrize("accept", ["image/png", "text/html;q=0, text/xml"])
def test_what_nobody_accepts_is_406_and_says_what_there_is(rendered, call, accept):
    answer = call(rendered, "/fred/", HTTP_ACCEPT=accept)
    assert answer.status == 406
    message = "This can be had as text/html, text/plain, text/csv"
    assert answer.json() == {"message": message}


@pytest.mark.parametrize("path", ["/fred/.xml", "/fred/7.txt", "/fred/;stats.html"])
def test_an_extension_without_its_template_is_not_found(rendered, call, path):
    answer = call(rendered, path)
    assert answer.status == 404
    assert answer.json() == {"message": f"Requested path: {path} does not exist"}


@pytest.mark.parametrize("extension", ["exe", "HTML", "html.", "j son"])
def test_an_extension_of_no_format_belongs_to_the_id(rendered, call, extension):
    answer = call(rendered, f"/fred/7.{extension}")
    assert answer.body.decode().endswith(f" 7.{extension}")


def test_a_template_that_is_missing_is_named(templates, call):
    app = app_of(Rendered, template_dir=templates({}))
    with pytest.raises(TemplateNotFound, match=r"fred/list\.html"):
        call(app, "/fred/")


def test_a_template_that_is_missing_is_the_servers_fault(templates, call):
    app = app_of(Rendered, template_dir=templates({}))
    app.add_middleware(ErrorHandlerMiddleware)
    assert call(app, "/fred/").status == 500


def test_a_template_that_is_broken_is_the_servers_fault(templates, call):
    broken = {"list.html": "{% if", "retrieve.html": "{% extends 'none.html' %}"}
    app = app_of(Rendered, template_dir=templates(broken))
    app.add_middleware(ErrorHandlerMiddleware)
    assert call(app, "/fred/").status == call(app, "/fred/7").status == 500


def test_head_of_a_page_has_its_headers(rendered, call):
    head, whole = call(rendered, "/fred/", "HEAD"), call(rendered, "/fred/")
    assert (head.body, head.headers) == (b"", whole.headers)


class Special(dict):
    pass


@pytest.mark.parametrize(
    ("result", "status", "content_type", "body"),
    [
        (Special(a=1), 200, "application/json", b'{"a":1}'),
        ([1], 200, "application/json", b"[1]"),
        ("<p>", 200, "text/html; charset=UTF-8", b"<p>"),
        (b"\x00", 200, "application/octet-stream", b"\x00"),
        (({"a": 1}, 202), 202, "application/json", b'{"a":1}'),
        (TextResponse("hi", 203), 203, "text/plain; charset=UTF-8", b"hi"),
        (JSONResponse({}, 409), 409, "application/json", b"{}"),
    ],
)
def test_whatever_else_is_the_answer_as_of_any_handler(
    call, result, status, content_type, body
):
    class Any(Collection):
        def list(self):
            return result

    answer = call(app_of(Any), "/fred/")
    assert (answer.status, answer.body) == (status, body)
    assert answer.header("Content-Type") == content_type


def test_a_generator_is_streamed(call):
    class Streamed(Collection):
        def list(self):
            yield b"a"
            yield b"b"

    assert call(app_of(Streamed), "/fred/").body == b"ab"


def test_a_response_error_in_a_member_is_its_answer(call):
    class Refusing(Collection):
        def list(self):
            raise ResponseError("no", 403)

    assert call(app_of(Refusing), "/fred/").status == 403


def test_a_member_may_render_itself_with_status_and_headers(templates, call):
    class Made(Collection):
        def create(self):
            return self.render("list", {}, 201, {"Location": self.address(7)})

    app = app_of(Made, template_dir=templates({"list.html": "made"}))
    answer = call(app, "/fred/", "POST")
    assert (answer.status, answer.header("Location")) == (201, "/fred/7")
    assert answer.body == b"made"


def test_a_collection_may_have_formats_of_its_own(templates, call):
    class Own(Rendered):
        formats = (Templated("txt"), Html())

    app = app_of(Own, template_dir=templates(PAGES))
    assert call(app, "/fred/").header("Content-Type").startswith("text/plain")
    assert call(app, "/fred/.csv").status == 200  # it is an id, then
