import pytest

VIEWS = """\
from roob import Roob
from roob.collection import Collection
from roob.views import add_views

class Comments(Collection):
    def list(self): return {{}}

app = Roob()
Comments.register(app, "/posts/{{post:d}}/comments", "comments")
add_views(app, "{package}")
"""
FRED = """\
print("loud")
from roob.collection import Collection

class FredCollection(Collection):
    def list(self): return {}
    def update(self, id): return {}
    def get_stats(self): return {}
"""


@pytest.fixture
def house(written, package):
    """``house({"fred": text}) -> "shop_7:app"``: an app with those views."""
    return lambda modules: f"{written(VIEWS.format(package=package(modules)))}:app"


def test_the_table_is_listed_in_its_order_with_the_handlers_places(roob, shop):
    result = roob("routes")
    assert result.exit_code == 0
    rows = [line.split("  ") for line in result.output.splitlines()]
    found = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert found[0][:2] == ["GET", "/static/{path:path}"]
    assert found[1][:3] == ["GET", "/books/{book_id:d}", "get_book"]
    assert found[1][3].startswith(f"{shop}.py:")
    assert [row[1] for row in found[2:]] == ["/books", "/echo", "/seen", "/crash"]


def test_the_columns_are_below_one_another(roob, shop):
    lines = roob("routes").output.splitlines()
    assert len({line.index("/") for line in lines}) == 1


def test_an_app_that_is_no_roob_app_has_none(roob, shop):
    result = roob("routes", "--app", f"{shop}:plain")
    assert result.exit_code == 1
    assert "function is no Roob application" in result.output


def test_a_table_in_colours_says_the_same(roob, shop, monkeypatch):
    plain = roob("routes").output
    monkeypatch.setattr("roob.cli.terminal.has_colours", lambda: True)
    coloured = roob("routes", color=True).output
    assert "\x1b[" in coloured
    assert plain.split()[1] in coloured


def cells(result):
    rows = [line.split("  ") for line in result.stdout.splitlines()]
    return [[cell.strip() for cell in row if cell.strip()] for row in rows]


def test_collections_are_listed_by_what_they_answer(roob, house):
    result = roob("routes", "--app", house({"fred": FRED}))
    rows = cells(result)[1:]
    assert [row[:3] for row in rows] == [
        ["GET", "/posts/{post:d}/comments/", "Comments.list"],
        ["GET", "/fred/", "FredCollection.list"],
        ["PATCH, PUT", "/fred/{id}", "FredCollection.update"],
        ["GET", "/fred/;stats", "FredCollection.get_stats"],
    ]
    assert rows[1][3].endswith("/fred.py:5")
    assert result.stderr == "loud\n"


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("\n1 / 0\n", "ZeroDivisionError: division by zero", 2),
        ("\n\nx = = 1\n", "SyntaxError: invalid syntax", 3),
    ],
)
def test_a_view_that_cannot_be_imported_is_a_line(roob, house, text, reason, line):
    result = roob("routes", "--app", house({"broken": text, "fred": FRED}))
    assert result.exit_code == 0
    path, words, place = cells(result)[2]
    assert path == "/broken/"
    assert words.startswith(f"✗ {reason}")
    assert place.endswith(f"/broken.py:{line}")
    assert cells(result)[3][1] == "/fred/"


def test_a_module_without_a_collection_is_a_line_too(roob, house):
    shown = cells(roob("routes", "--app", house({"empty": ""})))
    assert "has to define one collection; it has none" in shown[2][1]


def test_without_views_their_routes_are_listed_as_they_are(roob, house):
    assert cells(roob("routes", "--app", house({})))[2][1] == "/{view:view}"


HOSTS = """\
from roob import Router, route

class Users:
    @route("/users", methods=["GET"], host="{tenant}.test")
    def users(self, request, args): return args

router = Router()
router.add(Users())
app = router.wsgi()
"""


def test_a_routers_routes_are_listed_with_their_hosts(roob, written):
    (row,) = cells(roob("routes", "--app", f"{written(HOSTS)}:app"))
    assert row[:3] == ["GET", "{tenant}.test/users", "Users.users"]
    assert row[3].endswith(".py:4")


def test_websockets_are_listed_as_such(roob, written):
    name = written("""\
from roob import Roob
app = Roob()
@app.websocket("/ws")
def chat(socket): pass
""")
    assert cells(roob("routes", "--app", f"{name}:app"))[1][:3] == ["WS", "/ws", "chat"]


GATEWAY = """\
from roob import Roob, Router
from roob.gateway import Gateway, RouterHandler, WsgiGateway
one, other = Router(), Roob()
one.add("/one/{name}", lambda request, args: args, methods=["GET"])
other.add_route("/one/exact", lambda request: {}, ["GET"])
other.add_route("/other", lambda request: {}, ["GET"])
def nothing(chain, context, response): pass
app = WsgiGateway(Gateway([nothing, RouterHandler(one), RouterHandler(other)]))
bare = WsgiGateway(Gateway([nothing]))
"""


def test_the_routers_in_a_gateway_are_listed(roob, written):
    name = written(GATEWAY)
    paths = [row[1] for row in cells(roob("routes", "--app", f"{name}:app"))]
    assert paths == ["/one/{name}", "/static/{path:path}", "/one/exact", "/other"]
    result = roob("routes", "--app", f"{name}:bare")
    assert result.exit_code == 1
    assert "WsgiGateway is no Roob application" in result.output


def test_a_gateway_is_traced_by_its_handlers(roob, written):
    result = roob("trace", "/x", "--app", f"{written(GATEWAY)}:bare", "--runs", "1")
    shown = [line.split()[:2] for line in result.output.splitlines()[2:]]
    assert shown[1:3] == [["gateway", "GET"], ["gateway", "nothing"]]
    assert "call " not in result.output
