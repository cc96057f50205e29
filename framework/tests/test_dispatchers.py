from functools import partial

import pytest
from roob import Roob
from roob.dispatchers import keyword, plain
from roob.models.requests import Request
from roob.routing_manager import RouteManager


def ask(manager, path, method="GET"):
    return manager.dispatch(Request.blank(path, method=method)).text


def greet(request, args, greeting="Hello"):
    return f"{greeting} {args}"


class Greeter:
    def __call__(self, request, args):
        return f"called {args}"

    def greet(self, request, args):
        return f"bound {args}"


@pytest.fixture
def manager():
    return RouteManager(dispatcher=plain)


@pytest.mark.parametrize(
    ("handler", "expected"),
    [(greet, "Hello {'name': 'Ada'}"), (Greeter(), "called {'name': 'Ada'}"),
     (Greeter().greet, "bound {'name': 'Ada'}"),
     (partial(greet, greeting="Hi"), "Hi {'name': 'Ada'}"),
     (lambda _, args: str(args), "{'name': 'Ada'}")],
)  # fmt: skip
def test_plain_gives_a_handler_its_parameters_as_a_dictionary(
    manager, handler, expected
):
    manager.register("/{name}", handler)
    assert ask(manager, "/Ada") == expected


@pytest.mark.parametrize("field", ["request", "self", "handler", "args", "leading"])
def test_plain_takes_fields_of_any_name(manager, field):
    manager.register(f"/{{{field}}}", lambda request, args: args)
    assert ask(manager, "/x") == f'{{"{field}":"x"}}'


def test_what_is_registered_stays_the_users(manager):
    route = manager.register("/{name}", greet)
    assert route.handler is greet
    assert route.call is not greet
    assert route.call.__wrapped__ is greet
    assert route.name == "greet"


def test_a_dispatcher_is_asked_once_when_the_route_is_registered():
    asked = []

    def counting(handler):
        asked.append(handler)
        return handler

    manager = RouteManager(dispatcher=counting)
    manager.register("/x", print, ["POST"])
    manager.register("/y", lambda request: "y")
    assert [ask(manager, "/y"), ask(manager, "/y")] == ["y", "y"]
    assert asked[0] is print
    assert len(asked) == 2


def test_keyword_changes_nothing():
    class Books:
        def get(self, request): ...

    manager = RouteManager()
    assert keyword(greet) is greet
    assert manager.register("/x", greet).call is greet
    assert manager.register("/y", Books).call is Books


def test_a_route_may_have_a_dispatcher_of_its_own(manager):
    manager.register("/k/{name}", lambda request, name: name, dispatcher=keyword)
    manager.register("/p/{name}", greet)
    assert ask(manager, "/k/Ada") == "Ada"
    assert ask(manager, "/p/Ada") == "Hello {'name': 'Ada'}"


class Verbs:
    def __init__(self):
        self.said = "said"

    def get(self, request, args):
        return f"{self.said} {args}"

    @staticmethod
    def post(request, args):
        return f"static {args}"

    @classmethod
    def put(cls, request, args):
        return f"{cls.__name__} {args}"


@pytest.mark.parametrize(
    ("method", "expected"),
    [("GET", "said {'n': 7}"), ("HEAD", ""), ("POST", "static {'n': 7}"),
     ("PUT", "Verbs {'n': 7}")],
)  # fmt: skip
def test_the_verbs_of_a_class_are_dispatched_each(manager, method, expected):
    route = manager.register("/{n:d}", Verbs)
    response = manager.dispatch(Request.blank("/7", method=method))
    if method != "HEAD":
        assert response.text == expected
    assert response.status_code == 200
    assert route.handler is Verbs
    assert issubclass(route.call, Verbs)


def test_a_class_whose_verbs_are_dispatched_is_still_made_once_per_request(manager):
    made = []

    class Counted:
        def __init__(self):
            made.append(self)

        def get(self, request, args):
            return "ok"

    manager.register("/x", Counted)
    assert made == []
    ask(manager, "/x")
    ask(manager, "/x")
    assert len(made) == 2


class Dispatched:
    is_dispatched = True

    def __call__(self, request, name):
        return f"by keyword {name}"


def test_what_has_been_dispatched_is_not_dispatched_again(manager):
    class Mixed:
        get = Dispatched()

        def post(self, request, args):
            return f"plain {args}"

    manager.register("/a/{name}", Dispatched())
    manager.register("/b/{name}", Mixed)
    assert ask(manager, "/a/x") == "by keyword x"
    assert ask(manager, "/b/x") == "by keyword x"
    assert ask(manager, "/b/x", "POST") == "plain {'name': 'x'}"


def test_a_route_says_more_than_what_its_handler_is_marked_with(manager):
    route = manager.register("/{name}", Dispatched(), dispatcher=lambda handler: greet)
    assert route.call is greet


def test_an_app_and_its_groups_have_dispatchers(call, tmp_path):
    (tmp_path / "a.txt").write_text("file")
    app = Roob(static_dir=tmp_path, dispatcher=plain)
    app.add_route("/{name}", greet)
    keywords = app.group("/k", dispatcher=keyword)
    keywords.add_route("/{name}", lambda request, name: name)
    keywords.group("/deep").add_route("/{name}", lambda request, name: name * 2)
    keywords.add_route("/p/{name}", greet, dispatcher=plain)

    assert call(app, "/Ada").body == b"Hello {'name': 'Ada'}"
    assert call(app, "/k/Ada").body == b"Ada"
    assert call(app, "/k/deep/Ada").body == b"AdaAda"
    assert call(app, "/k/p/Ada").body == b"Hello {'name': 'Ada'}"
    assert call(app, "/static/a.txt").body == b"file"


def test_what_is_mounted_is_called_the_same_in_every_app(call):
    inner = Roob()
    inner.add_route("/x/{n:d}", lambda request, n: [n])
    app = Roob(dispatcher=plain)
    app.mount("/in/{where}", inner)
    assert call(app, "/in/here/x/7").json() == [7]
