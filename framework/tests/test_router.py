import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import update_wrapper
from types import MethodType, ModuleType
from wsgiref.validate import validator

import pytest
from roob import Roob, Router, route
from roob.dispatchers import keyword
from roob.exceptions import BadRequest, ResponseError
from roob.middlewares import ErrorHandlerMiddleware
from roob.models.requests import Request
from roob.models.responses import TextResponse
from roob.trace.layers import roob_of


@pytest.fixture
def router():
    return Router()


def ask(router, path, method="GET", host="localhost"):
    request = Request.blank(path, method=method)
    request.environ["HTTP_HOST"] = host
    return router.dispatch(request)


def status(router, path, method="GET"):
    return ask(router, path, method).status_code


def addresses(router):
    return [route.address for route in router.routing_manager.routes]


class Users:
    """Routed methods, and one that is none of a request's business."""

    @route("/users", methods=["GET"])
    def all(self, request, args):
        return ["Ada"]

    @route("/users/{id:d}")
    @route("/people/{id:d}", methods=["GET"])
    def one(self, request, args):
        return args

    def helper(self, request, args):
        raise NotImplementedError


class Files:
    """A resource: its methods' names are the verbs."""

    def on_get(self, request, args):
        return f"read {args}"

    def on_put(self, request, args):
        return f"wrote {args}"

    def on_nothing(self):
        raise NotImplementedError


# -- @route


def test_route_leaves_the_function_as_it_is_and_registers_nothing(router):
    def user(request, args):
        return args

    assert route("/users/{id:d}")(user) is user
    assert user(None, {"id": 7}) == {"id": 7}
    assert status(router, "/users/7") == 404


def test_a_tagged_function_is_added_to_any_number_of_routers(router):
    @route("/x", methods=["GET"])
    def x(request, args):
        return "x"

    other = Router()
    router.add(x)
    other.add(x)
    assert ask(router, "/x").text == ask(other, "/x").text == "x"
    assert status(router, "/x", "POST") == 405


def test_tags_stack_and_the_nearest_is_registered_first(router):
    @route("/b", ["POST"], name="b")
    @route("/a", allowed_methods=["GET"])
    def handler(request, args):
        return request.path

    routes = router.add(handler)
    assert [(r.path, r.name) for r in routes] == [("/a", "handler"), ("/b", "b")]
    assert ask(router, "/a").text == "/a"
    assert ask(router, "/b", "POST").text == "/b"


def test_a_tag_says_whatever_a_route_may_be_given(router):
    @route("/x/{n:d}", host="{t}.test", name="it", max_body_bytes=5, dispatcher=keyword)
    def handler(request, n, t):
        return [n, t]

    (made,) = router.add(handler)
    assert (made.host, made.name, made.max_body_bytes) == ("{t}.test", "it", 5)
    assert ask(router, "/x/7", host="a.test").json == [7, "a"]


def test_what_add_is_told_is_said_of_all_tags(router):
    made = router.add(Users(), host="a.test", max_body_bytes=9)
    assert {(each.host, each.max_body_bytes) for each in made} == {("a.test", 9)}


def test_methods_that_are_a_generator_are_read_once():
    @route("/x", methods=(verb for verb in ["GET"]))
    def x(request, args):
        return "x"

    for router in (Router(), Router()):
        router.add(x)
        assert status(router, "/x", "POST") == 405


@pytest.mark.parametrize("methods", [[], "GET", ["FETCH"]])
def test_methods_that_make_no_sense_are_refused_when_they_are_added(router, methods):
    tagged = route("/x", methods=methods)(lambda request, args: "x")
    with pytest.raises(ValueError, match="Path: /x"):
        router.add(tagged)


def test_methods_by_both_names_are_refused(router):
    for decorate in (route, router.route, Roob().route):
        with pytest.raises(TypeError, match="give one of them"):
            decorate("/x", allowed_methods=["GET"], methods=["GET"])


def test_an_option_that_does_not_exist_is_refused_at_once(router):
    with pytest.raises(TypeError, match="nam"):
        route("/x", nam="y")
    with pytest.raises(TypeError, match="nam"):
        Router().add(Users(), nam="y")


@pytest.mark.parametrize("bearer", [Users().one, print, 5, object()])
def test_what_takes_no_attributes_cannot_bear_a_tag(bearer):
    with pytest.raises(TypeError, match=r"cannot bear @route"):
        route("/x")(bearer)


