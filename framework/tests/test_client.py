"""Against real servers on 127.0.0.1: what goes over the wire, and comes back."""

import gc
import os
import socket
import threading
import time

import pytest
from roob.client import (
    ClientGone,
    Upstream,
    UpstreamBusy,
    UpstreamError,
    UpstreamTimeout,
    without_hop_by_hop,
)

from framework.tests.servers_on_sockets import SECONDS, scripted

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def closing():
    """``closing(Upstream(...))``: given up at the end of the test."""
    made = []

    def remember(upstream):
        made.append(upstream)
        return upstream

    yield remember
    for upstream in made:
        upstream.close()


def unused_url():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_request_goes_out_as_it_is_written_and_nothing_is_added(closing):
    with scripted(OK) as server:
        upstream = closing(Upstream(server.url))
        said = upstream.send("GET", "/a%2Fb//c?x=%zz", [("X-A", "b"), ("Host", "h")])
        assert said.body == b"ok"
    assert server.requests == [
        b"GET /a%2Fb//c?x=%zz HTTP/1.1\r\nHost: h\r\nX-A: b\r\n\r\n"
    ]


def test_the_host_is_the_servers_own_where_the_headers_have_none(closing):
    with scripted(OK) as server:
        closing(Upstream(server.url)).send("GET", "/", {"X-A": "b"})
        host = server.url.removeprefix("http://").encode()
    assert server.requests == [b"GET / HTTP/1.1\r\nHost: %b\r\nX-A: b\r\n\r\n" % host]


def test_an_answer_is_a_response_with_all_of_its_headers(closing):
    said = (
        b"HTTP/1.1 299 Quite Odd\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n"
        b"Content-Encoding: gzip\r\nX-Latin: caf\xe9\r\n"
        b"Content-Length: 3\r\n\r\n\x1f\x8bx"
    )
    with scripted(said) as server:
        response = closing(Upstream(server.url)).send("GET")
        assert response.status == "299 Quite Odd"
        assert response.headerlist == [
            ("Set-Cookie", "a=1"),
            ("set-cookie", "b=2"),
            ("Content-Encoding", "gzip"),
            ("X-Latin", "caf\xe9"),
            ("Content-Length", "3"),
        ]
        assert b"".join(response.app_iter) == b"\x1f\x8bx"


@pytest.mark.parametrize(
    ("line", "expected"),
    [(b"404", "404 Unknown"), (b"200 \xe9", "200 Unknown"), (b"200 ", "200 Unknown")],
)
def test_a_reason_that_cannot_be_passed_on_is_left_out(closing, line, expected):
    with scripted(b"HTTP/1.1 %b\r\nContent-Length: 0\r\n\r\n" % line) as server:
        assert closing(Upstream(server.url)).send("GET").status == expected


def test_a_body_in_bytes_has_a_length_and_one_in_pieces_goes_in_chunks(closing):
    with scripted(read_body) as server:
        upstream = closing(Upstream(server.url))
        assert upstream.send("POST", "/", body=b"abc").body == b"abc"
        assert upstream.send("POST", "/", body=iter([b"ab", b"c"])).body == b"abc"
        length = {"Content-Length": "3"}
        assert upstream.send("POST", "/", length, iter([b"ab", b"c"])).body == b"abc"
    by_length, chunked, by_own_length = server.requests
    assert b"Content-Length: 3" in by_length
    assert b"Transfer-Encoding: chunked" in chunked
    assert b"Content-Length: 3" in by_own_length
    assert b"Transfer-Encoding" not in by_own_length


def read_body(connection, head):
    """Answer with what was sent, chunks put together."""
    body = b""
    if b"chunked" in head:
        while size := int(read_line(connection), 16):
            body += read_exactly(connection, size)
            read_line(connection)
        read_line(connection)
    else:
        body = read_exactly(connection, 3)
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    )


def read_exactly(connection, size):
    return b"".join(connection.recv(1) for _ in range(size))


def read_line(connection):
    line = b""
    while not line.endswith(b"\r\n"):
        line += connection.recv(1)
    return line


def test_connections_are_kept_for_the_next_request(closing):
    with scripted(OK) as server:
        upstream = closing(Upstream(server.url))
        for _ in range(3):
            assert upstream.send("GET").body == b"ok"
        assert upstream.send("HEAD").status_code == 200
    assert server.connections == 1


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nETag: 1\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
    ],
)
def test_an_answer_without_a_body_ends_at_once(closing, method, said):
    with scripted(said) as server:
        upstream = closing(Upstream(server.url))
        for _ in range(2):
            assert list(upstream.send(method).app_iter) == []
    assert server.connections == 1


def test_an_idle_connection_that_the_server_closed_is_no_error(closing):
    def once(connection, head):
        connection.sendall(OK)
        connection.close()

    with scripted(once) as server:
        upstream = closing(Upstream(server.url))
        for method in ("GET", "GET", "POST"):
            assert upstream.send(method).body == b"ok"
            wait_until(lambda: closed_by_server(upstream))
    assert server.connections == 3


