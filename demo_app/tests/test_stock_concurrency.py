"""Many at once on one new database: it is seeded once, and no movement is lost."""

import multiprocessing
import random
import time
from concurrent.futures import ThreadPoolExecutor

from roob.testing import TestClient

from demo_app.core.main import create_app
from demo_app.core.repositories import SqlStore
from demo_app.core.settings import Settings
from demo_app.core.storage import Storage
from demo_app.service.entities import PageRequest
from demo_app.service.stock_service import StockService
from demo_app.tests.fakes import at_noon

PROCESSES = 4
THREADS, MOVES = 8, 20
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


def test_the_sum_of_acknowledged_movements_is_the_stock(any_url):
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        results = pool.starmap(move_at_random, [(any_url, n) for n in range(PROCESSES)])
        pool.close()
        pool.join()

    with Storage(any_url, at_noon)() as database:
        store = SqlStore(lambda: database)
        stock = store.stock.level_of(1).quantity
        kept = store.stock.movements_of(1, PageRequest()).total

    acknowledged = sum(statuses.get(201, 0) for _, statuses in results)
    assert all(statuses.keys() <= {201, 409} for _, statuses in results)
    assert all(statuses[201] for _, statuses in results)
    assert stock == SEEDED_UNITS + sum(moved for moved, _ in results) >= 0
    assert kept == 2 + acknowledged


def test_threads_that_move_one_stock_wait_for_each_other_and_are_not_refused(any_url):
    storage = Storage(any_url, at_noon, THREADS)
    service = StockService(SqlStore(storage), at_noon)

    def move_often(_):
        return [service.move(1, 1, "rush hour").balance for _ in range(MOVES)]

    with storage(), ThreadPoolExecutor(THREADS) as pool:
        balances = sorted(
            each for some in pool.map(move_often, range(THREADS)) for each in some
        )

    moved = THREADS * MOVES
    assert balances == list(range(SEEDED_UNITS + 1, SEEDED_UNITS + moved + 1))
