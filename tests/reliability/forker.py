"""A process that forks while its threads write: `... .forker URL 3`.

In each round it forks once between transactions, once inside of an open one, and
once by multiprocessing, all with threads at work.  A line of its output is the mark
of a write that was acknowledged, in whichever process.
"""

import multiprocessing
import os
import select
import signal
import sys
import warnings
from collections.abc import Callable
from itertools import count
from threading import Event, Thread

from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory, Dialect
from roob.orm.exceptions import UnavailableError

from tests.reliability.children import PATIENCE
from tests.reliability.ledger import BATCH_JOBS, Account, Turn, job_of

THREADS = 4
TURNS_OF_A_CHILD = 8
CHILD_PATIENCE = 60.0
ABSENT, SEEN, REFUSED = b"absent", b"seen", b"refused"


def main(url: str, rounds: str) -> None:
    warnings.simplefilter("ignore", DeprecationWarning)  # to fork beside threads
    over = Event()
    with DatabaseFactory.from_url(url, timeout=PATIENCE / 2) as db:
        threads = [
            Thread(target=write, args=(db, f"thread{number}", over.is_set))
            for number in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        try:
            for round_ in range(int(rounds)):
                for fork in (fork_between, fork_inside, fork_by_multiprocessing):
                    fork(db, f"{fork.__name__}{round_}")
        finally:
            over.set()
            for thread in threads:
                thread.join(PATIENCE)


def write(db: Database, name: str, is_over: Callable[[], bool]) -> None:
    """Write batches, and acknowledge each in one piece."""
    for number in count():
        turn = Turn(name, number)
        job_of(turn, BATCH_JOBS)(db, turn)
        _acknowledge(turn)
        if is_over():
            return


def write_some(db: Database, name: str) -> None:
    turns = iter(range(TURNS_OF_A_CHILD))
    write(db, name, lambda: next(turns, None) is None)


def fork_between(db: Database, name: str) -> None:
    """Parent and child go on side by side."""
    child = _forked(lambda: write_some(db, f"{name}-child"))
    write_some(db, name)
    _expect_success(child, name)


def fork_inside(db: Database, name: str) -> None:
    """The child sees nothing of its parent's transaction, which stays whole."""
    asked, answered = os.pipe()
    turn = Turn(f"{name}-inside", 0)

    def look_and_write() -> None:
        answer = _look(db, turn)
        os.write(answered, answer)
        if answer == ABSENT:
            write_some(db, f"{name}-child")

    with db.transaction("read committed"):
        db.save(Account(name=turn.mark))
        child = _forked(look_and_write)
        answer = _answer_from(asked)
        db.save_all(turn.batch())
    _acknowledge(turn)
    for pipe in (asked, answered):
        os.close(pipe)
    _expect_success(child, name)
    db.get_by_id(Account, turn.mark)
    if answer != (REFUSED if db.dialect.name == Dialect.SQLITE else ABSENT):
        _report(f"{name}: the child's answer was {answer!r}")


def _look(db: Database, turn: Turn) -> bytes:
    """Look for a parent's row from a child; SQLite refuses to serve that one."""
    try:
        names = {account.name for account in db.get_all(Account)}
    except UnavailableError:
        return REFUSED
    return SEEN if turn.mark in names else ABSENT


def fork_by_multiprocessing(db: Database, name: str) -> None:
    forking = multiprocessing.get_context("fork")
    child = forking.Process(target=write_some, args=(db, f"{name}-child"))
    child.start()
    write_some(db, name)
    child.join(CHILD_PATIENCE)
    if child.exitcode != 0:
        child.kill()
        _report(f"{name}: the child ended with {child.exitcode}")


def _forked(work: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    finally:
        sys.stderr.flush()
        os._exit(code)


def _answer_from(pipe: int) -> bytes:
    ready, _, _ = select.select([pipe], [], [], CHILD_PATIENCE)
    return os.read(pipe, 100) if ready else b""


def _expect_success(child: int, name: str) -> None:
    """Wait for a child, and kill it where it hangs."""
    handle = os.pidfd_open(child)
    ended, _, _ = select.select([handle], [], [], CHILD_PATIENCE)
    os.close(handle)
    if not ended:
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code != 0:
        _report(f"{name}: the child ended with {code}")


def _acknowledge(turn: Turn) -> None:
    os.write(sys.stdout.fileno(), f"{turn.mark}\n".encode())


def _report(trouble: str) -> None:
    os.write(sys.stdout.fileno(), f"! {trouble}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
