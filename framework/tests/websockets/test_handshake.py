"""Handshakes, from an environ: which are answered, and how the others are refused."""

import pytest
from roob.exceptions import ResponseError
from roob.websockets.handshake import (
    accept_token,
    check_handshake,
    check_origin,
    checked_origin,
    choose_subprotocol,
    handshake_answer,
    offered_subprotocols,
)

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


@pytest.fixture
def shake(environ):
    def shake(**changes):
        asked = {
            "HTTP_UPGRADE": "websocket",
            "HTTP_CONNECTION": "Upgrade",
            "HTTP_SEC_WEBSOCKET_VERSION": "13",
            "HTTP_SEC_WEBSOCKET_KEY": KEY,
        }
        return environ("/ws", **(asked | changes))

    return shake


def refusal(environ):
    with pytest.raises(ResponseError) as caught:
        check_handshake(environ)
    return caught.value


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"HTTP_UPGRADE": "WebSocket"},
        {"HTTP_UPGRADE": "h2c, websocket"},
        {"HTTP_CONNECTION": "keep-alive, Upgrade"},
        {"CONTENT_LENGTH": "0"},
    ],
)
def test_a_handshake_of_the_rfc_passes(shake, changes):
    check_handshake(shake(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"HTTP_UPGRADE": "h2c"},
        {"HTTP_UPGRADE": ""},
        {"HTTP_CONNECTION": "close"},
        {"REQUEST_METHOD": "POST"},
    ],
)
def test_a_plain_request_is_asked_to_upgrade(shake, changes):
    error = refusal(shake(**changes))
    assert error.status == "426 Upgrade Required"
    assert error.headers == {"Upgrade": "websocket"}


def test_the_standard_librarys_server_gets_no_header_that_it_fails_on(shake):
    error = refusal(shake(HTTP_UPGRADE="", SERVER_SOFTWARE="WSGIServer/0.2"))
    assert error.headers == {}


@pytest.mark.parametrize("version", ["8", "", "13, 8"])
def test_another_version_is_told_which_one_is_spoken(shake, version):
    error = refusal(shake(HTTP_SEC_WEBSOCKET_VERSION=version))
    assert error.status.startswith("426")
    assert error.headers["Sec-WebSocket-Version"] == "13"


@pytest.mark.parametrize("key", ["", "abc", KEY[:-1], KEY + KEY, "!" * 22 + "=="])
def test_a_key_that_is_not_16_bytes_is_refused(shake, key):
    assert refusal(shake(HTTP_SEC_WEBSOCKET_KEY=key)).status.startswith("400")


@pytest.mark.parametrize(
    "changes", [{"CONTENT_LENGTH": "5"}, {"HTTP_TRANSFER_ENCODING": "chunked"}]
)
def test_a_handshake_with_a_body_is_refused(shake, changes):
    assert refusal(shake(**changes)).status.startswith("400")


def test_behind_an_asgi_server_the_handshake_is_the_servers(environ):
    check_handshake(environ("/ws", **{"roob.websocket": object()}))


def test_the_rfcs_key_has_the_rfcs_answer():
    assert accept_token(KEY) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_the_answer_stands_on_the_wire_with_what_the_handler_adds():
    answer = handshake_answer(KEY, "chat", [("X-Room", "blue")])
    assert answer == (
        b"HTTP/1.1 101 Switching Protocols\r\n"
        b"Upgrade: websocket\r\n"
        b"Connection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
        b"Sec-WebSocket-Protocol: chat\r\n"
        b"X-Room: blue\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("origin", "host", "origins"),
    [
        (None, "shop.example", []),
        ("https://shop.example", "shop.example", []),
        ("https://SHOP.example", "shop.EXAMPLE:443", []),
        ("http://shop.example:80", "shop.example", []),
        ("http://localhost:8000", "localhost:8000", []),
        ("https://Other.example:443", "shop.example", ["https://other.example"]),
        ("null", "shop.example", ["*"]),
    ],
)
def test_pages_that_may_connect(shake, origin, host, origins):
    changes = {} if origin is None else {"HTTP_ORIGIN": origin}
    check_origin(shake(HTTP_HOST=host, **changes), [*map(checked_origin, origins)])


@pytest.mark.parametrize(
    ("origin", "host", "origins"),
    [
        ("https://evil.example", "shop.example", []),
        ("https://shop.example.evil.example", "shop.example", []),
        ("http://localhost:8001", "localhost:8000", []),
        ("null", "shop.example", []),
        ("", "", []),
        ("https://evil.example", "shop.example", ["https://other.example"]),
        ("https://shop.example:444", "shop.example", []),
    ],
)
def test_pages_that_may_not(shake, origin, host, origins):
    with pytest.raises(ResponseError) as caught:
        check_origin(shake(HTTP_HOST=host, HTTP_ORIGIN=origin), origins)
    assert caught.value.status == "403 Forbidden"


def test_offers_are_read_in_the_clients_order(shake):
    header = "chat.v1 ,  , chat.v2"
    offered = offered_subprotocols(shake(HTTP_SEC_WEBSOCKET_PROTOCOL=header))
    assert offered == ["chat.v1", "chat.v2"]
    assert offered_subprotocols(shake()) == []


def test_the_servers_order_decides():
    assert choose_subprotocol(["a", "b"], ["b", "a"]) == "b"
    assert choose_subprotocol(["a"], ["b"]) is None
