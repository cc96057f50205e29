"""Many clients at once: nothing is lost, and nobody gets what another asked for."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from threading import Barrier

from tests.e2e.client import Client, Response, open_client
from tests.e2e.rows import Json, add_product, details, expect, move, stock, unique
from tests.e2e.stock_load import Tally, move_for

PROCESSES, SECONDS = 4, 3.0
# A run takes some 1,500; a disk that is slow to sync may take a tenth.
SENSIBLE = 100
CLIENTS, READS = 8, 25


def all_movements(api: Client, product_id: int) -> list[Json]:
    path = f"/api/products/{product_id}/movements?size=100&page={{}}"
    pages = expect(api.get(path.format(1)), 200)["pages"]
    return [
        movement
        for page in range(1, pages + 1)
        for movement in expect(api.get(path.format(page)), 200)["items"]
    ]


def test_four_processes_change_one_stock_and_not_one_acknowledged_unit_is_lost(
    base_url: str, api: Client
) -> None:
    product = add_product(api, quantity=10)["id"]
    context = get_context("spawn")

    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        load = partial(move_for, SECONDS, base_url, product)
        tally = sum(pool.map(load, range(PROCESSES)), Tally())

    history = all_movements(api, product)
    assert tally.acknowledged >= SENSIBLE
    assert tally.refused > 0
    assert stock(api, product) == 10 + tally.change
    assert len(history) == tally.acknowledged + 1
    assert min(movement["balance"] for movement in history) >= 0
    for later, earlier in pairwise(history):
        assert later["balance"] == earlier["balance"] + later["quantity"]


def read_often(base_url: str, product: Json) -> list[Json]:
    with open_client(base_url) as api:
        return [details(api, product["id"]) for _ in range(READS)]


def test_eight_readers_each_get_their_own_product(base_url: str, api: Client) -> None:
    products = [add_product(api, quantity=at) for at in range(CLIENTS)]

    with ThreadPoolExecutor(CLIENTS) as pool:
        read = list(pool.map(partial(read_often, base_url), products))

    assert read == [[product] * READS for product in products]


def all_at_once(
    base_url: str, send: Callable[[Client, int], Response]
) -> list[Response]:
    """What eight clients get who have connected, and send on one signal."""
    signal = Barrier(CLIENTS)

    def one(at: int) -> Response:
        with open_client(base_url) as api:
            api.get("/health/live")
            signal.wait(timeout=10)
            return send(api, at)

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(one, range(CLIENTS)))


def statuses(answers: list[Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def test_of_eight_who_ask_for_one_id_exactly_one_gets_it(
    base_url: str, api: Client
) -> None:
    wanted = {"id": add_product(api)["id"] + 1000, "brand": "Samsung"}
    name = unique("racer")

    def ask(own: Client, at: int) -> Response:
        return own.post("/api/products", json={**wanted, "product_name": name})

    answers = all_at_once(base_url, ask)

    assert statuses(answers) == [200] + [409] * (CLIENTS - 1)
    assert api.get("/api/products").text.count(name) == 1


def test_of_eight_who_change_one_version_exactly_one_wins(
    base_url: str, api: Client
) -> None:
    path = f"/api/products/{add_product(api)['id']}"
    brands = [unique("brand") for _ in range(CLIENTS)]

    def change(own: Client, at: int) -> Response:
        return own.patch(path, json={"brand": brands[at], "version": 1})

    answers = all_at_once(base_url, change)

    winners = [
        brand
        for brand, answer in zip(brands, answers, strict=True)
        if answer.status_code == 200
    ]
    assert statuses(answers) == [200] + [409] * (CLIENTS - 1)
    assert [expect(api.get(path), 200)["brand"]] == winners


def test_the_last_unit_is_sold_once(base_url: str, api: Client) -> None:
    product = add_product(api, quantity=1)["id"]

    answers = all_at_once(base_url, lambda own, _: move(own, product, -1))

    assert statuses(answers) == [201] + [409] * (CLIENTS - 1)
    assert stock(api, product) == 0
