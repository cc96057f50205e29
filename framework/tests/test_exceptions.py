import copy
import pickle

import pytest
from roob.exceptions import (
    BadRequest,
    ContentTooLarge,
    MethodNotAllowed,
    ResponseError,
    UnprocessableContent,
    UnsupportedMediaType,
)


class OutOfStock(ResponseError):
    """An error whose arguments are none of its base's."""

    def __init__(self, product: str, *, left: int) -> None:
        super().__init__(f"{product}: {left} left", 409, {"Retry-After": "60"})
        self.product = product


EVERY_ERROR = [
    ResponseError("no"),
    ResponseError("no", 404, {"X-A": "b"}),
    BadRequest("what?"),
    MethodNotAllowed("PUT", "/x", ["POST", "GET"]),
    ContentTooLarge(10),
    UnsupportedMediaType("text/x"),
    UnprocessableContent("no", [{"in": "query"}]),
    OutOfStock("phone", left=0),
]


def test_the_status_is_optional():
    assert ResponseError("broken").status == "500 Internal Server Error"


@pytest.mark.parametrize("status", [200, 204, 302, 399, "200 OK"])
def test_only_4xx_and_5xx_are_errors(status):
    with pytest.raises(ValueError, match="4xx or 5xx"):
        ResponseError("fine", status)


def test_an_error_reads_as_its_message():
    assert str(ResponseError("This is a custom error", 400)) == "This is a custom error"


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_errors_survive_pickling(error, protocol):
    again = pickle.loads(pickle.dumps(error, protocol))

    assert type(again) is type(error)
    assert (str(again), again.message) == (str(error), error.message)
    assert (again.status, again.headers) == (error.status, error.headers)


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda e: type(e).__name__)
def test_errors_survive_copying(error):
    assert copy.copy(error).__dict__ == copy.deepcopy(error).__dict__ == error.__dict__


def test_a_pickled_subclass_keeps_attributes_of_its_own():
    assert pickle.loads(pickle.dumps(OutOfStock("phone", left=0))).product == "phone"


def test_method_not_allowed_sorts_its_allow_header():
    error = MethodNotAllowed("PUT", "/api/products", ["POST", "GET"])

    assert error.message == "PUT request is not allowed for /api/products"
    assert dict(error.headers) == {"Allow": "GET, POST"}


def test_the_callers_headers_are_copied():
    headers = {"X-A": "b"}
    error = ResponseError("no", 400, headers)
    headers["X-A"] = "changed"
    assert dict(error.headers) == {"X-A": "b"}


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\nb", "a\0b"])
def test_an_unfit_header_is_refused_where_the_error_is_made(value):
    with pytest.raises(ValueError, match="X-A"):
        ResponseError("no", 400, {"X-A": value})
