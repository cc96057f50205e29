"""The reverse proxy between a client and a server that both are real."""

import gzip
import io
import json
import logging
import socket
import threading
import time
import tracemalloc
from wsgiref.validate import validator

import pytest
from roob import Roob
from roob.client import Upstream
from roob.exceptions import ResponseError
from roob.gateway import Gateway, WsgiGateway
from roob.gateway.forwarding import Forward, forward_to
from roob.middlewares import ErrorHandlerMiddleware, Middleware
from roob.models.responses import Response
from roob.testing import TestClient

from framework.tests.servers_on_sockets import SECONDS, scripted, served

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"
MIB = 1024 * 1024


@pytest.fixture
def proxy():
    """``proxy(url, **options)``: a gateway that forwards to it."""
    upstreams = []

    def make(url, *, timeout=SECONDS, **options):
        upstream = Upstream(url, timeout=timeout)
        upstreams.append(upstream)
        return WsgiGateway(Gateway([forward_to(upstream, **options)]))

    yield make
    for upstream in upstreams:
        upstream.close()


@pytest.fixture
def passed(call, proxy):
    """``passed("/x", ...)``: the bytes that arrive at the upstream, head line first."""

    def passed(path="/", method="GET", body=b"", options=None, **changes):
        with scripted(OK) as server:
            app = proxy(server.url, **(options or {}))
            assert call(app, path, method, body, **changes).status == 200
            return server.requests[0].decode("latin-1").split("\r\n")

    return passed


def header(lines, name):
    values = [line for line in lines if line.lower().startswith(f"{name.lower()}:")]
    assert len(values) < 2, values
    return values[0].partition(": ")[2] if values else None


def test_path_and_query_arrive_as_the_client_wrote_them(passed):
    raw = "/a%2Fb//c%00?x=%zz&y=a+b"
    lines = passed("/a/b//c\0", RAW_URI=raw, QUERY_STRING="x=%zz&y=a+b")
    assert lines[0] == f"GET {raw} HTTP/1.1"


def test_an_upstream_may_have_a_path_of_its_own(call, proxy):
    with scripted(OK) as server:
        assert call(proxy(f"{server.url}/v1/"), "/x").status == 200
        assert server.requests[0].startswith(b"GET /v1/x HTTP/1.1\r\n")


def test_a_path_that_climbs_is_refused_and_asked_nowhere(call, proxy):
    with scripted(OK) as server:
        answer = call(proxy(server.url), "/../x")
        assert (answer.status, server.requests) == (400, [])
        assert answer.json() == {
            "message": "The path may have no segment . or .., in whatever writing"
        }


def test_a_path_that_looks_like_an_address_stays_a_path(passed):
    lines = passed("//evil.example/x", RAW_URI="//evil.example/x")
    assert lines[0] == "GET //evil.example/x HTTP/1.1"
    lines = passed("http://evil.example/x", RAW_URI="http://evil.example/x")
    assert lines[0] == "GET /http://evil.example/x HTTP/1.1"


def test_the_host_that_the_client_asked_for_is_kept(passed):
    assert header(passed(HTTP_HOST="shop.example"), "Host") == "shop.example"


def test_or_replaced_by_the_upstreams_own(passed):
    lines = passed(options={"keep_host": False}, HTTP_HOST="shop.example")
    assert header(lines, "Host").startswith("127.0.0.1:")
    assert header(lines, "X-Forwarded-Host") == "shop.example"


def test_the_upstream_is_told_who_asked_and_how(passed):
    lines = passed(
        "/x",
        REMOTE_ADDR="203.0.113.7",
        HTTP_HOST="shop.example",
        SCRIPT_NAME="/caf\xc3\xa9",
        **{"wsgi.url_scheme": "https"},
    )
    assert lines[0] == "GET /x HTTP/1.1"
    assert header(lines, "X-Forwarded-For") == "203.0.113.7"
    assert header(lines, "X-Forwarded-Proto") == "https"
    assert header(lines, "X-Forwarded-Host") == "shop.example"
    assert header(lines, "X-Forwarded-Prefix") == "/caf%C3%A9"
    assert header(lines, "Via") == "1.1 roob"
    assert header(lines, "Forwarded") is None


