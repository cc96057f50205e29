"""A websocket's handler between its chain and a connection that is only pretended."""

import logging
from wsgiref.validate import validator

import pytest
from roob import Roob
from roob.exceptions import BadRequest, ResponseError
from roob.middlewares import ErrorHandlerMiddleware, Middleware
from roob.models.connections import open_connections
from roob.models.responses import JSONResponse
from roob.websockets.closing import Closing, ConnectionClosed
from roob.websockets.endpoint import WebSocketEndpoint
from roob.websockets.transport import Limits, open_transport

BYE = Closing(1001, "bye")


class FakeTransport:
    """A client that says what it was given to say, and then closes."""

    def __init__(self, *said, closing=BYE):
        self.said = list(said)
        self.sent = []
        self.accepted = None
        self.closing = None
        self.at_last = closing
        self.timeouts = []

    def __call__(self, limits):
        self.limits = limits
        return self

    def accept(self, subprotocol, headers):
        if self.at_last is None:
            raise ConnectionClosed(1006)
        self.accepted = subprotocol, list(headers)

    def receive(self, timeout):
        self.timeouts.append(timeout)
        if self.closing is None and self.said:
            return self.said.pop(0)
        self.closing = self.closing or self.at_last
        raise ConnectionClosed(*self.closing)

    def send(self, message):
        if self.closing is not None:
            raise ConnectionClosed(*self.closing)
        self.sent.append(message)

    def close(self, closing):
        self.closing = self.closing or closing

    def is_open(self):
        return self.closing is None

    def go_away(self):
        self.closing = Closing(1001)


@pytest.fixture
def visit(call):
    """``visit(handler, transport)``: the answer that the chain of an app sees."""

    def visit(handler, transport, path="/ws", app=None, options=None, **changes):
        app = app or Roob()
        endpoint = WebSocketEndpoint(handler, **(options or {}))
        app.add_route(path, endpoint, ["GET"])
        return call(app, "/ws", **({"roob.websocket": transport} | changes))

    return visit


def echo(socket):
    for message in socket:
        socket.send(message)


def test_messages_go_in_and_out_until_the_client_closes(visit):
    transport = FakeTransport("a", b"b")
    answer = visit(echo, transport)
    assert transport.sent == ["a", b"b"]
    assert transport.accepted == (None, [])
    assert (answer.line, answer.body) == ("101 Switching Protocols", b"")


def test_the_answer_passes_the_standard_librarys_validator(environ, serve):
    app, transport = Roob(), FakeTransport("a")
    app.add_route("/ws", WebSocketEndpoint(echo), ["GET"])
    asked = environ("/ws", **{"roob.websocket": transport})
    del asked["CONTENT_LENGTH"]
    assert serve(validator(app), asked).status == 101
    assert transport.sent == ["a"]


def test_the_handler_reads_how_it_ended(visit):
    seen = []

    def handler(socket):
        seen.append((socket.is_accepted, socket.close_code, socket.is_open))
        list(socket)
        seen.append((socket.close_code, socket.close_reason, socket.is_open))

    visit(handler, FakeTransport())
    assert seen == [(False, None, True), (1001, "bye", False)]


def test_the_request_and_the_paths_fields_are_there(visit, call):
    app, transport = Roob(), FakeTransport()

    def handler(socket, room):
        socket.send(f"{room} {socket.request.GET['as']} {socket.request.id}")

    app.add_route("/rooms/{room}", WebSocketEndpoint(handler), ["GET"])
    changes = {"roob.websocket": transport, "HTTP_X_REQUEST_ID": "r1"}
    call(app, "/rooms/blue", QUERY_STRING="as=ada", **changes)
    assert transport.sent == ["blue ada r1"]


def test_a_handler_that_returns_closes_normally(visit):
    transport = FakeTransport()
    visit(lambda socket: None, transport)
    assert transport.accepted is not None
    assert transport.closing == (1000, "")


@pytest.mark.parametrize("returned", [({"message": "No"}, 403), JSONResponse({}, 403)])
def test_an_answer_instead_of_accepting_is_the_refusal(visit, returned):
    transport = FakeTransport()
    assert visit(lambda socket: returned, transport).status == 403
    assert transport.accepted is None


def test_what_a_handler_returns_after_accepting_means_nothing(visit):
    transport = FakeTransport("a")
    assert visit(lambda socket: socket.receive(), transport).status == 101


def test_an_error_before_accepting_is_an_answer_like_any_routes(visit):
    def handler(socket):
        raise ResponseError("Not here", 404, {"X-Why": "gone"})

    transport = FakeTransport()
    answer = visit(handler, transport)
    assert (answer.status, answer.json()) == (404, {"message": "Not here"})
    assert transport.accepted is None


