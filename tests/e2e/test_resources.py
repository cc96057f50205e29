"""Brands, categories, suppliers and stock: every relation of the tables by a route."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.client import Client
from tests.e2e.rows import (
    Json,
    add,
    add_product,
    details,
    expect,
    move,
    refusal,
    stock,
    unique,
)

SAMSUNG, ELECTRONICS, MOBILE = 1, 1, 2


def ids(page: Json) -> list[int]:
    return [each["id"] for each in page["items"]]


def test_the_seed_reaches_over_every_relation(api: Client) -> None:
    known = details(api, 1)
    samsung = expect(api.get(f"/api/brands/{SAMSUNG}/products"), 200)
    nordwind = expect(api.get("/api/suppliers/1/products"), 200)
    moved = expect(api.get("/api/products/1/movements?size=100"), 200)

    assert known["brand"] == {"id": SAMSUNG, "name": "Samsung"}
    assert known["category"]["path"] == ["electronics", "mobile"]
    assert known["stock"]["product_id"] == 1
    assert "Nordwind Distribution" in [each["name"] for each in known["suppliers"]]
    assert 1 in ids(samsung)
    assert {1, 4} <= set(ids(nordwind))
    assert "opening delivery" in [each["reason"] for each in moved["items"]]


@pytest.mark.parametrize("path", ["/api/brands", "/api/suppliers", "/api/categories"])
def test_a_row_is_made_found_renamed_and_deleted(api: Client, path: str) -> None:
    name = unique("row")
    answer = api.post(path, json={"name": name})
    made = expect(answer, 201)
    own = answer.headers["Location"]
    other = add(api, path)

    renamed = expect(api.put(own, json={"name": name + " 2"}), 200)
    listed = expect(api.get(path, params={"size": 100}), 200)
    taken = [
        api.post(path, json={"name": name + " 2"}),
        api.put(own, json={"name": other["name"]}),
    ]

    assert own == f"{path}/{made['id']}"
    assert (made["name"], renamed["name"]) == (name, name + " 2")
    assert expect(api.get(own), 200)["name"] == name + " 2"
    assert listed["total"] >= 2
    for refused in taken:
        assert "already" in refusal(refused, 409)
    assert expect(api.put(own, json={"name": name + " 2"}), 200) == renamed
    deleted = api.delete(own)
    assert (deleted.status_code, deleted.content) == (204, b"")
    for gone in (api.get(own), api.put(own, json={"name": name}), api.delete(own)):
        assert f"found with id {made['id']}" in refusal(gone, 404)


def test_pages_of_a_list_hold_every_row_once(api: Client) -> None:
    made = [add(api, "/api/brands")["id"] for _ in range(3)]
    path = "/api/brands?size=2&page={}"
    pages = expect(api.get(path.format(1)), 200)["pages"]

    read = [ids(expect(api.get(path.format(1 + at)), 200)) for at in range(pages)]

    rows = [row for page in read for row in page]
    assert len(rows) == len(set(rows))
    assert set(made) <= set(rows)
    assert ids(expect(api.get(path.format(pages + 1)), 200)) == []


def test_a_brand_has_many_products_and_stays_while_it_has_one(api: Client) -> None:
    brand = add(api, "/api/brands")
    products = [add_product(api, brand=brand["name"])["id"] for _ in range(2)]
    own = f"/api/brands/{brand['id']}"

    listed = expect(api.get(f"{own}/products"), 200)
    refused = refusal(api.delete(own), 409)
    for product in products:
        api.delete(f"/api/products/{product}")

    assert ids(listed) == products
    assert refused == f"The brand {brand['name']} is in use (products: 2)"
    assert api.delete(own).status_code == 204


def test_categories_are_a_tree_that_shows_what_is_inside_and_never_bites_its_tail(
    api: Client,
) -> None:
    top = add(api, "/api/categories")
    middle = add(api, "/api/categories", parent_id=top["id"])
    leaf = add(api, "/api/categories", parent_id=middle["id"])
    product = add_product(api, category=leaf["name"])

    node = expect(api.get(f"/api/categories/{middle['id']}"), 200)
    inside = expect(api.get(f"/api/products/{top['name']}"), 200)
    cycle = api.put(
        f"/api/categories/{top['id']}",
        json={"name": top["name"], "parent_id": leaf["id"]},
    )

    assert node["parent"] == {"id": top["id"], "name": top["name"], "parent_id": None}
    assert [child["id"] for child in node["children"]] == [leaf["id"]]
    assert product["category"]["path"] == [top["name"], middle["name"], leaf["name"]]
    assert [each["product_id"] for each in inside] == [product["id"]]
    assert "which is a part of it" in refusal(cycle, 409)
    for used in (top, leaf):
        assert "in use" in refusal(api.delete(f"/api/categories/{used['id']}"), 409)


def test_a_category_moves_with_everything_in_it(api: Client) -> None:
    old, new = add(api, "/api/categories"), add(api, "/api/categories")
    moving = add(api, "/api/categories", parent_id=old["id"])
    product = add_product(api, category=moving["name"])
    own = f"/api/categories/{moving['id']}"

    expect(api.put(own, json={"name": moving["name"], "parent_id": new["id"]}), 200)
    under_new = details(api, product["id"])["category"]["path"]
    expect(api.put(own, json={"name": moving["name"]}), 200)

    assert under_new == [new["name"], moving["name"]]
    assert details(api, product["id"])["category"]["path"] == [moving["name"]]
    assert api.delete(f"/api/categories/{new['id']}").status_code == 204


def test_a_missing_parent_is_a_404_and_makes_no_category(api: Client) -> None:
    name = unique("orphan")

    refused = api.post("/api/categories", json={"name": name, "parent_id": 999999999})

    assert refusal(refused, 404) == "No category found with id 999999999"
    assert api.post("/api/categories", json={"name": name}).status_code == 201


def test_many_suppliers_deliver_many_products(api: Client) -> None:
    one, two = (
        add(api, "/api/suppliers", email="a@b.example"),
        add(api, "/api/suppliers"),
    )
    here, there = add_product(api)["id"], add_product(api)["id"]
    link = "/api/products/{}/suppliers/{}"

    expect(api.put(link.format(here, one["id"])), 200)
    both = expect(api.put(link.format(here, two["id"])), 200)
    twice = expect(api.put(link.format(here, two["id"])), 200)
    expect(api.put(link.format(there, one["id"])), 200)

    assert both == twice == [one, two]
    assert expect(api.get(f"/api/products/{here}/suppliers"), 200) == both
    assert details(api, here)["suppliers"] == both
    products = expect(api.get(f"/api/suppliers/{one['id']}/products"), 200)
    assert ids(products) == [here, there]
    assert api.delete(link.format(here, one["id"])).status_code == 204
    assert expect(api.get(f"/api/products/{here}/suppliers"), 200) == [two]
    assert api.delete(f"/api/suppliers/{one['id']}").status_code == 204
    assert expect(api.get(f"/api/products/{there}/suppliers"), 200) == []


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_link_needs_both_of_its_ends(api: Client, method: str) -> None:
    product, supplier = add_product(api)["id"], add(api, "/api/suppliers")["id"]

    no_supplier = api.request(method, f"/api/products/{product}/suppliers/999999999")
    no_product = api.request(method, f"/api/products/999999999/suppliers/{supplier}")

    assert refusal(no_supplier, 404) == "No supplier found with id 999999999"
    assert refusal(no_product, 404) == "No product found with product id 999999999"


def test_every_change_of_stock_is_a_movement_and_none_goes_below_zero(
    api: Client,
) -> None:
    product = add_product(api, quantity=3)["id"]
    path = f"/api/products/{product}/movements"

    taken = expect(move(api, product, -2), 201)
    refused = refusal(move(api, product, -2), 409)
    last = expect(move(api, product, -1), 201)
    history = expect(api.get(path), 200)["items"]

    age = datetime.now(UTC) - datetime.fromisoformat(taken["at"])
    assert abs(age) < timedelta(minutes=1)
    assert (taken["product_id"], taken["reason"]) == (product, "counted")
    assert refused.startswith("Only 1 of ")
    assert (last["balance"], stock(api, product)) == (0, 0)
    assert [each["quantity"] for each in history] == [-1, -2, 3]
    assert [each["balance"] for each in history] == [0, 1, 3]
    latest = expect(api.get("/api/movements?size=100"), 200)["items"]
    assert latest.index(last) < latest.index(taken)


def test_a_level_is_out_low_or_ok_by_its_own_thresholds(api: Client) -> None:
    product = add_product(api)["id"]
    path = f"/api/products/{product}/stock"

    def status() -> str:
        level: Json = expect(api.get(path), 200)
        return str(level["status"])

    empty = status()
    move(api, product, 6)
    ok = status()
    changed = expect(api.patch(path, json={"reorder_point": 6}), 200)
    inverted = refusal(api.patch(path, json={"target": 6}), 400)

    assert (empty, ok, changed["status"]) == ("out", "ok", "low")
    assert (changed["reorder_point"], changed["target"]) == (6, 20)
    assert inverted == "target: 6 is not above the reorder point 6"
    assert expect(api.get(path), 200) == changed


def test_with_a_product_go_its_stock_its_movements_and_its_suppliers_links(
    api: Client,
) -> None:
    supplier = add(api, "/api/suppliers")["id"]
    product = add_product(api, quantity=9)["id"]
    expect(api.put(f"/api/products/{product}/suppliers/{supplier}"), 200)

    api.delete(f"/api/products/{product}")

    assert expect(api.get(f"/api/suppliers/{supplier}/products"), 200)["items"] == []
    movements = expect(api.get("/api/movements?size=100"), 200)["items"]
    assert product not in [each["product_id"] for each in movements]
    add_product(api, id=product)
    assert stock(api, product) == 0
