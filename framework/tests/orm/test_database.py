import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from roob.orm.column import Column, ForeignKey, PrimaryKey
from roob.orm.database import Database
from roob.orm.dialects import SQLITE
from roob.orm.exceptions import (
    DatabaseError,
    ForeignKeyError,
    IntegrityError,
    InvalidValueError,
    NotLoadedError,
    RecordNotFound,
    SchemaError,
    UniqueError,
    UnknownColumnError,
    UnsavedReferenceError,
)
from roob.orm.joins import Record
from roob.orm.query import Statement
from roob.orm.sqlite import SqliteConnector
from roob.orm.table import Table


class Author(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)
    age = Column(int, nullable=True)


class Book(Table):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)
    author = ForeignKey(Author)


class Shelf(Table):
    code = PrimaryKey(str)
    book = ForeignKey(Book, nullable=True)


@pytest.fixture
def library(any_db: Database) -> Database:
    for table in (Author, Book, Shelf):
        any_db.create(table)
    return any_db


def saved(db: Database, row: Any) -> Any:
    db.save(row)
    return row


def test_create_is_idempotent_and_keeps_the_rows(library: Database) -> None:
    saved(library, Author(name="Ada"))
    library.create(Author)
    assert [author.name for author in library.get_all(Author)] == ["Ada"]


def test_save_sets_the_number_of_a_new_row(library: Database) -> None:
    ada, grace = Author(name="Ada", age=36), Author(name="Grace", age=85)
    library.save(ada)
    library.save(grace)
    assert (ada.id, grace.id) == (1, 2)
    assert library.get_by_id(Author, id=1).to_dict() == ada.to_dict()


def test_save_updates_a_known_row(library: Database) -> None:
    ada = saved(library, Author(name="Ada"))
    ada.name = "Augusta"
    library.save(ada)
    loaded = library.get_by_id(Author, id=1)
    loaded.age = 36
    library.save(loaded)
    assert [a.to_dict() for a in library.get_all(Author)] == [
        {"id": 1, "name": "Augusta", "age": 36}
    ]


def test_update_writes_the_row_of_the_key(library: Database) -> None:
    saved(library, Author(name="Ada"))
    library.update(Author(id=1, name="Grace"))
    assert library.get_by_id(Author, id=1).name == "Grace"


def test_delete_removes_the_row_of_the_key(library: Database) -> None:
    saved(library, Author(name="Ada"))
    library.delete(Author, id=1)
    assert library.get_all(Author) == []


def test_numbers_do_not_come_twice(library: Database) -> None:
    saved(library, Author(name="Ada"))
    library.delete(Author, id=1)
    assert saved(library, Author(name="Grace")).id == 2


def test_a_reference_by_key_reads_nothing(library: Database) -> None:
    ada = saved(library, Author(name="Ada", age=36))
    with library.record() as log:
        author = library.reference(Author, ada.id)
    assert (log, author) == ([], ada)
    library.save(Book(title="Notes", author=author))
    assert library.get_all(Book)[0].author.name == "Ada"
    with pytest.raises(InvalidValueError, match=r"author\.id"):
        library.reference(Author, "1")


def test_tables_that_refer_to_each_other_are_created(any_db: Database) -> None:
    class Left(Table):
        id = PrimaryKey(int, auto_increment=True)
        right: ForeignKey[Any] = ForeignKey("Right", nullable=True)

    class Right(Table):
        id = PrimaryKey(int, auto_increment=True)
        left: ForeignKey[Any] = ForeignKey("Left", nullable=True)

    any_db.create(Left)
    any_db.create(Right)
    left = saved(any_db, Left())
    right = saved(any_db, Right(left=left))
    left.right = right
    any_db.save(left)
    with pytest.raises(ForeignKeyError):
        any_db.delete(Right, right.id)


