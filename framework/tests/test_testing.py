from threading import Event as Flag
from time import monotonic, sleep

import httpx
import pytest
from roob import Roob
from roob.events import Broadcast, Event, EventStream
from roob.exceptions import ResponseError
from roob.middlewares import ErrorHandlerMiddleware, Middleware
from roob.models.connections import close_all
from roob.testing import HandshakeRefused, TestClient
from roob.websockets import ConnectionClosed, WebSocketEndpoint


@pytest.fixture
def app():
    app = Roob()
    app.add_route("/echo/{name}", lambda request, name: {"name": name})
    app.add_route("/body", lambda request: request.body)
    app.add_route("/json", lambda request: request.json)
    app.add_route("/form", lambda request: dict(request.POST))
    app.add_route("/query", lambda request: dict(request.GET))
    app.add_route("/cookie", lambda request: ("ok", 200, {"Set-Cookie": "a=1"}))
    app.add_route("/cookies", lambda request: dict(request.cookies))
    app.add_route("/fail", lambda request: 1 / 0)
    app.add_route("/go", lambda request: ("", 302, {"Location": "/echo/there"}))
    return app


@pytest.fixture
def client(app):
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize(
    "name", ["plain", "caf\u00e9", "a b", "%", "a+b", "\u20ac;x=1"]
)
def test_a_path_arrives_as_a_server_gives_it(client, name):
    url = client.build_request("GET", "/echo/").url.copy_with(path=f"/echo/{name}")
    assert client.get(url).json() == {"name": name}


def test_undecodable_paths_can_be_asked_for(client):
    assert client.get("/echo/%ff").status_code == 400
    assert client.get("/echo/%00").status_code == 400


def test_bodies_json_forms_queries_and_cookies(client):
    assert client.post("/body", content=b"\0x").content == b"\0x"
    assert client.post("/json", json={"a": [1]}).json() == {"a": [1]}
    assert client.post("/form", data={"a": "\u00e9"}).json() == {"a": "\u00e9"}
    assert client.get("/query", params={"a": "b c"}).json() == {"a": "b c"}
    client.get("/cookie")
    assert client.get("/cookies").json() == {"a": "1"}


def test_an_upload_in_chunks_arrives(client):
    assert client.post("/body", content=iter([b"a", b"b"])).content == b"ab"


def test_redirects_can_be_followed(client):
    response = client.get("/go", follow_redirects=True)
    assert response.json() == {"name": "there"}


def test_an_exception_of_the_app_is_raised_in_the_test(client):
    with pytest.raises(ZeroDivisionError):
        client.get("/fail")


def test_or_becomes_a_500_as_a_server_makes_it(app):
    with TestClient(app, raise_app_exceptions=False) as client:
        assert client.get("/fail").status_code == 500


def test_it_takes_any_application_and_httpxs_keywords():
    def raw(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["HTTP_X_A"].encode()]

    with TestClient(raw, headers={"X-A": "b"}) as client:
        assert client.get("/").text == "b"


@pytest.fixture
def live():
    """``live(handler)``: a client of an app with that websocket at ``/ws/{room}``."""

    def live(handler, **options):
        app = Roob()
        app.websocket("/ws/{room}", **options)(handler)
        app.add_middleware(ErrorHandlerMiddleware)
        return TestClient(app)

    return live


def echo(socket, room):
    for message in socket:
        socket.send(message)


def test_a_websocket_says_and_hears(live):
    with live(echo).websocket("/ws/blue") as socket:
        socket.send("hi")
        assert socket.receive() == "hi"
        socket.send(b"\0")
        assert socket.receive() == b"\0"
        socket.send_json({"a": [1]})
        assert socket.receive_json() == {"a": [1]}
        assert socket.close_code is None
    assert (socket.close_code, socket.close_reason) == (1000, "")


def test_the_handshake_brings_what_the_client_brings(live):
    def handler(socket, room):
        request = socket.request
        socket.accept(headers={"X-Room": room})
        socket.send_json([request.headers["X-A"], dict(request.cookies)])
        socket.send_json([request.GET["as"], request.url])

    client = live(handler, subprotocols=["chat.v2", "chat"])
    client.cookies.set("user", "ada")
    options = {"headers": {"X-A": "b"}, "params": {"as": "c"}, "subprotocols": ["chat"]}
    with client.websocket("wss://shop.example/ws/blue", **options) as socket:
        assert socket.subprotocol == "chat"
        assert socket.headers["X-Room"] == "blue"
        assert socket.receive_json() == ["b", {"user": "ada"}]
        assert socket.receive_json() == ["c", "https://shop.example/ws/blue?as=c"]


def test_the_handlers_end_is_seen(live):
    def handler(socket, room):
        socket.send("last")
        socket.close(4001, "Enough")

    with live(handler).websocket("/ws/blue") as socket:
        assert [*socket] == ["last"]
        assert (socket.close_code, socket.close_reason) == (4001, "Enough")
        with pytest.raises(ConnectionClosed, match="4001 Enough"):
            socket.send("more")


def test_the_clients_end_is_seen_after_what_it_said(live):
    seen = []

    def handler(socket, room):
        seen.extend([*socket, socket.close_code, socket.close_reason, socket.is_open])

    with live(handler).websocket("/ws/blue") as socket:
        socket.send("last")
        socket.close(4000, "Bye")
    assert seen == ["last", 4000, "Bye", False]


def test_a_handler_that_fails_closes_with_1011(live, caplog):
    def handler(socket, room):
        socket.receive()
        raise LookupError(room)

    with live(handler).websocket("/ws/blue") as socket:
        socket.send("go")
        with pytest.raises(ConnectionClosed) as caught:
            socket.receive()
    assert caught.value.code == 1011
    assert "LookupError: blue" in caplog.text