# -- add


def test_an_object_is_added_with_all_its_tagged_methods(router):
    routes = router.add(Users())
    assert [each.path for each in routes] == [
        "/users",
        "/people/{id:d}",
        "/users/{id:d}",
    ]
    assert ask(router, "/users").json == ["Ada"]
    assert ask(router, "/users/7").json == ask(router, "/people/7").json == {"id": 7}
    assert status(router, "/users", "POST") == 405


def test_methods_of_bases_come_with_the_object_and_what_overrides_them_counts(router):
    class More(Users):
        @route("/more")
        def more(self, request, args):
            return "more"

        def all(self, request, args):  # overridden, and no longer routed
            return []

        @route("/one")
        def one(self, request, args):
            return "another"

    routes = router.add(More())
    assert [each.path for each in routes] == ["/one", "/more"]
    assert ask(router, "/one").text == "another"


def test_methods_without_an_object_and_functions_of_an_object_are_added_too(router):
    class Odd:
        @staticmethod
        @route("/static")
        def static(request, args):
            return "static"

        @route("/outer")
        @staticmethod
        def outer(request, args):
            return "outer"

        @classmethod
        @route("/class")
        def kind(cls, request, args):
            return cls.__name__

        def __init__(self):
            self.own = route("/own")(lambda request, args: "own")

        @property
        def trap(self):
            raise AssertionError("nobody may look")

    router.add(Odd())
    for path in ("/static", "/outer", "/own"):
        assert ask(router, path).text == path[1:]
    assert ask(router, "/class").text == "Odd"


class Wrapper:
    """A decorator that is an object, which binds as a method."""

    is_dispatched = True

    def __init__(self, function):
        update_wrapper(self, function)

    def __call__(self, *leading, **parameters):
        return ["wrapped", self.__wrapped__(*leading, **parameters)]

    def __get__(self, instance, owner):
        return self if instance is None else MethodType(self, instance)


def test_a_wrapped_handler_is_added_once_wherever_its_tag_stands(router):
    @Wrapper
    @route("/inside/{n:d}")
    def inside(request, n):
        return n

    @route("/outside/{n:d}")
    @Wrapper
    def outside(request, n):
        return n

    class Numbers:
        @Wrapper
        @route("/one/{n:d}")
        def one(self, request, n):
            return n

        @route("/two/{n:d}")
        @Wrapper
        def two(self, request, n):
            return n

    numbers = Numbers()
    router.add([inside, outside, numbers])
    for path in ("/inside/7", "/outside/7", "/one/7", "/two/7"):
        assert ask(router, path).json == ["wrapped", 7]
    router.remove([inside, outside, numbers])
    assert addresses(router) == []


def test_an_object_with_slots_is_added(router):
    class Slots:
        __slots__ = ()

        @route("/x")
        def x(self, request, args):
            return "x"

    router.add(Slots())
    assert ask(router, "/x").text == "x"


def test_a_class_with_verbs_may_be_tagged(router):
    @route("/books/{id:d}")
    class Book:
        def get(self, request, args):
            return args

    class Other(Book):
        pass

    router.add(Book)
    assert ask(router, "/books/7").json == {"id": 7}
    assert status(router, "/books/7", "PUT") == 405
    with pytest.raises(TypeError, match="no @route"):
        Router().add(Other)


def test_a_module_is_added_with_what_it_defines_and_not_with_what_it_imports(router):
    module = ModuleType("pages")
    exec(
        "from roob import route\n@route('/x')\ndef x(request, args): return 'x'\n",
        module.__dict__,
    )
    module.imported = route("/y")(lambda request, args: "y")
    router.add(module)
    assert addresses(router) == ["/x"]
    router.remove(module)
    assert addresses(router) == []


def test_a_list_is_added_whole_and_removed_whole(router):
    @route("/x")
    def x(request, args):
        return "x"

    users = Users()
    assert len(router.add([x, users])) == 4
    router.remove([x, users])
    assert addresses(router) == []


def test_a_path_and_an_endpoint_are_a_route(router):
    (made,) = router.add("/x/{n:d}", lambda request, args: args, ["POST"], name="x")
    assert (made.path, made.name, made.allowed_methods) == ("/x/{n:d}", "x", {"POST"})
    assert ask(router, "/x/7", "POST").json == {"n": 7}
    assert router.url_for("x", n=7) == "/x/7"


