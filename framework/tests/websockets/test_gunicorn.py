"""Frames on a pair of sockets: what the handler's thread makes of each situation.

What RFC 6455 says about bytes is tried on a real server, in tests/live.
"""

import socket
import threading
import time
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roob.websockets.closing import Closing, ConnectionClosed
from roob.websockets.gunicorn import GunicornTransport
from roob.websockets.transport import Limits
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage


class Client:
    """The other side, which speaks by wsproto."""

    def __init__(self, sock):
        self.sock = sock
        self.sock.settimeout(5)
        self.protocol = Connection(ConnectionType.CLIENT)
        self.head = b""

    def read_head(self):
        while not self.head.endswith(b"\r\n\r\n"):
            self.head += self.sock.recv(1)

    def send(self, *events):
        self.sock.sendall(b"".join(self.protocol.send(event) for event in events))

    def answer_close(self):
        self.send(self.next_event().response())
        self.sock.shutdown(socket.SHUT_WR)

    def events(self):
        """All that comes until the server closes."""
        got = []
        while piece := self.sock.recv(65536):
            self.protocol.receive_data(piece)
            got += self.protocol.events()
        return got

    def next_event(self):
        while True:
            for event in self.protocol.events():
                return event
            self.protocol.receive_data(self.sock.recv(65536))


def unreader_with(early):
    unreader = SimpleNamespace(take_buffered=lambda: early)
    return SimpleNamespace(reader=SimpleNamespace(unreader=unreader))


