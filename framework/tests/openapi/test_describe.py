from dataclasses import dataclass
from typing import TypedDict

import pytest
from pydantic import BaseModel
from roob.constants import HttpStatus
from roob.openapi import Answer, Schema, describe
from roob.openapi.describe import as_answer, by_type, description_of, words_of


class Books:
    """All books."""

    @describe(summary="Many", responses={400: "No such page"})
    def get(self, request): ...

    def post(self, request): ...


described = describe(tags=["books"], responses={503: "Not now", 400: "No"})(Books)


def test_a_handler_stays_what_it_is():
    def handler(request):
        return "as ever"

    assert describe(summary="Odd")(handler) is handler
    assert handler(None) == "as ever"


def test_a_verb_says_more_than_its_class():
    said = description_of(described.get, described)

    assert said.summary == "Many"
    assert said.tags == ["books"]
    assert said.responses == {503: "Not now", 400: "No such page"}


def test_what_a_class_says_holds_for_its_subclasses():
    class Bound(described):
        pass

    assert description_of(Bound.post, Bound).responses[400] == "No"


def test_what_is_said_twice_comes_together_and_the_last_word_counts():
    @describe(summary="Later", responses={404: "b"})
    @describe(summary="First", responses={404: "a", 409: "c"})
    def handler(request): ...

    said = description_of(handler)
    assert (said.summary, said.responses) == ("Later", {404: "b", 409: "c"})


def test_nobody_said_anything():
    assert description_of(Books.post) == description_of()


def test_what_a_wrapped_handler_says_is_heard():
    @describe(summary="Inside")
    def handler(request): ...

    class Wrapper:
        __wrapped__ = handler

    assert description_of(Wrapper()).summary == "Inside"


def test_a_word_that_cannot_be_said_is_refused_at_once():
    with pytest.raises(TypeError, match="sumary"):
        describe(sumary="typo")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"tags": "books"}, r"tags='books': give a list"),
        ({"tags": 5}, "give a list"),
        ({"security": "token"}, "security='token': give a list"),
        ({"responses": {"ok": str}}, "'ok' is no status"),
        ({"responses": {99: str}}, "99 is no status"),
        ({"responses": {None: str}}, "None is no status"),
        ({"responses": "It"}, "give a mapping"),
        ({"responses": {200: 5}}, "5 is no type"),
        ({"responses": {200: [int]}}, "is no type"),
        ({"responses": {200: Answer("It")}}, "'It' is no type"),
        ({"responses": {200: {"name": str}}}, "'name' is no media type"),
        ({"body": "Book"}, "'Book' is no type"),
        ({"body": {"text/csv": 5}}, "5 is no type"),
        ({"path": int}, "give a mapping"),
        ({"query": dict}, "dict'> has no fields"),
        ({"query": {"page": int}}, "has no fields"),
        ({"headers": str}, "headers=.* has no fields"),
    ],
)
def test_what_is_of_no_use_is_refused_at_once(said, words):
    with pytest.raises((TypeError, ValueError), match=words):
        describe(**said)


@dataclass
class Row:
    page: int = 1


class Typed(TypedDict):
    page: int


class Model(BaseModel):
    page: int = 1


@pytest.mark.parametrize("model", [Row, Typed, Model, Schema({}), None])
def test_what_has_fields_may_be_a_query(model):
    describe(query=model, headers=model)


def test_a_status_may_be_one_by_name():
    said = describe(responses={HttpStatus.NOT_FOUND: "No", 200: list[int] | None})
    assert [*description_of(said(lambda request: "")).answers()] == [404, 200]


def test_nothing_at_all_is_a_word_about_security():
    @describe(security=[])
    class Open:
        @describe(security=["token"])
        def get(self, request): ...

        def post(self, request): ...

    assert description_of(Open.get, Open).security == ["token"]
    assert description_of(Open.post, Open).security == []
    assert description_of().security is None


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("No such book", Answer(None, "No such book")),
        (dict, Answer(dict)),
        (Answer(int, "a"), Answer(int, "a")),
    ],
)
def test_an_answer_is_a_text_or_a_type(said, answer):
    assert as_answer(said) == answer


def test_content_is_json_unless_it_says_otherwise():
    assert by_type(int) == {"application/json": int}
    assert by_type({"text/csv": str}) == {"text/csv": str}
    assert by_type(None) == {}


def test_the_docstring_speaks_without_what_is_for_callers_in_python():
    def handler(request):
        """Change a book,
        or a part of it.

        Only its *owner* may.

        Raises:
            BadRequest: it is none.
        """

    assert words_of(handler) == (
        "Change a book, or a part of it.",
        "Only its *owner* may.",
    )


def test_an_object_speaks_by_its_class_and_none_by_what_all_classes_say():
    class Handler:
        """Called like a function."""

        def __call__(self, request): ...

    assert words_of(Handler())[0] == "Called like a function."
    assert words_of(lambda request: None) == ("", "")
