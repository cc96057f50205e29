import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roob import Roob
from roob.helpers import RoutingHelper
from roob.hosts import HostTable
from roob.routing_manager import RouteManager
from roob.trace.candidates import (
    CHOSEN,
    LATER,
    REFUSED,
    Candidate,
    candidates,
    nearest,
)

SHOP = [
    ("GET", "/"),
    ("GET", "/books"),
    ("POST", "/books"),
    ("GET", "/books/new"),
    ("GET", "/books/{id:d}"),
    ("DELETE", "/books/{id:d}"),
    ("GET", "/books/{name}"),
    ("GET", "/books/{id:d}/pages/{page:d}"),
    ("GET", "/v{major:d}.{minor:d}"),
    ("GET", "/files/{rest:path}"),
]


def routes_of(table):
    manager = RouteManager()
    for methods, path in table:
        manager.register(path, print, methods.split())
    return manager.routes


def verdicts(table, method, path):
    """``{"/books/{id:d}": ("chosen", "{'id': 7}")}``."""
    found = candidates(routes_of(table), method, path)
    return {each.path: (each.verdict, each.reason) for each in found}


@pytest.mark.parametrize(
    ("method", "path", "route", "verdict", "reason"),
    [
        ("GET", "/", "/", CHOSEN, "exact"),
        ("GET", "/books", "/books", CHOSEN, "exact"),
        ("GET", "/books/", "/books", CHOSEN, "exact"),
        ("HEAD", "/books", "/books", CHOSEN, "exact"),
        ("OPTIONS", "/books", "/books", CHOSEN, "exact"),
        ("POST", "/books", "/books", CHOSEN, "exact"),
        ("PUT", "/books", "/books", REFUSED,
         "answers GET, HEAD, OPTIONS, POST, not PUT"),
        ("GET", "/books//", "/books", REFUSED, "one segment fewer"),
        ("GET", "/books/new", "/books/new", CHOSEN, "exact"),
        ("GET", "/books/new", "/books/{id:d}", REFUSED, "'new' is no {:d}"),
        ("GET", "/books/new", "/books/{name}", LATER,
         "fits too, but an exact path comes first"),
        ("GET", "/books/7", "/books/{id:d}", CHOSEN, "{'id': 7}"),
        ("GET", "/books/7", "/books/{name}", LATER,
         "fits too, but an earlier route answers"),
        ("GET", "/books/7", "/books/new", REFUSED, "'7' is not 'new'"),
        ("GET", "/books/7", "/books", REFUSED, "one segment fewer"),
        ("GET", "/books/7", "/books/{id:d}/pages/{page:d}", REFUSED,
         "2 segments more"),
        ("DELETE", "/books/7", "/books/{id:d}", CHOSEN, "{'id': 7}"),
        ("DELETE", "/books/emma", "/books/{name}", REFUSED,
         "answers GET, HEAD, OPTIONS, not DELETE"),
        ("GET", "/books/emma", "/books/{name}", CHOSEN, "{'name': 'emma'}"),
        ("GET", "/books/caf\xe9", "/books/{name}", CHOSEN, "{'name': 'caf\xe9'}"),
        ("GET", "/books/7/pages/x", "/books/{id:d}/pages/{page:d}", REFUSED,
         "'x' is no {:d}"),
        ("GET", "/books/7/page/1", "/books/{id:d}/pages/{page:d}", REFUSED,
         "'page' is not 'pages'"),
        ("GET", "/v1.2", "/v{major:d}.{minor:d}", CHOSEN,
         "{'major': 1, 'minor': 2}"),
        ("GET", "/v1", "/v{major:d}.{minor:d}", REFUSED, "'v1' is no v{:d}.{:d}"),
        ("GET", "/files/a/b", "/files/{rest:path}", CHOSEN, "{'rest': 'a/b'}"),
        ("GET", "/files/a//", "/files/{rest:path}", CHOSEN, "{'rest': 'a/'}"),
        ("GET", "/files", "/files/{rest:path}", REFUSED, "one segment more"),
        ("GET", "/book", "/books", REFUSED, "'book' is not 'books'"),
        ("GET", "//", "/", REFUSED, "one segment fewer"),
    ],
)  # fmt: skip
def test_each_path_says_what_the_router_would_have_found(
    method, path, route, verdict, reason
):
    assert verdicts(SHOP, method, path)[route] == (verdict, reason)