@pytest.mark.parametrize(
    "thing", [Users, Files(), lambda request, args: "x", object(), 5, None, print, sys]
)
def test_what_has_no_tag_is_refused(router, thing):
    with pytest.raises(TypeError, match="no @route"):
        router.add(thing)


def test_a_class_in_place_of_its_object_is_told_so(router):
    with pytest.raises(TypeError, match=r"add Users\(\)"):
        router.add(Users)


def test_an_endpoint_for_what_is_no_path_is_refused(router):
    with pytest.raises(TypeError, match="no path"):
        router.add(Users(), print)
    with pytest.raises(TypeError, match="no path"):
        router.add(Users(), methods=["GET"])


def test_a_path_without_an_endpoint_is_refused(router):
    with pytest.raises(TypeError, match="/x: None cannot be called"):
        router.add("/x")


def test_all_is_added_or_nothing(router):
    router.add("/users/{n:d}", lambda request, args: "first")
    with pytest.raises(RuntimeError, match=r"/users/\{id:d\} already bind"):
        router.add(Users())
    assert addresses(router) == ["/users/{n:d}"]
    router.add("/people/{n:d}", lambda request, args: "free")


def test_the_routers_own_decorator_registers_at_once(router):
    @router.route("/a")
    @router.route("/b", methods=["GET"])
    def handler(request, args):
        return request.path

    assert ask(router, "/a").text == "/a"
    assert status(router, "/b", "POST") == 405


def test_a_roob_app_and_its_groups_take_the_same(call):
    @route("/x/{n:d}", methods=["GET"])
    def x(request, n):
        return [n]

    app = Roob()
    app.add(x)
    made = app.group("/deep").add(x)
    assert call(app, "/x/7").json() == call(app, "/deep/x/7").json() == [7]
    app.remove(made)
    assert call(app, "/deep/x/7").status == 404
    assert call(app, "/x/7").json() == [7]
    app.remove(x)
    assert call(app, "/x/7").status == 404


# -- resources


def test_a_resources_methods_answer_the_verbs_of_their_names(router):
    files = Files()
    routes = router.add("/files/{n}", files)
    assert [(r.handler, r.allowed_methods) for r in routes] == [
        (files.on_get, {"GET"}),
        (files.on_put, {"PUT"}),
    ]
    assert ask(router, "/files/a").text == "read {'n': 'a'}"
    assert ask(router, "/files/a", "PUT").text == "wrote {'n': 'a'}"
    assert ask(router, "/files/a", "HEAD").status_code == 200
    refused = ask(router, "/files/a", "POST")
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "GET, HEAD, OPTIONS, PUT"


def test_a_resource_goes_by_its_classs_name(router):
    router.add("/files/{n}", Files())
    router.add("/docs/{n}", Files(), name="docs")
    assert router.url_for("Files", n="a b") == "/files/a%20b"
    assert router.url_for("docs", n="a") == "/docs/a"


def test_a_class_may_say_where_its_objects_are_resources(router):
    @route("/a/{n}")
    @route("/b/{n}")
    class Tagged(Files):
        pass

    tagged = Tagged()
    assert len(router.add(tagged)) == 4
    assert ask(router, "/a/x", "PUT").text == "wrote {'n': 'x'}"
    assert ask(router, "/b/x").text == "read {'n': 'x'}"
    router.remove(tagged)
    assert addresses(router) == []


def test_a_resources_own_head_and_options_are_preferred(router):
    class Own(Files):
        def on_head(self, request, args):
            return TextResponse("", 202)

        def on_options(self, request, args):
            return "mine"

    router.add("/x", Own())
    assert status(router, "/x", "HEAD") == 202
    assert ask(router, "/x", "OPTIONS").text == "mine"


def test_a_resources_methods_cannot_be_given_twice(router):
    with pytest.raises(TypeError, match="GET, PUT by its methods' names"):
        router.add("/x", Files(), ["GET"])


def test_a_resources_class_in_place_of_its_object_is_refused(router):
    with pytest.raises(TypeError, match="Files has no method named after a verb"):
        router.add("/x", Files)


# -- remove


def test_nothing_of_what_is_removed_stays(router):
    router.add("/x/{n:d}", lambda request, args: "kept", ["PUT"])
    made = router.add("/x/{m:d}", lambda request, args: "gone", ["GET"], name="gone")
    router.remove(made)
    refused = ask(router, "/x/7")
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "OPTIONS, PUT"
    with pytest.raises(LookupError):
        router.url_for("gone", m=7)
    router.add("/x/{o:d}", lambda request, args: "again", ["GET"])
    assert ask(router, "/x/7").text == "again"


