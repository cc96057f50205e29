import parse
import pytest
from roob import Roob, Router
from roob.websockets.endpoint import WebSocketEndpoint
from roob.websockets.transport import Limits


@pytest.fixture
def app():
    return Roob()


def test_a_group_puts_its_prefix_before_its_routes(app, call):
    api = app.group("/api")

    @api.route("/books/{number:d}", ["GET"])
    def book(request, number):
        return {"number": number}

    assert call(app, "/api/books/7").json() == {"number": 7}
    assert call(app, "/books/7").status == 404


@pytest.mark.parametrize("prefix", ["/api", "/api/"])
def test_the_root_of_a_group_is_its_prefix(app, call, prefix):
    app.group(prefix).add_route("/", lambda request: "root")
    assert call(app, "/api").body == call(app, "/api/").body == b"root"


def test_groups_nest(app, call):
    app.group("/api").group("/v1").add_route("/x", lambda request: "nested")
    assert call(app, "/api/v1/x").body == b"nested"


def test_a_groups_prefix_may_have_fields(app, call):
    shop = app.group("/shops/{shop:d}")
    shop.add_route("/items/{item}", lambda request, shop, item: [shop, item])
    assert call(app, "/shops/7/items/pen").json() == [7, "pen"]
    assert call(app, "/shops/x/items/pen").status == 404


def test_a_field_of_the_prefix_cannot_be_named_again(app):
    with pytest.raises(ValueError, match="'shop' twice"):
        app.group("/shops/{shop:d}").add_route("/{shop}", print)


@pytest.mark.parametrize("prefix", ["", "api", "api/"])
def test_a_prefix_without_a_leading_slash_is_refused(app, prefix):
    with pytest.raises(ValueError, match="must start with a slash"):
        app.group(prefix)


@pytest.mark.parametrize("path", ["", "books", None, 5])
def test_a_path_without_a_leading_slash_is_refused_in_groups_too(app, path):
    with pytest.raises(ValueError, match="slash"):
        app.group("/api").add_route(path, print)
    with pytest.raises(ValueError, match="slash"):
        app.add_route(path, print)


def test_a_group_and_its_app_share_one_table(app):
    app.group("/api").add_route("/x", print)
    with pytest.raises(RuntimeError, match="Path: /api/x already bind"):
        app.add_route("/api/x", print)


def test_a_group_and_its_app_share_names_and_converters(app, call):
    @parse.with_pattern("[0-9a-f]+")
    def read_hex(text):
        return int(text, 16)

    api = app.group("/api")
    app.add_converter("hex", read_hex)
    api.add_route("/{n:hex}", lambda request, n: [n], name="number")
    assert call(app, "/api/ff").json() == [255]
    assert app.url_for("number", n="ff") == "/api/ff"


def test_the_decorator_returns_the_handler_unchanged_and_stacks(app, call):
    def handler(request):
        return request.path

    decorated = app.route("/a", ["GET"])(
        app.route("/b", allowed_methods=["GET"])(handler)
    )
    assert decorated is handler
    assert call(app, "/a").body == b"/a"
    assert call(app, "/b").body == b"/b"


def test_a_route_may_have_a_limit_of_its_own(app, call):
    app.add_route("/small", lambda r: str(len(r.body)), max_body_bytes=10)
    app.add_route("/large", lambda r: str(len(r.body)), max_body_bytes=3 * 2**20)
    app.group("/g").add_route("/s", lambda r: str(len(r.body)), max_body_bytes=10)
    body = b"x" * 2 * 2**20
    assert call(app, "/small", "POST", b"x" * 11).status == 413
    assert call(app, "/g/s", "POST", b"x" * 11).status == 413
    assert call(app, "/small", "POST", b"x" * 10).body == b"10"
    assert call(app, "/large", "POST", body).body == str(len(body)).encode()


def test_add_route_gives_the_route(app):
    made = app.group("/api").add_route("/x", print, ["GET"])
    assert made is app.routing_manager.routes[-1]
    assert made.path == "/api/x"


def test_methods_are_another_word_for_allowed_methods(app, call):
    app.route("/x", methods=["GET"])(lambda request: "x")
    assert call(app, "/x", "POST").status == 405


def test_a_websocket_is_a_route_whose_handler_is_the_function(app):
    @app.group("/live").websocket(
        "/{room}",
        name="room",
        origins=["https://a.test"],
        subprotocols=["chat"],
        max_message_bytes=5,
        ping_interval=None,
        send_timeout=1.5,
        max_connections=9,
    )
    def talk(socket, room): ...

    made = app.routing_manager.routes[-1]
    assert (made.path, made.handler, made.name) == ("/live/{room}", talk, "room")
    assert made.allowed_methods == {"GET"}
    endpoint = made.call
    assert type(endpoint) is WebSocketEndpoint
    assert endpoint.handler is talk
    assert endpoint.origins == ("https://a.test",)
    assert endpoint.subprotocols == ("chat",)
    assert endpoint.limits == Limits(5, None, 1.5)
    assert endpoint.max_connections == 9


def test_a_websockets_route_tells_a_plain_request_to_upgrade(app, call):
    router = Router()
    for each in (app, router):
        each.websocket("/ws")(lambda socket: None)
    for each in (app, router.wsgi()):
        answer = call(each, "/ws")
        assert answer.status == 426
        assert answer.header("Upgrade") == "websocket"
        assert call(each, "/ws", "POST").status == 405


def test_a_websocket_is_removed_by_its_function(app, call):
    @app.websocket("/ws")
    def talk(socket): ...

    app.remove(talk)
    assert call(app, "/ws").status == 404
