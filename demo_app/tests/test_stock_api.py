from datetime import datetime, timedelta

import pytest


def quantity(client, product_id=1):
    return client.get(f"/api/products/{product_id}/stock").json()["quantity"]


def test_a_product_has_one_stock_level(client):
    assert client.get("/api/products/4/stock").json() == {
        "product_id": 4,
        "quantity": 0,
        "reorder_point": 5,
        "target": 20,
        "status": "out",
    }


def test_a_new_product_has_a_stock_level_of_its_own(client):
    body = {"product_name": "Tab", "brand": "Samsung", "quantity": 3}
    client.post("/api/products", json=body)

    assert quantity(client, 5) == 3
    assert client.get("/api/products/5/movements").json()["total"] == 1


def test_a_movement_changes_the_stock(client):
    body = {"quantity": -3, "reason": "shop sale"}

    response = client.post("/api/products/1/movements", json=body)

    assert response.status_code == 201
    movement = response.json()
    assert datetime.fromisoformat(movement.pop("at")).utcoffset() == timedelta(0)
    assert movement == {
        "id": 8,
        "product_id": 1,
        "quantity": -3,
        "reason": "shop sale",
        "balance": 31,
    }
    assert quantity(client) == 31


def test_more_than_there_is_cannot_be_taken(client):
    body = {"quantity": -35, "reason": "shop sale"}

    response = client.post("/api/products/1/movements", json=body)

    assert response.status_code == 409
    assert response.json() == {
        "message": "Only 34 of S25 Ultra in stock: cannot take 35"
    }
    assert quantity(client) == 34
    assert client.get("/api/products/1/movements").json()["total"] == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"quantity": 0, "reason": "x"}, "quantity: should not be 0"),
        ({"quantity": 1.5, "reason": "x"}, "quantity: Input should be a valid integer"),
        ({"quantity": 10**7, "reason": "x"}, "quantity: Input should be less than"),
        ({"quantity": 1}, "reason: Field required"),
        ({"quantity": 1, "reason": ""}, "reason: String should have at least 1"),
        ({"quantity": 1, "reason": "x", "at": 1}, "at: Extra inputs are not permitted"),
    ],
)
def test_a_bad_movement_is_told_what_is_wrong(client, body, message):
    response = client.post("/api/products/1/movements", json=body)

    assert response.status_code == 400
    assert response.json()["message"].startswith(message)


def test_a_reason_may_take_two_hundred_letters(client):
    for length, status in ((200, 201), (201, 400)):
        body = {"quantity": 1, "reason": "x" * length}
        response = client.post("/api/products/1/movements", json=body)
        assert response.status_code == status


def test_a_products_movements_come_latest_first_in_pages(client):
    first = client.get("/api/products/2/movements?size=1").json()
    second = client.get("/api/products/2/movements?size=1&page=2").json()

    assert [item["reason"] for item in first["items"]] == ["launch weekend"]
    assert [item["reason"] for item in second["items"]] == ["opening delivery"]
    assert first["total"] == 2


def test_all_movements_come_latest_first(client):
    client.post("/api/products/3/movements", json={"quantity": 1, "reason": "found"})

    page = client.get("/api/movements?size=3").json()

    assert [item["id"] for item in page["items"]] == [8, 7, 6]
    assert page["pages"] == 3


def test_the_thresholds_say_when_stock_is_low(client):
    response = client.patch("/api/products/1/stock", json={"reorder_point": 35})

    assert response.json() == {
        "product_id": 1,
        "quantity": 34,
        "reorder_point": 35,
        "target": 40,
        "status": "low",
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "the body: give reorder_point, target or both"),
        ({"target": 8}, "target: 8 is not above the reorder point 8"),
        ({"quantity": 5}, "quantity: Extra inputs are not permitted"),
        ({"target": -1}, "target: Input should be greater than or equal to 0"),
    ],
)
def test_bad_thresholds_are_told_what_is_wrong(client, body, message):
    response = client.patch("/api/products/1/stock", json=body)

    assert response.status_code == 400
    assert response.json()["message"].startswith(message)


def test_a_missing_product_has_no_stock_to_move(client):
    body = {"quantity": 1, "reason": "x"}

    for response in (
        client.post("/api/products/9/movements", json=body),
        client.patch("/api/products/9/stock", json={"target": 50}),
    ):
        assert response.status_code == 404
        assert response.json() == {"message": "No product found with product id 9"}