def test_a_crash_before_accepting_is_a_500_by_the_error_middleware(visit):
    app = Roob()
    app.add_middleware(ErrorHandlerMiddleware)
    answer = visit(lambda socket: 1 / 0, FakeTransport(), app=app)
    assert answer.status == 500


def failing(error):
    def fail(socket):
        socket.accept()
        raise error

    return fail


def test_a_crash_is_logged_and_closes_with_1011(visit, caplog):
    transport = FakeTransport()
    with caplog.at_level(logging.ERROR, "roob.websockets"):
        answer = visit(failing(ZeroDivisionError("secret")), transport)
    assert answer.status == 101
    assert transport.closing == (1011, "Internal error")
    (record,) = caplog.records
    assert record.exc_info[0] is ZeroDivisionError
    assert "fail" in record.getMessage()


def test_an_error_with_a_status_of_the_clients_closes_with_1008(visit, caplog):
    transport = FakeTransport()
    visit(failing(BadRequest("é" * 100)), transport)
    assert transport.closing.code == 1008
    assert transport.closing.reason == "é" * 61
    assert caplog.records == []


def test_an_error_with_a_status_of_the_servers_closes_with_1011(visit):
    transport = FakeTransport()
    visit(failing(ResponseError("Down", 503)), transport)
    assert transport.closing.code == 1011


def test_sending_to_a_client_that_has_left_is_no_error(visit, caplog):
    def handler(socket):
        list(socket)
        socket.send("late")

    assert visit(handler, FakeTransport("a")).status == 101
    assert caplog.records == []


def test_a_client_that_leaves_before_it_is_accepted_is_no_error(visit, caplog):
    assert visit(echo, FakeTransport(closing=None)).status == 101
    assert caplog.records == []


def test_middlewares_see_the_handshake_and_may_refuse_it(visit):
    class Refuse(Middleware):
        def process_request(self, request):
            return JSONResponse({"message": "Who?"}, 401)

    app, transport = Roob(), FakeTransport()
    app.add_middleware(Refuse)
    assert visit(echo, transport, app=app).status == 401
    assert transport.accepted is None


def test_a_mounted_apps_websocket_is_one_too(call):
    inner, outer, transport = Roob(), Roob(), FakeTransport("a")
    inner.add_route("/ws", WebSocketEndpoint(echo), ["GET"])
    outer.mount("/inner", inner)
    answer = call(outer, "/inner/ws", **{"roob.websocket": transport})
    assert (answer.status, transport.sent) == (101, ["a"])


def test_a_page_of_another_site_is_refused_before_the_handler_runs(visit):
    transport = FakeTransport()
    answer = visit(echo, transport, HTTP_ORIGIN="https://evil.example")
    assert answer.status == 403
    assert transport.accepted is None
    allowed = {"origins": ["https://evil.example"]}
    answer = visit(echo, transport, options=allowed, HTTP_ORIGIN="https://evil.example")
    assert answer.status == 101


@pytest.mark.parametrize(
    "origin",
    [
        "shop.example",
        "https://shop.example/",
        "https://shop.example/page",
        "https://",
        "https://shop.example:",
        "https://*.example",
        "https://bücher.example",
        "null",
        "",
    ],
)
def test_an_origin_that_no_browser_would_send_is_refused_at_once(origin):
    with pytest.raises(ValueError, match=r"scheme://host\[:port\]"):
        WebSocketEndpoint(echo, origins=["https://fine.example", origin])


