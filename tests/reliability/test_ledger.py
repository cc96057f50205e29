"""The audit itself: it finds what the proofs say is not there."""

from collections.abc import Iterator

import pytest
from roob.orm.database import Database
from roob.orm.db_factory import DatabaseFactory

from tests.reliability.ledger import (
    JOBS,
    Account,
    Batch,
    Entry,
    Turn,
    Updated,
    audit,
    job_of,
    prepare,
)

TURNS = [Turn("0", number) for number in range(len(JOBS))]


@pytest.fixture
def db(any_url: str) -> Iterator[Database]:
    with DatabaseFactory.from_url(any_url) as db:
        prepare(db, ["0"])
        for turn in TURNS:
            job_of(turn)(db, turn)
        yield db


def faults(db: Database) -> dict[str, int]:
    return {what: n for what, n in audit(db, TURNS).items() if n}


def test_nothing_is_wrong_with_what_was_written(db: Database) -> None:
    assert faults(db) == {}


def test_a_batch_that_is_gone_is_lost(db: Database) -> None:
    db.query(Batch).where(Batch.mark == "0/0").delete()
    assert faults(db) == {"lost": 1}


def test_a_row_at_an_earlier_turn_has_lost_its_last_one(db: Database) -> None:
    db.query(Updated).update(turn=0)
    assert faults(db) == {"lost": 1}


def test_a_batch_without_an_entry_is_half_there(db: Database) -> None:
    db.delete(Entry, db.get_all(Entry)[0].id)
    assert faults(db) == {"half there": 1}


def test_a_mark_that_comes_again_is_there_twice(db: Database) -> None:
    db.save(Batch(mark="0/0", parts=0))
    assert faults(db) == {"there twice": 1}


def test_an_amount_that_came_from_nowhere_is_out_of_balance(db: Database) -> None:
    db.query(Account).where(Account.name == "left").update(balance=Account.balance + 7)
    assert faults(db) == {"out of balance": 7}


def test_an_entry_without_its_batch_is_damage(tmp_path, any_url: str) -> None:
    if not any_url.startswith("sqlite"):
        pytest.skip("PostgreSQL lets nobody do that")
    with DatabaseFactory.from_url(any_url) as db:
        prepare(db, [])
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("INSERT INTO entry (batch_id, place) VALUES (99, 0)")
        assert audit(db, [])["damaged"] == 1
