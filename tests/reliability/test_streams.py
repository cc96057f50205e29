"""The long reads in short; `make prove` runs them at length."""

from tests.reliability.outcome import quietly
from tests.reliability.streams import stream_collections, stream_rows


def test_a_long_read_takes_little_memory(any_url: str) -> None:
    database = "sqlite" if any_url.startswith("sqlite") else "postgresql"
    outcome = stream_rows(database, 100_000, quietly)
    assert outcome.holds, outcome


def test_a_long_read_with_a_collection_takes_little_memory(any_url: str) -> None:
    outcome = stream_collections(any_url, 100_000, quietly)
    assert outcome.holds, outcome
