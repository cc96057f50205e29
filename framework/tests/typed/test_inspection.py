"""What no request could ever fill is refused when it is registered."""

import functools
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from roob import Roob
from roob.typed import (
    Body,
    Cookie,
    Depends,
    File,
    Form,
    Header,
    Path,
    Query,
    TypedHandler,
    UploadedFile,
    typed,
)


class User(BaseModel):
    name: str


class Unknown:
    """No type that values can be made of."""


class Node(BaseModel):
    next: "Nobody"  # noqa: F821


class Callback(BaseModel):
    call: Callable[[], int]


def user_of(user: User):
    return user


def other_user_of(user: dict[str, str]):
    return user


def unannotated(thing):
    return thing


def unknown_type(thing: Unknown):
    return thing


def unknown_list(things: list[Unknown]):
    return things


def json_and_form(user: User, note: Annotated[str, Form()]):
    return user


def json_and_file(user: User, sheet: UploadedFile):
    return user


def json_below_a_form(
    note: Annotated[str, Form()], user: Annotated[User, Depends(user_of)]
):
    return user


def two_kinds_of_one_body(
    a: Annotated[User, Depends(user_of)], b: Annotated[User, Depends(other_user_of)]
):
    return a


def mapping_in_a_query(asked: Annotated[dict[str, int], Query()]):
    return asked


def models_in_a_header(asked: Annotated[list[User], Header()]):
    return asked


def list_in_the_path(id: Annotated[list[int], Path()]):
    return id


def list_in_a_cookie(ids: Annotated[list[int], Cookie()]):
    return ids


def file_in_a_query(sheet: Annotated[UploadedFile, Query()]):
    return sheet


def model_without_a_schema(asked: Annotated[Callback, Query()]):
    return asked


def names_nobody(node: Node):
    return node


def positional_only(id: int, /):
    return id


def many(*ids: int):
    return ids


def depends_on_nothing(thing: Annotated["int | str", Depends()]):
    return thing


def wrong_constraint(page: Annotated[int, Query(pattern="a")]):
    return page


def wrong_length(page: Annotated[int | None, Query(max_length=3)] = None):
    return page


def wrong_bound(user: Annotated[User, Body(ge=1)]):
    return user


def wrong_pattern(q: Annotated[str, Query(pattern="(")]):
    return q


async def asynchronous(id: int):
    return id


async def asynchronous_stream(id: int):
    yield id


def below_an_asynchronous_one(thing: Annotated[int, Depends(asynchronous)]):
    return thing


class AsynchronousObject:
    async def __call__(self, request):
        return request


