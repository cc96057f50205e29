"""References and collections: what loads with a row, and in how many statements."""

from typing import Any

import pytest
from roob.orm.column import Column, ForeignKey, PrimaryKey
from roob.orm.database import Database
from roob.orm.exceptions import (
    ForeignKeyError,
    InvalidValueError,
    NotLoadedError,
    QueryError,
    SchemaError,
)
from roob.orm.relations import Collection
from roob.orm.table import Table, Unique


class Publisher(Table):
    id = PrimaryKey(str)


class Author(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)
    books: Collection["Book"] = Collection("Book", on="author")
    edited: Collection["Book"] = Collection("Book", on="editor")


class Book(Table):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)
    author = ForeignKey(Author)
    editor: ForeignKey[Author | None] = ForeignKey(Author, nullable=True)
    publisher: ForeignKey[Publisher | None] = ForeignKey(Publisher, nullable=True)
    tags: Collection["Tag"] = Collection("Tag", through="BookTag")
    links: Collection["BookTag"] = Collection("BookTag")


class Tag(Table):
    id = PrimaryKey(str)
    books: Collection[Book] = Collection(Book, through="BookTag")


class BookTag(Table):
    id = PrimaryKey(int, auto_increment=True)
    book = ForeignKey(Book, on_delete="cascade")
    tag: ForeignKey[Tag | None] = ForeignKey(Tag, nullable=True)
    once_each = Unique(book, tag)


class Category(Table):
    id = PrimaryKey(int)
    parent: ForeignKey[Any] = ForeignKey("self", nullable=True)
    children: Collection["Category"] = Collection("self")


@pytest.fixture
def library(any_db: Database) -> Database:
    """Ada wrote A and B, Bob C, which Ada edited; Cy wrote nothing."""
    any_db.create(BookTag)
    any_db.create(Category)
    ada, bob, cy = (Author(name=name) for name in ("Ada", "Bob", "Cy"))
    house = Publisher(id="O'Reilly")
    a = Book(title="A", author=ada, publisher=house)
    b, c = Book(title="B", author=ada), Book(title="C", author=bob, editor=ada)
    x, y, z = (Tag(id=name) for name in "xyz")
    pairs = [(a, y), (a, x), (b, x), (c, y)]
    links = [BookTag(book=book, tag=tag) for book, tag in pairs]
    any_db.save_all([*links, a, b, c, house, x, y, z, ada, bob, cy])
    return any_db


def titles(books: list[Book]) -> list[str]:
    return [book.title for book in books]


# References.


def test_references_load_with_their_rows_in_one_statement(library: Database) -> None:
    with library.assert_statements(max=1):
        links = library.query(BookTag).all()
        found = [(link.book.author.name, link.tag and link.tag.id) for link in links]
    assert found == [("Ada", "y"), ("Ada", "x"), ("Ada", "x"), ("Bob", "y")]


def test_two_references_to_one_table_are_told_apart(library: Database) -> None:
    c = library.query(Book).where(Book.editor.name == "Ada").one()
    assert (c.title, c.author.name) == ("C", "Bob")
    assert c.editor is not None
    assert c.editor.name == "Ada"
    both = library.query(Book).where(Book.editor.name > Book.author.name).all()
    assert both == []


def test_references_may_be_left_out_one_after_another(library: Database) -> None:
    query = library.query(Book).bare(Book.author).bare(Book.editor)
    book = query.where(Book.title == "C").one()
    assert book.editor is not None
    for person in (book.author, book.editor):
        with pytest.raises(NotLoadedError):
            assert person.name


def test_rows_of_one_key_share_what_they_refer_to(library: Database) -> None:
    a, b, _ = library.query(Book).all()
    assert a.author is b.author


def test_a_referenced_row_counts_as_there_whatever_its_truth(any_db: Database) -> None:
    class Box(Table):
        id = PrimaryKey(int)
        label = Column(str)

        def __len__(self) -> int:
            return 0

    class Item(Table):
        id = PrimaryKey(int)
        box = ForeignKey(Box)

    any_db.create(Item)
    any_db.save_all([box := Box(id=1, label="empty"), Item(id=1, box=box)])
    assert any_db.get_by_id(Item, 1).box.label == "empty"


# Collections.


def test_a_collection_of_all_rows_is_one_statement(library: Database) -> None:
    with library.assert_statements(max=2):
        authors = library.query(Author).include(Author.books).all()
        found = {author.name: titles(author.books) for author in authors}
    assert found == {"Ada": ["A", "B"], "Bob": ["C"], "Cy": []}


