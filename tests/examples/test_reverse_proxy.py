"""The inventory behind the gateway, both under gunicorn: as if nothing were between."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from framework.tests.servers_on_sockets import scripted
from tests.e2e.client import Client, Response, open_client
from tests.e2e.rows import add_product, expect, move
from tests.e2e.servers import LocalServer
from tests.e2e.wire import chunk, connect, exchange, post, request

# What differs from one answer to the next, or is said by each server of itself.
OF_ONE_ANSWER = {"date", "x-response-time", "server-timing", "connection"}
CHUNKED = b"Transfer-Encoding: chunked"


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with LocalServer(tmp_path_factory.mktemp("inventory"), workers=1) as server:
        yield server
        assert server.stop() == 0, server.log


@pytest.fixture(scope="module")
def gateway(
    inventory: LocalServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalServer]:
    app = f'examples.reverse_proxy:create_app("{inventory.base_url}")'
    server = LocalServer(tmp_path_factory.mktemp("gateway"), app, workers=1)
    try:
        server.start(until="/health/live")
        yield server
        assert server.stop() == 0, server.log
        assert "Traceback" not in server.log
    finally:
        server.kill()


@pytest.fixture
def behind(gateway: LocalServer) -> Iterator[Client]:
    with open_client(gateway.base_url) as client:
        yield client


@pytest.fixture
def direct(inventory: LocalServer) -> Iterator[Client]:
    with open_client(inventory.base_url) as client:
        yield client


def said(response: Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """All that an answer says, apart from when."""
    headers = [
        (name.lower(), value)
        for name, value in response.headers.multi_items()
        if name.lower() not in OF_ONE_ANSWER
    ]
    return response.status_code, sorted(headers), response.content


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/products"),
        ("HEAD", "/api/products"),
        ("OPTIONS", "/api/products"),
        ("GET", "/api/products/1"),
        ("GET", "/api/products/mobile"),
        ("GET", "/api/products/999999"),
        ("GET", "/api/invalid"),
        ("PUT", "/api/products"),
        ("GET", "/api/products/caf%C3%A9"),
        ("GET", "/api/products/a%2Fb"),
        ("GET", "//api/products"),
        ("GET", "/api//products"),
        ("GET", "/api/products/1?x=%zz&y=a+b"),
        ("GET", "/health/live"),
        ("GET", "/static/dashboard.css"),
        ("GET", "/dashboard"),
        ("DELETE", "/api/products/999999"),
    ],
)
def test_an_answer_is_the_same_behind_the_gateway(
    behind: Client, direct: Client, method: str, path: str
) -> None:
    headers = {"Host": "inventory.example", "Accept-Encoding": "gzip"}
    answers = [
        client.request(
            method,
            client.base_url.copy_with(raw_path=path.encode()),
            headers=headers,
        )
        for client in (behind, direct)
    ]
    assert said(answers[0]) == said(answers[1])


@pytest.mark.parametrize(
    "target",
    [b"//x.example/", b"/a%2Fb", b"/%00", b"/%ff", b"/caf\xc3\xa9", b"/%", b"/a?b#c"],
)
def test_an_odd_path_is_answered_the_same(
    gateway: LocalServer, inventory: LocalServer, target: bytes
) -> None:
    asked = request(b"GET", target)
    one, other = (exchange(s.base_url, asked) for s in (gateway, inventory))
    assert (one.status, one.body) == (other.status, other.body)


@pytest.mark.parametrize(
    "target",
    [b"/static/../core/main.py", b"/static/%2e%2e%2fmain.py", b"/..%2fmain.py"],
)
def test_a_path_that_climbs_ends_at_the_gateway(
    gateway: LocalServer, target: bytes
) -> None:
    assert exchange(gateway.base_url, request(b"GET", target)).status == 400


def test_a_file_is_not_sent_again_and_may_be_asked_for_in_part(
    behind: Client,
) -> None:
    whole = behind.get("/static/dashboard.css", headers={"Accept-Encoding": "identity"})
    tag = whole.headers["ETag"]
    again = behind.get("/static/dashboard.css", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    some = {"Range": "bytes=0-9", "Accept-Encoding": "identity"}
    part = behind.get("/static/dashboard.css", headers=some)
    assert (part.status_code, part.content) == (206, whole.content[:10])


def test_a_change_behind_the_gateway_is_a_change(
    behind: Client, direct: Client
) -> None:
    product = add_product(behind, quantity=5)
    assert expect(move(behind, product["id"], 2), 201)["balance"] == 7
    path = f"/api/products/{product['id']}"
    assert direct.get(path).json() == behind.get(path).json()
    assert behind.delete(path).status_code == 200
    assert direct.get(path).status_code == 404


def test_a_body_in_chunks_arrives(gateway: LocalServer, behind: Client) -> None:
    product = add_product(behind, quantity=5)
    target = f"/api/products/{product['id']}/movements".encode()
    body = chunk(b'{"quantity": 2, ') + chunk(b'"reason": "x"}') + chunk(b"")
    answer = exchange(gateway.base_url, post(target, CHUNKED, body=body))
    assert answer.status == 201, answer.body


FIVE_GIGABYTES = [b"Content-Length: 5000000000"]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (FIVE_GIGABYTES, b" " * 1024 * 1024, 413),
        ([CHUNKED], chunk(b" " * 65536) * 17 + chunk(b""), 413),
        ([CHUNKED], b"zz\r\n{}\r\n" + chunk(b""), 400),
        ([b"Content-Length: 2"], b"{]", 400),
    ],
)
def test_a_body_that_the_inventory_refuses_is_refused(
    gateway: LocalServer, behind: Client, headers: list[bytes], body: bytes, status: int
) -> None:
    answer = exchange(gateway.base_url, post(b"/api/products", *headers, body=body))
    assert answer.status == status
    assert behind.get("/api/products/1").status_code == 200


def test_a_500_of_the_inventory_has_its_request_id(behind: Client) -> None:
    response = behind.get("/api/crash", headers={"X-Request-ID": "r-7"})
    assert response.status_code == 500
    assert response.json()["request_id"] == "r-7"


def test_the_gateway_has_a_say_of_its_own(behind: Client) -> None:
    assert behind.get("/gateway/health").json() == {"status": "live"}
    assert behind.put("/gateway/health").headers["Allow"] == "GET, HEAD, OPTIONS"
    assert "gateway;dur=" in behind.get("/health/live").headers["Server-Timing"]


@pytest.mark.parametrize(
    "path",
    [
        "/health/ready",
        "//health/ready/",
        "/health//ready",
        "/health%2Fready",
        "/health/ready;x=y",
        "/health;x/ready",
        "/health%5Cready",
    ],
)
def test_what_is_for_the_inside_alone_is_hidden(behind: Client, path: str) -> None:
    url = behind.base_url.copy_with(raw_path=path.encode())
    assert behind.get(url).status_code == 403


@pytest.mark.parametrize(
    "target", [b"/health/./ready", b"/health/%2e/ready", b"/./health/ready"]
)
def test_nor_is_there_a_way_around_by_dots(gateway: LocalServer, target: bytes) -> None:
    answer = exchange(gateway.base_url, request(b"GET", target))
    assert answer.status == 400
    assert b"no segment" in answer.body


def test_an_inventory_that_is_down_is_a_502_and_one_that_is_back_is_served(
    tmp_path: Path,
) -> None:
    inventory = LocalServer(tmp_path, workers=1)
    app = f'examples.reverse_proxy:create_app("{inventory.base_url}")'
    (tmp_path / "gateway").mkdir()
    gateway = LocalServer(tmp_path / "gateway", app, workers=1)
    try:
        gateway.start(until="/gateway/health")
        with open_client(gateway.base_url) as client:
            assert client.get("/health/live").status_code == 502
            inventory.start()
            assert client.get("/health/live").status_code == 200
            assert inventory.stop() == 0
            wait_for_status(client, 502)
    finally:
        inventory.kill()
        gateway.kill()


def test_an_upstream_is_closed_soon_after_the_client_has_hung_up(
    tmp_path: Path,
) -> None:
    gone = threading.Event()

    def silent(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nevent")
        if connection.recv(1) == b"":
            gone.set()

    with scripted(silent) as upstream:
        app = f'examples.reverse_proxy:create_app("{upstream.url}")'
        gateway = LocalServer(tmp_path, app, workers=1)
        try:
            gateway.start(until="/gateway/health")
            with connect(gateway.base_url) as client:
                client.sendall(request(b"GET", b"/events"))
                assert b"event" in read_until(client, b"event")
            assert gone.wait(5)
        finally:
            gateway.kill()


def read_until(client: socket.socket, wanted: bytes) -> bytes:
    received = b""
    while wanted not in received and (piece := client.recv(4096)):
        received += piece
    return received


def wait_for_status(client: Client, status: int) -> None:
    deadline = time.monotonic() + 10
    while client.get("/health/live").status_code != status:
        assert time.monotonic() < deadline
        time.sleep(0.02)
