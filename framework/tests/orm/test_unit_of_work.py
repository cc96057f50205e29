"""What a block adds, changes and removes, written together when it ends."""

import pytest
from roob.orm.column import Column, ForeignKey, PrimaryKey
from roob.orm.database import Database
from roob.orm.exceptions import RecordNotFound, UniqueError
from roob.orm.table import Table
from roob.orm.unit_of_work import unit_of_work


class Author(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str, unique=True)


class Book(Table):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)
    author = ForeignKey(Author)


class Folder(Table):
    id = PrimaryKey(int)
    parent: "ForeignKey[Folder | None]" = ForeignKey("self", nullable=True)


@pytest.fixture
def library(any_db: Database) -> Database:
    any_db.create(Book)
    any_db.create(Folder)
    return any_db


def names(db: Database) -> list[str]:
    return [author.name for author in db.query(Author)]


def test_new_rows_are_written_after_those_that_they_refer_to(
    library: Database,
) -> None:
    ada = Author(name="Ada")
    with unit_of_work(library) as work:
        work.add(Book(title="Notes", author=ada), ada)
        assert names(library) == []
    assert library.query(Book).one().author == ada


def test_what_is_changed_of_a_row_is_written_at_the_end(library: Database) -> None:
    library.save(Author(name="Ada"))
    with unit_of_work(library) as work:
        work.get(Author, 1).name = "Augusta"
        assert names(library) == ["Ada"]
    assert names(library) == ["Augusta"]
    with pytest.raises(RecordNotFound), unit_of_work(library) as work:
        work.get(Author, 7)


def test_an_error_of_the_block_leaves_all_as_it_was(library: Database) -> None:
    library.save(ada := Author(name="Ada"))
    new = Author(name="Bob")

    def work_in_vain() -> None:
        with unit_of_work(library) as work:
            work.add(new)
            work.remove(ada)
            work.flush()
            assert names(library) == ["Bob"]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work_in_vain()
    assert names(library) == ["Ada"]
    assert new.id is None


def test_an_error_at_the_end_leaves_all_as_it_was(library: Database) -> None:
    library.save(ada := Author(name="Ada"))

    def add_one_name_twice() -> None:
        with unit_of_work(library) as work:
            work.remove(ada)
            work.add(Author(name="Bob"), Author(name="Bob"))

    with pytest.raises(UniqueError):
        add_one_name_twice()
    assert names(library) == ["Ada"]


def test_rows_are_removed_before_those_that_they_refer_to(library: Database) -> None:
    ada = Author(name="Ada")
    books = [Book(title="A", author=ada), Book(title="B", author=ada)]
    top, middle = Folder(id=1), Folder(id=2)
    middle.parent = top
    bottom = Folder(id=3, parent=middle)
    library.save_all([ada, *books, top, middle, bottom])
    with unit_of_work(library) as work:
        work.remove(ada, books[0], middle, top, books[1], bottom)
    assert (names(library), library.query(Folder).count()) == ([], 0)


def test_a_new_row_that_is_removed_again_is_never_written(library: Database) -> None:
    bob = Author(name="Bob")
    with unit_of_work(library) as work:
        work.add(Author(name="Ada"), bob)
        work.remove(bob)
    assert names(library) == ["Ada"]


def test_a_row_that_is_removed_is_not_written_before(library: Database) -> None:
    library.save(Author(name="Ada"))
    with library.record() as log, unit_of_work(library) as work:
        ada = work.get(Author, 1)
        ada.name = "Augusta"
        work.remove(ada)
    assert not [run for run in log if run.sql.startswith("UPDATE")]
    assert names(library) == []


def test_what_is_written_half_way_is_not_written_twice(library: Database) -> None:
    library.save(bob := Author(name="Bob"))
    with unit_of_work(library) as work:
        ada = Author(name="Ada")
        work.add(ada)
        work.remove(bob)
        work.flush()
        assert (names(library), ada.id) == (["Ada"], 2)
        ada.name = "Augusta"
    assert names(library) == ["Augusta"]
