"""Sessions that the server ends under load, all at once, and a server that restarts.

Eight threads write, each with a connection.  One whose request fails looks whether
its write is there, and writes it again only where it is not.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from threading import Event, Thread
from types import TracebackType
from typing import Self

import psycopg
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory
from roob.orm.exceptions import UnavailableError

from framework.tests.orm.postgres_server import PostgresServer
from framework.tests.orm.postgres_sessions import until
from tests.reliability.children import PATIENCE
from tests.reliability.ledger import (
    BATCH_JOBS,
    Turn,
    audit,
    is_written,
    job_of,
    prepare,
)
from tests.reliability.outcome import Outcome, Tick

THREADS = 8
PREY = "prey"
END_ALL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    f"WHERE application_name = '{PREY}'"
)


class Writer(Thread):
    """One client: it does not give a turn up, and counts what fails on the way."""

    def __init__(self, db: Database, name: str, is_over: Event) -> None:
        super().__init__()
        self.written: list[Turn] = []
        self.failed = 0
        self.written_though_failed = 0
        self._db, self._name, self._is_over = db, name, is_over

    def run(self) -> None:
        for number in count():
            turn = Turn(self._name, number)
            while not (self._writes(turn) or self._finds(turn)):
                pass
            self.written.append(turn)
            if self._is_over.is_set():
                return

    def _writes(self, turn: Turn) -> bool:
        return self._succeeds(lambda: job_of(turn, BATCH_JOBS)(self._db, turn))

    def _finds(self, turn: Turn) -> bool:
        """Whether the failed write is there after all."""
        found: list[bool] = []
        while not self._succeeds(lambda: found.append(is_written(self._db, turn))):
            pass
        self.written_though_failed += found[0]
        return found[0]

    def _succeeds(self, request: Callable[[], None]) -> bool:
        try:
            request()
        except UnavailableError:
            self.failed += 1
            return False
        return True


@dataclass
class Load:
    """All writers at work; leaving the block ends them."""

    db: Database

    def __enter__(self) -> Self:
        self._is_over = Event()
        self.writers = [Writer(self.db, str(n), self._is_over) for n in range(THREADS)]
        for writer in self.writers:
            writer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over.set()
        for writer in self.writers:
            writer.join(PATIENCE)

    @property
    def failed(self) -> int:
        return sum(writer.failed for writer in self.writers)

    def wait_for_more(self, turns: int) -> None:
        before = [len(writer.written) for writer in self.writers]
        until(lambda: self._is_beyond([done + turns for done in before]), PATIENCE)

    def _is_beyond(self, goals: list[int]) -> bool:
        pairs = zip(self.writers, goals, strict=True)
        return all(len(writer.written) >= goal for writer, goal in pairs)


def end_sessions(
    server: PostgresServer, url: str, kills: int, restarts: int, tick: Tick
) -> Outcome:
    """End all sessions so many times, and restart the server so many times."""

    def kill() -> None:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(END_ALL)

    def restart() -> None:
        server.stop()
        server.start()

    with ExitStack() as stack:
        named = f"{url}&application_name={PREY}"
        db = stack.enter_context(
            DatabaseFactory.from_url(named, timeout=PATIENCE / 2, pool_size=THREADS)
        )
        prepare(db, [])
        load = stack.enter_context(Load(db))
        events = [kill] * kills + [restart] * restarts
        beyond = sum(_failures_beyond(load, event, tick) for event in events)
    with DatabaseFactory.from_url(url) as db:
        written = {turn for writer in load.writers for turn in writer.written}
        faults = audit(db, written, BATCH_JOBS)
    done = {
        "times all sessions were ended": kills,
        "restarts": restarts,
        "acknowledged writes": len(written),
        "failed requests": load.failed,
        "of them written": sum(w.written_though_failed for w in load.writers),
    }
    faults["failed beyond one for each connection"] = beyond
    return Outcome("sessions ended under load", "postgresql", done, faults)


def _failures_beyond(load: Load, event: Callable[[], None], tick: Tick) -> int:
    """How many requests fail of this event beyond one for each connection."""
    tick(f"sessions: {event.__name__}")
    load.wait_for_more(5)
    before = load.failed
    event()
    load.wait_for_more(5)
    return max(0, load.failed - before - THREADS)
