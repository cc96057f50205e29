"""The proof by forks in short; `make prove` runs it at length."""

from tests.reliability.forks import fork
from tests.reliability.outcome import quietly


def test_forks_beside_threads_lose_and_mix_up_nothing(any_url: str) -> None:
    outcome = fork(any_url, 2, quietly)
    assert outcome.holds, outcome