def test_a_missing_row_is_named(library: Database) -> None:
    message = r"^author with id 999 not found$"
    with pytest.raises(RecordNotFound, match=message):
        library.get_by_id(Author, id=999)
    with pytest.raises(RecordNotFound, match=message):
        library.delete(Author, id=999)
    with pytest.raises(RecordNotFound, match=message):
        library.update(Author(id=999, name="Ada"))
    with pytest.raises(RecordNotFound, match=r"^shelf with code A1 not found$"):
        library.get_by_id(Shelf, "A1")


def test_a_known_row_that_is_gone_is_not_saved_anew(library: Database) -> None:
    ada = saved(library, Author(name="Ada"))
    library.delete(Author, id=ada.id)
    with pytest.raises(RecordNotFound):
        library.save(ada)


def test_a_key_may_be_text_of_any_name(library: Database) -> None:
    saved(library, Shelf(code="B' OR 1=1"))
    saved(library, Shelf(code="A1"))
    assert library.get_by_id(Shelf, "A1").code == "A1"
    assert [shelf.code for shelf in library.get_all(Shelf)] == ["A1", "B' OR 1=1"]
    with pytest.raises(UniqueError):
        library.save(Shelf(code="A1"))


def test_the_key_of_a_stored_row_does_not_change(library: Database) -> None:
    ada, grace = (saved(library, Author(name=name)) for name in ("Ada", "Grace"))
    ada.id = grace.id
    with pytest.raises(InvalidValueError, match=r"author\.id was 1 and is now 2"):
        library.save(ada)
    assert library.get_by_id(Author, 2).name == "Grace"


@pytest.mark.parametrize("taken", [5, 2**62 - 1, 2**62, 2**63 - 2, 2**63 - 1, -1])
def test_an_explicit_id_never_breaks_later_inserts(
    library: Database, taken: int
) -> None:
    saved(library, Author(name="first"))
    saved(library, Author(id=taken, name="explicit"))
    later = [saved(library, Author(name=f"later {n}")).id for n in range(4)]
    assert len({1, taken, *later}) == 6
    assert {author.id for author in library.get_all(Author)} == {1, taken, *later}


def test_the_largest_id_breaks_nothing_after_it_is_gone_either(
    library: Database,
) -> None:
    saved(library, Author(id=2**63 - 1, name="explicit"))
    library.delete(Author, id=2**63 - 1)
    assert [saved(library, Author(name="later")).id for _ in range(2)] == [1, 2]


def test_a_taken_id_is_an_integrity_error_from_the_driver(library: Database) -> None:
    saved(library, Author(name="Ada"))
    with pytest.raises(IntegrityError, match=r"(?i)unique .*author") as caught:
        library.save(Author(id=1, name="Grace"))
    assert isinstance(caught.value, UniqueError)
    assert type(caught.value.__cause__).__name__ in (
        "IntegrityError",
        "UniqueViolation",
    )


def test_unique_columns_are_unique(any_db: Database) -> None:
    class User(Table):
        id = PrimaryKey(int, auto_increment=True)
        email = Column(str, unique=True)

    any_db.create(User)
    any_db.save(User(email="a@example.org"))
    with pytest.raises(UniqueError, match=r"user.email"):
        any_db.save(User(email="a@example.org"))


def test_values_are_checked_before_sql(library: Database) -> None:
    with pytest.raises(InvalidValueError, match=r"author\.age: 'old' is not of type"):
        library.save(Author(name="Ada", age="old"))
    with pytest.raises(InvalidValueError, match=r"author\.name: None is not allowed"):
        library.save(Author())
    assert library.get_all(Author) == []


def test_a_key_is_checked_before_sql(library: Database) -> None:
    for key in ("1", None, 2**63, 1.0, True):
        with pytest.raises(InvalidValueError, match=r"author\.id: "):
            library.get_by_id(Author, key)
        with pytest.raises(InvalidValueError, match=r"author\.id: "):
            library.delete(Author, key)


