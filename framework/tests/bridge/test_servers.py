"""The bridge on real servers, by sockets: gunicorn, uvicorn and hypercorn."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
APP = "framework.tests.bridge.served_app:app"
SECONDS = 20.0
CLIENTS = 12
REQUESTS = 4
MEGABYTE = 1024 * 1024
# Of a connection on this machine, in both directions together: Linux's own limits.
SOCKET_BYTES = 12 * MEGABYTE

# Of one worker, whatever the environment's WEB_CONCURRENCY: the app counts its own.
COMMANDS: dict[str, Callable[[int], list[str]]] = {
    "gunicorn": lambda port: [
        *("gunicorn", "-k", "asgi", f"--bind=127.0.0.1:{port}"),
        *("--no-control-socket", "--workers=1", "--graceful-timeout=2"),
    ],
    "uvicorn": lambda port: [
        *("uvicorn", f"--port={port}", "--workers=1"),
        "--timeout-graceful-shutdown=2",
    ],
    "hypercorn": lambda port: [
        *("hypercorn", f"--bind=127.0.0.1:{port}", "--workers=1"),
        "--graceful-timeout=2",
    ],
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not {what} after {SECONDS} s"
        time.sleep(0.05)


def command(server: str, port: int) -> list[str]:
    return [sys.executable, "-m", *COMMANDS[server](port), APP]


@dataclass(frozen=True)
class Server:
    port: int
    log: Path

    def ask(
        self, path: str, method: str = "GET", body: Any = None
    ) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request(method, path, body, encode_chunked=body is not None)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    @property
    def state(self) -> dict[str, int]:
        state: dict[str, int] = json.loads(self.ask("/state")[1])
        return state

    def connect(self, sent: bytes) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), SECONDS)
        client.sendall(sent)
        return client

    def is_up(self) -> bool:
        try:
            return self.ask("/state")[0] == 200
        except OSError:
            return False


@pytest.fixture(scope="module", params=COMMANDS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    served = Server(free_port(), tmp_path_factory.mktemp("server") / "log")
    with served.log.open("wb") as log:
        process = subprocess.Popen(
            command(request.param, served.port),
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        until(lambda: served.is_up() or process.poll() is not None, "up")
        yield served
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        finally:
            process.kill()


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def test_clients_that_never_read_cost_a_bounded_memory_and_harm_nobody(
    server: Server,
) -> None:
    before = server.state
    with ExitStack() as clients:
        for _ in range(CLIENTS):
            clients.enter_context(server.connect(get("/endless")))
        until(lambda: server.state["running"] == CLIENTS, "all begun")
        made = [-1, server.state["made"]]
        while made[-1] != made[-2]:  # the sockets' buffers fill up first
            assert made[-1] - before["made"] < CLIENTS * SOCKET_BYTES
            time.sleep(0.3)
            made.append(server.state["made"])

        assert server.state["rss"] - before["rss"] < CLIENTS * MEGABYTE
        assert server.state["threads"] <= before["threads"] + CLIENTS + REQUESTS
        for _ in range(30):
            assert server.ask("/length", "POST", [b"abc"]) == (200, b"3")

    until(lambda: server.state["running"] == 0, "all closed")
    after = server.state
    assert after["closed"] - before["closed"] == CLIENTS
    assert after["closed_elsewhere"] == 0


def test_clients_that_send_slowly_harm_nobody(server: Server) -> None:
    head = b"POST /length HTTP/1.1\r\nHost: localhost\r\n"
    small = head + b"Content-Length: 10\r\n\r\nabc"
    large = head + b"Content-Length: 10000000\r\n\r\nabc"
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
    with ExitStack() as clients:
        for sent in [small, large, chunked] * CLIENTS:
            clients.enter_context(server.connect(sent))
        for _ in range(10):
            assert server.ask("/length", "POST", [b"abc"]) == (200, b"3")


def test_a_large_body_arrives_whole_and_takes_no_memory(server: Server) -> None:
    before = server.state["rss"]
    pieces = (bytes(100_000) for _ in range(400))

    assert server.ask("/length", "POST", pieces) == (200, b"40000000")
    assert server.state["rss"] - before < 20 * MEGABYTE


def test_a_crash_is_a_500_in_the_log_and_a_later_one_cuts_the_answer(
    server: Server,
) -> None:
    assert server.ask("/crash")[0] == 500
    with pytest.raises((IncompleteRead, ConnectionError)):
        server.ask("/crash-later")
    assert "RuntimeError: asked for" in server.log.read_text()
    assert server.is_up()


@pytest.mark.parametrize("server_name", COMMANDS)
def test_a_start_that_fails_stops_the_server_and_says_why(server_name: str) -> None:
    stopped = subprocess.run(
        ["env", "NO_DATABASE=1", *command(server_name, free_port())],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    # hypercorn stops too, and says 0 whatever the reason.
    assert stopped.returncode != 0 or server_name == "hypercorn"
    said = stopped.stdout + stopped.stderr
    assert "check_database: ConnectionError: there is no database" in said