def closed_by_server(upstream):
    return all(c.has_expired() for c in upstream._pool.connections)


def wait_until(condition):
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def hang_up_first(times):
    left = [times]

    def talk(connection, head):
        if left[0]:
            left[0] -= 1
            connection.close()
        else:
            connection.sendall(OK)

    return talk


def test_what_changes_nothing_is_asked_once_more_when_the_server_hangs_up(closing):
    with scripted(hang_up_first(1)) as server:
        assert closing(Upstream(server.url)).send("GET").body == b"ok"
    assert len(server.requests) == 2


def test_but_only_once(closing):
    with scripted(hang_up_first(2)) as server, pytest.raises(UpstreamError) as caught:
        closing(Upstream(server.url)).send("GET")
    assert caught.value.status == "502 Bad Gateway"


@pytest.mark.parametrize(("method", "body"), [("POST", b""), ("GET", b"x")])
def test_what_may_change_something_is_never_asked_twice(closing, method, body):
    with scripted(hang_up_first(1)) as server, pytest.raises(UpstreamError):
        closing(Upstream(server.url)).send(method, body=body)
    assert len(server.requests) == 1


def test_a_server_that_is_down_is_a_502(closing):
    with pytest.raises(UpstreamError) as caught:
        closing(Upstream(unused_url())).send("GET")
    assert caught.value.status == "502 Bad Gateway"
    assert "127.0.0.1" not in caught.value.message


