"""A new inventory, walked through from its first request as the README tells it."""

from tests.e2e.client import Client, open_client
from tests.e2e.rows import expect, refusal
from tests.e2e.servers import LocalServer

S25 = {"id": 1, "product_name": "S25 Ultra", "brand": "Samsung"}
IPHONE = {"id": 2, "product_name": "iPhone", "brand": "Apple"}
MACBOOK = {"id": 3, "product_name": "Macbook Pro M4", "brand": "Apple"}
DELL = {"id": 4, "product_name": "Dell XPS", "brand": "Dell"}
TAB = {"id": 5, "product_name": "Galaxy Tab", "brand": "Samsung"}
LARGEST_ID = 2**31 - 1


def shelves(api: Client) -> dict[str, list[int]]:
    content = expect(api.get("/api/products"), 200)
    return {name: [each["product_id"] for each in c] for name, c in content.items()}


def test_the_first_four_products_stand_on_their_shelves_word_for_word(
    own_server: LocalServer,
) -> None:
    with own_server, open_client(own_server.base_url) as api:
        products = expect(api.get("/api/products"), 200)

    assert products == {
        "mobile": [
            {"product_id": 1, "product_name": "S25 Ultra", "brand": "Samsung"},
            {"product_id": 2, "product_name": "iPhone", "brand": "Apple"},
        ],
        "laptop": [
            {"product_id": 3, "product_name": "Macbook Pro M4", "brand": "Apple"},
            {"product_id": 4, "product_name": "Dell XPS", "brand": "Dell"},
        ],
    }
    assert list(products) == ["mobile", "laptop"]


def test_the_documented_walk_adds_changes_and_deletes_and_is_there_the_next_day(
    own_server: LocalServer,
) -> None:
    with own_server, open_client(own_server.base_url) as api:
        added = expect(api.post("/api/products", json=TAB), 200)
        found = expect(api.get("/api/products/5"), 200)
        again = refusal(api.post("/api/products", json=TAB), 409)
        on_shelves = shelves(api)
        left = expect(api.delete("/api/products/2"), 200)
        missing = refusal(api.delete("/api/products/2"), 404)
        own_server.restart()
        next_day = shelves(api)

    assert added == [S25, IPHONE, MACBOOK, DELL, TAB]
    assert found == TAB
    assert again == "Product id 5 is taken: choose another, or leave it out"
    assert on_shelves == {"mobile": [1, 2], "laptop": [3, 4], "uncategorized": [5]}
    assert left == [S25, MACBOOK, DELL, TAB]
    assert missing == "No product found with product id 2"
    # What was deleted is not seeded again.
    assert next_day == {"mobile": [1], "laptop": [3, 4], "uncategorized": [5]}


def test_the_largest_id_that_can_be_asked_for_leaves_room_for_the_next(
    own_server: LocalServer,
) -> None:
    body = {"product_name": "Last", "brand": "Dell"}
    with own_server, open_client(own_server.base_url) as api:
        expect(api.post("/api/products", json={**body, "id": LARGEST_ID}), 200)
        after = expect(api.post("/api/products", json=body), 200)
        found = expect(api.get(f"/api/products/{LARGEST_ID + 1}"), 200)

    assert [each["id"] for each in after][-2:] == [LARGEST_ID, LARGEST_ID + 1]
    assert found["product_name"] == "Last"


def test_only_whoever_asks_for_faults_gets_the_route_that_crashes(
    own_server: LocalServer,
) -> None:
    own_server.environ = {"DEMO_FAULTS": "0"}
    with own_server, open_client(own_server.base_url) as api:
        message = refusal(api.get("/api/crash"), 404)

    assert message == "Requested path: /api/crash does not exist"