FORGED = {
    "HTTP_X_FORWARDED_FOR": "6.6.6.6",
    "HTTP_X_FORWARDED_PROTO": "gopher",
    "HTTP_X_FORWARDED_HOST": "evil.example",
    "HTTP_X_FORWARDED_PREFIX": "/evil",
    "HTTP_X_FORWARDED_USER": "root",
    "HTTP_FORWARDED": "for=6.6.6.6",
    "HTTP_X_REAL_IP": "6.6.6.6",
    "HTTP_VIA": "1.0 first",
    "REMOTE_ADDR": "203.0.113.7",
}


def test_what_a_client_forges_is_dropped(passed):
    lines = passed(HTTP_HOST="shop.example", **FORGED)
    assert header(lines, "X-Forwarded-For") == "203.0.113.7"
    assert header(lines, "X-Forwarded-Proto") == "http"
    assert header(lines, "X-Forwarded-Host") == "shop.example"
    for name in ("X-Forwarded-Prefix", "X-Forwarded-User", "Forwarded", "X-Real-Ip"):
        assert header(lines, name) is None
    assert header(lines, "Via") == "1.0 first, 1.1 roob"


def test_what_a_proxy_in_front_says_is_believed_where_it_is_said_to_be_there(passed):
    options = {"trust_forwarded": True, "forwarded": True}
    lines = passed(options=options, SCRIPT_NAME="/in", **FORGED)
    assert header(lines, "X-Forwarded-For") == "6.6.6.6, 203.0.113.7"
    assert header(lines, "X-Forwarded-Proto") == "gopher"
    assert header(lines, "X-Forwarded-Host") == "evil.example"
    assert header(lines, "X-Forwarded-Prefix") == "/evil/in"
    assert header(lines, "X-Real-Ip") == "6.6.6.6"
    assert header(lines, "Forwarded") == (
        'for=6.6.6.6, for=203.0.113.7;host="localhost";proto=http'
    )


@pytest.mark.parametrize(
    ("client", "node"), [("2001:db8::1", '"[2001:db8::1]"'), ("", "unknown")]
)
def test_the_standard_header_is_sent_where_it_is_wanted(passed, client, node):
    lines = passed(
        options={"forwarded": True}, REMOTE_ADDR=client, HTTP_HOST="a.example:8080"
    )
    expected = f'for={node};host="a.example:8080";proto=http'
    assert header(lines, "Forwarded") == expected


def test_headers_of_the_connection_end_here(passed):
    lines = passed(
        HTTP_CONNECTION="close, X-Hop",
        HTTP_X_HOP="1",
        HTTP_TE="trailers",
        HTTP_UPGRADE="h2c",
        HTTP_KEEP_ALIVE="5",
        HTTP_PROXY_AUTHORIZATION="Basic x",
        HTTP_PROXY="http://evil.example",
        HTTP_EXPECT="100-continue",
        HTTP_TRANSFER_ENCODING="chunked",
        HTTP_COOKIE="a=1; b=2",
        HTTP_AUTHORIZATION="Bearer x",
    )
    names = {line.partition(":")[0] for line in lines[1:] if line}
    assert names == {
        "Host",
        "Cookie",
        "Authorization",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "Via",
    }
    assert header(lines, "Cookie") == "a=1; b=2"


def test_connection_cannot_strip_what_the_proxy_says(passed):
    lines = passed(HTTP_CONNECTION="X-Forwarded-For, Host", REMOTE_ADDR="203.0.113.7")
    assert header(lines, "X-Forwarded-For") == "203.0.113.7"
    assert header(lines, "Host") == "localhost"


