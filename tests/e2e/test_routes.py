"""Every route and every verb: what is allowed, and how the rest is refused."""

from dataclasses import dataclass

import pytest

from demo_app.core.main import create_app
from demo_app.core.settings import Settings
from tests.e2e.client import Client
from tests.e2e.rows import expect, refusal, unique
from tests.e2e.wire import read_all, request

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PAGE = "GET, HEAD, OPTIONS"
LIST = "GET, HEAD, OPTIONS, POST"
ROW = "DELETE, GET, HEAD, OPTIONS, PUT"


@dataclass(frozen=True)
class Route:
    """A template, a path that it takes, and the ``Allow`` of that path.

    The answer to a GET may go on until the client has enough of it.
    """

    template: str
    path: str
    allow: str
    is_endless: bool = False

    def __str__(self) -> str:
        return self.template


ROUTES = (
    Route("/", "/", PAGE),
    Route("/dashboard", "/dashboard", PAGE),
    Route("/static/{path:path}", "/static/dashboard.css", PAGE),
    Route("/openapi.json", "/openapi.json", PAGE),
    Route("/docs", "/docs", PAGE),
    Route("/docs/{file}", "/docs/docs.js", PAGE),
    Route("/health/live", "/health/live", PAGE),
    Route("/health/ready", "/health/ready", PAGE),
    Route("/api/crash", "/api/crash", PAGE),
    Route("/api/products", "/api/products", LIST),
    Route(
        "/api/products/{product_id:d}",
        "/api/products/1",
        "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
    ),
    Route("/api/products/{category}", "/api/products/mobile", PAGE),
    Route("/api/products/{product_id:d}/details", "/api/products/1/details", PAGE),
    Route(
        "/api/products/{product_id:d}/stock",
        "/api/products/1/stock",
        "GET, HEAD, OPTIONS, PATCH",
    ),
    Route("/api/products/{product_id:d}/movements", "/api/products/1/movements", LIST),
    Route("/api/products/{product_id:d}/suppliers", "/api/products/1/suppliers", PAGE),
    Route(
        "/api/products/{product_id:d}/suppliers/{supplier_id:d}",
        "/api/products/1/suppliers/1",
        "DELETE, OPTIONS, PUT",
    ),
    Route("/api/stock/events", "/api/stock/events", PAGE, is_endless=True),
    Route("/api/stock/changes", "/api/stock/changes", PAGE),
    Route("/api/stock/live", "/api/stock/live", PAGE),
    Route("/api/search", "/api/search", PAGE),
    Route("/api/movements", "/api/movements", PAGE),
    Route("/api/categories", "/api/categories", LIST),
    Route("/api/categories/{category_id:d}", "/api/categories/1", ROW),
    Route("/api/brands", "/api/brands", LIST),
    Route("/api/brands/{brand_id:d}", "/api/brands/1", ROW),
    Route("/api/brands/{brand_id:d}/products", "/api/brands/1/products", PAGE),
    Route("/api/suppliers", "/api/suppliers", LIST),
    Route("/api/suppliers/{supplier_id:d}", "/api/suppliers/1", ROW),
    Route("/api/suppliers/{supplier_id:d}/products", "/api/suppliers/1/products", PAGE),
)
READ = [each.path for each in ROUTES if "GET" in each.allow and not each.is_endless]
each_route = pytest.mark.parametrize("route", ROUTES, ids=str)


def test_the_table_of_this_module_names_every_route_of_the_inventory() -> None:
    app = create_app(Settings(demo_faults=True))

    templates = {route.path for route in app.routing_manager.routes}

    assert templates == {route.template for route in ROUTES}


@each_route
def test_options_tells_the_verbs(api: Client, route: Route) -> None:
    answer = api.options(route.path)

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Allow"] == route.allow


@each_route
def test_every_other_verb_is_a_405_that_names_those_that_are_there(
    api: Client, route: Route
) -> None:
    for verb in set(VERBS) - set(route.allow.split(", ")) - {"HEAD"}:
        answer = api.request(verb, route.path, json={})
        message = refusal(answer, 405)
        assert message == f"{verb} request is not allowed for {route.path}"
        assert answer.headers["Allow"] == route.allow


@pytest.mark.parametrize("path", READ)
def test_head_is_get_without_the_body(api: Client, path: str) -> None:
    got, head = api.get(path), api.head(path)

    assert head.status_code == got.status_code
    assert head.content == b""
    for name in ("Content-Type", "Content-Length", "ETag", "Allow"):
        assert head.headers.get(name) == got.headers.get(name), name


def test_head_of_what_cannot_be_read_is_a_405(api: Client) -> None:
    answer = api.head("/api/products/1/suppliers/1")

    assert (answer.status_code, answer.content) == (405, b"")
    assert answer.headers["Allow"] == "DELETE, OPTIONS, PUT"


@pytest.mark.parametrize("path", ["/api/products", "/dashboard.js", "/api/nowhere"])
def test_not_a_byte_follows_the_headers_of_a_head(base_url: str, path: str) -> None:
    received = read_all(base_url, request(b"HEAD", path.encode()))

    assert received.startswith(b"HTTP/1.1 ")
    assert received.endswith(b"\r\n\r\n")
    assert received.count(b"\r\n\r\n") == 1


def test_a_crash_tells_the_client_that_it_happened_and_under_which_id(
    api: Client,
) -> None:
    known = unique("trace").replace(" ", "-")

    own = expect(api.get("/api/crash"), 500)
    given = expect(api.get("/api/crash", headers={"X-Request-ID": known}), 500)
    forged = expect(api.get("/api/crash", headers={"X-Request-ID": "<script>"}), 500)

    message = "Unhandled Exception Occurred"
    assert given == {"message": message, "request_id": known}
    assert (own.keys(), forged.keys()) == (given.keys(), given.keys())
    assert (own["message"], forged["message"]) == (message, message)
    assert own["request_id"] != forged["request_id"] != "<script>"


@pytest.mark.parametrize(
    "path", ["/", "/api/products", "/api/crash", "/api/nowhere", "/static/mark.svg"]
)
def test_every_answer_carries_the_headers_that_keep_a_browser_out_of_trouble(
    api: Client, path: str
) -> None:
    headers = api.get(path).headers

    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Response-Time"].endswith("s")


def test_health_says_alive_and_ready(api: Client) -> None:
    assert expect(api.get("/health/live"), 200) == {"status": "alive"}
    assert expect(api.get("/health/ready"), 200) == {"status": "ready"}
