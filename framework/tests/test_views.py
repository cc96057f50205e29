import importlib
import os
import sys
from itertools import count

import pytest
from roob import Roob
from roob.middlewares import ErrorHandlerMiddleware
from roob.views import Views, add_views, collection_in

NUMBERS = count()

VIEW = """
from roob.collection import Collection

class {kind}Collection(Collection):
    def list(self):
        return ["{kind}", self.name]

    def retrieve(self, id):
        return ["{kind}", id, self.address(id)]
"""


class Package:
    """A package of views on disk, of a name that no other test has."""

    def __init__(self, folder):
        self.name = f"views_of_test_{next(NUMBERS)}"
        self.folder = folder / self.name
        self.folder.mkdir()
        self.write("__init__", "")

    def write(self, name, text=None):
        text = VIEW.format(kind=name.capitalize()) if text is None else text
        path = self.folder / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


@pytest.fixture
def new_package(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    made = []

    def make():
        made.append(Package(tmp_path))
        importlib.invalidate_caches()
        return made[-1]

    yield make
    for name in [*sys.modules]:
        if name.partition(".")[0] in {package.name for package in made}:
            del sys.modules[name]


@pytest.fixture
def package(new_package):
    return new_package()


@pytest.fixture
def app(package, tmp_path):
    return app_of(package, static_dir=tmp_path / "static")


def app_of(package, **options):
    app = Roob(**options)
    add_views(app, package.name)
    return app


def test_a_view_is_found_by_its_name(package, app, call):
    package.write("fred")
    assert call(app, "/fred").json() == call(app, "/fred/").json() == ["Fred", "fred"]
    assert call(app, "/fred/7").json() == ["Fred", "7", "/fred/7"]
    assert call(app, "/fred/7", "DELETE").header("Allow") == "GET, HEAD, OPTIONS"
    assert call(app, "/fred/", "HEAD").status == 200
    assert call(app, "/fred/7/8").status == 404


def test_a_view_is_imported_when_it_is_asked_for(package, app, call):
    package.write("fred")
    assert f"{package.name}.fred" not in sys.modules
    call(app, "/other")
    assert f"{package.name}.fred" not in sys.modules
    call(app, "/fred")
    assert f"{package.name}.fred" in sys.modules


def test_a_view_that_is_written_while_the_app_runs_is_served_at_once(
    package, app, call
):
    package.write("anna")
    assert call(app, "/anna").status == 200  # Python has looked through the folder
    looked = package.folder.stat().st_mtime_ns
    assert call(app, "/fred").status == 404
    package.write("fred")
    # Within a tick of the file system's clock the folder is as old as it was.
    os.utime(package.folder, ns=(looked, looked))
    assert call(app, "/fred").status == 200


@pytest.mark.parametrize("broken", ["1 / 0", "def :", "import nothing_of_that_name"])
def test_a_view_that_fails_is_the_servers_fault_and_served_once_it_is_mended(
    package, app, call, broken
):
    app.add_middleware(ErrorHandlerMiddleware)
    package.write("fred", broken)
    assert [call(app, "/fred").status for _ in range(2)] == [500, 500]
    package.write("fred")
    assert call(app, "/fred").json() == ["Fred", "fred"]


def test_the_error_in_a_view_is_seen(package, app, call):
    package.write("fred", "import nothing_of_that_name")
    with pytest.raises(ModuleNotFoundError, match="nothing_of_that_name"):
        call(app, "/fred")


@pytest.mark.parametrize(
    "path",
    [
        "/missing",
        "/missing/7",
        "/__init__",
        "/_hidden",
        "/Upper",
        "/UPPER",
        "/fred.py",
        "/fred.html",
        "/inner",
        "/inner.deep",
        "/inner/deep",
        "/1st",
        "/fr-ed",
        "/fred;x",
        "/fr\xc3\xa9d",
        "/..",
        "/../fred",
        "/fred\n",
        "/os",
    ],
)
def test_whatever_is_no_plain_file_of_the_package_is_not_found(
    package, app, call, path
):
    for name in ("_hidden", "Upper", "inner/__init__", "inner/deep", "1st", "fred"):
        package.write(name)
    if path == "/inner/deep":
        (package.folder / "inner.txt").write_text("")
    assert call(app, path).status == 404


@pytest.mark.parametrize("length", [100, 250, 252, 253, 255, 256, 5000])
def test_a_long_name_is_not_found(app, call, length):
    assert call(app, "/" + length * "a").status == 404
    assert call(app, "/" + length * "a" + "/7").status == 404


def test_a_missing_view_says_so_as_any_path(app, call):
    message = "Requested path: /missing/7 does not exist"
    assert call(app, "/missing/7").json() == {"message": message}


def test_static_files_are_still_found(package, app, tmp_path, call):
    (tmp_path / "static").mkdir()
    (tmp_path / "static/robots.txt").write_text("all")
    (tmp_path / "static/plain").write_text("plain")
    fresh = app_of(package, static_dir=tmp_path / "static")
    assert call(fresh, "/robots.txt").body == b"all"
    assert call(fresh, "/static/robots.txt").body == b"all"
    assert call(fresh, "/plain").body == b"plain"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has to define one collection; it has none"),
        ("from roob.collection import Collection", "it has none"),
        (VIEW.format(kind="A") + VIEW.format(kind="B"), "ACollection, BCollection"),
    ],
    ids=["empty", "imported", "two"],
)
def test_a_view_without_one_collection_of_its_own_says_so(
    package, app, call, text, said
):
    package.write("fred", text)
    with pytest.raises(TypeError, match=said) as raised:
        call(app, "/fred")
    assert f"{package.name}.fred" in str(raised.value)


