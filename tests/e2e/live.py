"""Live connections as a client has them: events of a stream, messages of a socket."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.e2e.client import Client, Response, open_client
from tests.e2e.rows import Json

EVENTS = "/api/stock/events"
SECONDS_TO_HEAR = 10
ATTEMPTS, SECONDS_TO_WAIT = 60, 0.1

News = tuple[str, str, Json]
"""The id, "change" or "summary", and what it tells."""


class Stream:
    """An answer of events, which the server ends or goes on with."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer
        self._lines = answer.iter_lines()

    def __iter__(self) -> Iterator[News]:
        fields: dict[str, str] = {}
        for line in self._lines:
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "data" in fields:
                kind = fields.get("event", "change")
                yield fields["id"], kind, json.loads(fields["data"])
                fields = {}

    def until_summary(self) -> list[News]:
        """All that comes before the next summary, which is read too."""
        return [*until_summary(iter(self))]

    def of(self, product_id: int) -> News:
        """The next change of that product: other tests have their own."""
        return next(
            each
            for each in self
            if each[1] == "change" and each[2]["product_id"] == product_id
        )


def until_summary(news: Iterator[News]) -> Iterator[News]:
    for each in news:
        if each[1] == "summary":
            return
        yield each


@contextmanager
def streamed(
    base_url: str, after: str = "", last_event_id: str | None = None
) -> Iterator[Stream]:
    """A stream that the server had a seat for, on whichever worker."""
    with ExitStack() as stack:
        for _ in range(ATTEMPTS):
            answer = stack.enter_context(asked(base_url, after, last_event_id))
            if answer.status_code == 200:
                yield Stream(answer)
                return
            time.sleep(SECONDS_TO_WAIT)
        raise AssertionError(f"{ATTEMPTS} times: {answer.status_code}")


@contextmanager
def asked(
    base_url: str, after: str = "", last_event_id: str | None = None
) -> Iterator[Response]:
    """The answer to one request for a stream, on a connection of its own."""
    headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
    with (
        open_client(base_url) as client,
        client.stream(
            "GET", EVENTS, params={"after": after}, headers=headers
        ) as answer,
    ):
        yield answer


def socket_to(base_url: str, after: str = "", **options: Any) -> ClientConnection:
    """A websocket; it raises `InvalidStatus` where the server refuses."""
    url = f"{base_url.replace('http', 'ws', 1)}/api/stock/live?after={after}"
    return connect(url, proxy=None, open_timeout=SECONDS_TO_HEAR, **options)


def seated_socket(base_url: str, after: str = "") -> ClientConnection:
    """The same, once there is a seat: who has just gone has left a moment later."""
    for _ in range(ATTEMPTS):
        try:
            return socket_to(base_url, after)
        except InvalidStatus as refused:
            if refused.response.status_code != 503:
                raise
            time.sleep(SECONDS_TO_WAIT)
    raise AssertionError(f"{ATTEMPTS} times: no seat")


def heard(socket: ClientConnection) -> News:
    """The next message."""
    message = json.loads(socket.recv(SECONDS_TO_HEAR))
    assert list(message) == ["event", "id", "data"]
    return message["id"], message["event"], message["data"]


def position(api: Client) -> str:
    """Where somebody is who has seen all that moved so far."""
    text: str = api.get("/api/stock/changes").json()["position"]
    return text
