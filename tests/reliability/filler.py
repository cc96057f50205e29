"""A process that writes until there is no room: `... .filler PATH disk`.

`disk` is a file system that is nearly full, `limit` a process that may not write
larger files.  Its output is a JSON object: what it met before there was room again,
and what the audit found then and afterwards.
"""

import json
import resource
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from types import MappingProxyType

from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory
from roob.orm.exceptions import DatabaseError

from tests.reliability.ledger import BATCH_JOBS, Turn, audit, job_of, prepare
from tests.reliability.outcome import added

BALLAST = 1_000_000
"""Bytes that are removed to make room."""
LIMIT = 600_000
"""The size of a file at which the process has to stop."""


def main(path: str, kind: str) -> None:
    with DatabaseFactory().get_connection(path) as db:
        prepare(db, [])
        with KINDS[kind](Path(path)):
            written, error = _fill(db, "filler")
            _, again = _fill(db, "again")
            faults = audit(db, written, BATCH_JOBS)
        after = [Turn("after", number) for number in range(2 * len(BATCH_JOBS))]
        for turn in after:
            job_of(turn, BATCH_JOBS)(db, turn)
        faults = added(faults, audit(db, {*written, *after}, BATCH_JOBS))
    found = {"written": len(written), "errors": [error, again], "faults": faults}
    print(json.dumps(found))


def _fill(db: Database, name: str) -> tuple[set[Turn], str]:
    """Write until it fails; what was written, and the kind of error."""
    written: set[Turn] = set()
    for number in count():
        turn = Turn(name, number)
        try:
            job_of(turn, BATCH_JOBS)(db, turn)
        except DatabaseError as error:
            return written, type(error).__name__
        written.add(turn)
    raise AssertionError("a database is full at some time")


@contextmanager
def _nearly_full(path: Path) -> Iterator[None]:
    ballast = path.with_name("ballast")
    ballast.write_bytes(bytes(BALLAST))
    yield
    ballast.unlink()


@contextmanager
def _limited(path: Path) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


KINDS: Mapping[str, Callable[[Path], AbstractContextManager[None]]] = MappingProxyType(
    {"disk": _nearly_full, "limit": _limited}
)

if __name__ == "__main__":
    main(*sys.argv[1:])
