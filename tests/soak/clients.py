"""The clients' side, a process of its own: sockets that talk, streams that listen.

`python -m tests.soak.clients URL SOCKETS STREAMS SECONDS` writes a line of JSON each
second, and when its time is over it holds all connections until it is killed.
"""

import asyncio
import json
import socket
import sys
import time
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect

SECONDS_OF_A_TURN = 1.0
SECONDS_TO_ANSWER = 30.0
AT_ONCE = 50  # handshakes under way
SECONDS_OF_A_PROBE = 0.1
SMALL_BUFFER = 4096


@dataclass
class Tally:
    """What has been seen so far; seconds for latencies."""

    sockets: int = 0
    streams: int = 0
    echoes: int = 0
    events: int = 0
    faults: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    probes: list[float] = field(default_factory=list)
    is_over: bool = False

    def line(self) -> str:
        """The numbers of now; latencies go out once, as they are many."""
        content = asdict(self)
        self.latencies, self.probes = [], []
        return json.dumps(content)


class Crowd:
    """All clients of one server."""

    def __init__(self, url: str, seconds: float) -> None:
        parts = urlsplit(url)
        self.host, self.port = str(parts.hostname), int(parts.port or 80)
        self.tally = Tally()
        self._seconds = seconds
        self._handshakes = asyncio.Semaphore(AT_ONCE)
        self._is_everybody_there = asyncio.Event()
        self._deadline = float("inf")

    async def talk(self, number: int) -> None:
        """One socket: a message a second, and its echo."""
        async with self._handshakes:
            connection = await connect(
                f"ws://{self.host}:{self.port}/echo", compression=None, proxy=None
            )
        self.tally.sockets += 1
        await self._is_everybody_there.wait()
        await asyncio.sleep(number % 100 / 100 * SECONDS_OF_A_TURN)
        turn = 0
        while time.monotonic() < self._deadline:
            await self._say(connection, f"{number} {turn}")
            turn += 1
            await asyncio.sleep(SECONDS_OF_A_TURN)
        await connection.wait_closed()

    async def _say(self, connection: ClientConnection, words: str) -> None:
        began = time.perf_counter()
        await connection.send(words)
        heard = await asyncio.wait_for(connection.recv(), SECONDS_TO_ANSWER)
        self.tally.latencies.append(time.perf_counter() - began)
        self.tally.echoes += 1
        if heard != words:
            self.tally.faults.append(f"{words!r} came back as {heard!r}")

    async def listen(self, number: int) -> None:
        """One stream: ticks that count from 0 on."""
        async with self._handshakes:
            reader, _writer = await self._ask("/ticks")
            await reader.readuntil(b"\r\n\r\n")
        self.tally.streams += 1
        expected = 0
        while line := await reader.readline():
            if not line.startswith(b"id: "):
                continue
            if int(line[4:]) != expected:
                self.tally.faults.append(f"stream {number}: {line!r}, not {expected}")
            expected += 1
            self.tally.events += 1
        self.tally.faults.append(f"stream {number} ended after {expected} events")

    async def ignore(self, path: str, *headers: str) -> None:
        """A client that asks for a flood and never reads."""
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        raw.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(raw, (self.host, self.port))
        lines = [f"GET {path} HTTP/1.1", "Host: soak", *headers, "", ""]
        await loop.sock_sendall(raw, "\r\n".join(lines).encode())
        await asyncio.Event().wait()

    async def probe(self) -> None:
        """Somebody who just asks, and waits for nobody else."""
        await self._is_everybody_there.wait()
        while True:
            began = time.perf_counter()
            reader, writer = await self._ask("/present", "Connection: close")
            await reader.read()
            writer.close()
            self.tally.probes.append(time.perf_counter() - began)
            await asyncio.sleep(SECONDS_OF_A_PROBE)

    async def report(self, sockets: int, streams: int) -> None:
        """Begin when all are there, end when the time is over, and tell."""
        while not self.tally.is_over:
            if (self.tally.sockets, self.tally.streams) == (sockets, streams):
                self._begin()
            self.tally.is_over = time.monotonic() > self._deadline
            print(self.tally.line(), flush=True)
            await asyncio.sleep(1)

    def _begin(self) -> None:
        if not self._is_everybody_there.is_set():
            self._deadline = time.monotonic() + self._seconds
            self._is_everybody_there.set()

    async def _ask(
        self, path: str, *headers: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        lines = [f"GET {path} HTTP/1.1", "Host: soak", *headers, "", ""]
        writer.write("\r\n".join(lines).encode())
        return reader, writer


UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
)


async def crowd(url: str, sockets: int, streams: int, seconds: float) -> None:
    """Bring everybody; what fails in one of them ends all, loudly."""
    one = Crowd(url, seconds)
    async with asyncio.TaskGroup() as group:
        for number in range(sockets):
            group.create_task(one.talk(number))
        for number in range(streams):
            group.create_task(one.listen(number))
        group.create_task(one.ignore("/flood", *UPGRADE))
        group.create_task(one.ignore("/flood-stream"))
        group.create_task(one.probe())
        group.create_task(one.report(sockets, streams))


if __name__ == "__main__":
    address, sockets, streams, seconds = sys.argv[1:]
    asyncio.run(crowd(address, int(sockets), int(streams), float(seconds)))
