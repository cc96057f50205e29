from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roob import Roob
from roob.exceptions import BadRequest
from roob.hosts import host_of, read_host
from roob.models.requests import Request
from roob.path_template import PathTemplate
from roob.routing_manager import RouteManager


@pytest.fixture
def manager():
    return RouteManager()


def answer(manager, path, host="localhost", method="GET"):
    request = Request.blank(path, method=method)
    request.environ["HTTP_HOST"] = host
    return manager.dispatch(request)


def said(manager, path, host="localhost", method="GET"):
    return answer(manager, path, host, method).text


def who(name):
    return lambda request, **fields: f"{name} {fields}" if fields else name


@pytest.mark.parametrize(
    ("environ", "host"),
    [
        ({"HTTP_HOST": "Acme.Example.COM"}, "acme.example.com"),
        ({"HTTP_HOST": "acme.example.com:8000"}, "acme.example.com"),
        ({"HTTP_HOST": "acme.example.com:"}, "acme.example.com"),
        ({"HTTP_HOST": "acme.example.com.:80"}, "acme.example.com"),
        ({"HTTP_HOST": "127.0.0.1:80"}, "127.0.0.1"),
        ({"HTTP_HOST": "[::1]:80"}, "[::1]"),
        ({"HTTP_HOST": "[::1]"}, "[::1]"),
        ({"HTTP_HOST": "", "SERVER_NAME": "Inner"}, "inner"),
        ({"SERVER_NAME": "inner"}, "inner"),
        ({}, ""),
        *(({"HTTP_HOST": bad}, "") for bad in ("a/b", "a..b", ".a", "a b", "a\0", "é",
            "a@b", "a:b", "a:1:2", "{x}", "a," * 9, "x" * 256, "a\n", "a:1\n", ":80")),
    ],
)  # fmt: skip
def test_a_requests_host_is_small_and_has_no_port(environ, host):
    assert host_of(environ) == host


def test_routes_of_the_requests_host_are_asked_first(manager):
    manager.register("/x", who("any"))
    manager.register("/x", who("acme"), host="acme.example.com")
    assert said(manager, "/x", "acme.example.com") == "acme"
    assert said(manager, "/x", "ACME.example.com:8000") == "acme"
    assert said(manager, "/x", "other.example.com") == "any"
    assert said(manager, "/x", "example.com") == "any"


def test_a_hosts_fields_are_parameters(manager):
    manager.register("/users/{id:d}", who("user"), host="{tenant}.example.com")
    expected = "user {'tenant': 'acme', 'id': 7}"
    assert said(manager, "/users/7", "Acme.example.com:80") == expected
    assert answer(manager, "/users/7", "a.b.example.com").status_code == 404
    assert answer(manager, "/users/7", "example.com").status_code == 404


def test_a_request_knows_the_fields_of_its_host(manager):
    seen = []
    manager.register("/", lambda request, **_: seen.append(request), host="{t}.x")
    answer(manager, "/", "a.x")
    assert seen[0].path_parameters == {"t": "a"}
    assert seen[0].match.route.host == "{t}.x"


@pytest.mark.parametrize(
    ("template", "host", "fields"),
    [
        ("{n:d}.example.com", "7.example.com", {"n": 7}),
        ("{n:d}.example.com", "x.example.com", None),
        ("v{major:d}.api.test", "v2.api.test", {"major": 2}),
        ("{a}-{b}.test", "x-y.test", {"a": "x", "b": "y"}),
        ("api.{region}.test", "api.eu.test", {"region": "eu"}),
        ("{a}.{b}", "x.y", {"a": "x", "b": "y"}),
        ("{every:path}", "a.b.c", {"every": "a.b.c"}),
        ("{sub:path}.example.com", "a.b.example.com", {"sub": "a.b"}),
        ("{sub:path}.example.com", "example.com", None),
        ("API.Example.com", "api.example.com", {}),
        ("[::1]", "[::1]", {}),
        ("127.0.0.1", "127.0.0.1", {}),
        ("{Tenant}.X.y", "a.x.y", {"Tenant": "a"}),
    ],
)
def test_hosts_have_the_templates_of_paths_label_by_label(
    manager, template, host, fields
):
    route = manager.register("/", lambda request, **fields: [fields], host=template)
    response = answer(manager, "/", host)
    assert (response.json[0] if response.status_code == 200 else None) == fields
    assert read_host(route.host_template, host) == fields


def test_without_a_template_every_host_is_read():
    assert read_host(None, "a.b") == {}


def test_a_host_without_fields_comes_first_then_they_come_as_they_were_registered(
    manager,
):
    manager.register("/", who("first"), host="{a}.example.com")
    manager.register("/", who("second"), host="{a}.{b}.com")
    manager.register("/", who("exact"), host="www.example.com")
    assert said(manager, "/", "www.example.com") == "exact"
    assert said(manager, "/", "a.example.com") == "first {'a': 'a'}"
    assert said(manager, "/", "a.test.com").startswith("second ")


def test_where_a_host_has_no_such_path_the_next_one_that_fits_is_asked(manager):
    manager.register("/a", who("exact"), host="www.example.com")
    manager.register("/b", who("pattern"), host="{any}.example.com")
    manager.register("/c", who("everywhere"))
    host = "www.example.com"
    assert said(manager, "/a", host) == "exact"
    assert said(manager, "/b", host) == "pattern {'any': 'www'}"
    assert said(manager, "/c", host) == "everywhere"
    assert answer(manager, "/d", host).status_code == 404


