import sys
from functools import partial
from importlib import import_module
from operator import attrgetter
from types import ModuleType, SimpleNamespace
from typing import ClassVar

import pytest
from roob import Roob, Router
from roob.collection import Collection
from roob.gateway import (
    CompositeHandler,
    Gateway,
    RouterHandler,
    WsgiGateway,
)
from roob.gateway.forwarding import forward_to
from roob.middlewares import ErrorHandlerMiddleware
from roob.trace import layers as room
from roob.trace.layers import (
    CALL,
    Layers,
    chained_in,
    is_below,
    mounted_in,
    name_of_handler,
    roob_of,
    roobs_of,
)
from roob.trace.startup import REGISTRATIONS

from framework.tests.trace import shop
from framework.tests.trace.seeing import HERE, outline, see, step_of

# What is made in a function has no name to be looked up.
NAMED = [name for name in room.FRAMEWORK if "<locals>" not in name]


@pytest.fixture
def written(tmp_path):
    """``written("shop_prices", "def f(): ...")``: a module of an app's, imported."""
    made = []

    def write(name, text, folder=tmp_path):
        file = folder / f"{name.rpartition('.')[2]}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        module = ModuleType(name)
        module.__file__ = str(file)
        sys.modules[name] = module
        made.append(name)
        exec(compile(text, str(file), "exec"), vars(module))
        return module

    yield write
    for name in made:
        del sys.modules[name]


def layer_of(layers, function, *args):
    """What a function is found to be when it runs."""
    found = []

    def look(frame, event, arg):
        if event == "call" and frame.f_code is function.__code__:
            found.append(layers.layer_of(frame.f_code) if follows(frame) else None)

    follows = layers.follows
    before = sys.gettrace()
    sys.settrace(look)
    try:
        function(*args)
    finally:
        sys.settrace(before)
    return found[0]


def test_a_function_of_the_app_is_no_step_unless_something_says_so(written, tmp_path):
    module = written("plain_prices", "def price(): return 1")
    assert layer_of(Layers(tmp_path), module.price) is None
    assert layer_of(Layers(tmp_path, everything=True), module.price) == CALL


def test_a_mark_on_a_function_a_class_or_a_module_says_which_layer(written, tmp_path):
    module = written(
        "marked_prices",
        """
__layer__ = "prices"
def price(): return 1
def _private(): return 1
def sent(): return 1
sent.__layer__ = "mail"
class Tax:
    __layer__ = "tax"
    def of(self): return 1
    def _rate(self): return 1
    def posted(self): return 1
    posted.__layer__ = "mail"
    @staticmethod
    def usual(): return 1
class Plain:
    def of(self): return 1
""",
    )
    layers = Layers(tmp_path)
    assert layer_of(layers, module.price) == "prices"
    assert layer_of(layers, module._private) is None
    assert layer_of(layers, module.sent) == "mail"
    assert layer_of(layers, module.Tax.of, None) == "tax"
    assert layer_of(layers, module.Tax._rate, None) == "tax"
    assert layer_of(layers, module.Tax.posted, None) == "mail"
    assert layer_of(layers, module.Tax.usual) == "tax"
    assert layer_of(layers, module.Plain.of, None) == "prices"


def test_a_mark_that_is_no_text_is_none(written, tmp_path):
    module = written("odd_mark", "__layer__ = 7\ndef price(): return 1")
    assert layer_of(Layers(tmp_path), module.price) is None


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("kiosk.prices", "prices"),
        ("kiosk.prices.tax", "prices"),
        ("kiosk.prices.mail.text", "mail"),
        ("kiosk.prices_old", "kiosk"),
        ("kiosk", "kiosk"),
        ("kiosks", None),
    ],
)
def test_settings_name_modules_and_those_inside_them_the_longest_name_first(
    written, tmp_path, module, expected
):
    modules = {"kiosk": "kiosk", "kiosk.prices": "prices", "kiosk.prices.mail": "mail"}
    made = written(module, "def price(): return 1\ndef _hidden(): return 1")
    assert layer_of(Layers(tmp_path, modules), made.price) == expected
    assert layer_of(Layers(tmp_path, modules), made._hidden) is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("BookService", "service"), ("BookRepository", "repository"), ("Books", None)],
)
def test_the_usual_names_tell_the_layer(written, tmp_path, kind, expected):
    module = written(
        "usual_names", f"class {kind}:\n  def get(self): return 1\n  def _x(self): 1"
    )
    made = getattr(module, kind)
    assert layer_of(Layers(tmp_path), made.get, None) == expected
    assert layer_of(Layers(tmp_path), made._x, None) is None


