"""What every party of the ORM benchmark is asked to do, and which answer is right.

A party's answer is held against the rows of the work; where a job writes, the store
reads the tables back, on a connection of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from benchmarks.cases import WrongAnswerError
from benchmarks.orm_databases import Store
from benchmarks.orm_parties import Party
from benchmarks.orm_work import Work

FETCHALL_JOBS = ("read all", "read with reference")
"""What is asked of `fetchall`, which makes no objects and writes nothing."""


@dataclass(frozen=True)
class Job:
    """One column of the table; `changes_rows` says that `Store.restore` must follow.

    `check(store, answer)` raises WrongAnswerError.
    """

    name: str
    run: Callable[[Party, Work], Any]
    check: Callable[[Store, Any], None]
    changes_rows: bool = True

    def is_for(self, party: str) -> bool:
        """Whether the party does this job."""
        return party != "fetchall" or self.name in FETCHALL_JOBS


def _check_inserted_authors(store: Store, answer: Sequence[Any]) -> None:
    expected = _with_keys(answer, store.work.authors)
    _same("the authors in the table", expected, store.added_authors())


def _check_inserted_books(store: Store, answer: Sequence[Any]) -> None:
    expected = _with_keys(answer, store.work.books)
    _same("the books in the table", expected, store.added_books())


def _with_keys(
    answer: Sequence[Any], values: Sequence[tuple[object, ...]]
) -> list[tuple[object, ...]]:
    """Put the keys that a party tells before the values that it was given."""
    keys = [row if isinstance(row, int) else row.id for row in answer]
    return [(key, *one) for key, one in zip(keys, values, strict=False)]


def _check_all(store: Store, answer: Sequence[Any]) -> None:
    _same("the authors read", store.work.stored_authors, [*map(_author, answer)])


def _check_by_id(store: Store, answer: Sequence[Any]) -> None:
    expected = [store.work.stored_authors[key - 1] for key in store.work.few_keys]
    _same("the authors read", expected, [*map(_author, answer)])


def _check_books(store: Store, answer: Sequence[Any]) -> None:
    """Look at the books once their authors have other names in the database.

    An author that is read only now is so found out: the job reads books with authors.
    """
    store.rename_authors()
    found = [_book(row) for row in answer]
    _same("the books read", store.work.books_with_authors, found)


def _check_changed(store: Store, answer: object) -> None:
    _same("the authors in the table", store.work.changed_authors, store.authors())


def _author(row: Any) -> tuple[object, ...]:
    return row if isinstance(row, tuple) else (row.id, row.name, row.age)


def _book(row: Any) -> tuple[object, ...]:
    if isinstance(row, tuple):
        return row
    return (row.id, row.title, row.price, *_author(row.author))


def _same(what: str, expected: Sequence[object], found: Sequence[object]) -> None:
    if len(found) != len(expected):
        raise WrongAnswerError(f"{what} are {len(found):,} and not {len(expected):,}")
    for right, one in zip(expected, found, strict=True):
        if one != right:
            raise WrongAnswerError(f"{what}: {one!r} where {right!r} is right")


_ALL = (
    Job(
        "insert one by one",
        lambda party, work: party.insert_one_by_one(work.authors),
        _check_inserted_authors,
    ),
    Job(
        "batch insert",
        lambda party, work: party.insert_batch(work.books),
        _check_inserted_books,
    ),
    Job(
        "read all",
        lambda party, _: party.read_all(),
        _check_all,
        changes_rows=False,
    ),
    Job(
        "by id",
        lambda party, work: party.read_by_id(work.few_keys),
        _check_by_id,
        changes_rows=False,
    ),
    Job(
        "read with reference",
        lambda party, _: party.read_with_reference(),
        _check_books,
    ),
    Job(
        "read-change-write",
        lambda party, work: party.change(work.few_keys),
        _check_changed,
    ),
)

JOBS: Mapping[str, Job] = MappingProxyType({job.name: job for job in _ALL})
"""In the order of the tables."""
