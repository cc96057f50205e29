"""Bad bytes on a socket: the app or its server refuses, and the next one is served.

Where the server itself may refuse first, its status stands beside the app's.
"""

import re
import time
from dataclasses import dataclass
from http.client import RemoteDisconnected

import pytest

from tests.e2e.client import Client
from tests.e2e.rows import Json, add_product, details, expect, move
from tests.e2e.wire import (
    Answer,
    chunk,
    connect,
    exchange,
    post,
    read_all,
    request,
)

LIMIT = 1024 * 1024
PRODUCTS = b"/api/products"
CHUNKED = b"Transfer-Encoding: chunked"
END = chunk(b"")


@dataclass(frozen=True)
class Sent:
    name: str
    content: bytes
    statuses: tuple[int, ...]
    is_cut: bool = False

    def __str__(self) -> str:
        return self.name


BAD = [
    Sent(
        "five gigabytes announced",
        post(PRODUCTS, b"Content-Length: 5000000000"),
        (413,),
    ),
    Sent(
        "a length of a hundred digits",
        post(PRODUCTS, b"Content-Length: " + b"9" * 100),
        (400, 413),
    ),
    Sent(
        "over a megabyte in chunks",
        post(PRODUCTS, CHUNKED, body=chunk(b" " * 65536) * 17 + END),
        (413,),
    ),
    Sent(
        "a chunk that is no chunk",
        post(PRODUCTS, CHUNKED, body=b"zz\r\n{}\r\n" + END),
        (400,),
    ),
    Sent(
        "chunks that end too early",
        post(PRODUCTS, CHUNKED, body=b"ff\r\n{}"),
        (400,),
        is_cut=True,
    ),
    Sent(
        "a body that ends too early",
        post(PRODUCTS, b"Content-Length: 50", body=b'{"product_name":'),
        (400,),
        is_cut=True,
    ),
    Sent("a length that is a word", post(PRODUCTS, b"Content-Length: ten"), (400,)),
    Sent("a negative length", post(PRODUCTS, b"Content-Length: -5"), (400,)),
    Sent(
        "two lengths",
        post(PRODUCTS, b"Content-Length: 3", b"Content-Length: 2", body=b"{} "),
        (400,),
    ),
    Sent("a private helper's name", request(b"HELPER", PRODUCTS), (405,)),
    Sent("a dunder for a method", request(b"__CLASS__", PRODUCTS), (405,)),
    Sent("a method in small letters", request(b"get", PRODUCTS), (400, 405)),
    Sent("a method with a space", request(b"GET POST", PRODUCTS), (400,)),
    Sent("trace", request(b"TRACE", PRODUCTS), (400, 405)),
    Sent("a bare NUL in the path", request(b"GET", b"/api/\x00"), (400,)),
    Sent("a bare newline in a header", request(b"GET", b"/", b"A: b\rc: d"), (400,)),
    Sent(
        "a folded header",
        request(b"GET", b"/", b"X-Request-ID: a", b" b"),
        (200, 400),
    ),
    Sent("800 slashes", request(b"GET", b"/api" + b"/" * 800), (404,)),
    Sent("800 segments", request(b"GET", PRODUCTS + b"/1" * 800), (404,)),
    Sent("nothing but slashes", request(b"GET", b"/" * 800), (404,)),
    Sent("300 digits", request(b"GET", PRODUCTS + b"/" + b"9" * 300), (404,)),
    Sent("another host first", request(b"GET", b"//evil.example/"), (404,)),
    Sent("dots up", request(b"GET", b"/static/../core/main.py"), (404,)),
    Sent("dots up, encoded", request(b"GET", b"/static/%2e%2e%2fmain.py"), (404,)),
    Sent("dots up, at the top", request(b"GET", b"/..%2fcore%2fmain.py"), (404,)),
    Sent("no HTTP at all", b"\x16\x03\x01 hello\r\n\r\n", (400,)),
]