def test_a_message_that_is_too_long_closes_with_1009(live):
    with live(echo, max_message_bytes=3).websocket("/ws/blue") as socket:
        socket.send("\u00e9\u00e9")
        assert [*socket] == []
    assert socket.close_code == 1009


def test_a_refusal_is_raised_with_its_answer(live):
    def handler(socket, room):
        raise ResponseError("Say who you are", 401)

    with (
        pytest.raises(HandshakeRefused, match="401 Unauthorized") as caught,
        live(handler).websocket("/ws/blue"),
    ):
        pytest.fail("It is refused")
    assert caught.value.response.json() == {"message": "Say who you are"}


def test_pages_of_other_sites_and_paths_without_a_websocket_are_refused(live):
    client = live(echo)
    asked = {
        403: client.websocket("/ws/blue", headers={"Origin": "https://evil.example"}),
        404: client.websocket("/other"),
    }
    for status, socket in asked.items():
        with pytest.raises(HandshakeRefused) as caught, socket:
            pytest.fail("It is refused")
        assert caught.value.response.status_code == status
    assert client.get("/ws/blue").status_code == 426


def test_what_the_app_raises_before_it_accepts_is_raised_in_the_test(app):
    app.websocket("/ws")(lambda socket: 1 / 0)
    with pytest.raises(ZeroDivisionError), TestClient(app).websocket("/ws"):
        pytest.fail("It has failed")
    quiet = TestClient(app, raise_app_exceptions=False).websocket("/ws")
    with pytest.raises(HandshakeRefused, match="500"), quiet:
        pytest.fail("It has failed")


def test_what_a_middleware_raises_after_the_end_is_raised_on_leaving(app):
    class Failing(Middleware):
        def process_response(self, request, response):
            raise LookupError(response.status)

    app.websocket("/ws")(lambda socket: socket.send("hi"))
    app.add_middleware(Failing)
    with (
        pytest.raises(LookupError, match="101"),
        TestClient(app).websocket("/ws") as socket,
    ):
        assert socket.receive() == "hi"


def test_waiting_has_an_end(live):
    done = Flag()

    def handler(socket, room):
        if room == "late":
            done.wait(30)
        for _ in socket:
            pass
        done.wait(30)

    client = live(handler)
    with pytest.raises(TimeoutError), client.websocket("/ws/late", wait=0.01):
        pytest.fail("It is never accepted")
    with (
        pytest.raises(TimeoutError, match="goes on"),
        client.websocket("/ws/blue", wait=0.05),
    ):
        pass
    done.set()


def test_a_client_waits_for_messages_only_so_long(live):
    with live(echo).websocket("/ws/blue", wait=0.01) as socket:
        with pytest.raises(TimeoutError):
            socket.receive()
        with pytest.raises(TimeoutError):
            socket.receive(timeout=0)


def test_a_handler_waits_for_messages_only_so_long(live):
    def handler(socket, room):
        with pytest.raises(TimeoutError):
            socket.receive(timeout=0.01)
        socket.send("late")

    with live(handler).websocket("/ws/blue") as socket:
        assert socket.receive() == "late"


def test_who_never_reads_is_cut():
    app = Roob()

    def flood(socket):
        while True:
            socket.send("more")

    app.add_route("/ws", WebSocketEndpoint(flood, send_timeout=0.05), ["GET"])
    with TestClient(app).websocket("/ws") as socket:
        assert len([*_after_the_end(socket)]) == 1000
    assert socket.close_code == 1006


def _after_the_end(socket):
    deadline = monotonic() + 10
    while socket.close_code is None and monotonic() < deadline:
        sleep(0.01)
    return socket


@pytest.mark.parametrize("is_sending", [False, True])
def test_a_server_that_stops_ends_it_with_1001(live, is_sending):
    accepted, stopped = Flag(), Flag()

    def handler(socket, room):
        socket.accept()
        accepted.set()
        if is_sending:
            stopped.wait(10)
            socket.is_open  # noqa: B018 - a look is all that it takes
        else:
            socket.receive()

    with live(handler).websocket("/ws/blue") as socket:
        assert accepted.wait(10)
        assert close_all() >= 1
        stopped.set()
        assert [*socket] == []
    assert socket.close_code == 1001


def test_only_what_can_be_said_is_sent(live):
    with live(echo).websocket("/ws/blue") as socket:
        with pytest.raises(TypeError, match="send_json"):
            socket.send(5)
        with pytest.raises(ValueError, match="no code"):
            socket.close(1006)


@pytest.fixture
def changes(app):
    changes = Broadcast()
    app.add_route("/changes", lambda request: EventStream(changes.subscribe()))
    return changes


def test_a_stream_comes_piece_by_piece_and_is_closed_with_its_answer(client, changes):
    with client.stream("GET", "/changes") as answer:
        lines = answer.iter_lines()
        assert next(lines) == ": open"
        changes.publish(Event("7 left", id=1))
        assert [next(lines) for _ in range(3)] == ["", "id: 1", "data: 7 left"]
        assert len(changes) == 1
    assert len(changes) == 0


def test_a_stream_that_is_silent_ends_as_a_servers_would(client, changes):
    with (
        pytest.raises(httpx.ReadTimeout, match="silent"),
        client.stream("GET", "/changes", timeout=0.1) as answer,
    ):
        answer.read()
    assert len(changes) == 0


def test_a_stream_that_has_an_end_is_read_whole(client, changes):
    changes.close()
    assert client.get("/changes").text == ": open\n\n"
