import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest
from roob.models.requests import Request
from roob.routing_manager import RouteManager


class Books:
    """A handler with two verbs, and things that are none of a request's business."""

    secret = "nobody sees this"

    def get(self, request):
        return {"instance": id(self), "secret": self.helper()}

    def post(self, request):
        return {"posted": True}

    def helper(self):
        return "helped"

    HELPER = helper
    trace = connect = propfind = helper


def answer(manager, path, method="GET"):
    return manager.dispatch(Request.blank(path, method=method))


def text_of(manager, path, method="GET"):
    return answer(manager, path, method).text


@pytest.fixture
def manager():
    return RouteManager()


def test_a_route_is_a_frozen_definition(manager):
    route = manager.register("/books/{id:d}", print, ["GET"], name="book")

    assert (route.path, route.handler, route.name) == ("/books/{id:d}", print, "book")
    assert route.allowed_methods == {"GET"}
    assert manager.routes == (route,)
    with pytest.raises(AttributeError):
        route.path = "/other"


@pytest.mark.parametrize(
    ("first", "second"),
    [("/x", "/x"), ("/x", "/x/"), ("/{a}", "/{b}"), ("/{a:d}", "/{b:d}"),
     ("/{a:path}", "/{b:path}"), ("/v{a:d}.{b}", "/v{c:d}.{d}"), ("/", "/")],
)  # fmt: skip
def test_a_path_already_bound_for_the_same_method_and_shape_is_refused(
    manager, first, second
):
    manager.register(first, lambda request: "first", ["GET", "POST"])
    with pytest.raises(RuntimeError) as refusal:
        manager.register(second, lambda request: "second", ["POST", "PUT"])
    assert str(refusal.value) == f"Path: {second} already bind to another handler"


def test_a_refused_registration_leaves_nothing_behind(manager):
    manager.register("/x", lambda request: "first", ["GET"])
    with pytest.raises(RuntimeError):
        manager.register("/x", lambda request: "second", ["GET", "PUT"])
    manager.register("/x", lambda request: "third", ["PUT"])

    assert text_of(manager, "/x") == "first"
    assert text_of(manager, "/x", "PUT") == "third"


def test_disjoint_methods_on_one_path_are_fine(manager):
    manager.register("/x", lambda request: "read", ["GET"])
    manager.register("/x", lambda request: "written", ["POST"])
    assert text_of(manager, "/x") == "read"
    assert text_of(manager, "/x", "POST") == "written"


def test_an_empty_segment_never_takes_over_another_path(manager):
    manager.register("/a", lambda request: "one")
    with suppress(RuntimeError, ValueError):
        manager.register("/a//", lambda request: "two")
    assert text_of(manager, "/a") == "one"


def test_a_route_that_is_taken_away_leaves_nothing_behind(manager):
    kept = manager.register("/x/{a}", lambda request, a: f"kept {a}", ["GET"])
    gone = manager.register("/x/{b}", lambda request, b: "gone", ["POST"], name="gone")
    assert text_of(manager, "/x/1", "POST") == "gone"
    manager.unregister(gone)

    assert manager.routes == (kept,)
    assert answer(manager, "/x/1", "POST").headers["Allow"] == "GET, HEAD, OPTIONS"
    assert text_of(manager, "/x/1") == "kept 1"
    with pytest.raises(LookupError, match="gone"):
        manager.url_for("gone", b=1)
    manager.register("/x/{c}", lambda request, c: "again", ["POST"])
    assert text_of(manager, "/x/1", "POST") == "again"


def test_a_route_with_a_host_that_is_taken_away_leaves_nothing_behind(manager):
    gone = manager.register("/x", lambda request: "gone", host="localhost")
    manager.register("/x", lambda request: "kept")
    assert text_of(manager, "/x") == "gone"
    manager.unregister(gone)
    assert text_of(manager, "/x") == "kept"
    manager.register("/x", lambda request: "again", host="localhost")
    assert text_of(manager, "/x") == "again"