@contextmanager
def connected(early=b"", **limits):
    ours, theirs = socket.socketpair()
    environ = {
        "gunicorn.socket": ours,
        "wsgi.input": unreader_with(early),
        "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    with ours, theirs:
        transport = GunicornTransport(environ, Limits(**limits))
        transport.accept(None, [])
        client = Client(theirs)
        client.read_head()
        yield transport, client


def looks_until(is_so, transport, seconds=5):
    """What a handler does that only sends: it looks again and again."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        transport.is_open()
        time.sleep(0.01)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr("roob.websockets.gunicorn.PATIENCE", 0.05)


def code_of(transport, timeout=None):
    with pytest.raises(ConnectionClosed) as caught:
        transport.receive(timeout)
    return caught.value.code


def test_messages_arrive_in_both_directions():
    with connected() as (transport, client):
        client.send(TextMessage("é"), BytesMessage(b"\xff"))
        assert [transport.receive(1), transport.receive(1)] == ["é", b"\xff"]
        transport.send("ü")
        transport.send(b"\0")
        assert client.next_event().data == "ü"
        assert client.next_event().data == b"\0"


@settings(max_examples=50, deadline=None)
@given(st.text(), st.lists(st.integers(1, 40), max_size=20), st.integers(1, 50))
def test_any_text_in_any_fragments_and_pieces_arrives_whole(text, cuts, piece):
    client = Connection(ConnectionType.CLIENT)
    parts, rest = [], text
    for cut in cuts:
        parts.append(rest[:cut])
        rest = rest[cut:]
    frames = [client.send(TextMessage(p, message_finished=False)) for p in parts]
    stream = b"".join([*frames, client.send(TextMessage(rest))])
    pieces = [stream[at : at + piece] for at in range(0, len(stream), piece)]
    with connected() as (transport, other):
        # Beside the reader: a pair of sockets holds only so many pieces.
        sender = threading.Thread(target=lambda: [*map(other.sock.sendall, pieces)])
        sender.start()
        assert transport.receive(5) == text
        sender.join()


def test_what_gunicorn_has_read_already_comes_first():
    early = Connection(ConnectionType.CLIENT).send(TextMessage("early"))
    with connected(early=early) as (transport, client):
        client.send(TextMessage("later"))
        assert [transport.receive(1), transport.receive(1)] == ["early", "later"]


@pytest.mark.parametrize("timeout", [0, 0.05])
def test_waiting_ends_in_time(timeout):
    with connected() as (transport, _client):
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            transport.receive(timeout)
        assert time.monotonic() - started < 0.4
        assert transport.is_open()


def test_what_is_there_needs_no_wait():
    with connected() as (transport, client):
        client.send(TextMessage("a"))
        assert transport.receive(0) == "a"


def test_the_clients_close_is_answered_and_told():
    with connected() as (transport, client):
        client.send(CloseConnection(4000, "enough"))
        client.sock.shutdown(socket.SHUT_WR)
        assert code_of(transport) == 4000
        assert transport.closing == (4000, "enough")
        (event,) = client.events()
        assert (event.code, event.reason) == (4000, "enough")


def test_a_close_waits_for_the_clients_own():
    with connected() as (transport, client):
        closing = threading.Thread(target=transport.close, args=[Closing(1000, "bye")])
        closing.start()
        event = client.next_event()
        assert (event.code, event.reason) == (1000, "bye")
        client.sock.sendall(client.protocol.send(event.response()))
        assert client.sock.recv(1) == b""
        client.sock.close()
        closing.join(5)
        assert not closing.is_alive()
        assert transport.closing == (1000, "bye")
        assert code_of(transport) == 1000


def test_a_client_that_never_answers_a_close_is_not_waited_for_longer(monkeypatch):
    monkeypatch.setattr("roob.websockets.gunicorn.CLOSE_TIMEOUT", 0.1)
    with connected() as (transport, client):
        client.send(TextMessage("too late"))
        started = time.monotonic()
        transport.close(Closing(1000))
        assert time.monotonic() - started < 1


def test_another_thread_may_close_while_one_receives():
    with connected() as (transport, client):
        codes = []
        reader = threading.Thread(target=lambda: codes.append(code_of(transport)))
        reader.start()
        closer = threading.Thread(target=transport.close, args=[Closing(4001)])
        closer.start()
        client.sock.sendall(client.protocol.send(client.next_event().response()))
        client.sock.close()
        for thread in (reader, closer):
            thread.join(5)
            assert not thread.is_alive()
        assert codes == [4001]


@pytest.mark.parametrize("use", ["receive", "send", "is_open"])
def test_a_drain_ends_it_with_1001_whatever_the_handler_does(use):
    with connected() as (transport, client):
        transport.go_away()
        answer = threading.Thread(target=client.answer_close)
        answer.start()
        if use == "is_open":
            assert not transport.is_open()
        else:
            call = {"receive": transport.receive, "send": transport.send}[use]
            with pytest.raises(ConnectionClosed):
                call(None if use == "receive" else "x")
        answer.join(5)
        assert transport.closing == (1001, "Going away")


def test_a_drain_wakes_who_waits():
    with connected() as (transport, client):
        threading.Timer(0.1, transport.go_away).start()
        threading.Thread(target=client.answer_close).start()
        started = time.monotonic()
        assert code_of(transport) == 1001
        assert time.monotonic() - started < 3


@pytest.mark.parametrize("unread", [[], [TextMessage("a"), TextMessage("b")]])
def test_a_client_that_has_gone_is_seen_by_looking(unread):
    with connected() as (transport, client):
        client.send(*unread)
        assert transport.is_open()
        client.sock.close()
        assert not transport.is_open()
        assert transport.closing.code == 1006


def test_a_client_that_has_gone_is_seen_by_sending():
    with connected() as (transport, client):
        client.sock.close()
        with suppress(ConnectionClosed):
            transport.send("lost")
        with pytest.raises(ConnectionClosed) as caught:
            transport.send("refused")
        assert caught.value.code == 1006


def test_a_client_that_does_not_read_is_cut_in_time():
    with connected(send_timeout=0.2) as (transport, _client):
        started = time.monotonic()
        with pytest.raises(ConnectionClosed) as caught:
            transport.send(b"x" * 50_000_000)
        assert 0.2 <= time.monotonic() - started < 3
        assert caught.value.code == 1006


def test_a_close_does_not_wait_for_a_send_that_stands_still(monkeypatch):
    monkeypatch.setattr("roob.websockets.gunicorn.CLOSE_TIMEOUT", 0.1)
    with connected() as (transport, _client):
        ends = []

        def send():
            with suppress(ConnectionClosed):
                transport.send(b"x" * 50_000_000)
            ends.append(transport.closing.code)

        sender = threading.Thread(target=send)
        sender.start()
        while not transport._sending.locked():
            time.sleep(0.001)
        transport.close(Closing(1000))
        sender.join(5)
        assert ends == [1006]


def test_a_silent_client_is_pinged_and_its_pong_keeps_it():
    with connected(ping_interval=0.6) as (transport, client):
        with pytest.raises(TimeoutError):
            transport.receive(1.1)
        assert isinstance(client.next_event(), Ping)
        client.send(Pong())
        with pytest.raises(TimeoutError):
            transport.receive(0.05)
        assert transport.closing is None


def test_a_client_that_answers_no_ping_is_given_up():
    with connected(ping_interval=0.1) as (transport, _client):
        assert code_of(transport, 5) == 1006


def test_without_an_interval_there_are_no_pings():
    with connected(ping_interval=None) as (transport, client):
        with pytest.raises(TimeoutError):
            transport.receive(0.1)
        client.sock.settimeout(0)
        with pytest.raises(BlockingIOError):
            client.sock.recv(1)


def test_threads_that_send_at_once_do_not_mix_their_frames():
    with connected() as (transport, client):
        senders = [
            threading.Thread(
                target=lambda who=who: [transport.send(who * 5000) for _ in range(50)]
            )
            for who in "abcd"
        ]
        for sender in senders:
            sender.start()
        got = ""
        while len(got) < 4 * 50 * 5000:
            got += client.next_event().data
        for sender in senders:
            sender.join()
        assert sorted(set(got)) == list("abcd")
        assert all(got.count(who) == 250_000 for who in "abcd")


def test_endless_empty_fragments_leave_nothing_behind():
    with connected() as (transport, client):
        empty = client.protocol.send(TextMessage("", message_finished=False))
        client.sock.sendall(empty)
        for _ in range(50):
            client.send(TextMessage("", message_finished=False))
        with pytest.raises(TimeoutError):
            transport.receive(0.05)
        assert transport._parts == []


def test_a_handler_that_only_sends_lets_messages_wait_in_the_socket():
    with connected() as (transport, client):
        client.send(*(TextMessage(str(n)) for n in range(1000)))
        for _ in range(100):
            assert transport.is_open()
        assert len(transport._messages) == 1
        assert [transport.receive(1) for _ in range(1000)] == [
            str(n) for n in range(1000)
        ]


def test_a_close_behind_messages_that_nobody_reads_is_answered(impatient):
    with connected() as (transport, client):
        client.send(TextMessage("a"), TextMessage("b"), CloseConnection(4000, "bye"))
        got = []
        reader = threading.Thread(target=lambda: got.append(client.next_event()))
        reader.start()
        looks_until(lambda: transport.closing is not None, transport)
        reader.join(5)
        assert transport.closing == (4000, "bye")
        assert [(event.code, event.reason) for event in got] == [(4000, "bye")]


def test_a_ping_behind_messages_that_nobody_reads_is_answered(impatient):
    with connected() as (transport, client):
        client.send(TextMessage("a"), TextMessage("b"), Ping(b"?"))
        client.sock.settimeout(0.01)
        got = []

        def is_answered():
            with suppress(TimeoutError):
                got.append(client.next_event())
            return bool(got)

        looks_until(is_answered, transport)
        assert got[0].payload == b"?"
        assert [transport.receive(1), transport.receive(1)] == ["a", "b"]


def test_a_silent_client_is_given_up_behind_what_nobody_reads(impatient):
    with connected(ping_interval=0.1) as (transport, client):
        client.send(TextMessage("a"))
        looks_until(lambda: transport.closing is not None, transport)
        assert transport.closing.code == 1006


def test_what_nobody_reads_is_kept_up_to_a_bound(impatient):
    with connected() as (transport, client):
        client.send(*(TextMessage(str(n)) for n in range(1000)))
        looks_until(lambda: len(transport._messages) > 1, transport)
        time.sleep(0.1)
        assert transport.is_open()
        assert len(transport._messages) == 32
        assert [transport.receive(1) for _ in range(1000)] == [
            str(n) for n in range(1000)
        ]


def test_a_close_behind_messages_waits_for_a_handler_that_takes_them():
    with connected() as (transport, client):
        client.send(TextMessage("a"), TextMessage("b"), CloseConnection(1000))
        for expected in ("a", "b"):
            assert transport.receive(1) == expected
            transport.send(expected)
        assert [client.next_event().data for _ in range(2)] == ["a", "b"]


def test_a_handler_that_has_waited_for_messages_gets_all_before_a_close(impatient):
    with connected() as (transport, client):
        with pytest.raises(TimeoutError):
            transport.receive(0.1)
        client.send(TextMessage("a"), TextMessage("b"), CloseConnection(1000))
        assert transport.is_open()
        assert [transport.receive(1), transport.receive(1)] == ["a", "b"]


@contextmanager
def steady_reader(client, pause=0.02):
    """Takes a little at a time, and never stops."""
    is_over = threading.Event()

    def read():
        with suppress(OSError):
            while not is_over.is_set() and client.sock.recv(65536):
                is_over.wait(pause)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        is_over.set()
        reader.join(5)


def test_a_client_that_reads_steadily_may_take_longer_than_the_timeout():
    with connected(send_timeout=0.3) as (transport, client), steady_reader(client):
        started = time.monotonic()
        transport.send(b"x" * 3_000_000)
        assert time.monotonic() - started > 0.4
        assert transport.closing is None


def test_a_thread_waits_for_anothers_message_as_long_as_that_goes_on():
    with connected(send_timeout=0.3) as (transport, client), steady_reader(client):
        sender = threading.Thread(target=transport.send, args=[b"x" * 3_000_000])
        sender.start()
        while not transport._sending.locked():
            time.sleep(0.001)
        transport.send("behind it")
        sender.join(5)
        assert transport.closing is None


def test_a_drain_waits_for_a_steady_reader_only_so_long(monkeypatch):
    monkeypatch.setattr("roob.websockets.gunicorn.CLOSE_TIMEOUT", 0.2)
    with connected() as (transport, client), steady_reader(client):
        threading.Timer(0.1, transport.go_away).start()
        started = time.monotonic()
        with pytest.raises(ConnectionClosed):
            transport.send(b"x" * 100_000_000)
        assert time.monotonic() - started < 5
