"""The chat as its guests see it: two at a time, on threads and on an event loop."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from roob.testing import TestClient
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from examples.chat import Chat
from tests.e2e.servers import ROOT, free_port, wait_for
from tests.live.frames import RawClient

SERVERS = {
    "threads": ("--threads", "20", "examples.chat:app"),
    "asgi": ("-k", "asgi", "examples.chat:on_asgi"),
}


class Guests:
    """A running chat, and ways to enter it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def enter(self, room: str, name: str) -> ClientConnection:
        address = f"{self.url.replace('http', 'ws')}/rooms/{room}?name={name}"
        return connect(address, proxy=None)

    def is_up(self) -> bool:
        try:
            return httpx.get(self.url).status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture(params=SERVERS)
def guests(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Guests]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}"]
    command += ["--no-control-socket", "--workers=1", *SERVERS[request.param]]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )
    try:
        guests = Guests(port)
        wait_for(guests.is_up, "up", 30)
        yield guests
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def heard(client: ClientConnection) -> tuple[str, str]:
    line = json.loads(client.recv(timeout=10))
    return line["who"], line["text"]


def test_two_guests_hear_each_other_and_nobody_of_another_room(guests: Guests) -> None:
    with (
        guests.enter("lobby", "ada") as ada,
        guests.enter("lobby", "bob") as bob,
        guests.enter("garden", "eve") as eve,
    ):
        ada.send("Hello, Bob")
        assert heard(ada) == heard(bob) == ("ada", "Hello, Bob")
        bob.send("Hello, Ada")
        assert heard(ada) == heard(bob) == ("bob", "Hello, Ada")
        eve.send("Anybody?")
        assert heard(eve) == ("eve", "Anybody?")


def test_who_comes_later_hears_what_was_said(guests: Guests) -> None:
    with guests.enter("lobby", "ada") as ada:
        for number in range(3):
            ada.send(str(number))
        assert [heard(ada)[1] for _ in range(3)] == ["0", "1", "2"]
        with guests.enter("lobby", "bob") as bob:
            assert [heard(bob)[1] for _ in range(3)] == ["0", "1", "2"]


def test_a_reader_goes_on_where_it_was(guests: Guests) -> None:
    with guests.enter("lobby", "ada") as ada:
        for number in range(3):
            ada.send(str(number))
            heard(ada)
        events = f"{guests.url}/rooms/lobby/events"
        with httpx.stream("GET", events, headers={"Last-Event-ID": "2"}) as stream:
            lines = (line for line in stream.iter_lines() if line.startswith("id: "))
            assert next(lines) == "id: 3"
            ada.send("3")
            assert next(lines) == "id: 4"


def test_a_room_that_is_not_there_cannot_be_entered(guests: Guests) -> None:
    assert httpx.get(f"{guests.url}/rooms/cellar/events").status_code == 404
    with pytest.raises(InvalidStatus) as caught:
        guests.enter("cellar", "ada")
    assert caught.value.response.status_code in (403, 404)


def test_a_speech_is_too_long(guests: Guests) -> None:
    with guests.enter("lobby", "ada") as ada:
        ada.send("x" * 5000)
        with pytest.raises(ConnectionClosed):
            ada.recv(timeout=10)
        assert ada.close_code == 1009


def test_a_guest_who_never_reads_holds_up_nobody(guests: Guests) -> None:
    port = int(guests.url.rpartition(":")[2])
    with (
        RawClient.connect(port, "/rooms/lobby?name=idle") as idle,
        guests.enter("lobby", "ada") as ada,
    ):
        assert idle.status == 101
        for number in range(2000):
            ada.send(f"{number} {'x' * 3500}")
            assert heard(ada)[1].startswith(f"{number} ")


def test_the_page_is_served() -> None:
    answer = TestClient(Chat()).get("/")
    assert answer.status_code == 200
    assert "new WebSocket" in answer.text


def lines_after(chat: Chat, since: str, count: int) -> list[tuple[int, str]]:
    """What somebody is told who comes again, up to so many lines."""
    address = "/rooms/lobby?" + urlencode({"name": "ada", "since": since})
    with TestClient(chat).websocket(address) as ada:
        said = [ada.receive_json() for _ in range(count)]
        ada.send("again")
        assert ada.receive_json()["text"] == "again"
    return [(line["id"], line["text"]) for line in said]


def test_who_comes_again_is_told_what_was_missed_and_nothing_twice() -> None:
    chat = Chat()
    for text in "abc":
        chat.rooms["lobby"].say("bob", text)
    assert lines_after(chat, "2", 1) == [(3, "c")]
    assert lines_after(chat, "4", 0) == []


@pytest.mark.parametrize("since", ["", "0", "-1", "x", "\u00b2", "9" * 5000])
def test_who_is_new_or_from_before_a_restart_is_told_all(since: str) -> None:
    chat = Chat()
    chat.rooms["lobby"].say("bob", "a")
    assert lines_after(chat, since, 1) == [(1, "a")]