def returns_unknown() -> list[Unknown]:
    return []


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (unannotated, r"unannotated: parameter thing has no annotation"),
        (unknown_type, r"parameter thing: .*Unknown.* is no type .* Depends"),
        (unknown_list, r"parameter things: .*Unknown"),
        (json_and_form, r"user is JSON and note a form's; a request has one body"),
        (json_and_file, r"user is JSON and sheet a form's"),
        (json_below_a_form, r"user is JSON and note a form's"),
        (two_kinds_of_one_body, r"user of the body is asked for as .* and as"),
        (mapping_in_a_query, r"asked: dict\[str, int\] does not fit into a query"),
        (models_in_a_header, r"does not fit into a header"),
        (list_in_the_path, r"one value, not a list"),
        (list_in_a_cookie, r"a cookie is one value, not a list"),
        (file_in_a_query, r"a file does not come from a query"),
        (model_without_a_schema, r"parameter asked: .*Callable"),
        (names_nobody, r"parameter node: .*Nobody"),
        (positional_only, r"cannot be filled from a request"),
        (many, r"\*ids: int cannot be filled from a request"),
        (depends_on_nothing, r"thing depends on no function"),
        (wrong_constraint, r"parameter page: .*int.* cannot have pattern="),
        (wrong_length, r"parameter page: .* cannot have max_length="),
        (wrong_bound, r"parameter user: .* cannot have ge="),
        (wrong_pattern, r"(?s)parameter q: .*regex"),
        (asynchronous, r"asynchronous is asynchronous; a handler is a plain"),
        (asynchronous_stream, r"is asynchronous"),
        (below_an_asynchronous_one, r"is asynchronous"),
        (AsynchronousObject(), r"is asynchronous"),
        (returns_unknown, r"what it returns: .*Unknown"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_it_is_refused_at_registration_with_the_reason(handler, reason):
    with pytest.raises(TypeError, match=reason):
        Roob(dispatcher=typed).add_route("/", handler)


def test_a_field_without_a_parameter_is_refused():
    def handler(id: int):
        return id

    app = Roob(dispatcher=typed)
    with pytest.raises(TypeError, match=r"no parameter for \{page\} of its path"):
        app.add_route("/{id}/{page}", handler)
    with pytest.raises(TypeError, match=r"no parameter for \{page\}"):
        app.add_route("/{page}", typed(handler))
    assert len(app.routing_manager.routes) == 1  # static files' own


def test_a_parameter_of_the_path_that_the_path_lacks_is_refused():
    def handler(id: Annotated[int, Path(alias="number")]):
        return id

    with pytest.raises(TypeError, match=r"takes \{number\} .* path, which has \{id\}"):
        Roob(dispatcher=typed).add_route("/{id}", handler)
    with pytest.raises(TypeError, match=r"which has no fields"):
        Roob(dispatcher=typed).add_route("/", handler)


def test_a_class_is_checked_verb_by_verb():
    class Users:
        def get(self, id: int):
            return id

        def post(self, page: int):
            return page

    app = Roob(dispatcher=typed)
    with pytest.raises(TypeError, match=r"Users.post has no parameter for \{id\}"):
        app.add_route("/{id}", Users)
    app.add_route("/{id}", Users, ["GET"])


def test_a_dependency_may_take_a_field_of_the_path(ask):
    def user(id: int):
        return f"user {id}"

    def handler(user: Annotated[str, Depends(user)]):
        return [user]

    assert ask(handler, "/7", path="/{id}").json() == ["user 7"]


def test_cycles_of_dependencies_are_refused_and_drawn():
    def first(x: Annotated[int, Depends(lambda: 1)]):
        return x

    def second(x: Annotated[int, Depends(first)]):
        return x

    first.__annotations__["x"] = Annotated[int, Depends(second)]

    def handler(x: Annotated[int, Depends(first)]):
        return x

    circle = r"\S+handler → \S+first → \S+second → \S+first$"
    with pytest.raises(TypeError, match=f"first depends on itself: {circle}"):
        typed(handler)


def test_the_signature_tells_everything_for_a_document():
    def page(size: Annotated[int, Query(ge=1, description="at most")] = 10):
        return size

    def put(
        id: int,
        user: User,
        q: str,
        size: Annotated[int, Depends(page)],
        x_token: Annotated[str, Header(deprecated=True)] = "",
    ) -> User:
        return user

    signature = typed(put).signature_for(frozenset({"id"}))
    assert [
        (one.location, one.alias, one.required) for one in signature.all_parameters()
    ] == [
        ("query", "size", False),
        ("path", "id", True),
        ("body", "user", True),
        ("query", "q", True),
        ("header", "X-Token", False),
    ]
    size = next(signature.all_parameters())
    assert (size.default, size.marker.description) == (10, "at most")
    assert size.adapter.json_schema() == {
        "minimum": 1,
        "maximum": 2**63 - 1,
        "type": "integer",
    }
    assert signature.body.adapter.json_schema()["title"] == "User"
    assert (signature.body.required, signature.body.is_embedded) == (True, False)
    assert signature.returns.annotation is User
    assert [one.name for one in signature.dependencies] == ["size"]


def test_the_signature_of_a_spread_model_tells_its_fields():
    class Sent(BaseModel):
        x_token: str
        tags: list[str] = []

    def handler(sent: Annotated[Sent, Header()]):
        return sent

    (parameter,) = typed(handler).signature.parameters
    assert parameter.spreads
    assert [(f.name, f.alias, f.required, f.is_list) for f in parameter.fields] == [
        ("x_token", "X-Token", True, False),
        ("tags", "Tags", False, True),
    ]


def test_a_file_is_described_as_binary():
    def handler(sheets: list[UploadedFile], raw: Annotated[bytes, File()]):
        return sheets

    sheets, raw = typed(handler).signature.parameters
    assert (sheets.location, raw.location) == ("file", "file")
    schema = {"items": {"format": "binary", "type": "string"}, "type": "array"}
    assert sheets.adapter.json_schema() == schema


def test_a_partial_and_a_wrapped_function_are_read_through():
    def handler(q: str, page: int):
        return [q, page]

    @functools.wraps(handler)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return handler(*args, **kwargs)

    assert {p.name for p in TypedHandler(wrapped).signature.parameters} == {"q", "page"}
    half = TypedHandler(functools.partial(handler, page=3))
    assert [p.name for p in half.signature.parameters] == ["q"]


class Nested(BaseModel):
    counts: dict[str, int] = {}


class Deep(BaseModel):
    users: list[User] | None = None


@pytest.mark.parametrize(("model", "field"), [(Nested, "counts"), (Deep, "users")])
@pytest.mark.parametrize("source", [Query(), Form(), Header()])
def test_a_model_with_a_field_that_nothing_could_fill_does_not_spread(
    model, field, source
):
    def handler(asked: Annotated[model, source]):
        return asked

    reason = f"parameter asked: its field '{field}' does not fit into a "
    with pytest.raises(TypeError, match=reason):
        typed(handler)
