"""The proof by ended sessions in short; `make prove` runs it at length."""

from framework.tests.orm.postgres_server import PostgresServer
from tests.reliability.outcome import quietly
from tests.reliability.sessions import end_sessions


def test_sessions_that_are_ended_fail_each_connection_once_at_most(
    server: PostgresServer,
) -> None:
    outcome = end_sessions(server, server.url, kills=1, restarts=1, tick=quietly)
    assert outcome.holds, outcome
    assert outcome.done["failed requests"] > 0
