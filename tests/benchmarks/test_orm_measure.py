"""Rounds of the ORM benchmark: who is timed, who is refused, who is left out."""

from contextlib import ExitStack
from itertools import groupby
from typing import Any

from benchmarks.orm_databases import sqlite_places
from benchmarks.orm_jobs import JOBS
from benchmarks.orm_measure import Contestant, measure, measure_database, set_up
from benchmarks.orm_work import Work

WORK = Work(20)


def silent(what: str) -> None:
    """Progress that is shown to nobody."""


class Forgetful:
    """A party that reads one author less, from its third answer on."""

    def __init__(self, party: Any) -> None:
        self._party = party
        self._answers = 0

    def read_all(self) -> Any:
        self._answers += 1
        authors = self._party.read_all()
        return authors if self._answers < 3 else authors[1:]


def test_every_party_is_timed_once_a_round_in_each_of_its_jobs() -> None:
    report = measure_database(
        "sqlite", ["plain", "fetchall"], ["read all", "by id"], WORK, 3, silent
    )
    assert [(one.party, one.job, len(one.seconds)) for one in report.timings] == [
        ("plain", "read all", 3),
        ("fetchall", "read all", 3),
        ("plain", "by id", 3),
    ]
    assert report.notes == ()
    assert all(seconds > 0 for one in report.timings for seconds in one.seconds)


def test_every_round_begins_with_another_party() -> None:
    told: list[str] = []

    class Telling:
        def __init__(self, name: str) -> None:
            self.name = name

        def read_all(self) -> Any:
            told.append(self.name)
            return WORK.stored_authors

    class AnyStore:
        work = WORK

    contestants = [Contestant(name, Telling(name), AnyStore()) for name in "abc"]
    measure([JOBS["read all"]], contestants, 3, silent)
    turns = "".join(name for name, _ in groupby(told))
    assert turns == "abc" + "abc" + "bca" + "cab"  # checked first, then three rounds


def test_a_party_that_answers_wrongly_has_no_figure_and_a_note() -> None:
    with ExitStack() as stack:
        places = stack.enter_context(sqlite_places())
        good = set_up("plain", places, WORK, stack)
        bad = Contestant("forgetful", Forgetful(good.party), good.store)
        right, wrong = measure([JOBS["read all"]], [good, bad], 3, silent)
    assert len(right.seconds) == 3
    assert wrong.seconds == ()
    assert wrong.note == "wrong answer: the authors read are 19 and not 20"


def test_a_party_that_is_not_installed_is_noted() -> None:
    report = measure_database(
        "sqlite", ["plain", "no_such_party"], ["by id"], WORK, 1, silent
    )
    assert [one.party for one in report.timings] == ["plain"]
    (note,) = report.notes
    assert note.startswith("no_such_party: left out, No module named")