def test_the_settings_come_before_the_usual_names(written, tmp_path):
    module = written("kiosk_books", "class BookService:\n  def get(self): return 1")
    layers = Layers(tmp_path, {"kiosk_books": "domain"})
    assert layer_of(layers, module.BookService.get, None) == "domain"


def test_what_is_not_below_the_apps_folder_is_no_step(written, tmp_path):
    module = written(
        "strange_service", "class BookService:\n  def get(self): return 1",
        tmp_path / "elsewhere",
    )  # fmt: skip
    layers = Layers(tmp_path / "app", everything=True)
    assert layer_of(layers, module.BookService.get, None) is None


def test_a_package_whose_name_begins_like_the_frameworks_is_not_the_framework(
    written, tmp_path
):
    layers = Layers(tmp_path, everything=True)
    text = "class BookService:\n  def get(self): return 1"
    folder = HERE.parents[1] / "roob_extras"
    module = ModuleType("roob_extras")
    exec(compile(text, str(folder / "a.py"), "exec"), vars(module))
    assert layer_of(layers, module.BookService.get, None) is None


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("/srv/app/shop.py", True),
        ("/srv/app/core/shop.py", True),
        ("/srv/apple/shop.py", False),
        ("/srv/shop.py", False),
        ("/srv/app/.venv/lib/x.py", False),
        ("/srv/app/lib/site-packages/x.py", False),
    ],
)
def test_a_file_is_below_a_folder_and_in_no_virtualenv_of_it(file, expected):
    assert is_below(file, "/srv/app") is expected


def test_names_of_modules_may_be_missing(tmp_path):
    made = {}
    exec(compile("def f(): return 1", str(tmp_path / "x.py"), "exec"), made)
    del made["__builtins__"]
    assert layer_of(Layers(tmp_path), made["f"]) is None


def handler_steps(app, path):
    return [s.name for s in see(app, path).steps if s.layer == "handler"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/hello/ada", "hello"),
        ("/books/1", "Books.get"),
        ("/decorated", "decorated"),
        ("/counter", "Counter.__call__"),
        ("/shared", "shared"),
        ("/stream", "streaming"),
    ],
)
def test_each_kind_of_handler_is_one_step(path, name):
    assert handler_steps(shop.create_shop(), path) == [name]


def test_a_lambda_and_a_bound_method_are_handlers():
    app = Roob()
    app.add_route("/lambda", lambda request: "l", ["GET"])
    app.add_route("/method", SimpleNamespace(act=shop.Counter().__call__).act, ["GET"])
    assert handler_steps(app, "/lambda") == ["<lambda>"]
    assert handler_steps(app, "/method") == ["Counter.__call__"]


def test_only_the_verbs_of_a_class_are_handlers():
    app = Roob()

    class Page:
        def get(self, request):
            return self.helped()

        def helped(self):
            return "page"

    app.add_route("/page", Page)
    assert handler_steps(app, "/page") == ["Page.get"]


def test_handlers_that_are_registered_later_are_learnt():
    app, layers = Roob(), Layers(HERE)
    assert layers.learn(app)
    assert not layers.learn(app)
    app.add_route("/hello/{name}", shop.hello, ["GET"])
    assert layers.learn(app)
    assert not layers.learn(app)
    assert step_of(see(app, "/hello/ada", layers=layers), "hello").layer == "handler"


def test_what_was_met_before_it_became_a_handler_is_learnt_too():
    app, layers = Roob(), Layers(HERE)
    assert layer_of(layers, shop.hello, None, "ada") is None
    app.add_route("/hello/{name}", shop.hello, ["GET"])
    layers.learn(app)
    assert layer_of(layers, shop.hello, None, "ada") == "handler"


