"""One handler's view of a websocket, the same on every server."""

import re
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.e2e.servers import ROOT, wait_for
from tests.live.frames import PING, PONG, TEXT, RawClient, close_frame, frame
from tests.live.servers import SERVERS, LiveServer

MESSAGES = 10_000


@contextmanager
def connected(
    server: LiveServer, path: str, **options: object
) -> Iterator[ClientConnection]:
    settings = {"compression": None, "proxy": None} | options
    with connect(server.ws(path), **settings) as client:  # type: ignore[arg-type]
        yield client


def closed_by(client: ClientConnection) -> tuple[int, str]:
    deadline = time.monotonic() + 10
    try:
        while time.monotonic() < deadline:
            client.recv(timeout=10)
    except ConnectionClosed as error:
        if error.rcvd is None:
            pytest.fail("no close frame came")
        return error.rcvd.code, error.rcvd.reason
    pytest.fail("it goes on")


def refusal_of(server: LiveServer, path: str, **options: object) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as caught, connected(server, path, **options):
        pass
    return caught.value


def has_own_answers(server: LiveServer) -> bool:
    """gunicorn's ASGI worker refuses each handshake with its own, empty 403."""
    return server.kind != "gunicorn-asgi"


def test_text_and_bytes_come_back_as_what_they_are(server: LiveServer) -> None:
    with connected(server, "/echo") as client:
        for message in ("", "κόσμε", "a" * 70_000, b"", b"\x00\xff", b"b" * 70_000):
            client.send(message)
            assert client.recv(timeout=10) == message


def test_ten_thousand_messages_arrive_in_order(
    server: LiveServer, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.perf_counter()
    with connected(server, "/echo") as client:
        sender = threading.Thread(
            target=lambda: [client.send(str(n)) for n in range(MESSAGES)]
        )
        sender.start()
        got = [client.recv(timeout=30) for _ in range(MESSAGES)]
        sender.join()
    seconds = time.perf_counter() - started
    with capsys.disabled():
        print(f"\n{server.kind}: {MESSAGES} echoes in {seconds:.2f} s")
    assert got == [str(n) for n in range(MESSAGES)]


def test_what_a_handler_sends_alone_arrives_in_order_and_then_the_end(
    server: LiveServer,
) -> None:
    with connected(server, f"/count/{MESSAGES}") as client:
        got = list(client)
    assert got == [str(n) for n in range(MESSAGES)]
    assert client.close_code == 1000


def test_the_first_subprotocol_of_the_servers_that_is_offered_is_spoken(
    server: LiveServer,
) -> None:
    offered = ["chat.v1", "other", "chat.v2"]
    with connected(server, "/chat", subprotocols=offered) as client:
        assert client.subprotocol == "chat.v2"
        client.send("hi")
        assert client.recv(timeout=10) == "chat.v2: 'hi'"


def test_without_a_common_subprotocol_none_is_spoken(server: LiveServer) -> None:
    with connected(server, "/chat", subprotocols=["other"]) as client:
        assert client.subprotocol is None


def test_a_handler_may_accept_with_a_subprotocol_and_headers(
    server: LiveServer,
) -> None:
    with connected(server, "/chosen", subprotocols=["chat.v1"]) as client:
        assert client.subprotocol == "chat.v1"
        assert client.response is not None
        assert client.response.headers["X-Room"] == "blue"


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/refused/returned", 409, b'{"message":"Not now"}'),
        ("/refused/raised", 403, b'{"message":"Not here"}'),
        ("/private/echo", 401, b'{"message":"Say who you are"}'),
        ("/nowhere", 404, b'{"message":"Requested path: /nowhere does not exist"}'),
        ("/up", 200, b'{"pid":'),
    ],
)
def test_a_handshake_is_refused_with_the_answer_of_who_refuses(
    server: LiveServer, path: str, status: int, words: bytes
) -> None:
    response = refusal_of(server, path).response
    if has_own_answers(server):
        assert (response.status_code, words in response.body) == (status, True)
    else:
        assert (response.status_code, response.body) == (403, b"")


