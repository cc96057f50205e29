from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import parse
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roob.exceptions import BadRequest
from roob.helpers import RoutingHelper, decode_path
from roob.path_template import PathTemplate
from roob.routing_manager import RouteManager


def helper_for(*paths, methods=("GET",), converters=None):
    manager = RouteManager()
    for name, convert in (converters or {}).items():
        manager.add_converter(name, convert)
    for path in paths:
        manager.register(path, print, methods)
    return RoutingHelper(manager.routes)


def found(helper, path, method="GET"):
    """The path of the route that answers, and its fields' values."""
    match, parameters = helper.find_route(method, path)
    return match.route and match.route.path, parameters


def test_an_exact_path_comes_first_wherever_it_was_registered():
    helper = helper_for("/books/{name}", "/{rest:path}", "/books/new")
    assert found(helper, "/books/new") == ("/books/new", {})


def test_then_patterns_in_the_order_of_registration():
    helper = helper_for("/api/products/{id:d}", "/api/products/{category}")
    assert found(helper, "/api/products/7") == ("/api/products/{id:d}", {"id": 7})
    assert found(helper, "/api/products/mobile") == (
        "/api/products/{category}",
        {"category": "mobile"},
    )


@pytest.mark.parametrize("turned", [False, True])
def test_the_first_of_two_patterns_that_both_fit_wins(turned):
    paths = ["/a/{x}", "/{y}/b", "/{p}/{q}", "/a/{rest:path}", "/{rest:path}"]
    paths = paths[::-1] if turned else paths
    for some in combinations(paths, 2):
        assert found(helper_for(*some), "/a/b")[0] == some[0]


def test_matching_is_case_sensitive():
    assert found(helper_for("/Books", "/a/{x}"), "/books")[0] is None
    assert found(helper_for("/Books", "/a/{x}"), "/A/x")[0] is None


@pytest.mark.parametrize("registered", ["/x", "/x/"])
def test_one_trailing_slash_is_ignored_and_no_second_one(registered):
    helper = helper_for(registered)
    assert found(helper, "/x")[0] == registered
    assert found(helper, "/x/")[0] == registered
    assert found(helper, "/x//")[0] is None


@pytest.mark.parametrize("registered", ["/x/{y}", "/x/{y}/"])
def test_one_trailing_slash_is_ignored_on_patterns_too(registered):
    helper = helper_for(registered)
    assert found(helper, "/x/7") == found(helper, "/x/7/") == (registered, {"y": "7"})
    assert found(helper, "/x/7//")[0] is None
    assert found(helper, "/x//")[0] is None
    assert found(helper, "/x/")[0] is None


def test_an_empty_path_is_the_root():
    helper = helper_for("/")
    assert found(helper, "")[0] == found(helper, "/")[0] == "/"


@pytest.mark.parametrize("path", ["", "/", "*", "x", "//", "///", "a/b"])
def test_odd_paths_are_unknown_where_there_is_no_root(path):
    helper = helper_for("/a/{x}", "/{x}/b/c", "/y", "/z/{rest:path}")
    assert found(helper, path) == (None, {})


def test_a_double_slash_is_another_path():
    helper = helper_for("/a/b", "/a/{x}", "/{x}")
    assert found(helper, "//a")[0] is None
    assert found(helper, "/a//")[0] is None
    assert found(helper, "/a//b")[0] is None


def test_fields_are_percent_decoded_utf8():
    raw = "/b/caf\xc3\xa9 \xe2\x82\xac"
    assert found(helper_for("/b/{name}"), raw)[1] == {"name": "café €"}


def test_a_path_with_accents_can_be_registered():
    helper = helper_for("/café", "/bücher/{id:d}")
    assert found(helper, "/caf\xc3\xa9")[0] == "/café"
    assert found(helper, "/b\xc3\xbccher/7")[1] == {"id": 7}


@pytest.mark.parametrize("raw", ["/a/\xff", "/a/\0", "/\xc3", "/€", "/x\0", "\xff"])
def test_undecodable_and_nul_bearing_paths_are_a_bad_request(raw):
    with pytest.raises(BadRequest):
        helper_for("/a/{name}", "/x").find_route("GET", raw)


def test_decode_path_gives_the_path_that_a_person_would_write():
    assert decode_path("/caf\xc3\xa9") == "/café"


def test_the_reason_of_no_match_is_part_of_the_result():
    helper = helper_for("/a/{x}", "/b", methods=("POST", "GET"))
    unknown, _ = helper.find_route("GET", "/nope/x/y")
    not_allowed, _ = helper.find_route("PUT", "/a/1")
    assert (unknown.endpoint, unknown.allowed) == (None, ())
    assert not_allowed.endpoint is None
    assert not_allowed.allowed == ("GET", "HEAD", "OPTIONS", "POST")


def test_allowed_methods_of_all_fitting_patterns_are_gathered():
    manager = RouteManager()
    manager.register("/a/b", print, ["PUT"])
    manager.register("/a/{x}", print, ["GET"])
    manager.register("/a/{y}", print, ["DELETE"])
    manager.register("/c/{y}", print, ["PATCH"])
    match, _ = RoutingHelper(manager.routes).find_route("POST", "/a/b")
    assert match.allowed == ("DELETE", "GET", "HEAD", "OPTIONS", "PUT")


# -- against a slow and obvious router