@pytest.fixture
def product(api: Client) -> Json:
    return add_product(api, quantity=5)


def answer_to(sent: Sent, base_url: str, config: pytest.Config) -> Answer | None:
    """None where nobody listens: asyncio's servers take half a close for a whole one.

    Their apps are told that the client has gone, and cannot answer any more.
    """
    try:
        return exchange(base_url, sent.content, is_cut=sent.is_cut)
    except RemoteDisconnected:
        assert sent.is_cut
        assert config.getoption("asgi")
        return None


def skip_on_hypercorn(config: pytest.Config) -> None:
    if config.getoption("asgi") == "hypercorn":
        pytest.skip("hypercorn itself writes methods in capitals")


@pytest.mark.parametrize("sent", BAD, ids=str)
def test_bad_bytes_are_refused_and_the_next_request_is_served(
    pytestconfig: pytest.Config, base_url: str, api: Client, product: Json, sent: Sent
) -> None:
    if sent.name == "a method in small letters":
        skip_on_hypercorn(pytestconfig)
    before = expect(api.get("/api/products"), 200)
    started = time.monotonic()

    answer = answer_to(sent, base_url, pytestconfig)

    if answer is not None:
        assert answer.status in sent.statuses, answer
        assert b"Traceback" not in answer.body
    assert time.monotonic() - started < 3
    assert expect(api.get("/api/products"), 200) == before
    assert expect(move(api, product["id"], 1), 201)["balance"] == 6


def test_asking_about_the_whole_server_is_no_crash(
    pytestconfig: pytest.Config, base_url: str
) -> None:
    if pytestconfig.getoption("validated"):
        pytest.skip("wsgiref.validate itself takes * for no path")

    assert exchange(base_url, request(b"OPTIONS", b"*")).status < 500


def test_an_honest_body_in_chunks_is_read_to_its_end(
    base_url: str, api: Client, product: Json
) -> None:
    target = f"/api/products/{product['id']}/movements".encode()
    body = chunk(b'{"quantity": 2, ') + chunk(b'"reason": "x"}') + END

    answer = exchange(base_url, post(target, CHUNKED, body=body))

    assert answer.status == 201
    assert details(api, product["id"])["stock"]["quantity"] == 7


def test_a_body_nobody_reads_is_not_taken_for_the_next_request(base_url: str) -> None:
    inner = request(b"DELETE", b"/api/products/1")
    length = b"Content-Length: %d" % len(inner)
    first = request(b"GET", PRODUCTS, length, body=inner, then="keep-alive")

    received = read_all(base_url, first + request(b"GET", b"/api/products/1"))

    assert statuses(received) == [b"200", b"200"]
    assert received.endswith(b'{"id":1,"product_name":"S25 Ultra","brand":"Samsung"}')


def test_a_client_that_leaves_half_way_harms_nobody(
    base_url: str, api: Client, product: Json
) -> None:
    target = f"/api/products/{product['id']}/movements".encode()

    for _ in range(10):
        with connect(base_url) as stream:
            stream.sendall(post(target, b"Content-Length: 500", body=b'{"quantity"'))

    assert details(api, product["id"]) == product
    assert expect(move(api, product["id"], -5), 201)["balance"] == 0


def test_requests_sent_in_one_go_are_answered_in_their_order(
    base_url: str, api: Client
) -> None:
    wanted = [add_product(api)["id"] for _ in range(3)]
    targets = [b"/api/products/%d" % product_id for product_id in wanted]
    sent = [request(b"GET", target, then="keep-alive") for target in targets]

    received = read_all(base_url, b"".join([*sent, request(b"GET", b"/health/live")]))

    assert statuses(received) == [b"200"] * 4
    assert [int(found) for found in re.findall(rb'{"id":(\d+),', received)] == wanted


def statuses(received: bytes) -> list[bytes]:
    return re.findall(rb"HTTP/1.1 (\d+) ", received)