def test_a_handler_that_crashes_before_it_accepts_is_a_500_without_its_words(
    server: LiveServer,
) -> None:
    response = refusal_of(server, "/refused/crashed").response
    assert response.status_code == (500 if has_own_answers(server) else 403)
    assert b"secret" not in response.body


def test_a_middleware_lets_in_whom_it_knows(server: LiveServer) -> None:
    headers = {"Authorization": "Bearer sesame"}
    with connected(server, "/private/echo", additional_headers=headers) as client:
        client.send("hi")
        assert client.recv(timeout=10) == "hi"


def test_pages_of_other_sites_are_refused_and_own_ones_are_not(
    server: LiveServer,
) -> None:
    refused = refusal_of(server, "/echo", origin="https://evil.example")
    assert refused.response.status_code == 403
    own = f"http://127.0.0.1:{server.port}"
    with connected(server, "/echo", origin=own) as client:
        client.send("hi")
        assert client.recv(timeout=10) == "hi"


def test_a_plain_request_is_told_to_upgrade(server: LiveServer) -> None:
    answer = httpx.get(server.url("/echo"))
    assert answer.status_code == 426
    assert answer.headers["Upgrade"] == "websocket"


@pytest.mark.parametrize(("how", "code"), [("crashed", 1011), ("policy", 1008)])
def test_an_error_of_the_handler_closes_with_its_code(
    server: LiveServer, how: str, code: int
) -> None:
    with connected(server, f"/broken/{how}") as client:
        assert client.recv(timeout=10) == "about to break"
        got, reason = closed_by(client)
    assert got == code
    assert "secret" not in reason


def test_a_handlers_own_code_and_reason_arrive(server: LiveServer) -> None:
    with connected(server, "/closes/4001") as client:
        assert closed_by(client) == (4001, "because")


def test_what_is_no_json_closes_with_1008(server: LiveServer) -> None:
    with connected(server, "/json") as client:
        client.send('{"a": [1]}')
        assert client.recv(timeout=10) == '{"got":{"a":[1]}}'
        client.send("{")
        code, reason = closed_by(client)
    assert (code, "not valid JSON" in reason) == (1008, True)


def test_a_message_over_the_limit_closes_with_1009(server: LiveServer) -> None:
    with connected(server, "/small") as client:
        client.send("x" * 1000)
        assert client.recv(timeout=10) == "x" * 1000
        client.send("x" * 1001)
        assert closed_by(client)[0] == 1009


def test_the_handler_learns_the_clients_code(server: LiveServer) -> None:
    with connected(server, f"/echo?name=left-{server.kind}") as client:
        client.close(4321, "bye")
    # Hypercorn does not tell an app the code.
    expected = 1006 if server.kind == "hypercorn" else 4321
    assert server.wait_until_ended(f"left-{server.kind}") == expected


def reset(client: RawClient) -> None:
    """As the kernel does for a process that is killed with unread bytes."""
    at_once = struct.pack("ii", 1, 0)
    client.sock.setsockopt(1, 13, at_once)  # SOL_SOCKET, SO_LINGER
    client.sock.close()


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_a_client_that_dies_ends_its_handler_within_five_seconds(
    server: LiveServer, how: str
) -> None:
    name = f"died-{server.kind}-{how}"
    client = RawClient.connect(server.port, f"/echo?name={name}")
    client.send(frame(TEXT, b"hi"))
    assert client.receive() == (TEXT, b"hi")
    reset(client) if how == "reset" else client.sock.close()
    assert server.wait_until_ended(name) in (1005, 1006)


def test_a_handler_that_only_sends_sees_the_client_die(server: LiveServer) -> None:
    with RawClient.connect(server.port, "/pushes?name=died"):
        assert server.ended("died") is None
    assert server.wait_until_ended("died") in (1005, 1006)


