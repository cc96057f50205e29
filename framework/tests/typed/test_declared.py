"""Names under ``from __future__ import annotations`` are resolved, or told."""

from __future__ import annotations

from collections.abc import Iterator  # resolved when registered
from dataclasses import dataclass
from typing import Annotated

import pytest
from pydantic import BaseModel
from roob.models.requests import Request
from roob.typed import Body, Depends, Header, Query, TypedHandler, typed
from typing_extensions import TypeAliasType


class User(BaseModel):
    name: str


@dataclass
class Pages:
    """Annotations of a class that is depended on are its ``__init__``'s."""

    size: int = 10

    @property
    def twice(self) -> int:
        return 2 * self.size


def session(q: str = "q") -> Iterator[str]:
    yield f"session {q}"


def test_names_of_the_module_are_known(ask):
    def handler(user: User, db: Annotated[str, Depends(session)]) -> User:
        return User(name=f"{user.name} of {db}")

    answer = ask(handler, "/?q=z", "POST", b'{"name": "Ada"}')
    assert answer.json() == {"name": "Ada of session z"}


def test_names_of_the_function_around_are_known(ask):
    class Local(BaseModel):
        name: str

    limit = Query(ge=5)

    def handler(
        one: Local, many: Annotated[list[Local], Body()], n: Annotated[int, limit]
    ):
        return [one.name, len(many), n]

    body = b'{"one": {"name": "Ada"}, "many": []}'
    assert ask(handler, "/?n=7", "POST", body).json() == ["Ada", 0, 7]


def test_names_of_the_class_around_are_known(ask, app, call):
    class Users:
        class Name(BaseModel):
            name: str

        @typed
        def post(self, request: Request, name: Name) -> list[str]:
            return [type(self).__name__, request.method, name.name]

    answer = ask(Users, "/", "POST", b'{"name": "Ada"}')
    assert answer.json() == ["Users", "POST", "Ada"]


def test_a_name_that_nobody_knows_is_told():
    def handler(user: Usr):  # noqa: F821
        return user

    with pytest.raises(TypeError, match="cannot be resolved: name 'Usr' is not defin"):
        typed(handler)


def test_a_class_is_a_dependency_by_its_annotation_alone(ask):
    def handler(pages: Annotated[Pages, Depends()]):
        return [pages.twice]

    assert ask(handler, "/?size=4").json() == [8]


def test_an_object_with_call_is_a_handler_and_a_dependency(ask):
    class Checked:
        def __init__(self, word: str) -> None:
            self.word = word

        def __call__(self, q: str = "") -> str:
            return self.word + q

    class Handler:
        def __call__(self, request, word: Annotated[str, Depends(Checked("a"))]):
            return [request.method, word]

    assert ask(Handler(), "/?q=b").json() == ["GET", "ab"]


def test_a_bound_method_is_a_handler(ask):
    class Shop:
        def show(self, id: int):
            return [id]

    assert ask(Shop().show, "/7", path="/{id}").json() == [7]


def test_the_handler_keeps_its_name_and_words():
    def show(id: int):
        """Shows one."""

    handler = typed(show)
    assert isinstance(handler, TypedHandler)
    assert (handler.__name__, handler.__doc__) == ("show", "Shows one.")
    assert handler.__wrapped__ is show


def current() -> User:
    return User(name="guest")


FORGOTTEN = [
    (Annotated[User, Depends], ..., r"parameter user .* Depends; write Depends\(\)"),
    (User, Depends, r"parameter user .* Depends; write Depends\(\)"),
    (Annotated[str, Header], ..., r"write Header\(\)"),
    (str, Query, r"write Query\(\)"),
    (Annotated[int, Query(), Header()], ..., r"has two: Query and Header"),
    (Annotated[int, Query()], Query(1), r"has two: Query and Query"),
    (Annotated[User, Depends(current), Body()], ..., r"has two: Depends and Body"),
    (Annotated[str, Header()] | None, None, r"parameter user: Header .* inside"),
    (list[Annotated[User, Depends(current)]], ..., r"user: Depends .* inside"),
    (Annotated[User, Query] | None, None, r"user: Query .* inside"),
]


@pytest.mark.parametrize(("annotation", "default", "reason"), FORGOTTEN)
def test_a_marker_that_would_be_ignored_is_refused(annotation, default, reason):
    def handler(user=default):
        return user

    handler.__annotations__["user"] = annotation
    with pytest.raises(TypeError, match=reason):
        typed(handler)


def test_a_marker_behind_an_alias_is_seen(ask):
    known = TypeAliasType("known", Annotated[User, Depends(current)])
    again = TypeAliasType("again", known)

    def handler(user: known, other: again) -> list[User]:
        return [user, other]

    answer = ask(handler, "/", "POST", b'{"name": "root"}')
    assert answer.json() == [{"name": "guest"}] * 2