def test_collections_cost_one_statement_each(library: Database) -> None:
    with library.assert_statements(max=3):
        query = library.query(Author).include(Author.books, Author.edited)
        authors = query.order_by(Author.name.desc()).all()
    assert [(titles(author.books), titles(author.edited)) for author in authors] == [
        ([], []),
        (["C"], []),
        (["A", "B"], ["C"]),
    ]


def test_many_to_many_is_one_statement_and_ordered_by_key(library: Database) -> None:
    with library.assert_statements(max=2):
        books = library.query(Book).include(Book.tags).all()
    assert [[tag.id for tag in book.tags] for book in books] == [
        ["x", "y"],
        ["x"],
        ["y"],
    ]
    with library.assert_statements(max=2):
        tags = library.query(Tag).include(Tag.books).all()
    assert [titles(tag.books) for tag in tags] == [["A", "B"], ["A", "C"], []]
    assert tags[0].books[0].author.name == "Ada"


def test_statements_do_not_grow_with_the_rows(library: Database) -> None:
    ada = library.get_by_id(Author, 1)
    many = [Book(title=f"T{n}", author=ada) for n in range(300)]
    tag = library.get_by_id(Tag, "z")
    library.save_all([*many, *(BookTag(book=book, tag=tag) for book in many)])
    with library.assert_statements(max=4):
        authors = library.query(Author).include(Author.books).all()
        books = [book for author in authors for book in author.books]
        tags = library.load(books, Book.tags)
        library.load(tags, Tag.books)
    assert len(books) == 303
    assert len(tags[-1].books) == 300


def test_a_query_of_no_rows_asks_for_no_collection(library: Database) -> None:
    with library.assert_statements(max=1):
        query = library.query(Author).where(Author.name == "nobody")
        assert query.include(Author.books, Author.edited).all() == []
    with library.assert_statements(max=0):
        assert library.load([], Author.books) == []


def test_members_know_their_owner(library: Database) -> None:
    (ada, *_) = library.query(Author).include(Author.books).all()
    assert all(book.author is ada for book in ada.books)


def test_rows_listed_twice_have_each_member_once(library: Database) -> None:
    ada = library.get_by_id(Author, 1)
    books = library.load([ada, ada], Author.books)
    assert titles(books) == ["A", "B"]
    assert titles(ada.books) == ["A", "B"]


def test_two_objects_of_one_row_have_their_own_members(library: Database) -> None:
    one, other = (library.get_by_id(Author, 1) for _ in range(2))
    library.load([one, other], Author.books)
    assert titles(one.books) == titles(other.books) == ["A", "B"]
    assert one.books is not other.books


def test_loading_again_finds_what_is_there_now(library: Database) -> None:
    bob = library.get_by_id(Author, 2)
    library.load([bob], Author.books)
    library.save(Book(title="D", author=bob))
    library.load([bob], Author.books)
    assert titles(bob.books) == ["C", "D"]


def test_collections_of_collections(library: Database) -> None:
    authors = library.query(Author).all()
    with library.assert_statements(max=2):
        tags = library.load(library.load(authors, Author.books), Book.tags)
    assert [tag.id for tag in tags] == ["x", "x", "y", "y"]
    library.load(tags, Tag.books)
    assert [titles(tag.books) for tag in tags] == [["A", "B"]] * 2 + [["A", "C"]] * 2


def test_a_link_that_leads_nowhere_has_no_member(library: Database) -> None:
    library.query(BookTag).where(BookTag.tag == "x").update(tag=None)
    books = library.query(Book).include(Book.tags).all()
    assert [[tag.id for tag in book.tags] for book in books] == [["y"], [], ["y"]]


def test_more_owners_than_one_statement_takes(library: Database) -> None:
    library.query(Book).delete()
    authors = [Author(name="many") for _ in range(30_001)]
    library.save_all(authors)
    library.save_all([Book(title="first", author=authors[0])])
    library.save_all([Book(title="last", author=authors[-1])])
    with library.assert_statements(max=2):
        books = library.load(authors, Author.books)
    assert titles(books) == ["first", "last"]
    assert authors[1].books == []