def test_the_handlers_of_mounted_apps_are_learnt():
    inner, middle, outer = Roob(), Roob(), Roob()
    inner.add_route("/hello/{name}", shop.hello, ["GET"])
    middle.mount("/inner", ErrorHandlerMiddleware(app=inner))
    outer.mount("/middle", middle)
    found = see(outer, "/middle/inner/hello/ada")
    assert step_of(found, "hello").layer == "handler"
    assert [name for _, layer, name in outline(found) if layer == "mount"] == [
        "MountedApp.__call__"
    ] * 2


def test_the_app_is_found_below_what_wraps_it():
    app = Roob()
    assert roob_of(app) is app
    assert roob_of(ErrorHandlerMiddleware(app=app)) is app
    assert roob_of(Wrapper(app=Wrapper(app=app))) is app
    assert roob_of(Wrapper(whatever=print, inner=Wrapper(_other=app))) is app
    assert roob_of(shop.plain_app) is None
    assert roob_of(SimpleNamespace(app=None)) is None
    assert roob_of(partial(print)) is None


class Wrapper:
    """A WSGI middleware that keeps what it wraps under any name."""

    def __init__(self, **attributes):
        vars(self).update(attributes)

    def __call__(self, environ, start_response):
        return self.respond(environ, start_response)

    def respond(self, environ, start_response):
        return []


def closed_over(app):
    def wrapped(environ, start_response):
        return app(environ, start_response)

    return wrapped


def test_the_app_is_found_in_closures():
    app = Roob()
    assert roob_of(closed_over(app)) is app
    assert roob_of(closed_over(Wrapper(inner=closed_over(app)))) is app
    assert roob_of(closed_over(shop.plain_app)) is None


def test_the_app_is_found_in_the_object_of_a_bound_method():
    app = Roob()
    assert roob_of(app.__call__) is app
    assert roob_of(Wrapper(inner=app).respond) is app
    assert roob_of(partial(app.__call__).func) is app


def test_the_app_is_found_by_the_global_name_that_a_wrapper_uses(written):
    module = written(
        "wrapping_function",
        "from roob import Roob\napp = Roob()\nother = Roob()\n"
        "def application(environ, start_response):\n"
        "    return app(environ, start_response)\n"
        "def plain(environ, start_response):\n"
        "    return []\n",
    )
    assert roob_of(module.application) is module.app
    assert roob_of(module.plain) is None


def test_wrappers_that_wrap_one_another_are_not_followed_for_ever():
    first, second = Wrapper(), Wrapper()
    first.inner, second.inner = second, first
    assert roob_of(first) is None
    second.app = app = Roob()
    assert roob_of(first) is app


def test_a_closure_that_is_not_filled_yet_is_no_obstacle():
    def wrapped(environ, start_response):
        return app(environ, start_response)

    assert roob_of(wrapped) is None
    app = Roob()
    assert roob_of(wrapped) is app


def test_what_is_mounted_is_found_in_its_handler():
    outer, inner = Roob(), Roob()
    outer.mount("/inner", inner)
    handler = outer.routing_manager.routes[-1].handler
    assert mounted_in(handler) is inner
    assert mounted_in(shop.hello) is None
    assert mounted_in(shop.Counter()) is None
    assert mounted_in(Wrapper(_app=inner)) is None


def bare(function):
    """A decorator that does not say what it wraps."""

    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def said(words):
    """One with arguments of its own, which does not say it either."""

    def decorator(function):
        def wrapper(request):
            return f"{words}{function(request)}"

        return wrapper

    return decorator


def greeting(request):
    return "hello"


@pytest.mark.parametrize(
    "decorated",
    [
        bare(greeting),
        bare(bare(greeting)),
        bare(shop.logged(greeting)),
        shop.logged(bare(greeting)),
        said("a")(said("b")(greeting)),
        partial(bare(greeting)),
    ],
)
def test_below_a_decorator_that_does_not_say_so_is_the_handler(decorated):
    app = Roob()
    app.add_route("/x", decorated, ["GET"])
    assert handler_steps(app, "/x") == ["greeting"]


