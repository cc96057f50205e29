import json
import threading

import pytest
from roob.testing import TestClient

SEEDED = {
    "mobile": [
        {"product_id": 1, "product_name": "S25 Ultra", "brand": "Samsung"},
        {"product_id": 2, "product_name": "iPhone", "brand": "Apple"},
    ],
    "laptop": [
        {"product_id": 3, "product_name": "Macbook Pro M4", "brand": "Apple"},
        {"product_id": 4, "product_name": "Dell XPS", "brand": "Dell"},
    ],
}
S25 = {"id": 1, "product_name": "S25 Ultra", "brand": "Samsung"}
TAB = {"id": 5, "product_name": "Galaxy Tab", "brand": "Samsung"}


def ids(response):
    return [product["id"] for product in response.json()]


def test_the_products_are_listed_by_category(client):
    response = client.get("/api/products")

    assert response.status_code == 200
    assert response.json() == SEEDED
    assert list(response.json()) == ["mobile", "laptop"]


def test_a_new_product_is_answered_with_the_list_of_all(client):
    response = client.post("/api/products", json=TAB)

    assert response.status_code == 200
    assert response.json()[0] == S25
    assert response.json()[-1] == TAB
    assert ids(response) == [1, 2, 3, 4, 5]


def test_a_new_product_without_category_is_uncategorized(client):
    client.post("/api/products", json=TAB)

    assert client.get("/api/products").json() == {
        **SEEDED,
        "uncategorized": [
            {"product_id": 5, "product_name": "Galaxy Tab", "brand": "Samsung"}
        ],
    }


def test_a_new_product_without_id_gets_the_next_one(client):
    body = {"product_name": "Z Fold", "brand": "Samsung", "category": "mobile"}

    assert ids(client.post("/api/products", json=body)) == [1, 2, 3, 4, 5]
    assert len(client.get("/api/products/mobile").json()) == 3


def test_the_highest_id_that_can_be_asked_for_leaves_room_for_more(client):
    client.post("/api/products", json={**TAB, "id": 2**31 - 1})
    body = {"product_name": "Z Fold", "brand": "Samsung"}

    assert client.post("/api/products", json=body).status_code == 200


def test_a_product_can_be_posted_as_curl_sends_it(client):
    response = client.post(
        "/api/products",
        content=json.dumps(TAB),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert response.status_code == 200


def test_a_taken_id_is_a_conflict(client):
    response = client.post("/api/products", json={**TAB, "id": 1})

    assert response.status_code == 409
    assert response.json() == {
        "message": "Product id 1 is taken: choose another, or leave it out"
    }
    assert client.get("/api/products/1").json() == S25


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "product_name: Field required; brand: Field required"),
        ({**TAB, "id": "5"}, "id: Input should be a valid integer"),
        ({**TAB, "id": True}, "id: Input should be a valid integer"),
        ({**TAB, "id": 5.0}, "id: Input should be a valid integer"),
        ({**TAB, "id": 0}, "id: Input should be greater than or equal to 1"),
        ({**TAB, "id": 2**63}, "id: Input should be less than or equal to 2147483647"),
        ({**TAB, "brand": 7}, "brand: Input should be a valid string"),
        ({**TAB, "brand": None}, "brand: Input should be a valid string"),
        ({**TAB, "brand": "  "}, "brand: String should have at least 1 character"),
        ({**TAB, "brand": "a\nb"}, "brand: should have no control characters"),
        (
            {**TAB, "category": "7 inch"},
            "category: should begin with a letter and have no slash",
        ),
        (
            {**TAB, "category": "tv/radio"},
            "category: should begin with a letter and have no slash",
        ),
        ({**TAB, "price": 5}, "price: Extra inputs are not permitted"),
        ({**TAB, "quantity": -1}, "quantity: Input should be greater than or equal"),
        ([TAB], "the body should be a JSON object"),
        ("Tab", "the body should be a JSON object"),
    ],
)
def test_a_bad_body_is_told_what_is_wrong_and_where(client, body, message):
    response = client.post("/api/products", json=body)

    assert response.status_code == 400
    assert response.json()["message"].startswith(message)
    assert client.get("/api/products").json() == SEEDED


def test_a_body_of_many_errors_is_answered_in_few_words(client):
    body = {f"{number}" + "x" * 200: number for number in range(1000)}

    message = client.post("/api/products", json=body).json()["message"]

    assert message.endswith("and 997 more")
    assert len(message) < 600