def test_a_link_between_two_of_one_table_goes_the_way_that_on_names(
    any_db: Database,
) -> None:
    class Road(Table):
        id = PrimaryKey(int)
        start: ForeignKey[Any] = ForeignKey("Town")
        end: ForeignKey[Any] = ForeignKey("Town")

    class Town(Table):
        id = PrimaryKey(str)
        goals: Collection["Town"] = Collection("Town", through=Road, on="start")
        origins: Collection["Town"] = Collection("Town", through=Road, on="end")

    any_db.create(Road)
    a, b, c = (Town(id=name) for name in "abc")
    roads = [Road(id=1, start=a, end=b), Road(id=2, start=a, end=c)]
    any_db.save_all([a, b, c, *roads])
    towns = any_db.query(Town).include(Town.goals, Town.origins).all()
    assert [[goal.id for goal in town.goals] for town in towns] == [["b", "c"], [], []]
    assert [[town.id for town in goal.origins] for goal in towns] == [[], ["a"], ["a"]]


def test_a_table_of_itself(library: Database) -> None:
    root, left, right, leaf = (Category(id=n) for n in range(4))
    left.parent = right.parent = root
    leaf.parent = left
    library.save_all([leaf, right, left, root])
    with library.assert_statements(max=2):
        nodes = library.query(Category).include(Category.children).all()
    assert [[child.id for child in node.children] for node in nodes] == [
        [1, 2],
        [3],
        [],
        [],
    ]
    assert nodes[0].children[0].parent is nodes[0]
    parents = library.query(Category).where(Category.children.any(Category.id == 3))
    assert [node.id for node in parents] == [1]
    nested = Category.children.any(Category.children.any(Category.id == 3))
    assert [node.id for node in library.query(Category).where(nested)] == [0]


def test_a_collection_is_not_read_by_surprise(library: Database) -> None:
    ada = library.get_by_id(Author, 1)
    message = r"author\.books is not loaded.*db\.query\(Author\)\.include"
    with library.record() as log, pytest.raises(NotLoadedError, match=message):
        _ = ada.books
    assert log == []


def test_a_collection_of_unsaved_rows_is_refused(library: Database) -> None:
    with (
        library.record() as log,
        pytest.raises(InvalidValueError, match="is not saved yet"),
    ):
        library.load([Author(name="new")], Author.books)
    assert log == []


def test_a_collection_belongs_to_its_table(library: Database) -> None:
    tag = library.get_by_id(Tag, "x")
    for wrong in (Author.books, Author.name, "books"):
        with pytest.raises(QueryError):
            library.load([tag], wrong)  # type: ignore[arg-type]


def test_a_row_known_by_its_key_has_collections(library: Database) -> None:
    (book, *_) = library.query(Book).bare()
    assert titles(library.load([book.author], Author.books)) == ["A", "B"]


@pytest.mark.parametrize(
    ("collection", "message"),
    [
        (Collection("Book"), r"Book has 2 references to Author; say which"),
        (Collection("Book", on="nope"), r"Book has 0 references to Author called nope"),
        (Collection("Tag"), r"Tag has 0 references to Author"),
        (Collection("Nowhere"), r"refers to Nowhere: 0 such tables"),
        (Collection(Tag, through="Nowhere"), r"refers to Nowhere: 0 such tables"),
        (Collection(Tag, through=Book), r"Book has 2 references to Author"),
        (Collection(int), r"refers to <class 'int'>, which is no Table"),  # type: ignore
    ],
)
def test_a_collection_that_cannot_be_found_is_explained(
    collection: Collection[Any], message: str
) -> None:
    collection.__set_name__(Author, "found")
    with pytest.raises(SchemaError, match=rf"author\.found.*{message}"):
        collection.way()


# What becomes of rows whose reference goes.


@pytest.mark.parametrize("action", ["restrict", "no action"])
def test_a_referenced_row_stays(any_db: Database, action: str) -> None:
    class Item(Table):
        id = PrimaryKey(int)
        owner: ForeignKey[Any] = ForeignKey(Publisher, on_delete=action)

    any_db.create(Item)
    any_db.save_all([house := Publisher(id="P"), Item(id=1, owner=house)])
    for delete in (
        lambda: any_db.delete(Publisher, "P"),
        lambda: any_db.query(Publisher).delete(),
    ):
        with pytest.raises(ForeignKeyError):
            delete()
    assert any_db.query(Publisher).count() == 1


def test_a_cascade_deletes_what_refers(library: Database) -> None:
    library.delete(Book, 1)
    assert [link.book.title for link in library.query(BookTag)] == ["B", "C"]


def test_set_null_forgets_the_reference(any_db: Database) -> None:
    class Item(Table):
        id = PrimaryKey(int)
        owner: ForeignKey[Any] = ForeignKey(
            Publisher, nullable=True, on_delete="set null"
        )

    any_db.create(Item)
    any_db.save_all([house := Publisher(id="P"), Item(id=1, owner=house)])
    any_db.delete(Publisher, "P")
    assert any_db.get_by_id(Item, 1).owner is None
