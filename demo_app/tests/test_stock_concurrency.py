"""Several processes on one fresh file: it is seeded once, and no movement is lost."""

import multiprocessing
import random
import time

from roob.testing import TestClient

from demo_app.core.main import create_app
from demo_app.core.settings import Settings

PROCESSES = 4
SECONDS = 1.0
SEEDED_UNITS = 34


def move_at_random(url: str, seed: int) -> tuple[int, dict[int, int]]:
    """Post movements for a second: the sum of those acknowledged, and all statuses."""
    moved, statuses = 0, {}
    dice = random.Random(seed)
    with TestClient(create_app(Settings(database_url=url))) as client:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            quantity = dice.choice([-9, -5, -2, 1, 4, 6])
            body = {"quantity": quantity, "reason": "rush hour"}
            response = client.post("/api/products/1/movements", json=body)
            count = statuses.get(response.status_code, 0)
            statuses[response.status_code] = count + 1
            moved += quantity if response.status_code == 201 else 0
    return moved, statuses


def test_the_sum_of_acknowledged_movements_is_the_stock(url):
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        results = pool.starmap(move_at_random, [(url, n) for n in range(PROCESSES)])
        pool.close()
        pool.join()

    with TestClient(create_app(Settings(database_url=url))) as client:
        stock = client.get("/api/products/1/stock").json()["quantity"]
        kept = client.get("/api/products/1/movements").json()["total"]

    acknowledged = sum(statuses.get(201, 0) for _, statuses in results)
    assert all(statuses.keys() <= {201, 409} for _, statuses in results)
    assert all(statuses[201] for _, statuses in results)
    assert stock == SEEDED_UNITS + sum(moved for moved, _ in results) >= 0
    assert kept == 2 + acknowledged