@pytest.mark.parametrize(
    ("listed", "sent"),
    [
        ("https://shop.example:443", "https://shop.example"),
        ("HTTP://Shop.Example:80", "http://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("chrome-extension://abc", "chrome-extension://abc"),
        ("*", "null"),
    ],
)
def test_a_listed_origin_is_the_one_that_browsers_send(visit, listed, sent):
    options = {"origins": [listed]}
    answer = visit(echo, FakeTransport(), options=options, HTTP_ORIGIN=sent)
    assert answer.status == 101


def test_beyond_its_connections_an_endpoint_answers_503_before_it_accepts(call):
    app, second, answers = Roob(), FakeTransport(), []

    def visit_while_the_first_is_there(socket):
        socket.accept()
        answers.append(call(app, "/ws", **{"roob.websocket": second}))

    endpoint = WebSocketEndpoint(visit_while_the_first_is_there, max_connections=1)
    app.add_route("/ws", endpoint, ["GET"])
    for _ in range(2):  # the seat is free again after the first
        first = FakeTransport()
        assert call(app, "/ws", **{"roob.websocket": first}).status == 101
    assert [answer.status for answer in answers] == [503, 503]
    assert answers[0].header("Retry-After") == "5"
    assert second.accepted is None


def test_the_limits_reach_the_connection(visit):
    transport = FakeTransport()
    options = {"max_message_bytes": 10, "ping_interval": None, "send_timeout": 1.5}
    visit(echo, transport, options=options)
    assert transport.limits == Limits(10, None, 1.5)


def test_the_connection_is_registered_while_it_is_served(visit):
    transport, seen = FakeTransport(), []
    visit(lambda socket: seen.append(transport in open_connections._open), transport)
    assert seen == [True]
    assert transport not in open_connections._open


def test_subprotocols_by_the_endpoints_order_or_by_the_handlers_choice(visit):
    offers = {"HTTP_SEC_WEBSOCKET_PROTOCOL": "a, b"}
    transport = FakeTransport()
    visit(echo, transport, options={"subprotocols": ["b", "a"]}, **offers)
    assert transport.accepted == ("b", [])
    chosen = FakeTransport()
    visit(lambda s: s.accept("a", {"X-Y": "z"}), chosen, **offers)
    assert chosen.accepted == ("a", [("X-Y", "z")])


@pytest.mark.parametrize(
    ("misuse", "error"),
    [
        (lambda s: s.accept("never offered"), ValueError),
        (lambda s: s.accept(headers={"X": "a\r\nb"}), ValueError),
        (lambda s: (s.accept(), s.accept()), RuntimeError),
        (lambda s: s.send({"a": 1}), TypeError),
        (lambda s: s.send("\ud800"), UnicodeEncodeError),
        (lambda s: s.close(1005), ValueError),
        (lambda s: s.close(999), ValueError),
        (lambda s: s.close(1000, "x" * 124), ValueError),
    ],
)
def test_misuse_says_what_is_wrong(visit, misuse, error):
    caught = []

    def handler(socket):
        with pytest.raises(error) as info:
            misuse(socket)
        caught.append(str(info.value))

    visit(handler, FakeTransport())
    assert len(caught) == 1


def test_json_goes_in_and_out(visit):
    def handler(socket):
        socket.send_json({"got": socket.receive_json(timeout=3)})
        socket.send_json({"got": socket.receive_json()})

    transport = FakeTransport('{"a": "é"}', b"[1]")
    visit(handler, transport)
    assert transport.sent == ['{"got":{"a":"é"}}', '{"got":[1]}']
    assert transport.timeouts == [3, None]


def test_what_is_no_json_says_where(visit):
    transport = FakeTransport("{")
    visit(lambda socket: socket.receive_json(), transport)
    assert transport.closing.code == 1008
    assert "not valid JSON" in transport.closing.reason


def test_the_endpoint_is_called_by_its_handlers_name():
    endpoint = WebSocketEndpoint(echo)
    assert endpoint.__name__ == "echo"
    app = Roob()
    app.add_route("/echo", endpoint, ["GET"])
    assert app.url_for("echo") == "/echo"


@pytest.mark.parametrize("option", ["origins", "subprotocols"])
def test_a_text_where_a_list_belongs_is_refused(option):
    with pytest.raises(TypeError, match=rf"{option} is the text 'x': give a list"):
        WebSocketEndpoint(echo, **{option: "x"})


def test_a_server_that_cannot_is_a_501_that_says_which_can(call):
    app = Roob()
    app.add_route("/ws", WebSocketEndpoint(echo), ["GET"])
    asked = {
        "HTTP_UPGRADE": "websocket",
        "HTTP_CONNECTION": "Upgrade",
        "HTTP_SEC_WEBSOCKET_VERSION": "13",
        "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    answer = call(app, "/ws", **asked)
    assert answer.status == 501
    assert "gunicorn" in answer.json()["message"]


def test_a_worker_of_one_thread_is_a_501_that_says_which_can(environ):
    asked = {"gunicorn.socket": object(), "wsgi.multithread": False}
    with pytest.raises(ResponseError, match="-k gthread") as caught:
        open_transport(environ("/", **asked), Limits())
    assert caught.value.status.startswith("501")


def test_without_wsproto_a_501_says_what_to_install(environ, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("roob.websockets.transport.importlib.import_module", missing)
    with pytest.raises(ResponseError, match=r"roob\[websockets\]") as caught:
        open_transport(environ("/", **{"gunicorn.socket": object()}), Limits())
    assert caught.value.status.startswith("501")


def test_a_handler_of_requests_is_refused():
    class Typed:
        is_dispatched = True

        def __call__(self, request): ...

    with pytest.raises(TypeError, match="is for requests"):
        WebSocketEndpoint(Typed())
