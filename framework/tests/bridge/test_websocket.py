"""A websocket's scope, its events, and the thread that serves them."""

import asyncio
import threading
import time
from contextlib import suppress

import pytest
from roob import Roob
from roob.bridge.pool import Pool
from roob.bridge.websocket import serve_websocket
from roob.exceptions import ResponseError
from roob.models.connections import close_all
from roob.websockets.closing import ConnectionClosed
from roob.websockets.endpoint import WebSocketEndpoint

DENIAL = {"websocket.http.response": {}}


class Server:
    """An ASGI server of one connection: it says what it is given to say."""

    def __init__(
        self, *messages, extensions=None, subprotocols=(), stays=False, until=0
    ):
        self.subprotocols = list(subprotocols)
        self.events = [{"type": "websocket.connect"}, *map(received, messages)]
        self.extensions = extensions
        self.stays = stays
        self.until = until  # it leaves when so many events have been sent
        self.sent = []
        self.taken = 0
        self.is_stuck = False
        self.error = None

    async def receive(self):
        self.taken += 1
        if self.events:
            return self.events.pop(0)
        while self.stays or len(self.sent) < self.until:
            await asyncio.sleep(0.01)
        return {"type": "websocket.disconnect", "code": 1001, "reason": "bye"}

    async def send(self, event):
        if self.error is not None and event["type"] == "websocket.send":
            raise self.error
        while self.is_stuck and event["type"] == "websocket.send":
            await asyncio.sleep(0.01)
        self.sent.append(event)

    def serve(self, app, pool=None, path="/ws"):
        asyncio.run(self._serve(app, pool or Pool(), path))
        return self

    async def _serve(self, app, pool, path="/ws"):
        scope = {
            "type": "websocket",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
            "subprotocols": self.subprotocols,
            "extensions": self.extensions,
        }
        await serve_websocket(app, scope, self.receive, self.send, pool)
        await pool.finished()

    @property
    def types(self):
        return [event["type"].removeprefix("websocket.") for event in self.sent]


def received(message):
    kind = "text" if isinstance(message, str) else "bytes"
    # Some servers send the other key too, as None.
    other = "bytes" if kind == "text" else "text"
    return {"type": "websocket.receive", kind: message, other: None}


def app_with(handler, **options):
    app = Roob()
    app.add_route("/ws", WebSocketEndpoint(handler, **options), ["GET"])
    return app


def echo(socket):
    for message in socket:
        socket.send(message)


def test_messages_go_in_and_out_as_what_they_are():
    server = Server("a", b"\xff", "", until=4).serve(app_with(echo))
    assert server.types[0] == "accept"
    sent = [event.get("text", event.get("bytes")) for event in server.sent[1:4]]
    assert sent == ["a", b"\xff", ""]


def test_a_handler_that_returns_closes_with_1000():
    server = Server(stays=True).serve(app_with(lambda socket: socket.send("hi")))
    assert server.types == ["accept", "send", "close"]
    assert server.sent[-1]["code"] == 1000


def test_accepting_carries_the_subprotocol_and_headers():
    app = app_with(lambda s: s.accept("chat", {"X-Room": "blue"}))
    server = Server(stays=True, subprotocols=["other", "chat"]).serve(app)
    assert server.sent[0]["subprotocol"] == "chat"
    assert server.sent[0]["headers"] == [(b"x-room", b"blue")]


def test_the_clients_code_reaches_the_handler():
    codes = []

    def handler(socket):
        list(socket)
        codes.append((socket.close_code, socket.close_reason))

    Server("a").serve(app_with(handler))
    assert codes == [(1001, "bye")]


def test_an_answer_is_the_refusal_where_the_server_can_send_it():
    def refuse(socket):
        raise ResponseError("Not here", 403, {"X-Why": "closed"})

    server = Server(extensions=DENIAL, stays=True).serve(app_with(refuse))
    start, *body = server.sent
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 403)
    assert (b"x-why", b"closed") in start["headers"]
    assert b"".join(e["body"] for e in body) == b'{"message":"Not here"}'
    assert [e["more_body"] for e in body][-1] is False


def test_elsewhere_a_refusal_is_the_servers_403():
    server = Server(stays=True).serve(app_with(lambda socket: ("No", 409)))
    assert server.types == ["close"]


def test_a_path_without_a_websocket_is_refused_too():
    server = Server(extensions=DENIAL, stays=True).serve(Roob(), path="/nowhere")
    assert server.sent[0]["status"] == 404


def test_a_crash_before_accepting_is_the_servers_to_log():
    with pytest.raises(ZeroDivisionError):
        Server(stays=True).serve(app_with(lambda socket: 1 / 0))


