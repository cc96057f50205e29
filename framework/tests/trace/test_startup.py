import sys
from itertools import count

import pytest
from roob import Roob
from roob.trace.layers import Layers
from roob.trace.places import Places
from roob.trace.startup import name_of_handler, place_of, watch

from framework.tests.trace import shop
from framework.tests.trace.seeing import HERE

NUMBERS = count()
APP = """\
from roob import Roob
from roob.middlewares import ExecutionTimeMiddleware

import {inner}

app = Roob()
app.add_middleware(ExecutionTimeMiddleware)
app.add_exception_handler(KeyError, {inner}.answer)
app.add_route("/books/{{id:d}}", {inner}.Books)
app.add_route("/about", {inner}.about, ["GET"])
"""
INNER = """\
class Books:
    def get(self, request, id):
        return id

    def delete(self, request, id):
        return id


def about(request):
    return "about"


def answer(request, error):
    return "no", 404
"""


@pytest.fixture
def started(tmp_path, monkeypatch):
    """``started() -> (Startup, name)``: an app of two modules, loaded and watched."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    made = []

    def start():
        number = next(NUMBERS)
        name, inner = f"started_shop_{number}", f"started_books_{number}"
        made.extend([name, inner])
        (tmp_path / f"{name}.py").write_text(APP.format(inner=inner))
        (tmp_path / f"{inner}.py").write_text(INNER)
        found = watch(lambda: __import__(name).app, f"{name}:app", Layers(tmp_path))
        return found, name, inner

    yield start
    for name in made:
        sys.modules.pop(name, None)


def texts(found, layer):
    return [line.text for line in found.lines if line.layer == layer]


def test_a_start_up_is_told_from_the_imports_to_the_finished_table(started):
    found, name, inner = started()
    assert found.headline.startswith(f"start-up of {name}:app      imported in ")
    assert "; 3 " in found.headline
    assert texts(found, "import") == [f"{name}.py", f"{inner}.py"]
    assert texts(found, "app") == ["Roob()"]
    assert texts(found, "middleware") == ["ExecutionTimeMiddleware is outermost now"]
    assert texts(found, "errors") == ["KeyError is answered by answer"]
    assert texts(found, "route")[1:] == [
        "DELETE, GET /books/{id:d} → Books",
        "GET /about → about",
    ]
    assert texts(found, "table")[1:] == [
        "/books/{id:d}  DELETE, GET, a pattern",
        "/about  GET, looked up",
    ]


def test_each_says_where_it_stands(started):
    found, _, inner = started()
    places = {line.text: line.place for line in found.lines}
    assert places["DELETE, GET /books/{id:d} → Books"] == f"{inner}.py:1"
    assert places["/about  GET, looked up"] == f"{inner}.py:9"


def test_the_next_start_up_is_told_as_fully(started):
    first, _, _ = started()
    second, _, _ = started()
    told = [[line.layer for line in found.lines] for found in (first, second)]
    without_libraries = [[x for x in layers if x != "library"] for layers in told]
    assert without_libraries[0] == without_libraries[1]


def test_it_is_plain_in_json(started):
    found, _, _ = started()
    assert found.to_json()["lines"][0]["layer"] == "import"


def test_an_app_that_fails_to_load_fails(tmp_path):
    def load():
        raise ImportError("no such shop")

    before = sys.gettrace()
    with pytest.raises(ImportError, match="no such shop"):
        watch(load, "nowhere:app", Layers(tmp_path))
    assert sys.gettrace() is before


@pytest.mark.parametrize(
    ("handler", "name"),
    [(shop.hello, "hello"), (shop.Counter, "Counter"), (shop.Counter(), "Counter"),
     (shop.decorated, "decorated"), (lambda request: 1, "<lambda>")],
)  # fmt: skip
def test_a_handler_goes_by_its_name_and_an_object_by_its_class(handler, name):
    assert name_of_handler(handler) == name


def test_a_place_is_that_of_the_function_that_was_written():
    places = Places(HERE)
    assert place_of(shop.hello, places).startswith("shop.py:")
    wrapped = place_of(shop.decorated, places)
    line = shop.decorated.__wrapped__.__code__.co_firstlineno
    assert wrapped == f"shop.py:{line}"
    assert place_of(shop.Counter(), places) == place_of(shop.Counter, places)
    assert place_of(print, places) == ""
    assert place_of(type("Made", (), {}), places) == ""


def test_an_app_without_routes_has_the_static_files_alone():
    app = Roob()
    assert [route.name for route in app.routing_manager.routes] == ["static"]
