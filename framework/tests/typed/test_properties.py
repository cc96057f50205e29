"""Whatever a client sends, a typed handler answers 2xx or 4xx in its shape."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from urllib.parse import quote_from_bytes
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from roob import Roob
from roob.middlewares import ErrorHandlerMiddleware
from roob.typed import (
    Body,
    Cookie,
    Depends,
    File,
    Form,
    Header,
    Query,
    UploadedFile,
    typed,
)


class Colour(Enum):
    RED = "red"
    ONE = 1


class Tree(BaseModel):
    name: str
    size: float | None = None
    when: datetime | date | None = None
    left: "Tree | None" = None
    tags: set[str] = set()
    extra: dict[str, Any] = {}


@dataclass
class Page:
    size: Annotated[int, Field(ge=0)] = 10
    by: list[Colour] = field(default_factory=list)


class Sent(BaseModel):
    x_real: str = ""
    x_many: list[int] = []


Asked = tuple[Any, ...]


def scalars(
    id: str,
    i: int = 0,
    f: float = 0,
    b: bool = False,
    d: Decimal = Decimal(0),
    u: UUID | None = None,
    day: date | None = None,
    at: time | None = None,
    span: timedelta | None = None,
    colour: Colour | None = None,
    many: list[int] | None = None,
) -> list[Any]:
    return [id, i, f, b, d, u, day, at, span, colour, many]


def unwritten(i: int = 0, f: float | None = None, many: list[int] | None = None):
    return {"i": i, "f": f, "many": many}


def session(page: Annotated[Page, Query()]):
    yield page


def parts(
    page: Annotated[Page, Depends(session)],
    sent: Annotated[Sent, Header()],
    authorization: Annotated[str, Header()] = "",
    theme: Annotated[str, Cookie()] = "",
    n: Annotated[int, Cookie()] = 0,
) -> list[Any]:
    return [page, sent, authorization, theme, n]


def tree(tree: Tree) -> Tree:
    return tree


def loose(tree: Annotated[Tree, Body(strict=False)], n: Annotated[int, Body()] = 1):
    return [tree.model_dump(mode="json")]


def anything(content: Annotated[Any, Body()]) -> list[Any]:
    return [content]


def form(
    name: Annotated[str, Form()],
    sheet: UploadedFile | None = None,
    raw: Annotated[list[bytes] | None, File()] = None,
    n: Annotated[int | None, Form()] = None,
) -> list[Any]:
    return [name, sheet and sheet.filename, len(raw or ()), n]


@pytest.fixture(scope="module")
def typed_app() -> Roob:
    app = Roob(dispatcher=typed)
    app.add_middleware(ErrorHandlerMiddleware)
    app.add_route("/scalars/{id}", scalars)
    for handler in (unwritten, parts, tree, loose, anything, form):
        app.add_route(f"/{handler.__name__}", handler)
    return app


wire = st.text(st.characters(max_codepoint=255), max_size=30)
words = st.sampled_from(
    ["", "1", "-0", "1e999", "nan", "inf", "true", "red", "9" * 5000, "1.5", "1_0",
     "2026-11-28", "0001-01-01", "9" * 30, "P9999999999D", "12:00", "\xff", "%ff",
     "8d2f3b1e-0000-4000-8000-000000000000", "-infinity", "1e-400", "\ud7ff", "null"]
)  # fmt: skip
names = st.sampled_from(
    ["i", "f", "b", "d", "u", "day", "at", "span", "colour", "many", "size", "by", "x"]
)
encoded = st.binary(max_size=12).map(quote_from_bytes)
pairs = st.tuples(names, words | encoded | wire).map("=".join)
queries = st.lists(pairs, max_size=6).map("&".join) | wire
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | words
    | st.just(10**400),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["name", "size", "when", "left", "tags", "extra", "tree", "n"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)
bodies = (
    json_values.map(json.dumps).map(str.encode)
    | st.fixed_dictionaries({"name": st.text(max_size=5)}, optional={
        "size": json_values, "when": words, "left": json_values, "extra": json_values,
    }).map(json.dumps).map(str.encode)
    | st.binary(max_size=60)
)  # fmt: skip
parts_of_forms = st.lists(
    st.tuples(
        st.sampled_from(["name", "sheet", "raw", "n"]),
        st.sampled_from(
            ["", '; filename="a"', '; filename=""', "; filename*=utf-8''a"]
        ),
        st.binary(max_size=10),
    ),
    max_size=4,
).map(
    lambda found: (
        b"".join(
            b"--b\r\nContent-Disposition: form-data; name=%s%s\r\n\r\n%s\r\n"
            % (name.encode(), file.encode(), content)
            for name, file, content in found
        )
        + b"--b--\r\n"
    )
)
content_types = st.sampled_from(
    ["", "application/json", "application/x-www-form-urlencoded", "text/plain",
     "multipart/form-data; boundary=b", "multipart/form-data",
     "application/json; charset=utf-16", "application/x+json",
     "application/x-www-form-urlencoded; charset=latin-1"]
)  # fmt: skip
headers = st.dictionaries(
    st.sampled_from(
        ["HTTP_X_REAL", "HTTP_X_MANY", "HTTP_AUTHORIZATION", "HTTP_ACCEPT"]
    ),
    words
    | wire
    | wire.map("application/problem+json".__add__)
    | st.sampled_from(["application/problem+json", "*/*;q=0.1"]),
)
cookies = st.lists(
    st.tuples(st.sampled_from(["theme", "n"]), words | wire).map("=".join)
).map("; ".join) | wire  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(
    path=st.sampled_from(
        ["scalars/x", "unwritten", "parts", "tree", "loose", "anything", "form"]
    )
    | wire.map("scalars/".__add__),
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD"]),
    query=queries,
    body=bodies | parts_of_forms,
    content_type=content_types,
    sent=headers,
    cookie=cookies,
)
@example(
    *("tree", "POST", "", b'{"name": "a", "size": 1e999}', "", {}, ""),
)
def test_a_typed_handler_never_fails(
    call, typed_app, path, method, query, body, content_type, sent, cookie
):
    changes = {"QUERY_STRING": query, "HTTP_COOKIE": cookie, **sent}
    answer = call(
        typed_app, f"/{path}", method, body, CONTENT_TYPE=content_type, **changes
    )
    assert answer.status in (200, 204, 400, 404, 405, 413, 415, 422), answer.body
    if method == "HEAD" or answer.status == 204:
        return
    said = answer.json()
    if answer.status >= 400:
        assert isinstance(said["message"], str)
        assert (answer.status == 422) == ("errors" in said)
