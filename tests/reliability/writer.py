"""A process that writes and says so: `python -m tests.reliability.writer URL 0 17`.

It goes on from turn 17 until it is asked to end, or killed.  A line of its output is
the number of a turn whose write was acknowledged, or `17 ?` where the connection was
lost and it cannot know.
"""

import logging
import sys
from itertools import count

from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory
from roob.orm.exceptions import UnavailableError

from tests.reliability.children import PATIENCE, is_asked_to_end
from tests.reliability.ledger import Turn, job_of

DOUBT = "?"


def main(url: str, writer: str, first: str) -> None:
    logging.getLogger("psycopg.pool").disabled = True  # it tells of each lost session
    with DatabaseFactory.from_url(url, timeout=PATIENCE / 2) as db:
        for number in count(int(first)):
            print(number, *_doubts(db, Turn(writer, number)), flush=True)
            if is_asked_to_end():
                return


def _doubts(db: Database, turn: Turn) -> list[str]:
    try:
        job_of(turn)(db, turn)
    except UnavailableError:
        return [DOUBT]
    return []


if __name__ == "__main__":
    main(*sys.argv[1:])