@pytest.mark.parametrize(
    "said",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: a\x01b\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n",
        b"HTTP/1.1 700 Odd\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_an_answer_that_is_no_http_is_a_502(closing, said):
    with scripted(said) as server, pytest.raises(UpstreamError) as caught:
        closing(Upstream(server.url)).send("POST")
    assert caught.value.status == "502 Bad Gateway"


def test_an_answer_that_cannot_be_passed_on_gives_its_connection_back(closing):
    said = b"HTTP/1.1 700 Odd\r\nContent-Length: 5\r\n\r\nhello"
    with scripted(said) as server:
        upstream = closing(
            Upstream(server.url, max_connections=1, connect_timeout=0.05)
        )
        for _ in range(2):
            with pytest.raises(UpstreamError) as caught:
                upstream.send("POST")
            assert caught.value.status == "502 Bad Gateway"


def wait_for_the_end(connection, head):
    assert connection.recv(1) == b""


def test_a_server_that_is_slow_is_a_504(closing):
    with scripted(wait_for_the_end) as server:
        upstream = closing(Upstream(server.url, timeout=0.05))
        with pytest.raises(UpstreamTimeout) as caught:
            upstream.send("GET")
    assert caught.value.status == "504 Gateway Timeout"
    assert len(server.requests) == 1


def test_an_answer_that_breaks_off_is_an_error_and_no_short_answer(closing):
    def half(connection, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        connection.close()

    with scripted(half) as server:
        response = closing(Upstream(server.url)).send("GET")
        pieces = iter(response.app_iter)
        assert next(pieces) == b"half"
        with pytest.raises(UpstreamError):
            next(pieces)


def test_closing_an_answer_before_its_end_closes_the_connection(closing):
    gone = threading.Event()

    def endless(connection, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nfirst")
        if connection.recv(1) == b"":
            gone.set()

    with scripted(endless) as server:
        response = closing(Upstream(server.url)).send("GET")
        assert next(iter(response.app_iter)) == b"first"
        response.app_iter.close()
        assert gone.wait(SECONDS)


def test_all_connections_taken_is_a_503(closing):
    with scripted(OK) as server:
        upstream = closing(
            Upstream(server.url, max_connections=1, connect_timeout=0.05)
        )
        first = upstream.send("GET")
        with pytest.raises(UpstreamBusy) as caught:
            upstream.send("GET")
        assert caught.value.status == "503 Service Unavailable"
        assert first.body == b"ok"
        assert upstream.send("GET").body == b"ok"


def test_waiting_ends_when_nobody_waits_for_the_answer_any_more(closing):
    gone = threading.Event()

    def silent(connection, head):
        if connection.recv(1) == b"":
            gone.set()

    with scripted(silent) as server:
        upstream = closing(Upstream(server.url))
        began = time.monotonic()
        with pytest.raises(ClientGone):
            upstream.send("GET", is_gone=lambda: True)
        assert time.monotonic() - began < SECONDS
        assert gone.wait(SECONDS)


def test_a_stream_that_is_silent_is_given_up_when_nobody_waits_any_more(closing):
    left = [False]

    def one_event(connection, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nevent")
        connection.recv(1)

    with scripted(one_event) as server:
        response = closing(Upstream(server.url)).send("GET", is_gone=lambda: left[0])
        pieces = iter(response.app_iter)
        assert next(pieces) == b"event"
        left[0] = True
        with pytest.raises(ClientGone):
            next(pieces)


def test_a_server_may_refuse_an_upload_that_it_does_not_read(closing):
    def refuse(connection, head):
        connection.sendall(
            b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n"
            b"Connection: close\r\n\r\n"
        )
        connection.shutdown(socket.SHUT_WR)
        wait_for_hangup(connection)

    pieces = (bytes(65536) for _ in range(16))
    with scripted(refuse) as server:
        response = closing(Upstream(server.url)).send("POST", "/", body=pieces)
        assert response.status_code == 413


def test_an_upload_ends_when_the_server_has_answered(closing):
    answered, sent = threading.Event(), []

    def refuse(connection, head):
        connection.sendall(
            b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno"
        )
        answered.set()
        wait_for_hangup(connection)

    def endless():
        while True:
            yield b"x"
            sent.append(answered.wait(SECONDS))
            time.sleep(0.01)

    with scripted(refuse) as server:
        response = closing(Upstream(server.url)).send("POST", "/", body=endless())
        assert (response.status_code, response.body) == (413, b"no")
    assert len(sent) < 20


def wait_for_hangup(connection):
    while connection.recv(65536):
        pass


def test_what_the_bodys_pieces_raise_ends_the_request_unfinished(closing):
    ended = threading.Event()

    def read(connection, head):
        while connection.recv(65536):
            pass
        ended.set()

    def broken():
        yield b"half"
        raise KeyError("broken off")

    with scripted(read) as server:
        with pytest.raises(KeyError):
            closing(Upstream(server.url)).send("POST", "/", body=broken())
        assert ended.wait(SECONDS)


@pytest.mark.parametrize(
    "headers", [{"X-A": "a\r\nX-B: b"}, {"X A": "b"}, {"X-A": "\u20ac"}, {"X": "\0"}]
)
def test_a_header_that_would_split_the_request_is_refused(closing, headers):
    with scripted(OK) as server, pytest.raises(ValueError, match="header"):
        closing(Upstream(server.url)).send("GET", "/", headers)
    assert server.requests == []


@pytest.mark.parametrize("target", ["/ HTTP/1.1\r\nX: y", "/a b", "/\n"])
def test_a_target_that_would_split_the_request_is_refused(closing, target):
    with scripted(OK) as server, pytest.raises(UpstreamError):
        closing(Upstream(server.url)).send("GET", target)
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "ftp://a",
        "http://",
        "//a",
        "http://a?b",
        "http://a#b",
        "http://u:p@a",
        "http://a/b c",
        "http://a/\xe9",
        "http://a:99999",
    ],
)
def test_an_address_has_a_host_a_port_and_a_path(url):
    with pytest.raises(ValueError, match=r"is no address|may have|have to be|range"):
        Upstream(url)


def test_hop_by_hop_headers_and_those_that_connection_names_are_not_passed_on():
    given = [
        ("Connection", "close, X-Hop"),
        ("connection", "X-Other"),
        ("Keep-Alive", "5"),
        ("x-hop", "1"),
        ("X-Other", "1"),
        ("TE", "trailers"),
        ("Trailer", "X"),
        ("Transfer-Encoding", "chunked"),
        ("Upgrade", "h2c"),
        ("Proxy-Authorization", "x"),
        ("Proxy-Connection", "x"),
        ("X-Kept", "1"),
    ]
    assert without_hop_by_hop(given) == [("X-Kept", "1")]


def test_after_a_fork_a_process_has_connections_of_its_own(closing, monkeypatch):
    with scripted(OK) as server:
        upstream = Upstream(server.url)
        assert upstream.send("GET").body == b"ok"
        parents = closing(upstream._pool)
        monkeypatch.setattr(os, "getpid", lambda: -1)
        assert upstream.send("GET").body == b"ok"
        assert upstream.send("GET").body == b"ok"
        upstream.close()
        assert len(parents.connections) == 1
    assert server.connections == 2


def test_an_answer_that_nobody_reads_or_closes_gives_its_connection_back(closing):
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200000
    with scripted(said) as server:
        upstream = closing(Upstream(server.url, max_connections=1, connect_timeout=0.1))
        for _ in range(3):
            assert upstream.send("GET").status_code == 200
    assert server.connections == 3


def test_a_dropped_answer_is_not_closed_by_the_garbage_collector_itself(closing):
    # It may run while this very thread holds the lock of the connections.
    with scripted(OK) as server:
        upstream = closing(Upstream(server.url))
        answer = upstream.send("GET")
        with upstream._pool._optional_thread_lock:
            del answer
            gc.collect()
        assert upstream.send("GET").body == b"ok"


def test_an_answer_in_chunks_with_a_length_too_goes_on_without_it(closing):
    # RFC 9112 6.3: what forwards such a message takes Content-Length away.
    said = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    )
    with scripted(said) as server:
        response = closing(Upstream(server.url)).send("GET")
        assert response.headerlist == []
        assert b"".join(response.app_iter) == b"ok"


def test_an_answer_that_is_no_http_is_not_asked_for_again(closing):
    with scripted(b"nonsense\r\n\r\n") as server:
        with pytest.raises(UpstreamError):
            closing(Upstream(server.url)).send("GET")
        assert len(server.requests) == 1