def test_a_handler_that_only_sends_does_not_keep_a_client_from_closing(
    server: LiveServer,
) -> None:
    with RawClient.connect(server.port, "/pushes") as client:
        client.send(frame(TEXT, b"unread"), frame(TEXT, b"unread"), frame(PING, b"?"))
        assert client.receive() == (PONG, b"?")
        client.send(close_frame(1000))
        assert client.close_code() == 1000


def test_a_client_that_never_reads_is_cut_and_harms_nobody(server: LiveServer) -> None:
    with RawClient.connect(server.port, "/flood") as idle:
        assert idle.status == 101
        with connected(server, "/echo") as client:
            while server.ended("flood") is None:
                client.send("still served")
                assert client.recv(timeout=1) == "still served"
    code, seconds = server.ended("flood")
    assert code == 1006
    assert 1 <= seconds < 10


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_that_stops_says_so_and_does_not_hang(
    kind: str, tmp_path: Path
) -> None:
    with LiveServer(kind, tmp_path) as server, connected(server, "/echo") as client:
        client.send("hi")
        assert client.recv(timeout=10) == "hi"
        server.process.terminate()
        assert closed_by(client)[0] in (1001, 1012)
        server.process.wait(10)


@pytest.mark.parametrize("kind", ["gthread", "gunicorn-asgi"])
def test_gunicorn_stops_in_time_by_the_guides_own_command(
    kind: str, tmp_path: Path
) -> None:
    (line,) = re.findall(
        r"`gunicorn (-c \S+) --threads", (ROOT / "docs/live.md").read_text()
    )
    threads = "4" if kind == "gthread" else "1"
    bound = ("--bind", "127.0.0.1:{port}", "--no-control-socket")
    options = (*line.split(), "--threads", threads, *bound)
    with (
        LiveServer(kind, tmp_path, options=options) as server,
        connected(server, "/echo") as client,
    ):
        client.send("hi")
        assert client.recv(timeout=10) == "hi"
        started = time.monotonic()
        server.process.terminate()
        assert closed_by(client)[0] == 1001
        server.process.wait(10)
        assert time.monotonic() - started < 10


def test_gunicorns_sync_worker_answers_501(tmp_path: Path) -> None:
    options = ("-k", "sync", "--threads", "1")
    with LiveServer("gthread", tmp_path, options=options) as server:
        error = refusal_of(server, "/echo")
        assert error.response.status_code == 501
        assert b"-k gthread" in error.response.body


def test_the_log_has_one_line_for_each_connection(server: LiveServer) -> None:
    before = server.log.count("GET /chosen 101")
    with connected(server, "/chosen", subprotocols=["chat.v1"]) as client:
        closed_by(client)
    wait_for(lambda: server.log.count("GET /chosen 101") == before + 1, "logged", 5)


def test_gunicorn_finds_nothing_to_complain_of(gthread: LiveServer) -> None:
    with connected(gthread, "/echo?name=quiet") as client:
        client.send("hi")
        client.recv(timeout=10)
    gthread.wait_until_ended("quiet")
    assert "Socket error" not in gthread.log
    assert "Error handling request" not in gthread.log


def test_on_threads_a_silent_client_is_pinged_and_given_up(
    gthread: LiveServer,
) -> None:
    with RawClient.connect(gthread.port, "/pinged") as client:
        assert client.receive() == (0x9, b"")
        client.send(frame(0xA))
        assert client.receive() == (0x9, b"")
        # No pong this time.
        assert gthread.wait_until_ended("pinged") == 1006


def test_on_threads_one_that_never_reads_does_not_hold_up_a_drain(
    tmp_path: Path,
) -> None:
    with (
        LiveServer("gthread", tmp_path) as server,
        RawClient.connect(server.port, "/count/10000000") as idle,
    ):
        assert idle.status == 101
        assert idle.receive() == (TEXT, b"0")
        started = time.monotonic()
        server.process.terminate()
        server.process.wait(20)
        assert time.monotonic() - started < 10
