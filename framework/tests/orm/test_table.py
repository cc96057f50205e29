import copy
import pickle
from typing import Any

import pytest
from roob.orm.column import Column, ForeignKey, PrimaryKey
from roob.orm.exceptions import SchemaError, UnknownColumnError, UnsavedReferenceError
from roob.orm.table import Table, bare_row, reference_key


class Author(Table):
    id = PrimaryKey(int, auto_increment=True)
    name = Column(str)
    age = Column(int, nullable=True)


class Book(Table):
    id = PrimaryKey(int, auto_increment=True)
    title = Column(str)
    author = ForeignKey(Author)


def names_of(table: type[Table]) -> list[str]:
    return [column.name for column in table.__schema__.columns]


def test_a_class_collects_its_columns_in_order() -> None:
    assert Author.__schema__.name == "author"
    assert names_of(Author) == ["id", "name", "age"]
    assert Book.__schema__.by_name["author"].sql_name == "author_id"


def test_a_table_may_be_named() -> None:
    class Person(Table, table_name="people"):
        id = PrimaryKey(int)

    assert Person.__schema__.name == "people"
    assert Person.id.label == "people.id"


def test_columns_are_inherited_from_tables_and_from_plain_classes() -> None:
    class Stamped:
        created = Column(str, default="now")

    class Base(Table):
        id = PrimaryKey(int, auto_increment=True)

    class Post(Stamped, Base):
        text = Column(str)

    assert names_of(Post) == ["id", "created", "text"]
    assert Post.id is not Base.id
    assert Post.id.label == "post.id"
    assert Base.id.label == "base.id"
    assert Post(text="x").created == "now"


def test_an_inherited_column_can_be_taken_away() -> None:
    class Anonymous(Author):
        name = None  # type: ignore[assignment]

    assert names_of(Anonymous) == ["id", "age"]


def test_a_new_row_has_its_values_and_none_for_the_rest() -> None:
    author = Author(name="Ada")
    assert (author.id, author.name, author.age) == (None, "Ada", None)


def test_defaults_are_values_or_are_asked_for_each_row() -> None:
    class Note(Table):
        id = PrimaryKey(int, auto_increment=True)
        stars = Column(int, default=3, nullable=True)
        tags = Column(list, default=list)

    first, second = Note(), Note()
    assert first.stars == 3
    assert first.tags == []
    assert first.tags is not second.tags
    assert Note(stars=None, tags=["a"]).to_dict() == {
        "id": None,
        "stars": None,
        "tags": ["a"],
    }


@pytest.mark.parametrize("name", ["nmae", "self", "__class__", "_stored", "1=1"])
def test_an_unknown_keyword_is_a_type_error(name: str) -> None:
    with pytest.raises(TypeError, match="author has no column") as caught:
        Author(**{name: "x"})
    assert isinstance(caught.value, UnknownColumnError)
    assert "it has id, name, age" in str(caught.value)


def test_rows_are_equal_by_table_and_key() -> None:
    assert Author(id=1, name="Ada") == Author(id=1, name="Grace")
    assert Author(id=1) != Author(id=2)
    assert Author(id=1) != Book(id=1)
    assert Author(id=1) != 1
    assert hash(Author(id=1)) == hash(Author(id=1))
    assert len({Author(id=1), Author(id=1), Author(id=2)}) == 2


def test_a_row_without_a_key_equals_itself_alone() -> None:
    author = Author(name="Ada")
    assert author == author
    assert author != Author(name="Ada")


def test_a_row_shows_its_table_and_key() -> None:
    assert repr(Author(id=7, name="Ada")) == "<Author id=7>"
    assert repr(Author(name="Ada")) == "<Author id=None>"


def test_a_row_gives_a_dict_in_the_columns_order() -> None:
    book = Book(author=Author(id=1, name="Ada"), title="Notes", id=2)
    assert list(book.to_dict()) == ["id", "title", "author"]
    assert book.to_dict()["author"] == {"id": 1, "name": "Ada", "age": None}
    assert Book(title="Notes").to_dict()["author"] is None