def test_a_collection_may_have_two_names(package, app, call):
    package.write("fred", VIEW.format(kind="Fred") + "\nview = FredCollection\n")
    assert call(app, "/fred").status == 200


def test_a_collection_that_a_view_imports_is_not_its_own(package, app, call):
    package.write("anna")
    text = f"from {package.name}.anna import AnnaCollection\n"
    package.write("fred", text + VIEW.format(kind="Fred"))
    assert call(app, "/fred").json() == ["Fred", "fred"]
    module = sys.modules[f"{package.name}.fred"]
    assert collection_in(module).__name__ == "FredCollection"


def test_what_was_registered_before_wins(package, call):
    package.write("fred")
    app = Roob()
    app.add_route("/fred", lambda request: "exact")
    app.add_route("/fred/{n:d}", lambda request, n: "pattern")
    app.add_route("/{page}/about", lambda request, page: "about")
    add_views(app, package.name)
    assert call(app, "/fred/").body == b"exact"
    assert call(app, "/fred/7").body == b"pattern"
    assert call(app, "/fred/about").body == b"about"
    assert call(app, "/fred/x").json() == ["Fred", "x", "/fred/x"]


def test_the_home_page_is_no_view(package, call):
    package.write("fred")
    app = Roob()
    app.add_route("/", lambda request: "home")
    add_views(app, package.name)
    assert call(app, "/").body == b"home"


def test_names_are_told_without_importing(package):
    for name in ("fred", "anna", "_hidden", "Upper", "inner/__init__"):
        package.write(name, "1 / 0")
    views = Views(Roob(), package.name)
    assert views.names() == ["anna", "fred"]
    assert views.has("fred")
    assert not views.has("missing")
    assert f"{package.name}.fred" not in sys.modules


def test_found_are_all_views_imported(package):
    package.write("fred")
    package.write("anna")
    found = Views(Roob(), package.name).found()
    assert [(name, kind.__name__) for name, kind in found.items()] == [
        ("anna", "AnnaCollection"),
        ("fred", "FredCollection"),
    ]


def test_found_fails_where_a_view_does(package):
    package.write("fred", "1 / 0")
    with pytest.raises(ZeroDivisionError):
        Views(Roob(), package.name).found()


def test_two_apps_have_views_of_their_own(new_package, call):
    one, other = new_package(), new_package()
    one.write("fred")
    other.write("fred", VIEW.format(kind="Other"))
    apps = app_of(one), app_of(other)
    kinds = [call(app, "/fred").json()[0] for app in apps]
    assert kinds == ["Fred", "Other"]
    one.write("anna")
    assert [call(app, "/anna").status for app in apps] == [200, 404]


def test_two_apps_may_share_a_package(package, call):
    package.write("fred")
    assert [call(app_of(package), "/fred").status for _ in range(2)] == [200, 200]


def test_an_app_has_views_once(package, app):
    with pytest.raises(RuntimeError):
        add_views(app, package.name)


def test_a_package_that_is_missing_is_an_error_at_the_start():
    with pytest.raises(ModuleNotFoundError):
        add_views(Roob(), "no_package_of_that_name")


def test_addresses_begin_with_where_the_app_is_mounted(package, app, call):
    package.write("fred")
    answer = call(app, "/fred/7", SCRIPT_NAME="/site")
    assert answer.json() == ["Fred", "7", "/site/fred/7"]
