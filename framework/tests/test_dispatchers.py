from functools import partial, partialmethod

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


class Calling:
    def get(self, request, args):
        return f"got {args}"

    def post(self, request, args):
        return self.get(request, args)


def test_a_verb_may_call_another_as_it_was_written(manager):
    manager.register("/{n:d}", Calling)
    assert ask(manager, "/7", "POST") == "got {'n': 7}"


def test_no_class_is_made_of_a_class(manager):
    class Final:
        def __init_subclass__(cls):
            raise TypeError("there is no kind of this")

        def get(self, request, args):
            return type(self).__name__

    manager.register("/x", Final)
    assert ask(manager, "/x") == "Final"


def test_each_verb_is_dispatched_once(manager):
    asked = []

    def counting(handler):
        asked.append(handler.__name__)
        return plain(handler)

    manager.register("/{n:d}", Calling, dispatcher=counting)
    assert sorted(asked) == ["get", "post"]
    ask(manager, "/7")
    ask(manager, "/7", "POST")
    assert len(asked) == 2


def test_a_verb_may_be_any_kind_of_attribute(manager):
    class Odd:
        get = Greeter()
        put = partialmethod(lambda self, word, request, args: f"{word} {args}", "Hi")

    manager.register("/{n:d}", Odd)
    assert ask(manager, "/7") == "called {'n': 7}"
    assert ask(manager, "/7", "PUT") == "Hi {'n': 7}"


class Named:
    def __call__(self, request, **parameters):
        return str(parameters)

    def bound(self, request, **parameters):
        return str(parameters)

    def get(self, request, **parameters):
        return str(parameters)


@pytest.mark.parametrize(
    ("handler", "name"),
    [(lambda request, **parameters: "", "request"), (lambda req, **_: "", "req"),
     (Named(), "request"), (Named(), "self"), (Named().bound, "self"),
     (Named().bound, "request"), (Named, "self"), (Named, "request"),
     (partial(lambda a, request, **_: "", 5), "request")],
)  # fmt: skip
def test_a_field_may_not_be_named_as_what_is_given_by_position(handler, name):
    for path, host in ((f"/x/{{{name}}}", None), ("/", f"{{{name}}}.com")):
        with pytest.raises(TypeError, match=f"{name!r}"):
            RouteManager().register(path, handler, host=host)


def test_where_nothing_is_in_its_way_a_field_may_have_any_name():
    def show(req, /, request):
        return request

    manager = RouteManager()
    manager.register("/a/{request}", show)
    manager.register("/b/{request}", lambda _, **parameters: str(parameters))
    manager.register("/c/{self}", lambda *_, **parameters: str(parameters))
    assert ask(manager, "/a/x") == "x"
    assert ask(manager, "/b/x") == "{'request': 'x'}"
    assert ask(manager, "/c/x") == "{'self': 'x'}"
