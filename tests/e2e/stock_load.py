"""A client process of its own that moves units until its time is over."""

import random
import time
from dataclasses import dataclass

from tests.e2e.client import open_client
from tests.e2e.rows import move

MOVED, NOT_ENOUGH, TRY_AGAIN = 201, 409, 503


@dataclass(frozen=True)
class Tally:
    """What the server said: how many changes it took, and their sum in units."""

    acknowledged: int = 0
    refused: int = 0
    change: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.acknowledged + other.acknowledged,
            self.refused + other.refused,
            self.change + other.change,
        )


def move_for(seconds: float, base_url: str, product_id: int, seed: int) -> Tally:
    """Move units in and out; whatever else the server answers is an error."""
    numbers, tally = random.Random(seed), Tally()
    deadline = time.monotonic() + seconds
    with open_client(base_url) as api:
        while time.monotonic() < deadline:
            quantity = numbers.choice([-3, -2, -1, 1, 2])
            status = move(api, product_id, quantity).status_code
            tally += counted(status, quantity)
    return tally


def counted(status: int, quantity: int) -> Tally:
    if status == MOVED:
        return Tally(acknowledged=1, change=quantity)
    if status in (NOT_ENOUGH, TRY_AGAIN):
        return Tally(refused=1)
    raise AssertionError(f"a movement was answered {status}")
