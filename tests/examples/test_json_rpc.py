"""The examples of the specification (section 7), and what it says beside them."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from roob.testing import TestClient

from examples.json_rpc import RpcError, create_app

V = {"jsonrpc": "2.0"}


def refuse() -> None:
    raise RpcError(-32000, "Out of stock", {"product": 7})


def crash() -> None:
    raise RuntimeError("hunter2")


def wrong_inside(a: int) -> int:
    return len(a)  # type: ignore[arg-type]  # a TypeError, but not the caller's


METHODS = {
    "subtract": lambda minuend, subtrahend: minuend - subtrahend,
    "sum": lambda *numbers: sum(numbers),
    "update": lambda *_: None,
    "notify_hello": lambda *_: None,
    "get_data": lambda: ["hello", 5],
    "refuse": refuse,
    "crash": crash,
    "wrong_inside": wrong_inside,
    "unsendable": lambda: object,
}


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(create_app(METHODS)) as client:
        yield client


def answer(client: TestClient, content: object) -> Any:
    response = client.post("/", content=json.dumps(content))
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    return response.json()


def error(code: int, message: str, request_id: object = None) -> dict[str, Any]:
    return {**V, "error": {"code": code, "message": message}, "id": request_id}


def without_data(said: dict[str, Any]) -> dict[str, Any]:
    if "error" in said:
        said["error"].pop("data", None)
    return said


@pytest.mark.parametrize(
    ("params", "result"),
    [
        ([42, 23], 19),
        ([23, 42], -19),
        ({"subtrahend": 23, "minuend": 42}, 19),
        ({"minuend": 42, "subtrahend": 23}, 19),
    ],
)
def test_parameters_go_by_position_and_by_name(
    client: TestClient, params: object, result: int
) -> None:
    call = {**V, "method": "subtract", "params": params, "id": 1}
    assert answer(client, call) == {**V, "result": result, "id": 1}


@pytest.mark.parametrize("method", ["update", "foobar", "crash"])
def test_a_notification_is_not_answered_whatever_comes_of_it(
    client: TestClient, method: str
) -> None:
    response = client.post("/", json={**V, "method": method, "params": []})
    assert (response.status_code, response.content) == (204, b"")


def test_an_unknown_method(client: TestClient) -> None:
    said = answer(client, {**V, "method": "foobar", "id": "1"})
    assert without_data(said) == error(-32601, "Method not found", "1")


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]',
        b'[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},{"js]',
        b"",
        b"\xff",
    ],
)
def test_a_body_that_is_no_json_is_a_parse_error(
    client: TestClient, body: bytes
) -> None:
    response = client.post("/", content=body)
    assert response.status_code == 200
    assert without_data(response.json()) == error(-32700, "Parse error")


@pytest.mark.parametrize(
    "call",
    [
        {**V, "method": 1, "params": "bar"},
        {**V, "method": "sum", "params": "bar", "id": 1},
        {**V, "params": [], "id": 1},
        {"method": "sum", "id": 1},
        {"jsonrpc": "1.0", "method": "sum", "id": 1},
        {**V, "method": "sum", "id": {}},
        {**V, "method": "sum", "id": True},
        {**V, "method": "sum", "params": None, "id": 1},
        1,
        "x",
        None,
        {},
        [],
    ],
)
def test_what_is_no_request_object_is_an_invalid_request(
    client: TestClient, call: object
) -> None:
    assert answer(client, call) == error(-32600, "Invalid Request")


def test_a_batch_of_nonsense_is_answered_piece_by_piece(client: TestClient) -> None:
    assert answer(client, [1, 2, 3]) == [error(-32600, "Invalid Request")] * 3


def test_the_batch_of_the_specification(client: TestClient) -> None:
    batch = [
        {**V, "method": "sum", "params": [1, 2, 4], "id": "1"},
        {**V, "method": "notify_hello", "params": [7]},
        {**V, "method": "subtract", "params": [42, 23], "id": "2"},
        {"foo": "boo"},
        {**V, "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
        {**V, "method": "get_data", "id": "9"},
    ]
    assert [without_data(said) for said in answer(client, batch)] == [
        {**V, "result": 7, "id": "1"},
        {**V, "result": 19, "id": "2"},
        error(-32600, "Invalid Request"),
        error(-32601, "Method not found", "5"),
        {**V, "result": ["hello", 5], "id": "9"},
    ]


def test_a_batch_of_one_is_a_batch(client: TestClient) -> None:
    call = {**V, "method": "get_data", "id": 1}
    assert answer(client, [call]) == [{**V, "result": ["hello", 5], "id": 1}]


def test_a_batch_of_notifications_is_not_answered(client: TestClient) -> None:
    call = {**V, "method": "notify_hello", "params": [7]}
    response = client.post("/", json=[call, call])
    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize(
    "params", [[1], [1, 2, 3], {"minuend": 1}, {"minuend": 1, "other": 2}]
)
def test_parameters_that_the_method_does_not_take(
    client: TestClient, params: object
) -> None:
    said = answer(client, {**V, "method": "subtract", "params": params, "id": 1})
    assert without_data(said) == error(-32602, "Invalid params", 1)


@pytest.mark.parametrize("request_id", [None, 0, 1.5, "x"])
def test_every_id_that_is_there_comes_back_null_too(
    client: TestClient, request_id: object
) -> None:
    call = {**V, "method": "sum", "params": [1], "id": request_id}
    assert answer(client, call) == {**V, "result": 1, "id": request_id}


def test_a_result_of_nothing_is_null(client: TestClient) -> None:
    call = {**V, "method": "update", "params": [1], "id": 1}
    assert answer(client, call) == {**V, "result": None, "id": 1}


@pytest.mark.parametrize(
    ("method", "params"), [("crash", []), ("wrong_inside", [1]), ("unsendable", [])]
)
def test_a_method_that_fails_is_an_internal_error_and_tells_nothing(
    client: TestClient,
    caplog: pytest.LogCaptureFixture,
    method: str,
    params: list[object],
) -> None:
    with caplog.at_level(logging.ERROR):
        said = answer(client, {**V, "method": method, "params": params, "id": 1})
    assert said == error(-32603, "Internal error", 1)
    assert method in caplog.text


def test_a_method_may_have_errors_of_its_own(client: TestClient) -> None:
    said = answer(client, {**V, "method": "refuse", "id": 1})
    assert said["error"] == {
        "code": -32000,
        "message": "Out of stock",
        "data": {"product": 7},
    }


def test_curl_needs_no_header(client: TestClient) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b'{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}'
    response = client.post("/", content=body, headers=form)
    assert response.json() == {**V, "result": 19, "id": 1}


def test_other_methods_of_http_are_refused(client: TestClient) -> None:
    response = client.get("/")
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


def test_a_body_that_is_too_long_or_of_another_type_is_refused(
    client: TestClient,
) -> None:
    assert client.post("/", content=b" " * (1024 * 1024 + 1)).status_code == 413
    text = {"Content-Type": "text/plain"}
    assert client.post("/", content=b"{}", headers=text).status_code == 415


def test_the_examples_own_methods_answer() -> None:
    with TestClient(create_app()) as client:
        call = {**V, "method": "sum", "params": [1, 2, 4], "id": 1}
        assert answer(client, call) == {**V, "result": 7, "id": 1}
