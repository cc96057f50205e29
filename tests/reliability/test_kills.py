"""The proof by SIGKILL in short; `make prove` runs it at length."""

from framework.tests.orm.postgres_server import PostgresServer
from tests.reliability.kills import crash_the_server, kill_clients
from tests.reliability.outcome import quietly


def test_writers_that_are_killed_lose_nothing(file_url: str) -> None:
    outcome = kill_clients(file_url, 5, quietly)
    assert outcome.holds, outcome
    assert outcome.done["acknowledged writes"] >= 5 * 20


def test_writers_to_a_server_that_are_killed_lose_nothing(postgres_url: str) -> None:
    outcome = kill_clients(postgres_url, 2, quietly)
    assert outcome.holds, outcome


def test_a_server_that_crashes_loses_nothing(server: PostgresServer) -> None:
    outcome = crash_the_server(server, server.url, 2, quietly)
    assert outcome.holds, outcome
