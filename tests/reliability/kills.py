"""Processes that are killed in the middle of their writes: clients, and the server.

Two writers write at once; each acknowledges a write over a pipe once the database
has.  What was acknowledged has to be there, whole and once.
"""

import os
import random
import select
import signal
import time
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Self

import psycopg
from roob.orm.db_factory import DatabaseFactory

from framework.tests.orm.postgres_server import PostgresServer
from framework.tests.orm.postgres_sessions import outcome_of, until
from tests.reliability.children import PATIENCE, Child
from tests.reliability.ledger import Turn, audit, prepare
from tests.reliability.outcome import Outcome, Tick, added
from tests.reliability.writer import DOUBT

NAMES = ("0", "1")
TURNS_A_ROUND = 1_000_000
LEAST, MOST = 20, 200
"""Acknowledged writes after which something is killed."""
A_WRITERS_BACKEND = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'roob' "
    "AND datname = current_database() LIMIT 1"
)


class Writers(ExitStack):
    """Processes that write to one database at once."""

    def __init__(self, url: str, first: int = 0) -> None:
        super().__init__()
        self._first = first
        self._url = url
        self._children: dict[str, Child] = {}

    def __enter__(self) -> Self:
        for name in NAMES:
            child = Child("writer", self._url, name, self._first)
            self._children[name] = self.enter_context(child)
        return self

    @property
    def acknowledged(self) -> set[Turn]:
        """The turns whose writes the database has acknowledged so far."""
        return {
            Turn(name, int(line))
            for name, child in self._children.items()
            for line in child.lines
            if not line.endswith(DOUBT)
        }

    @property
    def failures(self) -> int:
        """The requests whose connection was lost."""
        lines = [line for child in self._children.values() for line in child.lines]
        return sum(line.endswith(DOUBT) for line in lines)

    def wait_for_more(self, count: int) -> None:
        for child in self._children.values():
            child.wait_for_lines(len(child.lines) + count)

    def kill(self) -> None:
        """Kill one after the other, each at a random moment."""
        for child in self._children.values():
            child.wait_for_lines(random.randint(LEAST, MOST))
            time.sleep(random.uniform(0, 0.005))  # to a moment inside of a write
            child.kill()

    def end(self) -> None:
        for child in self._children.values():
            child.end()


def kill_clients(url: str, rounds: int, tick: Tick) -> Outcome:
    """Kill both writers in each round, and go on with the same database."""
    database = _prepared(url)
    written, faults = set[Turn](), dict[str, int]()
    for round_ in range(rounds):
        tick(f"kill -9 on {database}, round {round_ + 1}")
        with Writers(url, round_ * TURNS_A_ROUND) as writers:
            writers.kill()
        written |= writers.acknowledged
        faults = added(faults, _audited(url, written))
    done = {"rounds": rounds, "acknowledged writes": len(written)}
    return Outcome("kill -9 of two writers", database, done, faults)


def crash_the_server(
    server: PostgresServer, url: str, rounds: int, tick: Tick
) -> Outcome:
    """Kill a backend, or stop the server at once, while both writers go on."""
    _prepared(url)
    faults: dict[str, int] = {}
    crashes = cycle((_kill_a_backend, _stop_at_once))
    with Writers(url) as writers:
        for round_ in range(rounds):
            tick(f"crashes of the server, round {round_ + 1}")
            writers.wait_for_more(random.randint(LEAST, MOST))
            next(crashes)(server, url)
            wait_for_server(url)
            faults = added(faults, _audited(url, writers.acknowledged))
        writers.wait_for_more(LEAST)
        writers.end()
    faults = added(faults, _audited(url, writers.acknowledged))
    done = {
        "crashes": rounds,
        "acknowledged writes": len(writers.acknowledged),
        "failed requests": writers.failures,
    }
    return Outcome("crashes of the server", "postgresql", done, faults)


def _prepared(url: str) -> str:
    with DatabaseFactory.from_url(url) as db:
        prepare(db, NAMES)
        return db.dialect.name


def _audited(url: str, written: set[Turn]) -> dict[str, int]:
    """Audit as one who comes later: with a connection of its own."""
    with DatabaseFactory.from_url(url, timeout=PATIENCE / 2) as db:
        return audit(db, written)


def _kill_a_backend(_: PostgresServer, url: str) -> None:
    """Kill a writer's session, on which the server ends all and starts anew."""
    with psycopg.connect(url, autocommit=True) as witness:
        ((backend,),) = witness.execute(A_WRITERS_BACKEND).fetchall()
        os.kill(backend, signal.SIGKILL)
        until(lambda: _is_ended(witness), PATIENCE)


def _is_ended(session: psycopg.Connection[tuple[int]]) -> bool:
    try:
        session.execute("SELECT 1")
    except psycopg.OperationalError:
        return True
    return False


def wait_for_server(url: str) -> None:
    """Wait until a server that restarts lets clients in."""
    with DatabaseFactory.from_url(url) as db:
        until(lambda: outcome_of(db.ping) is None, PATIENCE)


def _stop_at_once(server: PostgresServer, url: str) -> None:
    """Stop the server as `pg_ctl stop -m immediate` does: without a checkpoint."""
    with DatabaseFactory.from_url(url) as db:
        ((folder,),) = db.execute("SHOW data_directory")
    pid = Path(str(folder), "postmaster.pid").read_text().split()[0]
    _end_by_quitting(int(pid))
    server.stop()  # which has ended, and is forgotten now
    server.start()


def _end_by_quitting(process: int) -> None:
    handle = os.pidfd_open(process)
    os.kill(process, signal.SIGQUIT)
    ended, _, _ = select.select([handle], [], [], PATIENCE)
    os.close(handle)
    if not ended:
        raise RuntimeError("the server did not stop")