def test_a_function_is_removed_with_all_its_routes(router):
    def handler(request, args):
        return "x"

    router.add("/a", handler)
    router.add("/b", handler, ["GET"])
    router.add("/c", lambda request, args: "kept")
    router.remove(handler)
    assert addresses(router) == ["/c"]


def test_an_object_is_removed_and_another_of_its_class_stays(router):
    first, second = Users(), Users()
    router.add(first)
    router.add(second, host="a.test")
    router.remove(first)
    assert status(router, "/users") == 404
    assert ask(router, "/users", host="a.test").json == ["Ada"]


def test_one_method_one_route_and_a_class_are_removed(router):
    class Book:
        def get(self, request, args):
            return "book"

    users = Users()
    router.add(users)
    router.remove(users.one)
    (made,) = router.add("/one", lambda request, args: "one")
    router.add("/book", Book)
    router.remove(made)
    router.remove(Book)
    assert addresses(router) == ["/users"]


def test_an_object_with_an_equality_of_its_own_is_never_taken_for_another(router):
    class Same:
        def __eq__(self, other):
            return True

        __hash__ = None

        def __call__(self, request, args):
            return "same"

    same = Same()
    router.add("/a", same)
    router.add("/b", lambda request, args: "kept")
    router.remove(same)
    assert addresses(router) == ["/b"]


def unknown_things():
    elsewhere = Router().add("/x", lambda request, args: "x")
    return [elsewhere, elsewhere[0], print, "/x", 5, None, Users(), Users, sys]


@pytest.mark.parametrize("thing", unknown_things(), ids=lambda thing: str(type(thing)))
def test_what_is_not_there_cannot_be_removed(router, thing):
    router.add("/x", lambda request, args: "x")
    with pytest.raises(ValueError, match="here"):
        router.remove(thing)
    assert ask(router, "/x").text == "x"


def test_routes_are_removed_all_or_none(router):
    first = router.add("/a", lambda request, args: "a")
    gone = router.add("/b", lambda request, args: "b")
    router.remove(gone)
    with pytest.raises(ValueError, match="one is not registered here"):
        router.remove(first + gone)
    assert addresses(router) == ["/a"]


def test_nothing_is_removed_of_nothing(router):
    router.remove([])


# -- while other threads dispatch


def test_a_route_that_comes_while_the_table_is_built_is_not_lost(router, monkeypatch):
    router.add("/early", lambda request, args: "early")
    late = []

    def build(routes, build=sys.modules["roob.routing_manager"]._table_of):
        table = build(routes)
        add = threading.Thread(
            target=router.add, args=("/late", lambda request, args: "late")
        )
        late.append(add)
        add.start()
        add.join(0.2)  # it may have to wait until this table is in its place
        return table

    monkeypatch.setattr("roob.routing_manager._table_of", build)
    assert ask(router, "/early").text == "early"
    monkeypatch.undo()
    late[0].join()
    assert ask(router, "/late").text == "late"


def test_routes_come_and_go_while_eight_threads_dispatch(router):
    class Passing:
        def on_get(self, request, args):
            return "passing"

    router.add("/stays/{n:d}", lambda request, args: f"{args['n']}")
    router.add("/at/{n:d}", lambda request, args: f"{args}", host="{t}.test")
    done = threading.Event()

    def come_and_go():
        turns = 0
        while not done.is_set():
            made = router.add("/passing/{x}", Passing())
            router.remove(made)
            turns += 1
        return turns

    def dispatch(thread):
        for number in range(1500):
            n = thread * 10_000 + number
            assert ask(router, f"/stays/{n}").text == str(n)
            assert ask(router, "/passing/x").status_code in (200, 404)
        return True

    with ThreadPoolExecutor(9) as pool:
        changing = pool.submit(come_and_go)
        try:
            assert all(pool.map(dispatch, range(8)))
        finally:
            done.set()
        assert changing.result() > 0
    assert addresses(router) == ["/stays/{n:d}", "{t}.test/at/{n:d}"]


# -- dispatch and wsgi