def test_a_referenced_row_comes_with_its_row(library: Database) -> None:
    ada = saved(library, Author(name="Ada"))
    saved(library, Book(title="Notes", author=ada))
    assert library.get_by_id(Book, id=1).author.name == "Ada"
    assert library.get_by_id(Book, id=1).author == ada


def test_references_of_references_come_along(library: Database) -> None:
    notes = saved(
        library, Book(title="Notes", author=saved(library, Author(name="Ada")))
    )
    saved(library, Shelf(code="A1", book=notes))
    saved(library, Shelf(code="A2"))
    first, second = library.get_all(Shelf)
    assert first.book is not None
    assert first.book.author.name == "Ada"
    assert second.book is None


def test_rows_that_refer_to_one_row_share_it(library: Database) -> None:
    ada, grace = (saved(library, Author(name=name)) for name in ("Ada", "Grace"))
    for author in (ada, grace, ada):
        saved(library, Book(title="Notes", author=author))
    authors = [book.author for book in library.get_all(Book)]
    assert [author.name for author in authors] == ["Ada", "Grace", "Ada"]
    assert authors[0] is authors[2]


def test_a_loaded_reference_can_be_changed_and_saved(library: Database) -> None:
    ada = saved(library, Author(name="Ada"))
    saved(library, Book(title="Notes", author=ada))
    book = library.get_by_id(Book, id=1)
    book.author.name = "Augusta"
    library.save(book.author)
    library.save(book)
    assert library.get_by_id(Book, id=1).author.name == "Augusta"


def test_an_unsaved_reference_is_refused_before_sql(library: Database) -> None:
    book = Book(title="Notes", author=Author(name="Ada"))
    with pytest.raises(UnsavedReferenceError, match=r"book\.author: <Author id=None>"):
        library.save(book)
    assert library.get_all(Book) == []


@pytest.mark.parametrize("author", [1, "Ada", Book(id=1, title="x")])
def test_a_reference_takes_rows_of_its_table_alone(
    library: Database, author: object
) -> None:
    with pytest.raises(InvalidValueError, match=r"book\.author: .* not a row of Autho"):
        library.save(Book(title="Notes", author=author))


def test_a_row_of_a_child_table_is_no_row_of_its_base(library: Database) -> None:
    class Poet(Author):
        style = Column(str)

    library.create(Poet)
    poet = saved(library, Poet(name="Ada", style="free"))
    with pytest.raises(InvalidValueError, match="not a row of Author"):
        library.save(Book(title="Verses", author=poet))


def test_a_row_that_is_referred_to_stays(library: Database) -> None:
    ada = saved(library, Author(name="Ada"))
    saved(library, Book(title="Notes", author=ada))
    with pytest.raises(ForeignKeyError, match='DELETE FROM "author"'):
        library.delete(Author, id=ada.id)
    assert library.get_all(Author) == [ada]


@pytest.mark.parametrize(
    ("action", "left"), [("cascade", []), ("set null", [None]), ("restrict", None)]
)
def test_on_delete_decides_about_the_referring_rows(
    any_db: Database, action: str, left: list[None] | None
) -> None:
    class Owner(Table):
        id = PrimaryKey(int, auto_increment=True)

    class Pet(Table):
        id = PrimaryKey(int, auto_increment=True)
        owner = ForeignKey(Owner, nullable=True, on_delete=action)

    any_db.create(Owner)
    any_db.create(Pet)
    any_db.save(Pet(owner=saved(any_db, Owner())))
    if left is None:
        with pytest.raises(ForeignKeyError):
            any_db.delete(Owner, id=1)
    else:
        any_db.delete(Owner, id=1)
        assert [pet.owner for pet in any_db.get_all(Pet)] == left


