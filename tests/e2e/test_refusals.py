"""Bad requests: each gets its reason, changes nothing, and the next one is served."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from tests.e2e.client import Client, Response, open_client
from tests.e2e.rows import add_product, details, expect, move, refusal

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
LIMIT = 1024 * 1024
PRODUCT = {"product_name": "x", "brand": "y"}


@dataclass(frozen=True)
class Bad:
    """A request about the product ``{id}``, and what it is answered."""

    method: str
    path: str
    status: int
    message: str
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.message}"[:60]

    def send(self, api: Client, product_id: int) -> Response:
        path = self.path.format(id=product_id)
        if isinstance(self.body, bytes):
            headers = {**JSON, **self.headers}
            return api.request(self.method, path, content=self.body, headers=headers)
        return api.request(self.method, path, json=self.body, headers=self.headers)


def new(message: str, **fields: object) -> Bad:
    return Bad("POST", "/api/products", 400, message, {**PRODUCT, **fields})


def text(message: str, body: bytes) -> Bad:
    return Bad("POST", "/api/products", 400, message, body)


def typed(message: str, **headers: str) -> Bad:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Bad("POST", "/api/products", 415, message, b"{}", names)


def query(message: str, path: str) -> Bad:
    return Bad("GET", path, 400, message)


BAD = [
    # No JSON, or none that is read.
    text("line 1, column 1", b""),
    text("line 2, column 11", b'{"product_name": "x",\n "brand": }'),
    text("not valid JSON", b'{"product_name": "\xff", "brand": "y"}'),
    text("not valid JSON", b'\xef\xbb\xbf{"product_name": "x", "brand": "y"}'),
    text("not valid JSON", b'{"product_name": "\\ud800", "brand": "y"}'),
    text("not valid JSON", b'{"product_name": "x", "brand": "y", "quantity": NaN}'),
    text("depth limit", b"[" * 100_000),
    text("should be a JSON object", b"null"),
    text("should be a JSON object", b'[{"product_name": "x", "brand": "y"}]'),
    typed("text/plain; send application/json", Content_Type="text/plain"),
    typed("application/xml", Content_Type="application/xml"),
    typed("multipart/form-data", Content_Type="multipart/form-data; boundary=x"),
    typed("charset is latin-1", Content_Type="application/json; charset=latin-1"),
    typed("utf-16", Content_Type='application/json; charset="UTF-16"'),
    typed("another site", **FORM, Origin="http://evil.example"),
    typed("another site", **FORM, Sec_Fetch_Site="cross-site"),
    # JSON, and not what a product is.
    text("brand: Field required", b'{"product_name": "x"}'),
    new("product_name: Input should be a valid string", product_name=7),
    new("brand: Input should be a valid string", brand=["y"]),
    new("brand: Input should be a valid string", brand=None),
    new("product_name: String should have at least 1", product_name="  "),
    new("product_name: String should have at most 80", product_name="x" * 81),
    new("product_name: should have no control", product_name="a\x00b"),
    new("product_name: should have no control", product_name="a\r\nSet-Cookie: b=c"),
    new("brand: should have no control", brand="a\x1b[31mb"),
    new("price: Extra inputs are not permitted", price=1),
    new("__class__: Extra inputs are not permitted", __class__="x"),
    new("id: Input should be a valid integer", id="5"),
    new("id: Input should be a valid integer", id=True),
    new("id: Input should be a valid integer", id=5.5),
    new("id: Input should be a valid integer", id=10**30),
    new("id: Input should be greater than or equal to 1", id=0),
    new("id: Input should be less than or equal to", id=2**31),
    new("quantity: Input should be greater than or equal to 0", quantity=-1),
    new("category: should begin with a letter", category="7"),
    new("category: should begin with a letter", category="a/b"),
    Bad("POST", "/api/products", 409, "is taken", {**PRODUCT, "id": 1}),
    # Changes that make no sense.
    Bad("PUT", "/api/products/{id}", 400, "brand: Field req", {"product_name": "x"}),
    Bad("PUT", "/api/products/{id}", 400, "id: 1 is not", {**PRODUCT, "id": 1}),
    Bad("PATCH", "/api/products/{id}", 400, "version: Input", {"version": "1"}),
    Bad("PATCH", "/api/products/{id}", 409, "version 1, not 9", {"version": 9}),
    Bad("PATCH", "/api/products/{id}", 400, "If-Match", {}, {"If-Match": "1"}),
    Bad("PATCH", "/api/products/{id}", 409, "not 9", {}, {"If-Match": '"9"'}),
    Bad("DELETE", "/api/products/{id}", 400, "If-Match", None, {"If-Match": "x"}),
    Bad("DELETE", "/api/products/{id}", 409, "not 9", None, {"If-Match": '"9"'}),
    Bad("POST", "/api/products/{id}/movements", 400, "quantity: Field req", {}),
    Bad(
        "POST",
        "/api/products/{id}/movements",
        400,
        "quantity: should not be 0; reason: String should have at least 1",
        {"quantity": 0, "reason": ""},
    ),
    Bad(
        "POST",
        "/api/products/{id}/movements",
        400,
        "quantity: Input should be a valid integer",
        {"quantity": 0.5, "reason": "x"},
    ),
    Bad(
        "POST",
        "/api/products/{id}/movements",
        409,
        "cannot take 6",
        {"quantity": -6, "reason": "x"},
    ),
    Bad("PATCH", "/api/products/{id}/stock", 400, "give reorder_point, target", {}),
    Bad("PATCH", "/api/products/{id}/stock", 400, "not above", {"target": 0}),
    Bad("PUT", "/api/products/{id}/suppliers/999999999", 404, "No supplier"),
    Bad("POST", "/api/brands", 400, "name: Field required", {"title": "x"}),
    Bad("POST", "/api/brands", 409, "Samsung already", {"name": "Samsung"}),
    Bad("POST", "/api/suppliers", 400, "email: ", {"name": "x", "email": "nobody"}),
    Bad("POST", "/api/suppliers", 400, "email: ", {"name": "x", "email": "a@\0"}),
    Bad("POST", "/api/categories", 404, "id 9999", {"name": "x", "parent_id": 9999}),
    Bad("POST", "/api/categories", 400, "parent_id", {"name": "x", "parent_id": "1"}),
    # Queries and paths.
    query("page: Input should be greater than or equal to 1", "/api/brands?page=0"),
    query("page: Input should be a valid integer", "/api/movements?page=x"),
    query("size: Input should be less than or equal to 100", "/api/brands?size=101"),
    query("q: Field required", "/api/search"),
    query("q: String should have at least 1", "/api/search?q=%20"),
    query("query string is not valid UTF-8", "/api/search?q=%ff"),
    query("show: Input should be", "/dashboard?show=everything"),
    query("not valid UTF-8", "/api/products/%ff"),
    query("not valid UTF-8", "/%c0%ae%c0%ae/etc/passwd"),
    query("NUL", "/api/products/%00"),
    query("NUL", "/static/dashboard.css%00.txt"),
    # Header injection.
    Bad("GET", "/api/products/%0d%0aSet-Cookie:a=b", 404, "doesn't exist"),
    Bad("POST", "/api/brands%0d%0aSet-Cookie:a=b", 404, "does not exist", {}),
    Bad("GET", "/%0d%0aLocation:%20http://evil.example", 404, "does not exist"),
]


def test_as_many_bytes_as_allowed_are_read_and_one_more_is_not(
    base_url: str, api: Client
) -> None:
    body = b'{"quantity": 1, "reason": "x"}'
    path = f"/api/products/{add_product(api)['id']}/movements"

    most = api.post(path, content=body.ljust(LIMIT), headers=JSON)
    more = api.post(path, content=body.ljust(LIMIT + 1), headers=JSON)

    assert most.status_code == 201
    assert refusal(more, 413) == f"The request body is over the limit of {LIMIT} bytes"
    # The server may give up a connection with a body that nobody read.
    with open_client(base_url) as other:
        assert expect(other.get(path), 200)["total"] == 1


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_a_bad_request_gets_its_reason_and_the_next_is_served(
    api: Client, bad: Bad
) -> None:
    product = add_product(api, quantity=5)
    before = expect(api.get("/api/products"), 200)

    answer = bad.send(api, product["id"])

    assert bad.message in refusal(answer, bad.status)
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers
    assert expect(api.get("/api/products"), 200) == before
    assert details(api, product["id"]) == product
    assert expect(move(api, product["id"], 1), 201)["balance"] == 6
