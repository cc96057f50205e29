"""Products from the client's side: add, find, change, delete, two at a time."""

import pytest

from tests.e2e.client import Client
from tests.e2e.rows import (
    Json,
    add_product,
    details,
    expect,
    refusal,
    unique,
    unused_id,
)


def short(product: Json) -> Json:
    return {
        "id": product["id"],
        "product_name": product["product_name"],
        "brand": product["brand"]["name"],
    }


def test_the_seeded_products_are_among_those_of_their_categories(api: Client) -> None:
    mobile = expect(api.get("/api/products/mobile"), 200)
    laptop = expect(api.get("/api/products/laptop"), 200)

    assert {"product_id": 1, "product_name": "S25 Ultra", "brand": "Samsung"} in mobile
    assert {"product_id": 2, "product_name": "iPhone", "brand": "Apple"} in mobile
    assert {"product_id": 4, "product_name": "Dell XPS", "brand": "Dell"} in laptop


def test_a_product_lives_from_post_to_delete(api: Client) -> None:
    name, brand, category = unique("Tab"), unique("maker"), unique("tablets")
    wanted = {"id": unused_id(), "product_name": name, "brand": brand}
    path = f"/api/products/{wanted['id']}"

    added = expect(
        api.post("/api/products", json={**wanted, "category": category}), 200
    )
    read = expect(api.get(path), 200)
    shelf = expect(api.get(f"/api/products/{category}"), 200)
    replaced = expect(
        api.put(path, json={"product_name": "Tab 2", "brand": "Acme"}), 200
    )
    patched = expect(api.patch(path, json={"brand": brand}), 200)
    stayed = expect(api.get(f"/api/products/{category}"), 200)
    remaining = expect(api.delete(path), 200)

    assert wanted in added
    assert read == wanted
    assert shelf == [{"product_id": wanted["id"], "product_name": name, "brand": brand}]
    assert replaced == {**wanted, "product_name": "Tab 2", "brand": "Acme"}
    assert patched == {**wanted, "product_name": "Tab 2"}
    assert [each["product_id"] for each in stayed] == [wanted["id"]]
    assert wanted["id"] not in [each["id"] for each in remaining]
    for answer in (api.get(path), api.put(path, json=wanted), api.delete(path)):
        assert (
            refusal(answer, 404) == f"No product found with product id {wanted['id']}"
        )


def test_without_id_and_category_a_product_gets_the_next_id_and_no_shelf_of_its_own(
    api: Client,
) -> None:
    first, second = add_product(api), add_product(api)

    assert second["id"] > first["id"]
    assert first["category"]["name"] == "uncategorized"
    assert first["stock"]["quantity"] == 0


def test_curl_without_a_content_type_can_add_a_product(api: Client) -> None:
    name = unique("curl")
    added = api.post(
        "/api/products",
        content=f'{{"product_name": "{name}", "brand": "Samsung"}}',
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert name in [each["product_name"] for each in expect(added, 200)]


def test_names_keep_every_letter_and_no_markup_is_lost(api: Client) -> None:
    name = "Ünïcode 電話 📱 <b>&amp;</b> '; DROP TABLE product; --"
    product = add_product(api, product_name=name, category=unique("Größe 電"))
    category = product["category"]["name"]

    shelf = expect(api.get(f"/api/products/{category}"), 200)

    assert [each["product_name"] for each in shelf] == [name]


def test_whoever_read_an_old_version_is_refused_and_nothing_is_overwritten(
    api: Client,
) -> None:
    path = f"/api/products/{add_product(api)['id']}"
    read_by_both = api.get(path).headers["ETag"]
    mine = api.patch(path, json={"brand": "first"}, headers={"If-Match": read_by_both})

    theirs = [
        api.patch(path, json={"brand": "x"}, headers={"If-Match": read_by_both}),
        api.put(path, json={"product_name": "x", "brand": "x", "version": 1}),
        api.delete(path, headers={"If-Match": read_by_both}),
    ]

    assert mine.status_code == 200
    assert mine.headers["ETag"] not in ("", read_by_both)
    for answer in theirs:
        assert "read it again" in refusal(answer, 409)
    assert expect(api.get(path), 200)["brand"] == "first"
    fresh = {"If-Match": mine.headers["ETag"]}
    assert api.delete(path, headers=fresh).status_code == 200


def test_search_finds_every_word_in_name_brand_or_category_page_by_page(
    api: Client,
) -> None:
    brand, shelf = unique("Finder"), unique("drawer")
    wanted = [add_product(api, brand=brand, category=shelf)["id"] for _ in range(3)]
    path = f"/api/search?size=2&q={brand.upper()} {shelf}"

    first = expect(api.get(path), 200)
    second = expect(api.get(f"{path}&page=2"), 200)
    nothing = expect(api.get(f"/api/search?q={unique('none')}"), 200)

    assert [each["id"] for each in first["items"] + second["items"]] == wanted
    assert (first["total"], first["pages"], second["page"]) == (3, 2, 2)
    assert first["items"][0]["category"] == shelf
    assert (nothing["items"], nothing["total"]) == ([], 0)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/api/products/999999999", "No product found with product id 999999999"),
        ("/api/products/-1", "No product found with product id -1"),
        ("/api/products/tv", "tv doesn't exist in the inventory"),
        ("/api/products/0x1", "0x1 doesn't exist in the inventory"),
        ("/api/products/1.0", "1.0 doesn't exist in the inventory"),
        (
            "/api/products/%D9%A1",
            "\N{ARABIC-INDIC DIGIT ONE} doesn't exist in the inventory",
        ),
        ("/api/products/Mobile", "Mobile doesn't exist in the inventory"),
        ("/api/products/999999999/details", "No product found with product id"),
        ("/api/products/999999999/stock", "No product found with product id"),
        ("/api/products/999999999/movements", "No product found with product id"),
        ("/api/products/999999999/suppliers", "No product found with product id"),
        ("/api/brands/999999999", "No brand found with id 999999999"),
        ("/api/brands/999999999/products", "No brand found with id 999999999"),
        ("/api/categories/999999999", "No category found with id 999999999"),
        ("/api/suppliers/999999999", "No supplier found with id 999999999"),
        ("/api/suppliers/999999999/products", "No supplier found with id 999999999"),
        ("/api/invalid", "Requested path: /api/invalid does not exist"),
        ("/api", "Requested path: /api does not exist"),
        ("/API/products", "Requested path: /API/products does not exist"),
        ("/api/products//", "Requested path: /api/products// does not exist"),
        ("/caf%C3%A9", "Requested path: /café does not exist"),
    ],
)
def test_what_is_not_there_is_a_404_that_says_what(
    api: Client, path: str, message: str
) -> None:
    assert message in refusal(api.get(path), 404)


def test_one_trailing_slash_is_as_good_as_none(api: Client) -> None:
    product = add_product(api)

    assert expect(api.get(f"/api/products/{product['id']}/"), 200) == short(product)
    assert details(api, product["id"]) == product