@pytest.mark.parametrize("value", ["a\r\nX-Admin: 1", "a\nb", "a\0"])
def test_a_header_that_would_split_the_request_is_a_400(call, proxy, value):
    with scripted(OK) as server:
        assert call(proxy(server.url), HTTP_X_A=value).status == 400
        assert call(proxy(server.url), HTTP_HOST=value).status == 400
        assert server.requests == []


def test_connect_is_not_passed_on(call, proxy):
    with scripted(OK) as server:
        assert call(proxy(server.url), "/", "CONNECT").status == 501
        assert server.requests == []


def test_status_headers_and_bytes_come_back_as_they_were(call, proxy):
    body = gzip.compress(b"text " * 100)
    said = (
        b"HTTP/1.1 203 Not Quite\r\nContent-Encoding: gzip\r\nContent-Type: text/x\r\n"
        b"Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\nETag: W/1\r\nX-Hop: 1\r\n"
        b"Connection: X-Hop, close\r\nKeep-Alive: 5\r\nContent-Length: %d\r\n\r\n%b"
    ) % (len(body), body)
    with scripted(said) as server:
        answer = call(proxy(server.url), HTTP_ACCEPT_ENCODING="gzip")
    assert answer.line == "203 Not Quite"
    assert answer.body == body
    assert sorted(answer.headers) == [
        ("Content-Encoding", "gzip"),
        ("Content-Length", str(len(body))),
        ("Content-Type", "text/x"),
        ("ETag", "W/1"),
        ("Set-Cookie", "a=1; Path=/"),
        ("Set-Cookie", "b=2"),
    ]


def test_date_and_server_are_left_to_the_server_in_front(call, proxy):
    said = (
        b"HTTP/1.1 200 OK\r\nDate: Sat, 28 Nov 2026 15:57:06 GMT\r\nServer: x\r\n"
        b"Content-Length: 0\r\nContent-Type: text/x\r\n\r\n"
    )
    with scripted(said) as server:
        answer = call(proxy(server.url))
    assert answer.headers == [("Content-Length", "0"), ("Content-Type", "text/x")]


def test_chunks_come_back_without_their_framing(call, proxy):
    said = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    with scripted(said) as server:
        answer = call(proxy(server.url))
    assert answer.body == b"abcde"
    assert answer.headers == [("Content-Type", "text/plain")]


@pytest.mark.parametrize(
    ("method", "said", "status", "length"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, "5"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nETag: 1\r\n\r\n", 304, None),
        ("DELETE", b"HTTP/1.1 204 No Content\r\n\r\n", 204, None),
    ],
)
def test_answers_without_a_body_stay_without(call, proxy, method, said, status, length):
    with scripted(said) as server:
        app = proxy(server.url)
        for _ in range(2):
            answer = call(app, "/", method)
            assert (answer.status, answer.body) == (status, b"")
            assert answer.header("Content-Length") == length
    assert server.connections == 1


@pytest.mark.parametrize("location", ["/there", "http://elsewhere.example/x"])
def test_a_redirect_is_passed_on_and_not_followed(call, proxy, location):
    said = b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n"
    with scripted(said % location.encode()) as server:
        answer = call(proxy(server.url))
        assert (answer.status, answer.header("Location")) == (302, location)
        assert len(server.requests) == 1


def test_errors_of_the_upstream_are_passed_on_with_their_bodies(call, proxy):
    said = (
        b"HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\nContent-Length: 2\r\n\r\nno"
    )
    with scripted(said) as server:
        answer = call(proxy(server.url), "/", "PUT")
    assert (answer.status, answer.body, answer.header("Allow")) == (405, b"no", "GET")


def test_an_upstream_that_is_down_is_a_502_in_json_that_tells_nothing_of_it(
    call, proxy, caplog
):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with caplog.at_level(logging.WARNING):
        answer = call(proxy(url), HTTP_X_REQUEST_ID="r-7")
    assert answer.line == "502 Bad Gateway"
    assert answer.json() == {"message": "The upstream server gave no valid answer"}
    assert url in caplog.text
    assert "r-7" in caplog.text