def test_the_paths_come_in_the_order_of_registration_once_each():
    found = candidates(routes_of(SHOP), "GET", "/nowhere")
    assert [each.path for each in found] == list(dict.fromkeys(p for _, p in SHOP))


def test_nothing_is_left_for_a_rest_that_is_empty():
    found = verdicts([("GET", "/{rest:path}")], "GET", "/")
    assert found["/{rest:path}"] == (REFUSED, "nothing is left for {rest:path}")
    found = verdicts([("GET", "/{rest:path}")], "GET", "//")
    assert found["/{rest:path}"][0] == REFUSED


def test_a_path_that_answers_options_itself_comes_before_one_that_is_answered_for():
    table = [("GET", "/{any}"), ("OPTIONS", "/{name:w}")]
    found = verdicts(table, "OPTIONS", "/x")
    assert found["/{name:w}"] == (CHOSEN, "{'name': 'x'}")
    assert found["/{any}"] == (REFUSED, "answers GET, HEAD, not OPTIONS")


def test_an_empty_table_has_no_candidates():
    assert candidates([], "GET", "/") == []


def test_the_nearest_are_few_and_those_that_fit_are_always_among_them():
    table = [("GET", f"/far/away/{n}") for n in range(9)]
    table += [("GET", "/books/{id:d}"), ("GET", "/books/{name}"), ("GET", "/boots/7")]
    shown = nearest(candidates(routes_of(table), "GET", "/books/7"))
    assert [(each.path, each.verdict) for each in shown] == [
        ("/books/{id:d}", CHOSEN),
        ("/books/{name}", LATER),
        ("/boots/7", REFUSED),
    ]


def test_where_nothing_fits_the_most_similar_ones_are_shown():
    shown = nearest(candidates(routes_of(SHOP), "GET", "/book/7"))
    assert len(shown) <= 4
    assert "/books/{id:d}" in [each.path for each in shown]
    assert "/files/{rest:path}" not in [each.path for each in shown]


@pytest.mark.parametrize("most", [0, 1, 2])
def test_the_nearest_are_no_more_than_one_asks_for(most):
    found = [Candidate(f"/{n}", REFUSED, "no", 0.5) for n in range(4)]
    assert nearest(found, most) == found[:most]


@st.composite
def paths_of_routes(draw):
    count = draw(st.integers(1, 3))
    kinds = ["a", "b", "7", "{%s}", "{%s:d}", "{%s:w}", "v{%s:d}"]
    texts = [draw(st.sampled_from(kinds)) for _ in range(count)]
    texts = [text.replace("%s", f"x{at}") for at, text in enumerate(texts)]
    if draw(st.booleans()):
        texts.append("{rest:path}")
    return "/" + "/".join(texts) if draw(st.integers(0, 9)) else "/"


METHODS = ["GET", "POST", "HEAD", "OPTIONS"]
methods_of_routes = st.lists(st.sampled_from(METHODS), min_size=1, max_size=2)
texts = st.sampled_from(["a", "b", "c", "7", "-7", "v7", "é", "", "a b"])
endings = st.sampled_from(["", "", "", "/", "//", "/a"])


@st.composite
def cases(draw):
    """A table, a method and a path, which often is one that a route may fit."""
    table = draw(st.lists(st.tuples(methods_of_routes, paths_of_routes()), max_size=6))
    parts = draw(st.lists(texts, min_size=1, max_size=4))
    if table and draw(st.booleans()):
        _, path = draw(st.sampled_from(table))
        parts = [draw(texts) if "{" in part else part for part in path[1:].split("/")]
    path = "/" + "/".join(parts) + draw(endings)
    return table, draw(st.sampled_from(METHODS)), path


def registered(table):
    manager = RouteManager()
    for methods, path in table:
        try:
            manager.register(path, print, methods)
        except RuntimeError:  # bound already
            continue
    return manager.routes