def test_allow_gathers_what_all_fitting_hosts_have(manager):
    manager.register("/x", print, ["GET"], host="www.example.com")
    manager.register("/x", print, ["PUT"], host="{any}.example.com")
    manager.register("/x", print, ["DELETE"])
    manager.register("/x", print, ["PATCH"], host="other.com")
    refused = answer(manager, "/x", "www.example.com", "POST")
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PUT"
    options = answer(manager, "/x", "www.example.com", "OPTIONS")
    assert options.status_code == 204
    assert options.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PUT"
    assert answer(manager, "/x", "nobody", "GET").headers["Allow"] == "DELETE, OPTIONS"


def test_the_same_path_is_bound_once_per_host(manager):
    manager.register("/x", print)
    manager.register("/x", print, host="{a}.test")
    manager.register("/x", print, host="a.test")
    with pytest.raises(RuntimeError) as refusal:
        manager.register("/x/", print, host="{b}.TEST")
    assert str(refusal.value) == (
        "Path: /x/ of {b}.TEST already bind to another handler"
    )


@pytest.mark.parametrize(
    "host",
    ["", ".", "a..b", "a.b:80", "a/b", "a b", "bücher.test", "{x", "x}", "{{x}}",
     "{}.test", "{1x}.test", "{x!r}.test", "{a}.{a}.test", "{x:nope}.test",
     "example.{rest:path}", "a.{rest:path}.b", 5, b"a.test", "http://a.test"],
)  # fmt: skip
def test_what_is_no_hosts_template_is_refused(manager, host):
    with pytest.raises(ValueError, match=r"Host|Path"):
        manager.register("/x", print, host=host)


def test_a_field_of_the_path_cannot_be_in_the_host_too(manager):
    with pytest.raises(ValueError, match=r"/\{tenant\} and host .* both have tenant"):
        manager.register("/{tenant}", print, host="{tenant}.example.com")


def test_a_host_that_is_none_is_as_one_that_nobody_has(manager):
    manager.register("/", who("any"))
    manager.register("/", who("host"), host="{every:path}")
    assert said(manager, "/", "a/b") == "any"
    assert said(manager, "/", "a.b") == "host {'every': 'a.b'}"


def test_a_bad_path_is_a_bad_request_with_hosts_too(manager):
    manager.register("/{x}", who("any"))
    manager.register("/{x}", who("host"), host="a.test")
    request = Request({"REQUEST_METHOD": "GET", "PATH_INFO": "/\xff"})
    with pytest.raises(BadRequest):
        manager.dispatch(request)


def test_a_body_is_bounded_by_the_route_of_its_host(manager):
    manager.register("/", print, ["POST"], host="a.test", max_body_bytes=5)
    manager.register("/", print, ["POST"], max_body_bytes=9)
    for host, limit in (("a.test", 5), ("b.test", 9)):
        request = Request.blank("/", method="POST")
        request.environ["HTTP_HOST"] = host
        manager.bound_body(request)
        assert request.max_body_bytes == limit


def test_url_for_writes_the_path_and_leaves_the_hosts_fields_away(manager):
    manager.register("/users/{id:d}", who("user"), name="user", host="{t}.test")
    assert manager.url_for("user", id=7, t="acme", page=2) == "/users/7?page=2"


def test_a_group_may_be_of_a_host(call):
    app = Roob()
    tenants = app.group("/api", host="{tenant}.test")
    tenants.add_route("/x", lambda request, tenant: tenant)
    tenants.add_route("/y", lambda request: "everywhere", host=None)
    tenants.mount("/in", Roob())
    assert call(app, "/api/x", HTTP_HOST="acme.test").body == b"acme"
    assert call(app, "/api/x").status == 404
    assert call(app, "/api/y").body == b"everywhere"
    assert [r.address for r in app.routing_manager.routes][-1] == (
        "{tenant}.test/api/in/{rest:path}"
    )


def test_of_10000_hosts_no_more_are_looked_at_than_of_10(monkeypatch):
    reads = []
    read = PathTemplate.read
    monkeypatch.setattr(
        PathTemplate,
        "read",
        lambda self, *path: reads.append(path) or read(self, *path),
    )
    looks = []
    for count in (10, 10_000):
        manager = RouteManager()
        for number in range(count):
            manager.register("/", who(number), host=f"h{number}.{{x}}.test")
        reads.clear()
        assert said(manager, "/", f"h{count - 1}.a.test") == f"{count - 1} {{'x': 'a'}}"
        looks.append(len(reads))
    assert looks == [1, 1]


# -- against a slow and obvious choice

LABELS = ["a", "b", "7"]
FITS = {"{x}": str, "{y}": str, "{n:d}": str.isdigit}
hosts = st.lists(st.sampled_from([*LABELS, *FITS]), min_size=1, max_size=3).filter(
    lambda labels: len(set(labels)) == len(labels)
)


def fits(template, host):
    return len(template) == len(host) and all(
        FITS[part](text) if part in FITS else part == text
        for part, text in zip(template, host, strict=True)
    )


def obvious(templates, host):
    fitting = [template for template in templates if fits(template, host)]
    fitting.sort(key=lambda template: any(part in FITS for part in template))
    return ".".join(fitting[0]) if fitting else None


def shape(template):
    return tuple("{}" if part in ("{x}", "{y}") else part for part in template)


@settings(max_examples=200)
@given(st.lists(hosts, max_size=8, unique_by=shape))
def test_hosts_agree_with_a_slow_and_obvious_choice(templates):
    manager = RouteManager()
    for template in templates:
        manager.register("/", print, host=".".join(template))
    table = manager._compile()
    for length in (1, 2, 3):
        for host in product(LABELS, repeat=length):
            environ = {"REQUEST_METHOD": "GET", "HTTP_HOST": ".".join(host)}
            route = table.find_in(environ)[0].route
            assert (route and route.host) == obvious(templates, host)
