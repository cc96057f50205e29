"""The cases of ``test_protocol`` on ASGI servers, whose own matter the protocol is.

What differs from RFC 6455 here is in the table of docs/live.md: when this fails, a
server has changed, and the table with it.
"""

import pytest

from tests.live.cases import BROKEN
from tests.live.frames import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    RawClient,
    close_frame,
    frame,
)
from tests.live.servers import LiveServer

_LENGTHS = ("a long length for little", "a longer length for little")

DEVIATIONS: dict[str, dict[str, int | str]] = {
    "gthread": {},
    "gunicorn-asgi": {},
    # It takes lengths in any form, and so waits for the rest.
    "uvicorn": dict.fromkeys(_LENGTHS, "silent")
    | {"a length with its first bit": 1009},
    # It drops the connection without a close frame.
    "hypercorn": dict.fromkeys([case.name for case in BROKEN], "dropped"),
}


def answer_to(server: LiveServer, frames: tuple[bytes, ...]) -> int | str:
    with RawClient.connect(server.port, "/echo") as client:
        client.sock.settimeout(1)
        client.send(*frames)
        try:
            return client.close_code()
        except TimeoutError:
            return "silent"


def test_each_server_answers_broken_frames_as_the_guide_says(
    server: LiveServer,
) -> None:
    answers = {case.name: answer_to(server, case.frames) for case in BROKEN}
    expected = {case.name: case.code for case in BROKEN} | DEVIATIONS[server.kind]
    assert answers == expected


def first_answer(client: RawClient) -> str:
    client.sock.settimeout(1)
    try:
        opcode, _ = client.receive()
    except TimeoutError:
        return "silent"
    return {TEXT: "answered", CLOSE: "closed"}[opcode]


def test_frames_in_the_handshakes_own_packet_are_taken_on_threads_alone(
    server: LiveServer,
) -> None:
    early = frame(TEXT, b"early")
    with RawClient.connect(server.port, "/echo", early=early) as client:
        expected = "answered" if server.kind == "gthread" else "silent"
        assert first_answer(client) == expected


def test_a_message_before_a_close_frame_is_answered_on_threads_alone(
    server: LiveServer,
) -> None:
    with RawClient.connect(server.port, "/echo") as client:
        client.send(frame(TEXT, b"a"), close_frame(1000))
        expected = "answered" if server.kind == "gthread" else "closed"
        assert first_answer(client) == expected


def test_a_header_of_far_too_much_is_refused_but_on_hypercorn(
    server: LiveServer,
) -> None:
    answer = answer_to(server, (frame(TEXT, length=2**40),))
    assert answer == ("silent" if server.kind == "hypercorn" else 1009)


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_every_size_comes_back_on_each_server(server: LiveServer, size: int) -> None:
    with RawClient.connect(server.port, "/echo") as client:
        client.send(frame(TEXT, b"*" * size), frame(BINARY, b"\xfe" * size))
        assert client.receive() == (TEXT, b"*" * size)
        assert client.receive() == (BINARY, b"\xfe" * size)


def test_each_server_answers_pings_among_fragments(server: LiveServer) -> None:
    with RawClient.connect(server.port, "/echo") as client:
        client.send(frame(TEXT, b"a", fin=False), frame(PING, b"?"), frame(0, b"b"))
        assert {client.receive(), client.receive()} == {(PONG, b"?"), (TEXT, b"ab")}