@settings(max_examples=250)
@given(cases())
def test_the_one_chosen_is_the_routers_and_there_is_none_where_it_has_none(case):
    table, method, path = case
    routes = registered(table)
    found = candidates(routes, method, path)
    chosen = [each.path for each in found if each.verdict == CHOSEN]
    raw = path.encode().decode("latin-1")
    match, parameters = RoutingHelper(routes).find_route(method, raw)

    if match.route is not None:
        assert chosen == [match.route.template.path]
        (reason,) = (each.reason for each in found if each.verdict == CHOSEN)
        assert reason == str(parameters or "exact")
    elif method == "OPTIONS" and match.allowed:  # answered by the table itself
        assert len(chosen) == 1
    else:
        assert chosen == []


@settings(max_examples=100)
@given(cases())
def test_the_method_alone_is_wrong_exactly_where_the_router_says_so(case):
    table, method, path = case
    routes = registered(table)
    found = candidates(routes, method, path)
    raw = path.encode().decode("latin-1")
    match, _ = RoutingHelper(routes).find_route(method, raw)
    by_method = [each for each in found if each.reason.startswith("answers ")]
    if match.route is None and method != "OPTIONS":
        assert bool(by_method) == bool(match.allowed)


@settings(max_examples=100)
@given(cases())
def test_only_what_is_refused_is_left_out_of_the_nearest(case):
    table, method, path = case
    found = candidates(registered(table), method, path)
    shown = nearest(found)
    assert [each for each in found if each in shown] == shown
    assert all(each in shown for each in found if each.verdict != REFUSED)
    if found:
        assert shown


def of_hosts():
    manager = RouteManager()
    manager.register("/x", print, ["GET"])
    manager.register("/{y}", print, ["GET"], host="{tenant}.test")
    manager.register("/x", print, ["GET"], host="{tenant}.test")
    manager.register("/{z}", print, ["GET"], host="www.test")
    manager.register("/x", print, ["PUT"], host="{every:path}")
    return manager.routes


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", [CHOSEN, REFUSED, REFUSED, REFUSED, REFUSED]),
        ("a.test", [LATER, LATER, CHOSEN, REFUSED, REFUSED]),
        ("www.test", [LATER, LATER, LATER, CHOSEN, REFUSED]),
        ("", [CHOSEN, REFUSED, REFUSED, REFUSED, REFUSED]),
    ],
)
def test_with_a_host_its_routes_come_first_and_others_are_refused(host, expected):
    found = candidates(of_hosts(), "GET", "/x", host)
    assert [each.verdict for each in found] == expected
    chosen = next(each for each in found if each.verdict == CHOSEN)

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/x", "HTTP_HOST": host}
    match, parameters = HostTable(of_hosts()).find_in(environ)
    assert match.route.address == chosen.path
    assert chosen.reason == str(parameters or "exact")


def test_a_route_of_a_host_is_shown_with_it_and_with_what_the_host_gave():
    found = {each.path: each for each in candidates(of_hosts(), "GET", "/x", "a.test")}
    assert found["{tenant}.test/x"].reason == "{'tenant': 'a'}"
    assert found["/x"].reason == "fits too, but the routes of {tenant}.test come first"
    assert found["{tenant}.test/{y}"].reason == (
        "fits too, but an exact path comes first"
    )
    assert found["www.test/{z}"].reason == "is not for the host a.test"
    assert found["{every:path}/x"].reason == "answers OPTIONS, PUT, not GET"


def test_without_a_host_all_hosts_fit():
    found = candidates(of_hosts(), "PUT", "/x")
    assert [each.path for each in found if each.verdict == CHOSEN] == ["{every:path}/x"]


def test_a_websockets_route_answers_what_opens_it():
    app = Roob()
    app.websocket("/ws/{room}")(lambda socket, room: None)

    def look(method):
        found = candidates(app.routing_manager.routes, method, "/ws/7")[-1]
        return found.verdict, found.reason

    opened = CHOSEN, "{'room': '7'}, a websocket"
    assert [look(method) for method in ("GET", "HEAD", "WS")] == [opened] * 3
    assert look("OPTIONS")[0] == CHOSEN
    assert look("POST") == (REFUSED, "answers OPTIONS, WS, not POST")