@pytest.mark.parametrize("content", [b"", b"{", b'{"brand": NaN}', b"\xff"])
def test_a_body_that_is_no_json_is_a_bad_request(client, content):
    response = client.post("/api/products", content=content)

    assert response.status_code == 400
    assert "not valid JSON" in response.json()["message"]


def test_a_product_has_three_fields_and_its_version_in_the_etag(client):
    response = client.get("/api/products/1")

    assert response.json() == S25
    assert response.headers["ETag"] == '"1"'


@pytest.mark.parametrize("number", [9, 0, -1, 2**62])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_missing_product_is_named(client, method, number):
    response = client.request(method, f"/api/products/{number}")

    assert response.status_code == 404
    assert response.json() == {"message": f"No product found with product id {number}"}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_missing_product_cannot_be_changed(client, method):
    body = {"product_name": "x", "brand": "y"}

    response = client.request(method, "/api/products/9", json=body)

    assert response.status_code == 404
    assert response.json() == {"message": "No product found with product id 9"}


@pytest.mark.parametrize("path", ["details", "stock", "movements", "suppliers"])
def test_nothing_hangs_on_a_missing_product(client, path):
    response = client.get(f"/api/products/9/{path}")

    assert response.status_code == 404
    assert response.json() == {"message": "No product found with product id 9"}


def test_a_put_replaces_name_and_brand_and_leaves_the_category(client):
    body = {"id": 1, "product_name": "S26 Ultra", "brand": "Galaxy"}

    response = client.put("/api/products/1", json=body)

    assert response.status_code == 200
    assert response.json() == body
    assert response.headers["ETag"] == '"2"'
    assert client.get("/api/products/mobile").json()[0] == {
        "product_id": 1,
        "product_name": "S26 Ultra",
        "brand": "Galaxy",
    }


def test_a_put_without_a_brand_is_a_bad_request(client):
    response = client.put("/api/products/1", json={"product_name": "S26"})

    assert response.status_code == 400
    assert response.json() == {"message": "brand: Field required"}


def test_a_put_of_another_id_is_a_bad_request(client):
    response = client.put("/api/products/1", json={**S25, "id": 2})

    assert response.status_code == 400
    assert response.json() == {"message": "id: 2 is not the path's 1"}


def test_a_patch_changes_what_it_names(client):
    response = client.patch("/api/products/1", json={"brand": "Galaxy"})

    assert response.status_code == 200
    assert response.json() == {**S25, "brand": "Galaxy"}


def test_a_patch_moves_a_product_to_another_category(client):
    client.patch("/api/products/1", json={"category": "laptop"})

    assert len(client.get("/api/products/laptop").json()) == 3


@pytest.mark.parametrize(
    "stale",
    [
        {"headers": {"If-Match": '"1"'}, "json": {"product_name": "late"}},
        {"headers": {"If-Match": 'W/"1"'}, "json": {"product_name": "late"}},
        {"json": {"product_name": "late", "version": 1}},
        {
            "headers": {"If-Match": '"2"'},
            "json": {"product_name": "late", "version": 1},
        },
    ],
)
def test_a_change_from_a_stale_version_is_a_conflict(client, stale):
    client.patch("/api/products/1", json={"product_name": "first"})

    response = client.patch("/api/products/1", **stale)

    assert response.status_code == 409
    assert response.json() == {
        "message": "Product 1 is at version 2, not 1: "
        "read it again, then repeat the change"
    }
    assert client.get("/api/products/1").json()["product_name"] == "first"


@pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}, {"If-Match": '"2"'}])
def test_without_a_version_or_with_the_right_one_the_last_write_wins(client, headers):
    client.patch("/api/products/1", json={"product_name": "first"})

    response = client.patch(
        "/api/products/1", json={"product_name": "last"}, headers=headers
    )

    assert response.json()["product_name"] == "last"


@pytest.mark.parametrize("tag", ["1", '"x"', '"1", "2"', '"' + "9" * 5000 + '"'])
def test_a_tag_that_was_never_given_out_is_a_bad_request(client, tag):
    response = client.delete("/api/products/1", headers={"If-Match": tag})

    assert response.status_code == 400
    assert "If-Match" in response.json()["message"]