def test_an_upstream_that_is_slow_is_a_504_in_json(call, proxy):
    def silent(connection, head):
        connection.recv(1)

    with scripted(silent) as server:
        answer = call(proxy(server.url, timeout=0.05))
    assert answer.line == "504 Gateway Timeout"
    assert answer.json() == {"message": "The upstream server did not answer in time"}


def test_an_upstream_that_splits_its_answer_is_a_502(call, proxy):
    said = b"HTTP/1.1 200 OK\r\nX-A: a\x01\r\nContent-Length: 0\r\n\r\n"
    with scripted(said) as server:
        assert call(proxy(server.url), "/", "POST").status == 502


class Endless(io.RawIOBase):
    """A body that is made while it is read: ``Endless(64 * MIB)``."""

    def __init__(self, size):
        self.left = size

    def read(self, size=-1):
        given = min(self.left, size)
        self.left -= given
        return bytes(given)


def count(connection, head):
    """Read a body of zeros and say how long it was."""
    if b"chunked" in head:
        size, last = 0, b""
        while not last.endswith(b"0\r\n\r\n"):
            piece = connection.recv(65536)
            size += piece.count(b"\0")
            last = (last + piece)[-8:]
    else:
        size = left = int(head.lower().partition(b"content-length: ")[2].split()[0])
        while left:
            left -= len(connection.recv(65536))
    said = str(size).encode()
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(said), said)
    )


@pytest.mark.parametrize(
    "framing",
    [{"CONTENT_LENGTH": str(64 * MIB)}, {"wsgi.input_terminated": True}],
    ids=["with a length", "in chunks"],
)
def test_an_upload_is_streamed_in_bounded_memory(environ, serve, proxy, framing):
    request = environ("/", "POST") | {"wsgi.input": Endless(64 * MIB)}
    if "CONTENT_LENGTH" not in framing:
        del request["CONTENT_LENGTH"]
    with scripted(count) as server, measured() as peak:
        answer = serve(proxy(server.url), request | framing)
    assert answer.body == str(64 * MIB).encode()
    assert peak[0] < 4 * MIB


def test_a_download_is_streamed_in_bounded_memory(environ, proxy):
    def send(connection, head):
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 * MIB)
        )
        for _ in range(1024):
            connection.sendall(bytes(65536))

    with scripted(send) as server, measured() as peak:
        pieces = proxy(server.url)(environ(), lambda *_: None)
        size = sum(map(len, pieces))
        pieces.close()
    assert size == 64 * MIB
    assert peak[0] < 4 * MIB


class measured:  # noqa: N801  # reads as a word of the test
    """The most memory that was in use at a time, in bytes, as the list's one item."""

    def __enter__(self):
        self.peak = []
        tracemalloc.start(1)
        return self.peak

    def __exit__(self, *_):
        self.peak.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()