def test_a_handler_that_uses_a_function_made_beside_it_is_itself_the_handler():
    def helper():
        return "helped"

    def handler(request):
        return helper()

    app = Roob()
    app.add_route("/x", handler, ["GET"])
    assert handler_steps(app, "/x") == ["handler"]


def test_a_handler_that_calls_itself_is_the_handler():
    def again(request, number=2):
        return again(request, number - 1) if number else "done"

    app = Roob()
    app.add_route("/x", again, ["GET"])
    assert handler_steps(app, "/x") == ["again"] * 3


def test_another_app_is_learnt_even_if_it_has_as_many_routes():
    layers, (one, other) = Layers(HERE), (Roob(), Roob())
    one.add_route("/x", shop.teapot, ["GET"])
    other.add_route("/x", shop.hello, ["GET"])
    assert [layers.learn(each) for each in (one, one, other, other)] == [
        True, False, True, False,
    ]  # fmt: skip
    assert layer_of(layers, shop.hello, None, "ada") == "handler"


def test_the_routes_are_looked_through_only_when_their_number_changed(monkeypatch):
    app, layers, looked = Roob(), Layers(HERE), []
    handlers_of = room._handlers_of

    def looking(one):
        looked.extend([one] if one is app else [])
        return handlers_of(one)

    monkeypatch.setattr(room, "_handlers_of", looking)
    for _ in range(3):
        layers.learn(app)
    assert looked == [app]
    app.add_route("/x", shop.hello, ["GET"])
    for _ in range(3):
        layers.learn(app)
    assert looked == [app, app]


def test_a_route_in_place_of_another_is_learnt():
    app, layers = Roob(), Layers(HERE)
    made = app.add_route("/x", shop.teapot, ["GET"])
    assert [layers.learn(app), layers.learn(app)] == [True, False]
    app.remove(made)
    app.add_route("/x", shop.hello, ["GET"])
    assert [layers.learn(app), layers.learn(app)] == [True, False]
    assert layer_of(layers, shop.hello, None, "ada") == "handler"


def test_an_app_without_a_table_has_nothing_to_learn():
    assert not Layers(HERE).learn(shop.plain_app)


def test_a_helper_is_a_step_only_where_everything_is(tmp_path):
    app = shop.create_shop()
    names = [name for _, _, name in outline(see(app, "/helped"))]
    assert "helper" not in names
    everything = see(app, "/helped", layers=Layers(HERE, everything=True))
    assert step_of(everything, "helper").layer == CALL
    assert step_of(everything, "with_helper").layer == "handler"
    assert not [
        s for s in everything.steps if "trace/" in s.file and "tests" not in s.file
    ]


def test_a_comprehension_is_no_step_of_its_own(written, tmp_path):
    module = written(
        "listed_service",
        "class BookService:\n  def get(self): return [n for n in (1, 2)]",
    )
    inner = module.BookService.get.__code__.co_consts
    layers = Layers(tmp_path, everything=True)
    assert layer_of(layers, module.BookService.get, None) == "service"
    assert all(
        layers.layer_of(code) == CALL for code in inner if hasattr(code, "co_name")
    )


@pytest.mark.parametrize("name", [*NAMED, *REGISTRATIONS])
def test_every_step_of_the_framework_is_a_function_of_that_name(name):
    module, _, path = name.partition(":")
    function = attrgetter(path)(import_module(module))
    assert function.__code__.co_qualname == path


class Listed(Collection):
    def list(self):
        return [self.helper(), self.get_stats()]

    def retrieve(self, id):
        return [id]

    def get_stats(self, id=None):
        return [id]

    def post_raise(self, id):
        return [id]

    def helper(self):
        return 1


class NoCollection:
    def list(self):
        return 1