def test_of_many_changes_from_one_version_one_is_kept(app):
    barrier = threading.Barrier(6)
    statuses = []

    def change(name):
        with TestClient(app) as client:
            barrier.wait()
            body = {"product_name": name, "version": 1}
            statuses.append(client.patch("/api/products/1", json=body).status_code)

    threads = [threading.Thread(target=change, args=[name]) for name in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [200] + [409] * 5


def test_a_deletion_is_answered_with_what_remains(client):
    response = client.delete("/api/products/2")

    assert response.status_code == 200
    assert ids(response) == [1, 3, 4]
    assert client.delete("/api/products/2").status_code == 404


def test_a_deletion_from_a_stale_version_is_a_conflict(client):
    response = client.delete("/api/products/2", headers={"If-Match": '"7"'})

    assert response.status_code == 409
    assert client.get("/api/products/2").status_code == 200


def test_a_number_of_a_deleted_product_is_not_given_again(client):
    client.delete("/api/products/4")
    body = {"product_name": "Z Fold", "brand": "Samsung"}

    assert ids(client.post("/api/products", json=body)) == [1, 2, 3, 5]


def test_a_category_lists_its_products(client):
    assert client.get("/api/products/mobile").json() == SEEDED["mobile"]
    assert client.get("/api/products/electronics").json() == [
        *SEEDED["mobile"],
        *SEEDED["laptop"],
    ]


def test_an_emptied_category_is_an_empty_list(client):
    for number in (1, 2):
        client.delete(f"/api/products/{number}")

    assert client.get("/api/products/mobile").json() == []


def test_an_unknown_category_is_named(client):
    response = client.get("/api/products/tv")

    assert response.status_code == 404
    assert response.json() == {"message": "tv doesn't exist in the inventory"}


def test_a_category_of_any_letters_has_an_address(client):
    client.post("/api/products", json={**TAB, "category": "Möbel & Café?"})

    response = client.get("/api/products/M%C3%B6bel%20%26%20Caf%C3%A9%3F")

    assert [product["product_id"] for product in response.json()] == [5]


def test_details_show_every_relation(client):
    response = client.get("/api/products/2/details")

    assert response.headers["ETag"] == '"1"'
    assert response.json() == {
        "id": 2,
        "product_name": "iPhone",
        "brand": {"id": 2, "name": "Apple"},
        "category": {
            "id": 2,
            "name": "mobile",
            "parent_id": 1,
            "path": ["electronics", "mobile"],
        },
        "version": 1,
        "stock": {
            "product_id": 2,
            "quantity": 7,
            "reorder_point": 10,
            "target": 50,
            "status": "low",
        },
        "suppliers": [
            {
                "id": 2,
                "name": "Brightline Wholesale",
                "email": "sales@brightline.example",
            }
        ],
    }


def test_a_search_finds_words_in_name_brand_and_category(client):
    response = client.get("/api/search", params={"q": "APPLE lap"})

    assert response.json() == {
        "items": [
            {
                "id": 3,
                "product_name": "Macbook Pro M4",
                "brand": "Apple",
                "category": "laptop",
            }
        ],
        "page": 1,
        "size": 20,
        "pages": 1,
        "total": 1,
    }


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "q: Field required"),
        ("?q=%20", "q: String should have at least 1 character"),
        ("?q=a&page=0", "page: Input should be greater than or equal to 1"),
        ("?q=a&size=101", "size: Input should be less than or equal to 100"),
        ("?q=a&page=two", "page: Input should be a valid integer"),
        ("?q=%ff", "The query string is not valid UTF-8"),
    ],
)
def test_a_bad_query_is_told_what_is_wrong(client, query, message):
    response = client.get(f"/api/search{query}")

    assert response.status_code == 400
    assert response.json()["message"].startswith(message)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/api/products", "GET, HEAD, OPTIONS, POST"),
        ("POST", "/api/products/1", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
        ("DELETE", "/api/products/mobile", "GET, HEAD, OPTIONS"),
        ("POST", "/api/search", "GET, HEAD, OPTIONS"),
        ("DELETE", "/api/movements", "GET, HEAD, OPTIONS"),
        ("POST", "/dashboard", "GET, HEAD, OPTIONS"),
        ("POST", "/health/live", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_verb_that_a_route_lacks_is_not_allowed(client, method, path, allow):
    response = client.request(method, path)

    assert response.status_code == 405
    assert response.json() == {"message": f"{method} request is not allowed for {path}"}
    assert response.headers["Allow"] == allow


def test_an_unknown_path_is_named(client):
    response = client.get("/api/invalid")

    assert response.status_code == 404
    assert response.json() == {"message": "Requested path: /api/invalid does not exist"}
