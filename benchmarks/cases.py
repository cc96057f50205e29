"""What is asked of every contestant, and the answer that counts as right."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

CASE_NAMES = ("text", "json", "typed parameter", "post json", "404")
"""In the order of the tables."""

TYPED_CASE_NAMES = ("typed json", "typed post")
"""Asked of those that read and write by annotations, or have pydantic do it."""

EXCHANGES_PER_CASE = 16
"""Different paths per case, so that an answer remembered by path helps nobody."""

_PRODUCT = {
    "product_name": "Galaxy Tab",
    "brand": "Samsung",
    "price": 12.5,
    "tags": ["a", "b"],
}


@dataclass(frozen=True)
class Exchange:
    """One request and its right answer; `expected=None` leaves the body free."""

    method: str
    path: str
    status: int
    media_type: str | None
    expected: object
    body: bytes = b""


@dataclass(frozen=True)
class Case:
    """A kind of request, as the paths that are asked for in turn."""

    name: str
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True)
class Answer:
    """What came back: `Answer(200, "application/json", b'{"id": 7}')`."""

    status: int
    media_type: str
    body: bytes


class WrongAnswerError(Exception):
    """A contestant's answer is not the case's; it is not timed."""


def case_of(name: str, n_routes: int) -> Case:
    """Build a case: `("typed parameter", 50)` asks 16 of the 50 routes in turn.

    Raises:
        KeyError: no case has this name.
    """
    makers = {
        "text": lambda: [Exchange("GET", "/", 200, "text/plain", "Hello, World!")],
        "json": lambda: [
            Exchange("GET", "/json", 200, "application/json", {"message": "Hello"})
        ],
        "typed parameter": lambda: _typed_parameters(n_routes),
        "post json": lambda: [_posted("/echo")],
        "404": _missing,
        "typed json": _typed_queries,
        "typed post": lambda: [_posted("/typed")],
    }
    return Case(name, tuple(makers[name]()))


def _typed_parameters(n_routes: int) -> list[Exchange]:
    last = EXCHANGES_PER_CASE - 1
    routes = [turn * (n_routes - 1) // last for turn in range(EXCHANGES_PER_CASE)]
    return [
        Exchange(
            "GET",
            f"/r{route}/items/{turn + 40}",
            200,
            "application/json",
            {"id": turn + 40},
        )
        for turn, route in enumerate(routes)
    ]


def _typed_queries() -> list[Exchange]:
    return [
        Exchange(
            "GET",
            f"/typed/{turn + 40}?brand=Samsung&limit={turn + 1}",
            200,
            "application/json",
            {"id": turn + 40, "brand": "Samsung", "limit": turn + 1},
        )
        for turn in range(EXCHANGES_PER_CASE)
    ]


def _posted(path: str) -> Exchange:
    body = json.dumps(_PRODUCT).encode()
    return Exchange("POST", path, 200, "application/json", _PRODUCT, body)


def _missing() -> list[Exchange]:
    return [
        Exchange("GET", f"/nope/nope{turn}", 404, None, None)
        for turn in range(EXCHANGES_PER_CASE)
    ]


def check(exchange: Exchange, answer: Answer) -> None:
    """Compare status, media type and body with what the exchange expects.

    The page of a 404 is each framework's own, so there any body passes that is
    not empty.

    Raises:
        WrongAnswerError: with the request, what was expected and what came.
    """
    _same(exchange, "status", exchange.status, answer.status)
    if exchange.media_type is not None:
        _same(exchange, "content type", exchange.media_type, answer.media_type)
    if not answer.body:
        raise WrongAnswerError(f"{exchange.method} {exchange.path}: the body is empty")
    if exchange.expected is not None:
        _same(exchange, "body", exchange.expected, _read(answer))


def _same(exchange: Exchange, what: str, expected: object, actual: object) -> None:
    if expected != actual:
        raise WrongAnswerError(
            f"{exchange.method} {exchange.path}: "
            f"{what} is {actual!r} where {expected!r} is right"
        )


def _read(answer: Answer) -> object:
    if answer.media_type != "application/json":
        return answer.body.decode()
    try:
        return json.loads(answer.body)
    except ValueError as error:
        raise WrongAnswerError(f"not JSON: {answer.body[:80]!r}") from error


def media_type_of(headers: Sequence[tuple[str | bytes, str | bytes]]) -> str:
    """Read the media type: `[("Content-Type", "text/html; ...")] -> "text/html"`.

    The headers of an ASGI app are bytes.
    """
    for name, value in headers:
        if _text(name).lower() == "content-type":
            return _text(value).partition(";")[0].strip().lower()
    return ""


def _text(part: str | bytes) -> str:
    return part.decode("latin-1") if isinstance(part, bytes) else part