def test_routes_are_taken_away_all_or_none(manager):
    first = manager.register("/a", lambda request: "a")
    other = RouteManager().register("/a", print)
    for routes in ((first, other), (other,), (first, first, other)):
        with pytest.raises(ValueError, match="/a one is not registered here"):
            manager.unregister(*routes)
    assert text_of(manager, "/a") == "a"
    manager.unregister(first, first)
    with pytest.raises(ValueError, match="not registered here"):
        manager.unregister(first)


@pytest.mark.parametrize(
    ("methods", "says"),
    [([], "empty"), ((), "empty"), ("GET", "GET"), ("", "text"), (["FETCH"], "FETCH"),
     (["GET", "__class__"], "__CLASS__"), ([""], "is none of")],
)  # fmt: skip
def test_allowed_methods_that_make_no_sense_are_refused(manager, methods, says):
    with pytest.raises(ValueError, match=says) as refusal:
        manager.register("/x", print, methods)
    assert "/x" in str(refusal.value)


@pytest.mark.parametrize("handler", [None, 5, "print", object()])
def test_a_handler_that_cannot_be_called_is_refused(manager, handler):
    with pytest.raises(TypeError, match=r"/x: .* cannot be called"):
        manager.register("/x", handler)


def test_a_class_without_verbs_is_refused(manager):
    with pytest.raises(TypeError, match="Empty has no method named after a verb"):
        manager.register("/x", type("Empty", (), {}))


def test_a_class_is_held_to_the_verbs_it_has(manager):
    with pytest.raises(ValueError, match="Books has no DELETE"):
        manager.register("/x", Books, ["GET", "DELETE"])


def test_methods_may_be_written_small(manager):
    manager.register("/x", lambda request: "ok", ["get"])
    assert text_of(manager, "/x") == "ok"


class Greeter:
    def __call__(self, request, name):
        return f"called {name}"

    def greet(self, request, name):
        return f"bound {name}"


def greet(request, name, greeting="function"):
    return f"{greeting} {name}"


@pytest.mark.parametrize(
    ("handler", "expected"),
    [(greet, "function Ada"), (Greeter().greet, "bound Ada"), (Greeter(), "called Ada"),
     (partial(greet, greeting="partial"), "partial Ada"),
     (lambda request, **fields: str(fields), "{'name': 'Ada'}")],
)  # fmt: skip
def test_handlers_are_functions_bound_methods_or_callables(manager, handler, expected):
    manager.register("/{name}", handler)
    assert text_of(manager, "/Ada") == expected


def test_a_class_is_instantiated_once_per_request(manager):
    made = []

    class Counted:
        def __init__(self):
            made.append(self)

        def get(self, request):
            return "ok"

    manager.register("/x", Counted)
    assert made == []
    answer(manager, "/x")
    answer(manager, "/x")
    assert len(made) == 2


def test_the_verb_picks_the_method(manager):
    manager.register("/x", Books)
    assert json.loads(text_of(manager, "/x", "POST")) == {"posted": True}


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_verb_reaches_the_method_of_its_name(manager, verb):
    every = ("get", "post", "put", "patch", "delete", "head", "options")
    methods = {name: lambda self, request, name=name: name for name in every}
    manager.register("/x", type("Every", (), methods))
    assert text_of(manager, "/x", verb) == verb.lower()


@pytest.mark.parametrize(
    "method",
    ["HELPER", "helper", "__CLASS__", "__class__", "__INIT__", "SECRET", "secret",
     "TRACE", "CONNECT", "PROPFIND", "get", "Get", "", "GET ", "DELETE"],
)  # fmt: skip
def test_nothing_but_those_verbs_is_ever_reachable_from_a_request(manager, method):
    manager.register("/x", Books)
    response = answer(manager, "/x", method)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_head_follows_get_on_a_class(manager):
    manager.register("/x", Books)
    assert answer(manager, "/x", "HEAD").status_code == 200


def test_head_follows_get_on_a_function(manager):
    manager.register("/x", lambda request: "ok", ["GET"])
    assert answer(manager, "/x", "HEAD").status_code == 200


def test_head_of_ones_own_is_preferred(manager):
    manager.register("/x", lambda request: ("got", 200), ["GET"])
    manager.register("/x", lambda request: ("headed", 202), ["HEAD"])
    assert answer(manager, "/x", "HEAD").status_code == 202