def test_a_message_over_the_limit_closes_with_1009():
    server = Server("x" * 11, stays=True).serve(app_with(echo, max_message_bytes=10))
    assert (server.sent[-1]["type"], server.sent[-1]["code"]) == (
        "websocket.close",
        1009,
    )


def test_letters_count_as_their_bytes():
    server = Server("é" * 6, stays=True).serve(app_with(echo, max_message_bytes=10))
    assert server.sent[-1]["code"] == 1009


def test_messages_that_nobody_takes_stay_with_the_server():
    held = []

    def handler(socket):
        socket.accept()
        deadline = time.monotonic() + 0.3
        while time.monotonic() < deadline:
            held.append(server.taken)
            time.sleep(0.01)
        echo(socket)

    server = Server(*map(str, range(500)), until=501)
    server.serve(app_with(handler))
    assert max(held) < 50
    assert server.types.count("send") == 500


def test_everything_arrives_in_order_however_slow_the_handler_is():
    got = []

    def handler(socket):
        for message in socket:
            got.append(message)

    Server(*map(str, range(2000))).serve(app_with(handler))
    assert got == [str(n) for n in range(2000)]


def test_waiting_ends_in_time():
    caught = []

    def handler(socket):
        try:
            socket.receive(timeout=0.05)
        except TimeoutError as error:
            caught.append(error)

    Server(stays=True).serve(app_with(handler))
    assert len(caught) == 1


def test_a_client_that_does_not_read_is_cut_in_time():
    seen = []

    def handler(socket):
        with suppress(ConnectionClosed):
            for _ in range(10_000):
                socket.send(b"x" * 1000)
        seen.append(socket.close_code)

    server = Server(stays=True)
    server.is_stuck = True
    started = time.monotonic()
    server.serve(app_with(handler, send_timeout=0.2))
    assert seen == [1006]
    assert time.monotonic() - started < 5


def test_a_server_that_cannot_send_any_more_ends_it():
    seen = []

    def handler(socket):
        with suppress(ConnectionClosed):
            for _ in range(10_000):
                socket.send("x")
        seen.append(socket.close_code)

    server = Server(stays=True)
    server.error = OSError("the client has gone")
    server.serve(app_with(handler))
    assert seen == [1006]


@pytest.mark.parametrize(
    ("error", "is_logged"), [(OSError("gone"), False), (RuntimeError("what?"), True)]
)
def test_a_failure_that_is_no_lost_connection_is_logged(caplog, error, is_logged):
    server = Server(stays=True)
    server.error = error
    server.serve(app_with(lambda socket: socket.send("x") or list(socket)))
    logged = [record.exc_info[1] for record in caplog.records]
    assert logged == [error] * is_logged


def test_text_that_is_no_unicode_fails_in_the_handler():
    caught = []

    def handler(socket):
        with pytest.raises(UnicodeEncodeError) as info:
            socket.send("\ud800")
        caught.append(info)

    assert "send" not in Server(stays=True).serve(app_with(handler)).types
    assert len(caught) == 1


def test_a_server_that_cannot_receive_any_more_ends_it():
    codes = []

    def handler(socket):
        list(socket)
        codes.append(socket.close_code)

    server = Server()
    server.events.append({"type": "websocket.receive", "neither": None})
    server.serve(app_with(handler))
    assert codes == [1006]


def test_a_drain_ends_who_waits_with_1001():
    def handler(socket):
        threading.Timer(0.05, close_all).start()
        list(socket)

    server = Server(stays=True).serve(app_with(handler))
    assert server.sent[-1]["code"] == 1001


def test_a_task_that_is_cancelled_says_1001_and_ends_the_handler():
    ended = threading.Event()

    server = Server(stays=True)

    async def cancel():
        pool = Pool()
        app = app_with(lambda socket: socket.accept() or list(socket) or ended.set())
        task = asyncio.create_task(server._serve(app, pool))
        while "accept" not in server.types:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await pool.finished()

    asyncio.run(cancel())
    assert ended.is_set()
    assert server.sent[-1]["code"] == 1001


@pytest.mark.parametrize("extensions", [None, DENIAL])
def test_beyond_the_streams_there_is_no_room(extensions):
    server = Server(extensions=extensions).serve(app_with(echo), Pool(streams=0))
    if extensions:
        assert server.sent[0]["status"] == 503
    else:
        assert server.types == ["close"]


def test_any_wsgi_app_may_refuse_late_and_in_pieces():
    def app(environ, start_response):
        yield from ()
        write = start_response("418 I'm a Teapot", [("X-A", "b")])
        write(b"short ")
        yield b"and "
        yield b"stout"

    server = Server(extensions=DENIAL, stays=True).serve(app)
    assert server.sent[0]["status"] == 418
    assert b"".join(e["body"] for e in server.sent[1:]) == b"short and stout"
