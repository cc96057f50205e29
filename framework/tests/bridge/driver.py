"""An ASGI server without sockets: it gives an app a request, and keeps its answer."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Message = dict[str, Any]
App = Callable[..., Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]

# For what must happen; where it does not, the test fails instead of hanging.
SECONDS = 10.0


def http_scope(
    path: str = "/", method: str = "GET", headers: Headers = (), **more: Any
) -> Message:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": list(headers),
        "client": ("127.0.0.1", 4711),
        "server": ("inventory.example", 80),
        **more,
    }


def body_in(pieces: Iterable[bytes]) -> list[Message]:
    """The messages of a request's body; there is always at least one."""
    messages = [
        {"type": "http.request", "body": piece, "more_body": True} for piece in pieces
    ]
    return [*messages, {"type": "http.request", "body": b"", "more_body": False}]


@dataclass
class Client:
    """Sends its messages when asked, then waits; reads unless it is told not to."""

    messages: list[Message] = field(default_factory=lambda: body_in(()))
    sent: list[Message] = field(default_factory=list)
    asked: int = 0

    def __post_init__(self) -> None:
        self.has_gone = asyncio.Event()
        self.reads = asyncio.Event()
        self.reads.set()

    async def receive(self) -> Message:
        self.asked += 1
        if self.messages:
            return self.messages.pop(0)
        await self.has_gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        await self.reads.wait()

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def headers(self) -> dict[str, str]:
        return {k.decode(): v.decode() for k, v in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def is_answered(self) -> bool:
        return bool(self.sent) and self.sent[-1].get("more_body") is False


async def until(condition: Callable[[], bool]) -> None:
    """Come back when it holds."""
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.005)


async def exchange(app: App, scope: Message, client: Client) -> Client:
    async with asyncio.timeout(SECONDS):
        await app(scope, client.receive, client.send)
    return client


def ask(
    app: App,
    path: str = "/",
    method: str = "GET",
    headers: Headers = (),
    pieces: Iterable[bytes] = (),
    **more: Any,
) -> Client:
    """One request in a loop of its own."""

    async def asked() -> Client:
        client = Client(body_in(pieces))
        return await exchange(app, http_scope(path, method, headers, **more), client)

    return asyncio.run(asked())