def test_forward_and_self_references_are_real_foreign_keys(any_db: Database) -> None:
    class Item(Table):
        id = PrimaryKey(int, auto_increment=True)
        group: ForeignKey[Any] = ForeignKey("Group")

    class Group(Table):
        id = PrimaryKey(int, auto_increment=True)
        parent: ForeignKey[Any] = ForeignKey("self", nullable=True)

    any_db.create(Item)
    any_db.create(Group)
    root = saved(any_db, Group())
    child = saved(any_db, Group(parent=root))
    saved(any_db, Item(group=child))
    assert any_db.get_by_id(Item, id=1).group.parent == root
    with pytest.raises(ForeignKeyError):
        any_db.delete(Group, id=root.id)


def test_a_cycle_ends_in_a_row_known_by_its_key(any_db: Database) -> None:
    class Group(Table):
        id = PrimaryKey(int, auto_increment=True)
        name = Column(str)
        parent: ForeignKey[Any] = ForeignKey("self", nullable=True)

    any_db.create(Group)
    above = None
    for name in ("root", "middle", "leaf"):
        above = saved(any_db, Group(name=name, parent=above))
    leaf = any_db.get_by_id(Group, id=3)

    assert leaf.parent.name == "middle"
    assert leaf.parent.parent.id == 1
    with pytest.raises(NotLoadedError, match=r"group\.name is not loaded"):
        _ = leaf.parent.parent.name
    any_db.save(leaf.parent.parent)
    any_db.save(leaf.parent)
    assert any_db.get_by_id(Group, id=2).parent.name == "root"
    assert leaf.to_dict()["parent"] == {"id": 2, "name": "middle", "parent": {"id": 1}}


def test_a_reference_that_the_database_lost_keeps_its_key(
    db: Database, path: Path
) -> None:
    db.create(Author)
    db.create(Book)
    db.save(Book(title="Notes", author=saved(db, Author(name="Ada"))))
    raw = sqlite3.connect(path)
    raw.execute("DELETE FROM author")
    raw.commit()
    raw.close()
    book = db.get_by_id(Book, id=1)
    assert book.author.id == 1
    with pytest.raises(NotLoadedError):
        _ = book.author.name


def test_rows_come_in_the_order_of_their_keys(library: Database) -> None:
    for key in (3, 1, 2):
        saved(library, Author(id=key, name="x"))
    assert [author.id for author in library.get_all(Author)] == [1, 2, 3]


def test_filters_find_equal_values(library: Database) -> None:
    ada, grace = (saved(library, Author(name=n, age=a)) for n, a in PEOPLE)
    for author in (ada, grace):
        saved(library, Book(title="Notes", author=author))
    assert library.get_all(Author, name="Ada") == [ada]
    assert library.get_all(Author, age=None) == [grace]
    assert library.get_all(Author, name="Ada", age=None) == []
    assert [book.author for book in library.get_all(Book, author=grace)] == [grace]
    assert [book.author for book in library.get_all(Book, author=ada.id)] == [ada]


PEOPLE = [("Ada", 36), ("Grace", None)]