def test_the_members_of_collections_are_handlers_and_their_helpers_are_none(tmp_path):
    app = Roob()
    Listed.register(app, "/listed", "listed")
    for path, method, names in (
        ("/listed/", "GET", ["Listed.list", "Listed.get_stats"]),
        ("/listed/7", "GET", ["Listed.retrieve"]),
        ("/listed/7;stats", "GET", ["Listed.get_stats"]),
        ("/listed/7;raise", "POST", ["Listed.post_raise"]),
    ):
        steps = outline(see(app, path, method))
        handlers = [name for _, layer, name in steps if layer == "handler"]
        assert handlers == names
        assert "Listed.helper" not in [name for _, _, name in steps]
    assert layer_of(Layers(tmp_path), NoCollection.list, NoCollection()) is None


def test_the_tables_and_handlers_of_a_gateway_are_found():
    one, other = Router(), Roob()
    chained = [shop.teapot, CompositeHandler([RouterHandler(other)]), Counted()]
    gateway = Gateway([RouterHandler(one), *chained], finalizers=[shop.crash])
    app = Wrapper(app=WsgiGateway(gateway))
    assert roobs_of(app) == [one, other]
    assert roob_of(app) is None
    assert [name_of_handler(each) for each in chained_in(app)] == [
        "RouterHandler", "teapot", "CompositeHandler", "RouterHandler", "Counted",
        "crash",
    ]  # fmt: skip
    assert (chained_in(other), roobs_of(other)) == ([], [other])
    assert chained_in(shop.plain_app) == roobs_of(shop.plain_app) == []


class Counted:
    """A handler of a chain that is an object."""

    def __call__(self, chain, context, response):
        response.headers["X-Counted"] = "1"


def test_a_handler_of_a_chain_that_is_added_later_is_learnt():
    gateway, layers = Gateway(), Layers(HERE)
    app = WsgiGateway(gateway)
    layers.learn(app)
    gateway.request_handlers.append(Counted())
    assert [layers.learn(app), layers.learn(app)] == [True, False]
    assert layer_of(layers, Counted.__call__, None, None, None, Stub()) == "gateway"


class Stub:
    headers: ClassVar[dict[str, str]] = {}


def test_of_a_gateway_the_handlers_are_shown_and_what_answers():
    router = Router()
    router.add("/hello/{name}", lambda request, args: args, methods=["GET"])

    def greet(chain, context, response):
        if context.request.path_info == "/hi":
            chain.respond(201, {"hello": "you"})
        if context.request.path_info == "/crash":
            raise ValueError("by nothing")

    def apologise(chain, error, context, response):
        chain.respond(409, "sorry")

    gateway = Gateway(
        [Counted(), CompositeHandler([greet]), RouterHandler(router)],
        exception_handlers=[apologise],
    )
    outer = Roob()
    outer.mount("/shop", WsgiGateway(gateway))
    app = WsgiGateway(gateway)

    def told(path, app=app):
        steps = [step for step in see(app, path).steps if step.layer != "server"]
        return [
            (step.title, step.result) if step.layer == "gateway" else step.layer
            for step in steps
        ]

    counted, composite = ("Counted", "adds X-Counted"), ("CompositeHandler", None)
    hi = [
        counted,
        composite,
        ("greet", None),
        ("chain.respond(status=201, payload={'hello': 'you'})", "stops"),
    ]
    assert told("/hi") == [("GET /hi", None), *hi, "response"]
    assert [each for each in told("/shop/hi", outer) if each in hi] == hi
    assert told("/crash")[2:] == [
        composite,
        ("greet", None),
        ("chain.stop()", None),
        ("apologise(ValueError: by nothing)", None),
        ("chain.respond(status=409, payload='sorry')", "stops"),
        "response",
    ]
    assert told("/hello/ada")[4:] == [
        ("RouterHandler", None),
        "router",
        "router",
        "handler",
        "response",
        ("answers", "200 OK"),
        ("chain.stop()", None),
        "response",
    ]
    within = WsgiGateway(Gateway([CompositeHandler([Counted()])]))
    assert told("/x", within)[1] == ("CompositeHandler", "adds X-Counted")
    assert told("/nowhere")[-3:] == ["error", ("answers", "404 Not Found"), "response"]


def test_a_forwarding_handler_goes_by_its_name():
    app = WsgiGateway(Gateway([forward_to("http://127.0.0.1:9")]))
    found = step_of(see(app, "/x"), "handler")
    assert (found.layer, found.title) == ("gateway", "forward_to")
