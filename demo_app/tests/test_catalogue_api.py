"""Brands, categories and suppliers over HTTP."""

import pytest

KINDS = {"brands": "brand", "categories": "category", "suppliers": "supplier"}


@pytest.mark.parametrize("path", KINDS)
def test_a_record_lives_from_post_to_delete(client, path):
    created = client.post(f"/api/{path}", json={"name": "Nokia"})
    address = created.headers["Location"]

    assert created.status_code == 201
    assert address == f"/api/{path}/{created.json()['id']}"
    assert client.get(address).json()["name"] == "Nokia"
    assert client.put(address, json={"name": "Nokia 2"}).json()["name"] == "Nokia 2"
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("path", KINDS)
def test_a_missing_record_is_named(client, path):
    message = f"No {KINDS[path]} found with id 99"

    for response in (
        client.get(f"/api/{path}/99"),
        client.put(f"/api/{path}/99", json={"name": "Nokia"}),
        client.delete(f"/api/{path}/99"),
    ):
        assert response.status_code == 404
        assert response.json() == {"message": message}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("brands", "Apple"),
        ("categories", "mobile"),
        ("suppliers", "Nordwind Distribution"),
    ],
)
def test_a_taken_name_is_a_conflict(client, path, name):
    response = client.post(f"/api/{path}", json={"name": name})

    assert response.status_code == 409
    assert response.json() == {
        "message": f"There is a {KINDS[path]} named {name} already"
    }


@pytest.mark.parametrize("path", KINDS)
def test_a_list_comes_in_pages(client, path):
    response = client.get(f"/api/{path}?page=2&size=1")

    assert [item["id"] for item in response.json()["items"]] == [2]
    assert response.json()["page"] == 2
    assert response.json()["pages"] == response.json()["total"] >= 2


@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize("query", ["page=0", "size=0", "size=101", f"page={10**9}"])
def test_a_page_out_of_bounds_is_a_bad_request(client, path, query):
    response = client.get(f"/api/{path}?{query}")

    assert response.status_code == 400
    assert response.json()["message"].startswith(query.partition("=")[0])


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("brands", {"name": 5}, "name: Input should be a valid string"),
        ("categories", {"name": "a", "parent_id": "1"}, "parent_id: Input should be"),
        ("categories", {"name": "42"}, "name: should begin with a letter"),
        ("suppliers", {"name": "a", "email": "nobody"}, "email: String should match"),
        ("suppliers", {"name": "a", "email": "a\0@b"}, "email: String should match"),
        ("suppliers", {"name": "a", "email": "a@b\x1f"}, "email: String should match"),
        ("suppliers", {"name": "a", "phone": "1"}, "phone: Extra inputs are not"),
    ],
)
def test_a_bad_body_is_told_what_is_wrong(client, path, body, message):
    response = client.post(f"/api/{path}", json=body)

    assert response.status_code == 400
    assert response.json()["message"].startswith(message)


def test_a_brand_in_use_stays(client):
    response = client.delete("/api/brands/2")

    assert response.status_code == 409
    assert response.json() == {"message": "The brand Apple is in use (products: 2)"}


def test_a_category_in_use_stays(client):
    messages = [client.delete(f"/api/categories/{n}").json() for n in (1, 2)]

    assert messages == [
        {"message": "The category electronics is in use (products: 0, categories: 2)"},
        {"message": "The category mobile is in use (products: 2, categories: 0)"},
    ]


def test_a_brand_has_many_products(client):
    response = client.get("/api/brands/2/products?size=1&page=2")

    assert response.json()["items"] == [
        {
            "id": 3,
            "product_name": "Macbook Pro M4",
            "brand": "Apple",
            "category": "laptop",
        }
    ]
    assert response.json()["total"] == 2


def test_a_renamed_brand_is_renamed_on_its_products(client):
    client.put("/api/brands/1", json={"name": "Galaxy"})

    assert client.get("/api/products/1").json()["brand"] == "Galaxy"


def test_a_category_shows_parent_and_children(client):
    child = client.post("/api/categories", json={"name": "foldable", "parent_id": 2})

    assert client.get("/api/categories/2").json() == {
        "id": 2,
        "name": "mobile",
        "parent": {"id": 1, "name": "electronics", "parent_id": None},
        "children": [{"id": child.json()["id"], "name": "foldable", "parent_id": 2}],
    }


def test_a_category_cannot_move_into_itself(client):
    body = {"name": "electronics", "parent_id": 2}

    response = client.put("/api/categories/1", json=body)

    assert response.status_code == 409
    assert response.json() == {
        "message": "electronics cannot move into mobile, which is a part of it"
    }


def test_a_category_moves_to_the_top_without_a_parent(client):
    response = client.put("/api/categories/2", json={"name": "mobile"})

    assert response.json() == {"id": 2, "name": "mobile", "parent_id": None}


def test_many_suppliers_deliver_many_products(client):
    linked = client.put("/api/products/4/suppliers/2")

    assert [supplier["id"] for supplier in linked.json()] == [1, 2]
    assert client.put("/api/products/4/suppliers/2").json() == linked.json()
    assert client.get("/api/products/4/suppliers").json() == linked.json()
    delivered = client.get("/api/suppliers/2/products").json()["items"]
    assert [product["id"] for product in delivered] == [1, 2, 3, 4]


def test_a_link_ends_without_supplier_or_product(client):
    assert client.delete("/api/products/1/suppliers/1").status_code == 204
    assert client.delete("/api/products/1/suppliers/1").status_code == 204

    assert len(client.get("/api/products/1/suppliers").json()) == 1
    assert client.get("/api/suppliers/1").status_code == 200


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/api/products/9/suppliers/1", "No product found with product id 9"),
        ("/api/products/1/suppliers/9", "No supplier found with id 9"),
    ],
)
def test_a_link_needs_both_its_ends(client, path, message):
    assert client.put(path).json() == {"message": message}
    assert client.delete(path).status_code == 404


def test_a_deleted_supplier_leaves_its_products(client):
    client.delete("/api/suppliers/2")

    assert client.get("/api/products/3/suppliers").json() == []
    assert client.get("/api/products/3").status_code == 200