def test_options_answers_204_with_allow(manager):
    manager.register("/x", print, ["POST", "DELETE"])
    response = answer(manager, "/x", "OPTIONS")
    assert (response.status_code, response.body) == (204, b"")
    assert response.headers["Allow"] == "DELETE, OPTIONS, POST"


def test_options_of_an_unknown_path_is_404(manager):
    assert answer(manager, "/x", "OPTIONS").status_code == 404


def test_an_unknown_path_is_404_with_its_name(manager):
    response = answer(manager, "/api/invalid")
    assert response.status_code == 404
    assert response.json == {"message": "Requested path: /api/invalid does not exist"}


def test_an_unknown_method_is_405_with_a_sorted_allow(manager):
    manager.register("/api/products", print, ["POST", "GET"])
    response = answer(manager, "/api/products", "PUT")
    assert response.status_code == 405
    assert response.json == {"message": "PUT request is not allowed for /api/products"}
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_a_handler_answers_the_usual_verbs_by_default(manager):
    manager.register("/x", lambda request: request.method)
    for verb in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        assert text_of(manager, "/x", verb) == verb


def test_a_route_registered_after_a_request_is_found(manager):
    manager.register("/a", lambda request: "a")
    answer(manager, "/a")
    manager.register("/b", lambda request: "b")
    assert text_of(manager, "/b") == "b"


def test_the_request_knows_its_parameters_and_its_route(manager):
    seen = []
    manager.register("/b/{id:d}", lambda request, **_: seen.append(request))
    answer(manager, "/b/7")
    assert seen[0].path_parameters == {"id": 7}
    assert seen[0].match.route.path == "/b/{id:d}"


def test_url_for_writes_a_path_by_its_handlers_name(manager):
    manager.register("/hello/{id:d}", greet)
    assert manager.url_for("greet", id=7, page=2) == "/hello/7?page=2"


def test_url_for_takes_a_field_called_name(manager):
    manager.register("/hello/{name}", greet)
    assert manager.url_for("greet", name="Ada") == "/hello/Ada"


def test_url_for_picks_the_route_that_takes_the_parameters(manager):
    manager.register("/books", print, name="books")
    manager.register("/books/{id:d}", print, name="books")
    assert manager.url_for("books") == "/books"


def test_url_for_says_what_there_is(manager):
    manager.register("/hello/{id:d}", greet)
    with pytest.raises(LookupError, match=r"'nobody'.*greet"):
        manager.url_for("nobody")
    with pytest.raises(LookupError, match="greet"):
        manager.url_for("greet", other=1)


@pytest.mark.parametrize(("name", "convert"), [("x y", int), ("", int), ("hex", 5)])
def test_a_converter_without_a_word_or_a_function_is_refused(manager, name, convert):
    with pytest.raises(ValueError, match="no word and no function"):
        manager.add_converter(name, convert)


def test_eight_threads_of_3000_requests_never_see_each_others_parameters(manager):
    manager.register("/n/{n:d}", lambda request, n: f"{n} {request.path_parameters}")

    def ask(thread):
        for number in range(3000):
            expected = thread * 10_000 + number
            request = Request({"REQUEST_METHOD": "GET", "PATH_INFO": f"/n/{expected}"})
            text = manager.dispatch(request).text
            assert text == f"{expected} {{'n': {expected}}}"
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))


@pytest.mark.parametrize("field", ["request", "self", "name", "verb", "class_"])
def test_no_fields_name_clashes_with_the_frameworks_own(manager, field):
    def handler(*args, **fields):
        return fields

    class ClassHandler:
        def get(*args, **fields):
            return fields

    for prefix, handles in (("/a", handler), ("/b", ClassHandler)):
        manager.register(f"{prefix}/{{{field}}}", handles)
        assert answer(manager, f"{prefix}/x").json == {field: "x"}


def test_an_asynchronous_handler_is_refused():
    async def later(request): ...

    with pytest.raises(TypeError, match="Path: /x: later is asynchronous"):
        RouteManager().register("/x", later)