def test_what_no_route_answers_is_an_answer_of_the_router(router):
    router.add("/x", lambda request, args: "x", ["POST"])
    assert ask(router, "/y").json == {"message": "Requested path: /y does not exist"}
    refused = ask(router, "/x")
    assert refused.json == {"message": "GET request is not allowed for /x"}
    assert (refused.status_code, refused.headers["Allow"]) == (405, "OPTIONS, POST")
    assert status(router, "/x", "OPTIONS") == 204


def test_a_router_may_answer_unknown_paths_in_its_own_way():
    router = Router(not_found=lambda request: TextResponse("nothing here", 404))
    assert ask(router, "/x").text == "nothing here"


def test_dispatch_lets_a_handlers_exception_through(router):
    def crash(request, args):
        raise ResponseError("No", 403)

    router.add("/x", crash)
    with pytest.raises(ResponseError, match="No"):
        ask(router, "/x")
    with pytest.raises(BadRequest):
        router.dispatch(Request({"REQUEST_METHOD": "GET", "PATH_INFO": "/\xff"}))


@pytest.fixture
def refusing(router):
    def refuse(request, args):
        raise ResponseError("No", 403, {"X-Why": "so"})

    def crash(request, args):
        raise ZeroDivisionError("by nothing")

    router.add("/refuse", refuse)
    router.add("/crash", crash)
    router.add("/x/{n}", lambda request, args: [request.script_name, args["n"]])
    return router


def test_a_router_is_served_by_wsgi(refusing, serve, environ):
    app = validator(refusing.wsgi())

    def get(path, method="GET"):
        asked = environ(path, method)
        return serve(app, asked)

    assert get("/x/a").json() == ["", "a"]
    refused = get("/refuse")
    assert (refused.status, refused.json()) == (403, {"message": "No"})
    assert refused.header("X-Why") == "so"
    assert get("/nope").json() == {"message": "Requested path: /nope does not exist"}
    assert get("/refuse", "HEAD").body == b""
    assert get("/\xff").status == 400


def test_other_exceptions_reach_what_is_around(refusing, call):
    with pytest.raises(ZeroDivisionError):
        call(refusing.wsgi(), "/crash")
    wrapped = ErrorHandlerMiddleware(app=refusing.wsgi())
    answer = call(wrapped, "/crash")
    assert answer.status == 500
    assert answer.json()["message"] == "Unhandled Exception Occurred"


def test_a_router_is_mounted_in_an_app(refusing, call):
    app = Roob()
    app.mount("/api", refusing.wsgi())
    assert call(app, "/api/x/a").json() == ["/api", "a"]
    missing = call(app, "/api/nope").json()
    assert missing == {"message": "Requested path: /api/nope does not exist"}
    assert call(app, "/api/refuse").status == 403


def test_routes_that_come_later_are_served_too(router, call):
    app = router.wsgi()
    assert call(app, "/late").status == 404
    router.add("/late", lambda request, args: "late")
    assert call(app, "/late").body == b"late"


def test_the_observer_finds_a_routers_table(router):
    app = router.wsgi()
    found = roob_of(ErrorHandlerMiddleware(app=app))
    assert found.routing_manager is router.routing_manager


def test_what_an_application_may_not_need_is_not_imported_with_it():
    late = "pydantic wsproto httpx asyncio roob.websockets roob.typed roob.gateway"
    program = (
        f"import sys, roob; print([n for n in {late.split()} if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


class Agreeable:
    """Something that says it equals everything, as a mock's ANY does."""

    __hash__ = None

    def __eq__(self, other):
        return True


def test_what_equals_everything_takes_nobodys_routes_away(router):
    users = Users()
    router.add(users)
    with pytest.raises(ValueError, match="has no route here"):
        router.remove(Agreeable())


def test_what_is_mounted_can_be_removed_and_mounted_anew(router):
    inner = Router()
    inner.add("/x", lambda request, args: "x")
    app = inner.wsgi()
    router.mount("/in", app)
    assert status(router, "/in/x") == 200
    router.remove(app)
    assert status(router, "/in/x") == 404
    router.mount("/in", app)
    assert status(router, "/in/x") == 200


@pytest.mark.parametrize(
    "act",
    [lambda router: route("/x", colour=1),
     lambda router: router.add("/x", print, colour=1)],
)  # fmt: skip
def test_an_option_that_nobody_knows_is_named(router, act):
    with pytest.raises(TypeError, match=r"no option 'colour'.*'host'"):
        act(router)
