"""Wrong answers are found out, whatever they are wrong in."""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.cases import WrongAnswerError
from benchmarks.orm_databases import Store, open_store, sqlite_places
from benchmarks.orm_jobs import JOBS
from benchmarks.orm_parties import Place, plain
from benchmarks.orm_work import Work

WORK = Work(10)


@pytest.fixture
def place() -> Iterator[Place]:
    with sqlite_places() as places:
        yield places("tested")


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with open_store(place, WORK) as store:
        yield store


@pytest.fixture
def party(place: Place, store: Store) -> Iterator[plain.Plain]:
    party = plain.make(place)
    yield party
    party.close()


def _refused(store: Store, job: str, answer: Any) -> str:
    with pytest.raises(WrongAnswerError) as caught:
        JOBS[job].check(store, answer)
    return str(caught.value)


def test_rows_that_are_not_in_the_table_were_not_inserted(store: Store) -> None:
    message = _refused(store, "insert one by one", range(11, 21))
    assert message == "the authors in the table are 0 and not 10"


def test_a_row_that_tells_another_key_than_the_tables_is_wrong(
    store: Store, party: plain.Plain
) -> None:
    keys = party.insert_batch(WORK.books)
    keys[3], keys[4] = keys[4], keys[3]
    message = _refused(store, "batch insert", keys)
    assert message.startswith("the books in the table: (14, 'title 3'")


def test_a_row_that_does_not_know_its_key_is_wrong(
    store: Store, party: plain.Plain
) -> None:
    party.insert_one_by_one(WORK.authors)
    rows = [SimpleNamespace(id=None)] * 10
    assert "where (None, 'name 0', 0) is right" in _refused(
        store, "insert one by one", rows
    )


@pytest.mark.parametrize("job", ["read all", "by id"])
def test_a_value_of_another_type_or_row_is_wrong(
    store: Store, party: plain.Plain, job: str
) -> None:
    answer: Sequence[Any] = JOBS[job].run(party, WORK)
    one = plain.Author()
    one.id, one.name, one.age = 1, "name 0", 17
    assert "(1, 'name 0', 17)" in _refused(store, job, [one, *answer[1:]])


def test_a_missing_row_is_wrong(store: Store, party: plain.Plain) -> None:
    assert "are 9 and not 10" in _refused(store, "read all", party.read_all()[1:])


def test_an_author_read_only_when_asked_for_is_wrong(
    store: Store, party: plain.Plain
) -> None:
    # Given books that read their authors late
    class LateBook(plain.Book):
        @property
        def author(self) -> plain.Author:  # type: ignore[override]
            return party.read_all()[self.key - 1]

    # Then the names that they show are those of later
    late = []
    for book in party.read_with_reference():
        one = LateBook()
        one.__dict__.update(vars(book), key=book.author.id)
        late.append(one)
    assert "'renamed'" in _refused(store, "read with reference", late)


def test_a_change_that_is_not_written_is_wrong(store: Store) -> None:
    assert "(1, 'name 0', 0)" in _refused(store, "read-change-write", None)


def test_a_change_to_too_many_rows_is_wrong(store: Store, party: plain.Plain) -> None:
    party.change(range(1, 11))
    assert "where (2, 'name 1', 1) is right" in _refused(
        store, "read-change-write", None
    )


def test_a_store_takes_back_whatever_a_job_did(
    store: Store, party: plain.Plain
) -> None:
    for job in JOBS.values():
        job.run(party, WORK)
    store.rename_authors()
    store.restore()
    assert store.authors() == WORK.stored_authors
    assert [book.id for book in party.read_with_reference()] == list(range(1, 11))


def test_a_party_that_waits_less_for_the_disk_is_refused(
    store: Store, party: plain.Plain
) -> None:
    party.connection.execute("PRAGMA synchronous = NORMAL")
    with pytest.raises(WrongAnswerError, match="PRAGMA synchronous is 1 and not 2"):
        store.check_promises(party)
