"""From each part of a request to arguments, by annotation."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NewType, NotRequired, Optional
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, Json
from roob.models.requests import Request
from roob.typed import Body, Cookie, Form, Header, Path, Query
from typing_extensions import TypeAliasType, TypedDict


class Colour(Enum):
    RED = "red"


class Page(BaseModel):
    size: int = 10
    tags: list[str] = []


class StrictPage(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int = 10


@dataclass
class Range:
    low: int
    high: int = 9
    also: list[int] = field(default_factory=list)


class Filter(TypedDict):
    name: str
    limit: NotRequired[int]


def gives(**found: Any) -> dict[str, Any]:
    return {name: repr(value) for name, value in found.items()}


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (int, "7", 7),
        (str, "7", "7"),
        (float, "1.5", 1.5),
        (bool, "true", True),
        (Decimal, "1.50", Decimal("1.50")),
        (UUID, "8d2f3b1e-0000-4000-8000-000000000000", UUID(int=0)),
        (date, "2026-11-28", date(2026, 11, 28)),
        (Colour, "red", Colour.RED),
        (Literal["a", "b"], "b", "b"),
        (int | None, "7", 7),
        (Optional[int], "7", 7),  # noqa: UP045  # the older spelling, too
    ],
)
def test_a_field_of_the_path_is_read_by_its_annotation(ask, annotation, text, value):
    seen = []

    def handler(id: annotation):
        seen.append(id)

    assert ask(handler, f"/{text}", path="/{id}").status == 204
    assert type(seen[0]) is type(value)
    assert annotation is UUID or seen[0] == value


def test_a_converter_and_an_annotation_get_along(ask):
    def handler(id: int):
        return gives(id=id)

    assert ask(handler, "/7", path="/{id:d}").json() == {"id": "7"}


def test_a_field_of_the_path_needs_no_annotation(ask):
    def handler(request, id):
        return gives(id=id, path=request.path)

    expected = {"id": "'7'", "path": "'/7'"}
    assert ask(handler, "/7", path="/{id}").json() == expected


def test_a_field_of_the_path_may_have_another_name_here(ask):
    def handler(number: Annotated[int, Path(alias="id", ge=1)]):
        return gives(number=number)

    assert ask(handler, "/7", path="/{id}").json() == {"number": "7"}
    assert ask(handler, "/0", path="/{id}").json()["errors"][0]["name"] == "id"


def test_the_request_is_given_to_who_annotates_it_under_any_name(ask):
    def handler(asked: Request, q: str):
        return gives(method=asked.method, q=q)

    assert ask(handler, "/?q=1").json() == {"method": "'GET'", "q": "'1'"}


def test_rest_of_the_path_may_be_taken_together(ask):
    def handler(id: int, **rest: str):
        return gives(id=id, rest=rest)

    expected = {"id": "7", "rest": "{'page': '2'}"}
    assert ask(handler, "/7/2", path="/{id}/{page}").json() == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=a", {"q": "'a'", "page": "1", "tags": "[]"}),
        ("q=a&q=b", {"q": "'b'", "page": "1", "tags": "[]"}),
        ("q=&page=3", {"q": "''", "page": "3", "tags": "[]"}),
        ("q", {"q": "''", "page": "1", "tags": "[]"}),
        ("q=a&&tags=1&tags=2&", {"q": "'a'", "page": "1", "tags": "[1, 2]"}),
        ("q=caf%C3%A9+au&t=1", {"q": "'café au'", "page": "1", "tags": "[]"}),
        ("q=caf\xc3\xa9", {"q": "'café'", "page": "1", "tags": "[]"}),
        ("q=a%3Db%26c", {"q": "'a=b&c'", "page": "1", "tags": "[]"}),
        ("q=a=b", {"q": "'a=b'", "page": "1", "tags": "[]"}),
    ],
)
def test_scalars_and_lists_of_them_are_read_from_the_query(ask, query, expected):
    def handler(q: str, page: Annotated[int, Query(ge=1)] = 1, tags: list[int] = []):  # noqa: B006
        return gives(q=q, page=page, tags=tags)

    assert ask(handler, f"/?{query}").json() == expected


def test_a_query_that_is_not_utf_8_is_refused(ask):
    def handler(q: str):
        return q

    for query in ("q=%FF", "q=\xff"):
        answer = ask(handler, f"/?{query}")
        assert answer.status == 400
        assert answer.json() == {"message": "The query string is not valid UTF-8"}


@pytest.mark.parametrize("number", ["nan", "inf", "-Infinity", "1e999"])
def test_a_number_that_json_has_no_word_for_is_refused(ask, number):
    def handler(x: float, y: list[float] = []):  # noqa: B006
        return [x]

    assert ask(handler, f"/?x={number}").status == 422
    assert ask(handler, f"/?x=1&y={number}").status == 422


@pytest.mark.parametrize(
    ("annotation", "most"),
    [
        (int, 2**63 - 1),
        (int | None, 2**63 - 1),
        (list[int], 2**63 - 1),
        (tuple[int, ...] | None, 2**63 - 1),
        (Annotated[int, Query(ge=1)], 2**63 - 1),
        (Annotated[int, Field(ge=1, le=5)], 5),
        (Annotated[int, Query(lt=10)], 9),
        (Annotated[int, Query(le=2**70)], 2**70),
        (Annotated[Annotated[int, Field(le=5)], Query(ge=1)], 5),
    ],
)
def test_whole_numbers_are_bounded_so_that_what_stores_them_is_not_overrun(
    ask, annotation, most
):
    def handler(n: annotation):
        return "fine"

    assert ask(handler, f"/?n={most}").status == 200
    assert ask(handler, f"/?n={most + 1}").status == 422


def test_a_least_number_of_ones_own_is_kept(ask):
    def handler(n: Annotated[int, Query(ge=1)], m: int = 0):
        return [n, m]

    assert ask(handler, "/?n=0").status == 422
    assert ask(handler, f"/?n=1&m={-(2**63)}").json() == [1, -(2**63)]
    assert ask(handler, f"/?n=1&m={-(2**63) - 1}").status == 422


def test_a_default_that_can_change_is_never_shared(ask):
    def handler(tags: list[str] = []):  # noqa: B006
        tags.append("mine")
        return tags

    assert [ask(handler).json() for _ in range(3)] == [["mine"]] * 3


def test_a_default_may_be_made_anew_each_time(ask):
    made = []

    def handler(at: Annotated[int, Query(default_factory=lambda: made.append(1) or 5)]):
        return gives(at=at)

    assert ask(handler).json() == {"at": "5"}
    assert ask(handler, "/?at=6").json() == {"at": "6"}
    assert made == [1]


def test_a_marker_may_stand_as_the_default(ask):
    def handler(page: int = Query(1, ge=1), q: str = Query()):
        return gives(page=page, q=q)

    assert ask(handler, "/?q=a").json() == {"page": "1", "q": "'a'"}
    assert ask(handler, "/?q=a&page=0").status == 422
    assert ask(handler).json()["errors"][0]["type"] == "missing"


@pytest.mark.parametrize("model", [Page, Range, Filter])
def test_a_model_of_any_kind_spreads_over_the_query(ask, model):
    def handler(asked: Annotated[model, Query()]):
        return gives(asked=asked)

    answer = ask(handler, "/?size=2&tags=a&low=1&also=3&also=4&name=x&limit=5&b=1")
    assert answer.json()["asked"] in (
        "Page(size=2, tags=['a'])",
        "Range(low=1, high=9, also=[3, 4])",
        "{'name': 'x', 'limit': 5}",
    )


def test_what_a_spread_model_lacks_is_named_as_on_the_wire(ask):
    def handler(asked: Annotated[Range, Query()]):
        return gives(asked=asked)

    errors = ask(handler, "/?high=x&also=1&also=z").json()["errors"]
    assert [(e["in"], e["name"], e.get("pointer")) for e in errors] == [
        ("query", "low", None),
        ("query", "high", None),
        ("query", "also", "/1"),
    ]


def test_a_model_can_refuse_what_nobody_asked_for(ask):
    def handler(q: str, asked: Annotated[StrictPage, Query()]):
        return gives(q=q, asked=asked)

    assert ask(handler, "/?q=a&size=3").json() == {
        "q": "'a'",
        "asked": "StrictPage(size=3)",
    }
    assert ask(handler, "/?q=a&odd=3").json()["errors"][0]["type"] == "extra_forbidden"


def test_a_model_that_may_be_left_out_is(ask):
    def handler(asked: Annotated[Range | None, Query()] = None):
        return gives(asked=asked)

    assert ask(handler).json() == {"asked": "None"}
    assert ask(handler, "/?low=3").json()["asked"].startswith("Range(low=3")


def test_headers_are_read_by_names_with_hyphens(ask):
    def handler(
        x_token: Annotated[str, Header()],
        agent: Annotated[str, Header(alias="user-agent")] = "nobody",
        content_type: Annotated[str, Header()] = "",
        x_tags: Annotated[list[int], Header()] = [],  # noqa: B006
    ):
        return gives(token=x_token, agent=agent, type=content_type, tags=x_tags)

    sent = {"HTTP_X_TOKEN": "t", "HTTP_X_TAGS": "1, 2,,3", "CONTENT_TYPE": "text/x"}
    assert ask(handler, **sent).json() == {
        "token": "'t'",
        "agent": "'nobody'",
        "type": "'text/x'",
        "tags": "[1, 2, 3]",
    }
    errors = ask(handler, HTTP_X_TAGS="a").json()["errors"]
    assert [(one["in"], one["name"]) for one in errors] == [
        ("header", "X-Tags"),
        ("header", "X-Token"),
    ]


def test_a_model_spreads_over_headers_and_cookies(ask):
    class Sent(BaseModel):
        x_token: str
        x_many: list[str] = []

    class Kept(BaseModel):
        theme: str = "light"

    def handler(sent: Annotated[Sent, Header()], kept: Annotated[Kept, Cookie()]):
        return gives(sent=sent, kept=kept)

    answer = ask(
        handler, HTTP_X_TOKEN="t", HTTP_X_MANY="a,b", HTTP_COOKIE="theme=dark; b=c"
    )
    assert answer.json() == {
        "sent": "Sent(x_token='t', x_many=['a', 'b'])",
        "kept": "Kept(theme='dark')",
    }
    assert ask(handler).json()["errors"][0]["name"] == "X-Token"


def test_cookies_are_read_one_by_one(ask):
    def handler(theme: Annotated[str, Cookie()] = "light", n: int = Cookie(0)):
        return gives(theme=theme, n=n)

    assert ask(handler).json() == {"theme": "'light'", "n": "0"}
    answer = ask(handler, HTTP_COOKIE="theme=dark; n=5")
    assert answer.json() == {"theme": "'dark'", "n": "5"}
    assert ask(handler, HTTP_COOKIE="n=x").json()["errors"][0]["in"] == "cookie"


def test_fields_and_files_of_a_form_are_told_apart(ask):
    def handler(
        name: Annotated[str, Form()],
        tags: Annotated[list[int], Form()],
        left: Annotated[int | None, Form()] = None,
        text: Annotated[str, Form()] = "none",
    ):
        return gives(name=name, tags=tags, left=left, text=text)

    form = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
    body = b"name=Ada&tags=1&tags=2&left=&text="
    assert ask(handler, "/", "POST", body, **form).json() == {
        "name": "'Ada'",
        "tags": "[1, 2]",
        "left": "None",
        "text": "''",
    }
    assert ask(handler, "/", "POST", b"", **form).status == 422
    answer = ask(handler, "/", "POST", b"{}", CONTENT_TYPE="application/json")
    assert answer.status == 415


def test_a_model_spreads_over_a_form(ask):
    def handler(asked: Annotated[Range, Form()]):
        return gives(asked=asked)

    form = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
    answer = ask(handler, "/", "POST", b"low=1&also=2&also=3", **form)
    assert answer.json() == {"asked": "Range(low=1, high=9, also=[2, 3])"}


def test_everything_that_is_wrong_is_told_at_once(ask):
    def handler(id: int, q: int, body: Page, x_n: Annotated[int, Header()]):
        return gives(id=id, q=q, body=body, n=x_n)

    answer = ask(
        handler, "/a?q=b", "POST", b'{"size": "c"}', path="/{id}", HTTP_X_N="d"
    )
    assert answer.status == 422
    places = [one["in"] for one in answer.json()["errors"]]
    assert places == ["header", "path", "query", "body"]


def test_a_body_may_be_of_any_json_type(ask):
    def handler(numbers: Annotated[list[int], Body()], n: Annotated[int, Body()] = 3):
        return gives(numbers=numbers, n=n)

    answer = ask(handler, "/", "POST", b'{"numbers": [1, 2]}')
    assert answer.json() == {"numbers": "[1, 2]", "n": "3"}


FORM = "application/x-www-form-urlencoded"


class Bounds(BaseModel):
    size: int = 1
    most: Annotated[int, Field(le=2**70)] = 1
    many: list[int] | None = None
    share: float = 0
    shares: list[float] = []
    either: int | str = 0
    price: Decimal = Decimal(1)


@dataclass
class BoundsToo:
    size: int = 1
    share: float = 0


class BoundsAgain(TypedDict, total=False):
    size: int
    share: float


BEYOND = 2**63


@pytest.mark.parametrize("model", [Bounds, BoundsToo, BoundsAgain])
@pytest.mark.parametrize("source", [Query(), Form(), Header()])
def test_a_spread_models_numbers_are_bounded_as_parameters_are(ask, model, source):
    def handler(asked: Annotated[model, source]):
        return "fine"

    def status_of(name, value):
        text = f"{name}={value}"
        sent = {f"HTTP_{name.upper()}": f"{value}", "CONTENT_TYPE": FORM}
        return ask(handler, f"/?{text}", "POST", text.encode(), **sent).status

    assert status_of("size", BEYOND - 1) == status_of("size", -BEYOND) == 200
    assert status_of("size", BEYOND) == status_of("size", -BEYOND - 1) == 422
    assert status_of("share", "1.5") == 200
    for wrong in ("nan", "1e999", "-inf"):
        assert status_of("share", wrong) == 422


def test_what_a_spread_model_may_not_hold_is_told_with_all_the_rest(ask):
    def handler(asked: Annotated[Bounds, Query()]):
        return "fine"

    query = f"size={BEYOND}&many=1&many={BEYOND}&shares=nan&share=x"
    errors = ask(handler, f"/?{query}").json()["errors"]
    assert [(e["name"], e.get("pointer"), e["type"]) for e in errors] == [
        ("size", None, "less_than_equal"),
        ("many", "/1", "less_than_equal"),
        ("shares", "/0", "finite_number"),
        ("share", None, "float_parsing"),
    ]


@pytest.mark.parametrize("query", [f"most={2**70}", f"either={BEYOND}"])
def test_what_a_model_allows_itself_is_allowed(ask, query):
    def handler(asked: Annotated[Bounds, Query()]):
        return "fine"

    assert ask(handler, f"/?{query}").status == 200


Number = NewType("Number", int)
Alias = TypeAliasType("Alias", int)
Several = TypeAliasType("Several", list[Number] | None)


@pytest.mark.parametrize("annotation", [Number, Alias, Several, list[Alias]])
def test_whole_numbers_by_another_name_are_bounded_too(ask, annotation):
    def handler(n: annotation):
        return "fine"

    assert ask(handler, f"/?n={BEYOND - 1}").status == 200
    assert ask(handler, f"/?n={BEYOND}").status == 422


def test_json_in_a_query_is_one_text(ask):
    def handler(
        marked: Annotated[Json[list[int]], Query()],
        plain: Json[dict[str, int]],
        none: Json[list[int]] | None = None,
    ):
        return gives(marked=marked, plain=plain, none=none)

    answer = ask(handler, '/?marked=[1,2]&plain={"a":1}&none=[3]')
    expected = {"marked": "[1, 2]", "plain": "{'a': 1}", "none": "[3]"}
    assert answer.json() == expected
    assert ask(handler, '/?marked=["x"]&plain={}').status == 422


def test_a_field_left_empty_is_missing_in_a_model_over_a_form_too(ask):
    class Sent(BaseModel):
        must: str
        left: int | None = None
        day: date = date(2026, 11, 28)
        price: Decimal = Decimal(1)
        text: str = "none"
        word: str | None = "none"
        many: list[str] = []

    def handler(sent: Annotated[Sent, Form()]):
        return sent

    form = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
    body = b"must=&left=&day=&price=&text=&word=&many="
    assert ask(handler, "/", "POST", body, **form).json() == {
        "must": "",
        "left": None,
        "day": "2026-11-28",
        "price": "1",
        "text": "",
        "word": "",
        "many": [""],
    }


def test_a_field_left_empty_is_told_where_it_has_to_be_there(ask):
    @dataclass
    class Sent:
        number: int

    def handler(sent: Annotated[Sent, Form()]):
        return sent

    form = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
    (error,) = ask(handler, "/", "POST", b"number=", **form).json()["errors"]
    assert (error["name"], error["type"]) == ("number", "int_parsing")


def test_a_cookie_of_raw_utf_8_is_read(ask):
    def handler(theme: Annotated[str, Cookie()] = "light", n: int = Cookie(0)):
        return gives(theme=theme, n=n)

    cookie = "n=5; theme=caf\xc3\xa9; x"
    assert ask(handler, HTTP_COOKIE=cookie).json() == {"theme": "'café'", "n": "5"}
    answer = ask(handler, HTTP_COOKIE="theme=caf\xe9")
    assert (answer.status, answer.json()) == (
        400,
        {"message": "A cookie is not valid UTF-8"},
    )


def test_bytes_of_a_header_are_those_that_were_sent(ask):
    def handler(
        x_raw: Annotated[bytes, Header()],
        x_many: Annotated[list[bytes], Header()],
        x_text: Annotated[str, Header()],
        x_last: Annotated[bytes | None, Header()] = None,
    ):
        return gives(raw=x_raw, many=x_many, text=x_text, last=x_last)

    sent = dict.fromkeys(("HTTP_X_RAW", "HTTP_X_TEXT", "HTTP_X_LAST"), "\xc3\xa9")
    assert ask(handler, HTTP_X_MANY="\xff, a", **sent).json() == {
        "raw": repr("é".encode()),
        "many": repr([b"\xff", b"a"]),
        "text": repr("\xc3\xa9"),
        "last": repr("é".encode()),
    }


def test_a_model_is_not_shown_the_headers_that_it_does_not_ask_for(ask):
    class Strict(BaseModel, extra="forbid"):
        x_token: str = ""

    def handler(sent: Annotated[Strict, Header()]):
        return sent

    assert ask(handler, HTTP_X_TOKEN="t", HTTP_X_OTHER="o").json() == {"x_token": "t"}