WORDS = ["a", "b", "7", "-7"]
PARTS = [*WORDS, "{x}", "{n:d}", "v{m:d}", "{p}v", "va{q}", "{{a}}"]
FITS = {
    "{x}": lambda text: text != "",
    "{n:d}": lambda text: text.removeprefix("-").isdigit(),
    "v{m:d}": lambda text: text[:1] == "v" and FITS["{n:d}"](text[1:]),
    "{p}v": lambda text: len(text) > 1 and text[-1] == "v",
    "va{q}": lambda text: len(text) > 2 and text[:2] == "va",
    "{{a}}": "{a}".__eq__,
}


def fits(template, path):
    parts, texts = template.split("/")[1:], path.removesuffix("/").split("/")[1:]
    if parts[-1] == "{rest:path}":
        parts.pop()
        if len(texts) <= len(parts) or not "/".join(texts[len(parts) :]):
            return False
        texts = texts[: len(parts)]
    return len(parts) == len(texts) and all(
        FITS.get(part, part.__eq__)(text)
        for part, text in zip(parts, texts, strict=True)
    )


def obvious(routes, method, path):
    exact = [r for r in routes if "{" not in r[0] and fits(r[0], path)]
    patterns = [r for r in routes if "{" in r[0] and fits(r[0], path)]
    for template, methods in exact + patterns:
        if method in methods:
            return template
    return None


templates = st.builds(
    lambda parts, rest: "/" + "/".join(parts + rest),
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=3),
    st.sampled_from([[], ["{rest:path}"]]),
).filter(
    lambda t: all(t.count(name) < 2 for name in ("{x}", "{n:d}", "{m:d}", "{p}", "{q}"))
)
methods = st.sets(st.sampled_from(["GET", "POST", "PUT"]), min_size=1)
requests = st.lists(
    st.sampled_from([*WORDS, "v7", "v", "vav", "{a}", ""]), min_size=1, max_size=5
)


@settings(max_examples=400)
@given(
    st.lists(st.tuples(templates, methods), max_size=12, unique_by=lambda r: r[0]),
    st.lists(requests.map(lambda r: "/" + "/".join(r)), min_size=1, max_size=8),
    st.sampled_from(["GET", "POST", "DELETE"]),
)
def test_routing_agrees_with_a_slow_and_obvious_router(routes, paths, method):
    manager = RouteManager()
    for template, allowed in routes:
        manager.register(template, print, allowed)
    helper = RoutingHelper(manager.routes)
    for path in paths:
        assert found(helper, path, method)[0] == obvious(routes, method, path)


# -- the work that a match takes, counted


class CountingConverter:
    """A format that takes every word and counts how often it is asked."""

    pattern = "[^/]+"

    def __init__(self):
        self.calls = 0

    def __call__(self, text):
        self.calls += 1
        return text


SHAPES = [
    "/r{n}/{x:counted}",
    "/{x:counted}/r{n}",
    "/r{n}/{x:counted}/{rest:path}",
    "/a/{x:counted}/b/{y}/r{n}",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_match_among_10000_routes_inspects_no_more_candidates_than_among_10(shape):
    looks = []
    for count in (10, 10_000):
        converter = CountingConverter()
        paths = [shape.replace("{n}", str(n)) for n in range(count)]
        helper = helper_for(*paths, converters={"counted": converter})
        last = paths[-1].replace("{x:counted}", "x").replace("{y}", "y")
        converter.calls = 0
        assert found(helper, last.replace("{rest:path}", "p/q"))[0] == paths[-1]
        looks.append(converter.calls)
    assert looks == [1, 1]


def test_an_unknown_path_among_10000_routes_inspects_none():
    converter = CountingConverter()
    paths = [f"/r{n}/{{x:counted}}" for n in range(10_000)]
    helper = helper_for(*paths, converters={"counted": converter})
    converter.calls = 0
    assert found(helper, "/nope/x")[0] is None
    assert converter.calls == 0


def test_mixed_text_among_1000_routes_inspects_few_candidates(monkeypatch):
    reads = []
    read = PathTemplate.read
    monkeypatch.setattr(
        PathTemplate,
        "read",
        lambda self, path, *last: reads.append(path) or read(self, path, *last),
    )
    helper = helper_for(*(f"/r{n}-{{x}}" for n in range(1000)))
    assert found(helper, "/r999-x")[0] == "/r999-{x}"
    assert len(reads) <= 10


def test_a_path_of_800_slashes_finishes_at_once_in_a_table_of_greedy_patterns():
    names = [f"{{f{n}}}" for n in range(30)]
    paths = ["/" + "/".join(names[:n]) for n in range(1, 30)]
    helper = helper_for(*paths, "/x/{rest:path}", "/{a}/{rest:path}")
    raw = "/" + "x" * 255 + ("/" + "y" * 255) * 800
    assert found(helper, raw)[0] == "/{a}/{rest:path}"


def test_threads_share_a_table_and_never_each_others_parameters():
    helper = helper_for("/n/{id:d}", "/t/{name}")

    def ask(thread):
        for number in range(3000):
            expected = thread * 10_000 + number
            assert found(helper, f"/n/{expected}")[1] == {"id": expected}
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))


@parse.with_pattern("[0-9a-f]{6}")
def colour(text):
    return int(text, 16)


def test_a_converter_decides_which_pattern_takes_a_path():
    helper = helper_for("/{c:hex}", "/{name}", converters={"hex": colour})
    assert found(helper, "/00ff00")[1] == {"c": 0xFF00}
    assert found(helper, "/green")[1] == {"name": "green"}
