"""The races in short; `make prove` runs them at length."""

import pytest

from tests.reliability.outcome import quietly
from tests.reliability.racer import WORKS
from tests.reliability.races import race


@pytest.mark.parametrize("work", WORKS)
def test_processes_with_threads_lose_nothing(any_url: str, work: str) -> None:
    outcome = race(any_url, work, 2, quietly)
    assert outcome.holds, outcome
