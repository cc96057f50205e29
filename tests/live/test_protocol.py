"""RFC 6455 by the byte, in the manner of the Autobahn cases, on gunicorn's threads.

There the protocol is Roob's own matter; what ASGI servers make of the same cases is
in ``test_protocol_on_asgi``.
"""

import pytest

from tests.live.cases import BROKEN, Case
from tests.live.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    RawClient,
    close_frame,
    frame,
)
from tests.live.servers import LiveServer

SIZES = (0, 1, 125, 126, 127, 128, 65535, 65536, 200_000)


@pytest.fixture
def client(gthread: LiveServer):
    with RawClient.connect(gthread.port, "/echo") as client:
        yield client


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_what_breaks_the_protocol_is_answered_by_its_close_code(
    gthread: LiveServer, case: Case
) -> None:
    with RawClient.connect(gthread.port, "/echo") as client:
        client.send(*case.frames)
        assert client.close_code() == case.code
        assert client.rest() == b""


@pytest.mark.parametrize("size", SIZES)
def test_text_and_bytes_of_every_size_come_back(client: RawClient, size: int) -> None:
    client.send(frame(TEXT, b"*" * size), frame(BINARY, b"\xfe" * size))
    assert client.receive() == (TEXT, b"*" * size)
    assert client.receive() == (BINARY, b"\xfe" * size)


def test_a_frame_that_arrives_byte_by_byte_is_one_frame(client: RawClient) -> None:
    for byte in frame(TEXT, "κόσμε".encode()):
        client.send(bytes([byte]))
    assert client.receive() == (TEXT, "κόσμε".encode())


def test_fragments_are_one_message_and_pings_among_them_are_answered(
    client: RawClient,
) -> None:
    client.send(frame(TEXT, b"one", fin=False), frame(PING, b"in between"))
    assert client.receive() == (PONG, b"in between")
    client.send(frame(CONTINUATION, b"two", fin=False), frame(PONG, b"unasked"))
    client.send(frame(CONTINUATION, fin=False), frame(CONTINUATION, b"three"))
    assert client.receive() == (TEXT, b"onetwothree")


def test_a_letter_may_be_split_over_two_fragments(client: RawClient) -> None:
    letter = "€".encode()
    client.send(frame(TEXT, letter[:1], fin=False), frame(CONTINUATION, letter[1:]))
    assert client.receive() == (TEXT, letter)


@pytest.mark.parametrize("size", [0, 1, 125])
def test_a_ping_is_answered_with_its_own_payload(client: RawClient, size: int) -> None:
    client.send(frame(PING, b"\x00\xff"[:size] or b"", fin=True))
    assert client.receive()[0] == PONG
    client.send(frame(PING, b"p" * size))
    assert client.receive() == (PONG, b"p" * size)


def test_ten_pings_get_ten_pongs_in_order(client: RawClient) -> None:
    client.send(*(frame(PING, b"%d" % n) for n in range(10)))
    assert [client.receive() for _ in range(10)] == [
        (PONG, b"%d" % n) for n in range(10)
    ]


@pytest.mark.parametrize(
    "code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4999]
)
def test_a_clients_close_is_answered_with_its_code(
    client: RawClient, code: int
) -> None:
    client.send(close_frame(code, "aus κόσμε".encode()))
    assert client.receive()[0] == CLOSE
    assert client.rest() == b""


def test_a_close_without_a_code_is_answered_without_one(client: RawClient) -> None:
    client.send(frame(CLOSE))
    assert client.receive() == (CLOSE, b"")
    assert client.rest() == b""


def test_messages_before_a_close_are_answered_and_those_behind_it_are_not(
    client: RawClient,
) -> None:
    client.send(frame(TEXT, b"a"), close_frame(1000), frame(TEXT, b"late"))
    assert client.receive() == (TEXT, b"a")
    assert client.receive()[0] == CLOSE
    assert client.rest() == b""


def test_the_first_frames_may_come_in_the_handshakes_own_packet(
    gthread: LiveServer,
) -> None:
    early = frame(TEXT, b"first") + frame(TEXT, b"second") + frame(PING, b"?")
    with RawClient.connect(gthread.port, "/echo", early=early) as client:
        assert client.status == 101
        got = [client.receive() for _ in range(3)]
        assert sorted(got) == [(TEXT, b"first"), (TEXT, b"second"), (PONG, b"?")]


def test_half_a_frame_may_come_in_the_handshakes_own_packet(
    gthread: LiveServer,
) -> None:
    whole = frame(BINARY, b"b" * 300)
    with RawClient.connect(gthread.port, "/echo", early=whole[:100]) as client:
        client.send(whole[100:])
        assert client.receive() == (BINARY, b"b" * 300)


def test_a_message_of_exactly_the_limit_passes(gthread: LiveServer) -> None:
    with RawClient.connect(gthread.port, "/small") as client:
        client.send(frame(TEXT, b"x" * 1000))
        assert client.receive() == (TEXT, b"x" * 1000)
        client.send(frame(BINARY, b"x" * 600, fin=False), frame(PING, b"y" * 100))
        client.send(frame(CONTINUATION, b"x" * 400))
        assert client.receive() == (PONG, b"y" * 100)
        assert client.receive() == (BINARY, b"x" * 1000)


def test_a_message_over_the_limit_is_refused_by_its_header_alone(
    gthread: LiveServer,
) -> None:
    with RawClient.connect(gthread.port, "/small") as client:
        client.send(frame(TEXT, length=2**40))
        assert client.close_code() == 1009


def test_fragments_over_the_limit_are_refused_as_they_come(
    gthread: LiveServer,
) -> None:
    with RawClient.connect(gthread.port, "/small") as client:
        client.send(frame(TEXT, b"x" * 600, fin=False))
        client.send(frame(CONTINUATION, b"x" * 401, fin=False))
        assert client.close_code() == 1009


def test_who_sends_far_over_the_limit_still_gets_the_code(gthread: LiveServer) -> None:
    with RawClient.connect(gthread.port, "/small") as client:
        client.send(frame(BINARY, b"x" * 5_000_000))
        assert client.close_code() == 1009