def test_a_row_known_by_its_key_gives_its_key() -> None:
    assert Book(title="Notes", author=bare_row(Author, 5, 5)).to_dict() == {
        "id": None,
        "title": "Notes",
        "author": {"id": 5},
    }


def test_a_row_inside_itself_gives_its_key() -> None:
    class Node(Table):
        id = PrimaryKey(int)
        parent: ForeignKey[Any] = ForeignKey("self")

    node = Node(id=1)
    node.parent = node
    assert node.to_dict() == {"id": 1, "parent": {"id": 1}}


def test_rows_can_be_copied_and_pickled() -> None:
    author = Author(id=1, name="Ada", age=36)
    assert copy.copy(author).to_dict() == author.to_dict()
    assert pickle.loads(pickle.dumps(author)).to_dict() == author.to_dict()


def test_two_keys_are_refused() -> None:
    with pytest.raises(SchemaError, match="more than one PrimaryKey"):

        class Twice(Table):
            a = PrimaryKey(int)
            b = PrimaryKey(int)


def test_a_reference_and_a_column_of_its_name_are_refused() -> None:
    with pytest.raises(SchemaError, match="one column in SQL"):

        class Clash(Table):
            id = PrimaryKey(int)
            author = ForeignKey(Author)
            author_id = Column(int)


def test_a_column_may_end_in_id() -> None:
    class Order(Table):
        order_id = PrimaryKey(int, auto_increment=True)
        external_id = Column(str)

    assert [c.sql_name for c in Order.__schema__.columns] == ["order_id", "external_id"]


def test_a_column_that_hides_what_a_table_does_is_refused() -> None:
    with pytest.raises(SchemaError, match="means something to Table"):

        class Bad(Table):
            id = PrimaryKey(int)
            to_dict = Column(str)  # type: ignore[assignment]


def test_a_name_that_sql_cannot_take_is_refused_with_its_class() -> None:
    with pytest.raises(SchemaError, match="cannot name"):
        type("Bad name", (Table,), {"id": PrimaryKey(int)})


def test_a_base_without_a_key_holds_no_rows() -> None:
    class Base(Table):
        name = Column(str)

    with pytest.raises(SchemaError, match="base has no PrimaryKey"):
        _ = Base.__schema__.primary_key


def test_a_reference_by_name_is_found_beside_its_table() -> None:
    class Page(Table):
        id = PrimaryKey(int)
        chapter: ForeignKey[Any] = ForeignKey("Chapter")
        author: ForeignKey[Any] = ForeignKey("Author")

    class Chapter(Table):
        id = PrimaryKey(int)

    class Elsewhere:
        class Chapter(Table):
            id = PrimaryKey(int)

    assert Page.__schema__.by_name["chapter"].referenced() is Chapter
    assert Page.__schema__.by_name["author"].referenced() is Author


def test_a_reference_to_its_own_table_goes_by_name_or_self() -> None:
    class Employee(Table):
        id = PrimaryKey(int)
        boss: ForeignKey[Any] = ForeignKey("self", nullable=True)
        mentor: ForeignKey[Any] = ForeignKey("Employee", nullable=True)

    assert Employee.__schema__.by_name["boss"].referenced() is Employee
    assert Employee.__schema__.by_name["mentor"].referenced() is Employee


def test_a_reference_to_nothing_is_refused() -> None:
    class Lost(Table):
        id = PrimaryKey(int)
        target: ForeignKey[Any] = ForeignKey("NowhereToBeFound")
        other: ForeignKey[Any] = ForeignKey(int)

    with pytest.raises(SchemaError, match=r"lost\.target refers to NowhereToBeFound"):
        Lost.__schema__.by_name["target"].referenced()
    with pytest.raises(SchemaError, match=r"lost\.other refers to .* no Table"):
        Lost.__schema__.by_name["other"].referenced()


def test_an_unsaved_reference_is_an_error_that_names_both() -> None:
    with pytest.raises(UnsavedReferenceError) as caught:
        reference_key(Book.__schema__.by_name["author"], Author, Author(name="Ada"))
    assert str(caught.value) == (
        "book.author: <Author id=None> is not saved yet; "
        "save the author before the book"
    )
