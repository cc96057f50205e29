"""A million rows that are read in one loop, and the memory that this takes.

`python -m tests.reliability.streams URL` is the process that reads authors with
their books, and prints what it took; authors alone are what the benchmark reads.
"""

import json
import sys

from roob.orm.column import Column, ForeignKey, PrimaryKey
from roob.orm.db_factory import DatabaseFactory
from roob.orm.relations import Collection
from roob.orm.table import Table

from benchmarks import orm_memory
from benchmarks.orm_memory import GOAL, Stream
from tests.reliability.children import Child
from tests.reliability.outcome import Outcome, Tick

BOOKS_OF_ONE = 10
FILL = (
    "WITH RECURSIVE numbers (number) AS ("
    "SELECT 0 UNION ALL SELECT number + 1 FROM numbers WHERE number < {last}) "
)
FILL_AUTHORS = "INSERT INTO author (name) SELECT 'name ' || number FROM numbers"
FILL_BOOKS = (
    "INSERT INTO book (title, author_id) "
    "SELECT 'title ' || number, number / {each} + 1 FROM numbers"
)


class Author(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)
    books = Collection("Book")


class Book(Table):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)
    author = ForeignKey(Author)


def stream_rows(database: str, rows: int, tick: Tick) -> Outcome:
    """Read authors alone, in a fresh process."""
    tick(f"streams on {database}")
    verdict = orm_memory.measure(database, rows)
    return _outcome("streams", database, rows, verdict.value or 0.0)


def stream_collections(url: str, rows: int, tick: Tick) -> Outcome:
    """Read authors and the books of each, so many books in all."""
    with DatabaseFactory.from_url(url) as db:
        database = db.dialect.name
        tick(f"streams on {database}, with a collection")
        db.create(Book)
        authors = rows // BOOKS_OF_ONE
        db.execute(FILL.format(last=authors - 1) + FILL_AUTHORS)
        fill_books = FILL_BOOKS.format(each=BOOKS_OF_ONE)
        db.execute(FILL.format(last=rows - 1) + fill_books)
    with Child("streams", url) as reader:
        stream = Stream(**json.loads(reader.end()[-1]))
    if stream.rows != rows:
        raise RuntimeError(f"{stream.rows:,} rows were read, and there are {rows:,}")
    return _outcome("streams with include()", database, rows, stream.megabytes)


def _outcome(proof: str, database: str, rows: int, megabytes: float) -> Outcome:
    done = {"rows": rows, "MB above the start": round(megabytes)}
    beyond = max(0, round(megabytes - GOAL))
    return Outcome(proof, database, done, {f"MB beyond {GOAL:.0f}": beyond})


def main(url: str) -> None:
    with DatabaseFactory.from_url(url) as db:
        db.query(Author).include(Author.books).limit(1).all()
        start = orm_memory.kib("VmRSS")
        read = db.query(Author).include(Author.books)
        rows = sum(len(author.books) for author in read)
        print(json.dumps(vars(Stream(rows, start, orm_memory.kib("VmHWM")))))


if __name__ == "__main__":
    main(*sys.argv[1:])
