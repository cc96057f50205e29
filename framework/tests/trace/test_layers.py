import sys
from functools import partial
from types import ModuleType, SimpleNamespace

import pytest
from roob import Roob
from roob.middlewares import ErrorHandlerMiddleware
from roob.trace.layers import CALL, Layers, is_below, roob_of

from framework.tests.trace import shop
from framework.tests.trace.seeing import HERE, outline, see, step_of


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
    assert roob_of(SimpleNamespace(app=SimpleNamespace(app=app))) is app
    assert roob_of(shop.plain_app) is None
    assert roob_of(SimpleNamespace(app=None)) is None
    assert roob_of(partial(print)) is None


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
