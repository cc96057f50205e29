"""Types as schemas: each component once, under a name of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from pydantic import BaseModel, computed_field
from roob.openapi import Schema
from roob.openapi.components import free_name
from roob.openapi.schemas import PydanticComponents

# Before Python 3.12 pydantic takes no others.
from typing_extensions import TypedDict

T = TypeVar("T")


class Kind(Enum):
    NOVEL = "novel"
    POEM = "poem"


class Book(BaseModel):
    title: str
    kind: Kind = Kind.NOVEL

    @computed_field
    @property
    def slug(self) -> str:
        return self.title.lower()


@dataclass
class Shelf:
    books: list[Book]


def test_a_type_is_referred_to_and_kept_once():
    components = PydanticComponents()
    one = components.of(Book, "serialization")
    many = components.of(list[Book], "serialization")
    assert one == many == {}

    named = components.finish()

    assert one == {"$ref": "#/components/schemas/Book"}
    assert many == {"type": "array", "items": one}
    assert [*named] == ["Book", "Kind"]
    assert "title" not in named["Book"]["properties"]["title"]


def test_what_is_sent_and_what_is_had_may_differ():
    components = PydanticComponents()
    sent = components.of(Book, "validation")
    had = components.of(Book, "serialization")

    named = components.finish()

    assert sent != had
    assert {"Book-Input", "Book-Output", "Kind"} == {*named}
    assert "slug" in named["Book-Output"]["properties"]
    assert "slug" not in named["Book-Input"]["properties"]


def test_types_of_one_name_get_two():
    class Book(BaseModel):
        pages: int

    components = PydanticComponents()
    refs = [components.of(kind, "validation") for kind in (Book, Shelf)]
    named = components.finish()
    assert len(named) == 4
    assert all(ref["$ref"].rpartition("/")[2] in named for ref in refs)
    assert len({each["title"] for each in named.values()}) == 4


def test_a_generic_type_is_called_by_its_parameters():
    class Page(TypedDict, Generic[T]):
        items: list[T]

    components = PydanticComponents()
    for kind in (Page[Book], Page[Shelf]):
        components.of(kind, "validation")
    titles = [each["title"] for each in components.finish().values()]
    assert titles == ["Book", "Kind", "Page[Book]", "Page[Shelf]", "Shelf"]


def test_a_type_that_has_no_schema_may_be_anything():
    class Odd:
        pass

    components = PydanticComponents()
    found = [components.of(kind, "validation") for kind in (Odd, Callable[[], int])]
    assert components.finish() == {}
    assert found == [{}, {}]


def test_a_schema_of_ones_own_keeps_its_name_unless_it_is_taken():
    components = PydanticComponents()
    components.of(Book, "validation")
    own = components.of(Schema({"type": "object"}, "Book"), "validation")
    again = components.of(Schema({"type": "object"}, "Book"), "validation")
    bare = components.of(Schema({"type": "null"}), "validation")

    named = components.finish()

    assert own == again == {"$ref": "#/components/schemas/Book_2"}
    assert named["Book_2"] == {"type": "object"}
    assert bare == {"type": "null"}


def test_a_schema_may_hold_types_and_other_schemas():
    row = Schema({"type": "object"}, "Row")
    components = PydanticComponents()
    page = components.of(
        Schema({"properties": {"rows": {"items": row}, "book": Book}}), "validation"
    )
    components.finish()
    assert page["properties"]["rows"]["items"] == {"$ref": "#/components/schemas/Row"}
    assert page["properties"]["book"] == {"$ref": "#/components/schemas/Book"}


def test_fields_of_models_are_named_as_on_the_wire():
    found = PydanticComponents().fields_of(Book)
    assert [(each.name, each.required) for each in found] == [
        ("title", True),
        ("kind", False),
    ]
    assert PydanticComponents().fields_of(Shelf)[0].name == "books"


def test_a_free_name_is_the_first_one():
    assert free_name("a", ["b"]) == "a"
    assert free_name("a", ["a", "a_2"]) == "a_3"