def test_each_piece_of_an_answer_is_passed_on_when_it_arrives(environ, proxy):
    asked_for_more = threading.Event()

    def two_events(connection, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\none")
        assert asked_for_more.wait(SECONDS)
        connection.sendall(b"two")
        connection.close()

    with scripted(two_events) as server:
        pieces = proxy(server.url)(environ(), lambda *_: None)
        iterator = iter(pieces)
        assert next(iterator) == b"one"
        asked_for_more.set()
        assert list(iterator) == [b"two"]


def test_an_upload_that_breaks_off_never_arrives_as_a_shorter_one(call, proxy):
    arrived, ended = [], threading.Event()

    def read(connection, head):
        while piece := connection.recv(65536):
            arrived.append(piece)
        ended.set()

    with scripted(read) as server:
        answer = call(proxy(server.url), "/", "POST", b"half", CONTENT_LENGTH="10")
        assert answer.status == 400
        assert ended.wait(SECONDS)
    assert b"".join(arrived) in (b"", b"half")


def test_a_routes_limit_is_kept_and_the_upstream_not_asked(call):
    with scripted(OK) as server:
        app, forward = Roob(), Forward(server.url)
        app.add_route("/{path:path}", forward, max_body_bytes=10)
        assert call(app, "/x", "POST", b"x" * 11).status == 413
        assert server.requests == []
        forward.upstream.close()


def test_without_one_a_body_may_be_longer_than_an_app_would_read(call, proxy):
    with scripted(count) as server:
        body = bytes(2 * MIB)
        assert call(proxy(server.url), "/", "POST", body).body == b"2097152"


def test_a_client_that_hangs_up_in_the_middle_closes_the_upstream(proxy):
    gone = threading.Event()

    def endless(connection, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                connection.sendall(bytes(65536))
        except OSError:
            gone.set()

    with (
        scripted(endless) as server,
        served(proxy(server.url)) as url,
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as client,
    ):
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(100)
        client.close()
        assert gone.wait(SECONDS)


@pytest.mark.parametrize("how", ["the bridge tells", "gunicorn's socket tells"])
def test_a_client_that_hangs_up_while_the_upstream_is_silent_closes_it_too(
    environ, proxy, how
):
    gone = threading.Event()

    def silent(connection, head):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nevent")
        if connection.recv(1) == b"":
            gone.set()

    ours, clients = socket.socketpair()
    told = {
        "the bridge tells": {"roob.disconnected": lambda: clients.fileno() == -1},
        "gunicorn's socket tells": {"gunicorn.socket": ours},
    }[how]
    with ours, clients, scripted(silent) as server:
        began = time.monotonic()
        pieces = iter(proxy(server.url)(environ() | told, lambda *_: None))
        assert next(pieces) == b"event"
        clients.close()
        with pytest.raises(ResponseError, match="gone"):
            next(pieces)
        assert gone.wait(SECONDS)
        assert time.monotonic() - began < 5


def test_a_client_that_sends_its_next_request_early_is_not_gone(environ, proxy):
    def slow(connection, head):
        time.sleep(1.2)
        connection.sendall(OK)

    ours, clients = socket.socketpair()
    with ours, clients, scripted(slow) as server:
        clients.sendall(b"GET /next HTTP/1.1\r\n")
        request = environ() | {"gunicorn.socket": ours}
        assert b"".join(proxy(server.url)(request, lambda *_: None)) == b"ok"


def inventory(environ, start_response):
    length = int(environ.get("CONTENT_LENGTH") or 0)
    said = {
        "script": environ["SCRIPT_NAME"],
        "path": environ["PATH_INFO"],
        "query": environ["QUERY_STRING"],
        "prefix": environ.get("HTTP_X_FORWARDED_PREFIX"),
        "body": environ["wsgi.input"].read(length).decode("latin-1"),
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]


def test_it_is_a_handler_for_a_route_too():
    with served(inventory) as url:
        app, forward = Roob(), Forward(url)
        app.add_route("/own", lambda request: "own")
        app.add_route("/{path:path}", forward)
        with TestClient(app) as client:
            assert client.get("/own").text == "own"
            said = client.post("/a/b?c=d", content=b"body").json()
            forward.upstream.close()
    assert said["path"] == "/a/b"
    assert (said["query"], said["body"], said["prefix"]) == ("c=d", "body", None)


def test_it_can_be_mounted_and_the_prefix_is_cut_off():
    with served(inventory) as url:
        app, forward = Roob(), Forward(url)
        app.mount("/shop", forward.wsgi)
        with TestClient(app) as client:
            said = client.get("/shop/x").json()
            assert client.get("/shop/%2e%2e/x").status_code == 400
            forward.upstream.close()
    assert (said["path"], said["prefix"]) == ("/x", "/shop")


def test_a_failure_of_the_upstream_meets_the_apps_own_exception_handlers(call):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = Roob()
    app.add_route("/{path:path}", Forward(url))
    app.add_middleware(ErrorHandlerMiddleware)
    assert call(app, "/x").status == 502
    app.add_exception_handler(ResponseError, lambda request, error: ("sorry", 503))
    assert (call(app, "/x").status, call(app, "/x").body) == (503, b"sorry")


@pytest.mark.filterwarnings("ignore::wsgiref.validate.WSGIWarning")
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
def test_it_is_valid_wsgi(call, proxy, method):
    body = b"x" if method in ("POST", "PUT") else b""
    with served(validator(inventory_of_bytes)) as url:
        answer = call(validator(proxy(url)), "/x", method, body)
    assert (answer.status, answer.body) == (200, b"" if method == "HEAD" else b"hi")


def inventory_of_bytes(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [b"hi"]


def test_handlers_before_and_behind_it_may_have_their_say(call):
    def stamp(chain, context, response):
        response.headers["X-Gateway"] = "roob"

    with scripted(OK) as server:
        upstream = Upstream(server.url)
        gateway = Gateway([forward_to(upstream)], response_handlers=[stamp])
        assert call(WsgiGateway(gateway)).header("X-Gateway") == "roob"
        upstream.close()


def test_an_option_that_nobody_knows_is_refused():
    with pytest.raises(TypeError, match="timout"):
        forward_to("http://127.0.0.1:1", timout=3)
    with pytest.raises(TypeError, match="timeout"):
        forward_to(Upstream("http://127.0.0.1:1"), timeout=3)
    with pytest.raises(ValueError, match="no address"):
        forward_to("127.0.0.1:1")


@pytest.mark.parametrize("host", ["a\\", 'a"', "a;proto=https", "a, for=1", "a b"])
def test_the_standard_header_names_no_host_that_would_break_out_of_it(passed, host):
    lines = passed(options={"forwarded": True}, HTTP_HOST=host, REMOTE_ADDR="1.2.3.4")
    assert header(lines, "Forwarded") == "for=1.2.3.4;proto=http"


@pytest.mark.parametrize("host", ["a.com:80", "[::1]:8000", "xn--a_b.com"])
def test_the_standard_header_names_a_host_that_is_one(passed, host):
    lines = passed(options={"forwarded": True}, HTTP_HOST=host, REMOTE_ADDR="1.2.3.4")
    assert header(lines, "Forwarded") == f'for=1.2.3.4;host="{host}";proto=http'


LONG = b"HTTP/1.1 500 E\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200000


def set_text(_chain, _context, response):
    response.text = "sorry"


def set_json(_chain, _context, response):
    response.json = {"sorry": True}


def set_pieces(_chain, _context, response):
    response.app_iter = [b"sorry"]


@pytest.mark.parametrize("replace", [set_text, set_json, set_pieces])
def test_an_answer_that_is_replaced_gives_its_connection_back(call, replace):
    with scripted(LONG) as server:
        upstream = Upstream(server.url, max_connections=1, connect_timeout=0.1)
        handlers = {"response_handlers": [replace]}
        app = WsgiGateway(Gateway([forward_to(upstream)], **handlers))
        assert [call(app).status for _ in range(3)] == [500] * 3
        upstream.close()
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "process_response",
    [lambda *_: Response("sorry", 500), lambda *_: Response(app_iter=iter([b"sorry"]))],
)
def test_an_answer_that_a_middleware_replaces_gives_its_connection_back(
    call, process_response
):
    class Replacing(Middleware):
        def process_response(self, request, response):
            return process_response(response)

    with scripted(LONG) as server:
        upstream = Upstream(server.url, max_connections=1, connect_timeout=0.1)
        app = Roob()
        app.add_route("/{path:path}", Forward(upstream))
        app.add_middleware(Replacing)
        assert [call(app, "/x").body for _ in range(3)] == [b"sorry"] * 3
        upstream.close()
    assert len(server.requests) == 3


def test_a_prefix_may_have_a_field_of_any_name(call):
    with scripted(OK) as server:
        forward = Forward(server.url)
        app = Roob()
        app.add_route("/a/{request}", forward)
        app.mount("/b/{request}", forward.wsgi)
        assert call(app, "/a/x").body == b"ok"
        assert call(app, "/b/x/y").body == b"ok"
        forward.upstream.close()
