"""Processes that fork after they have connected, with threads at work."""

from roob.orm.db_factory import DatabaseFactory

from tests.reliability.children import Child
from tests.reliability.ledger import BATCH_JOBS, Turn, audit, prepare
from tests.reliability.outcome import Outcome, Tick

FORKS_A_ROUND = 3


def fork(url: str, rounds: int, tick: Tick) -> Outcome:
    """Fork between and inside of transactions; all that was acknowledged is there."""
    with DatabaseFactory.from_url(url) as db:
        database = db.dialect.name
        prepare(db, [])
    tick(f"forks on {database}")
    with Child("forker", url, rounds) as forker:
        lines = forker.end()
    troubles = [line for line in lines if line.startswith("!")]
    written = {_turn(line) for line in lines if not line.startswith("!")}
    with DatabaseFactory.from_url(url) as db:
        faults = audit(db, written, BATCH_JOBS)
    done = {"forks": rounds * FORKS_A_ROUND, "acknowledged writes": len(written)}
    faults["children that failed or saw too much"] = len(troubles)
    return Outcome("forks", database, done, faults)


def _turn(mark: str) -> Turn:
    writer, number = mark.split("/")
    return Turn(writer, int(number))