INJECTIONS = [
    "'; DROP TABLE author; --",
    '" OR ""="',
    "' OR '1'='1",
    "?",
    ":name",
    "%s",
    "\\",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_text_is_a_value_in_every_slot(library: Database, text: str) -> None:
    author = saved(library, Author(name=text))
    shelf = saved(library, Shelf(code=text))
    author.age = 1
    library.save(author)
    assert library.get_by_id(Author, author.id).name == text
    assert library.get_all(Author, name=text) == [author]
    assert library.get_by_id(Shelf, text) == shelf
    library.delete(Shelf, text)
    assert library.get_all(Shelf) == []


@pytest.mark.parametrize("name", [*INJECTIONS, "nope", "id) --", 'name" = ""--'])
def test_unknown_names_are_refused_before_sql(library: Database, name: str) -> None:
    with pytest.raises(UnknownColumnError):
        library.get_all(Author, **{name: 1})


def test_a_transaction_keeps_all_of_its_changes(library: Database) -> None:
    with library.transaction():
        saved(library, Author(name="Ada"))
        saved(library, Author(name="Grace"))
    assert len(library.get_all(Author)) == 2


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_transaction_rolls_back_on_any_error(
    library: Database, error: type[BaseException]
) -> None:
    with pytest.raises(error), library.transaction():  # noqa: PT012
        saved(library, Author(name="Ada"))
        raise error
    assert library.get_all(Author) == []


def test_an_inner_transaction_rolls_back_alone(library: Database) -> None:
    with library.transaction():
        saved(library, Author(name="kept"))
        with pytest.raises(ValueError, match="inner"), library.transaction():  # noqa: PT012
            saved(library, Author(name="lost"))
            raise ValueError("inner")
        with library.transaction():
            saved(library, Author(name="kept too"))
    assert [author.name for author in library.get_all(Author)] == ["kept", "kept too"]


def test_an_outer_transaction_rolls_back_what_inner_ones_kept(
    library: Database,
) -> None:
    author = Author(name="Ada")
    with pytest.raises(ValueError, match="outer"), library.transaction():  # noqa: PT012
        with library.transaction():
            library.save(author)
        raise ValueError("outer")
    assert library.get_all(Author) == []
    assert author.id is None


def test_a_rolled_back_row_is_new_again(library: Database) -> None:
    numbered, named = Author(name="Ada"), Shelf(code="A1")
    with pytest.raises(ValueError, match="undo"), library.transaction():  # noqa: PT012
        library.save(numbered)
        library.save(named)
        raise ValueError("undo")
    assert (numbered.id, named.code) == (None, "A1")
    library.save(numbered)
    library.save(named)
    assert library.get_by_id(Author, id=numbered.id).name == "Ada"
    assert library.get_all(Shelf) == [named]


def test_what_fails_in_a_transaction_of_its_own_leaves_the_outer_usable(
    library: Database,
) -> None:
    with library.transaction():
        saved(library, Author(name="Ada"))
        with pytest.raises(UniqueError), library.transaction():
            library.save(Author(id=1, name="Grace"))
        saved(library, Author(name="Grace"))
    assert [author.name for author in library.get_all(Author)] == ["Ada", "Grace"]


def test_a_table_that_was_not_created_is_named(any_db: Database) -> None:
    with pytest.raises(DatabaseError, match="author"):
        any_db.get_all(Author)


def test_a_table_without_a_key_is_refused(any_db: Database) -> None:
    class Keyless(Table):
        name = Column(str)

    with pytest.raises(SchemaError, match="no PrimaryKey"):
        any_db.create(Keyless)
    with pytest.raises(SchemaError, match="no PrimaryKey"):
        any_db.get_all(Keyless)


class CountingConnection:
    """A connection that counts the SELECTs it is asked for."""

    def __init__(self, connector: SqliteConnector) -> None:
        self.connector = connector
        self.selects = 0

    def connection(self) -> Any:
        return self

    def fetch(self, statement: Statement) -> Sequence[Record]:
        self.selects += 1
        return self.connector.connection().fetch(statement)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connector.connection(), name)

    def __setattr__(self, name: str, value: object) -> None:
        mine = name in ("connector", "selects")
        object.__setattr__(self if mine else self.connector.connection(), name, value)

    def ping(self) -> None: ...

    def close(self) -> None:
        self.connector.close()


@pytest.mark.parametrize("rows", [1, 50])
def test_a_page_of_rows_costs_one_statement(path: Path, rows: int) -> None:
    counting = CountingConnection(SqliteConnector(str(path), 5))
    with Database(counting, SQLITE) as db:
        for table in (Author, Book, Shelf):
            db.create(table)
        for n in range(rows):
            author = saved(db, Author(name=f"a{n}"))
            book = saved(db, Book(title="t", author=author))
            saved(db, Shelf(code=f"{n:03}", book=book))
        names = [s.book.author.name for s in db.get_all(Shelf) if s.book]
    assert names == [f"a{n}" for n in range(rows)]
    assert counting.selects == 1
