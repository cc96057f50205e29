"""Rows that a test makes for itself, under names that no other test has."""

import random
from typing import Any
from uuid import uuid4

from tests.e2e.client import Client, Response

Json = dict[str, Any]


def unique(word: str) -> str:
    return f"{word} {uuid4().hex[:12]}"


def unused_id() -> int:
    return random.randrange(10**6, 10**9)


def add_product(api: Client, **fields: object) -> Json:
    """A new product: its details as the API gives them."""
    body = {"product_name": unique("product"), "brand": unique("brand"), **fields}
    products = expect(api.post("/api/products", json=body), 200)
    new = [each for each in products if each["product_name"] == body["product_name"]]
    return details(api, new[-1]["id"])


def add(api: Client, path: str, **fields: object) -> Json:
    """A new brand, category or supplier: ``add(api, "/api/brands")``."""
    body = {"name": unique(path.rpartition("/")[2]), **fields}
    row: Json = expect(api.post(path, json=body), 201)
    return row


def details(api: Client, product_id: int) -> Json:
    known: Json = expect(api.get(f"/api/products/{product_id}/details"), 200)
    return known


def move(api: Client, product_id: int, quantity: int) -> Response:
    body = {"quantity": quantity, "reason": "counted"}
    return api.post(f"/api/products/{product_id}/movements", json=body)


def stock(api: Client, product_id: int) -> int:
    level: int = details(api, product_id)["stock"]["quantity"]
    return level


def expect(response: Response, status: int) -> Any:
    """The JSON of an answer that has that status."""
    assert response.status_code == status, response.text
    return response.json()


def refusal(response: Response, status: int) -> str:
    """The words of a refusal; it says nothing else."""
    content = expect(response, status)
    assert list(content) == ["message"]
    message: str = content["message"]
    return message
