from dataclasses import dataclass

import pytest
from roob import Roob
from roob.middlewares import Middleware
from roob.models.responses import JSONResponse
from roob.trace.calls import Call
from roob.trace.describing import Describer, class_of, name_of
from roob.trace.hiding.secrets import Secrets
from roob.trace.layers import Layers
from roob.trace.visit import Visit

from framework.tests.trace import shop
from framework.tests.trace.seeing import HERE, see, step_of


@pytest.fixture
def describer():
    return Describer(Layers(HERE), Secrets())


def call_of(function, **arguments):
    return Call(function.__code__, arguments, 10, 20)


def test_a_call_goes_by_its_own_name():
    def inner():
        pass

    assert name_of(call_of(shop.BookService.get)) == "BookService.get"
    assert name_of(call_of(inner)) == "inner"
    assert class_of(call_of(shop.BookService.get)) == "BookService"
    assert class_of(call_of(shop.hello)) == ""


def test_a_function_is_told_with_what_it_was_called_with(describer):
    words = describer.words(call_of(shop.hello, name="ada"), None)
    assert (words.who, words.title, words.result) == (
        "hello", "hello(name='ada')", "None",
    )  # fmt: skip


def test_what_every_handler_is_given_is_shown_for_others_alone(describer):
    def search(request, parameters):
        pass

    call = call_of(search, request=1, parameters={"name": "ada"})
    title = describer.words(call, None).title
    assert title == "search(request=1, parameters={'name': 'ada'})"


def test_a_handler_is_shown_with_its_parameters_alone():
    def search(request, **parameters):
        return parameters

    app = Roob()
    app.add_route("/search/{name}", search, ["GET"])
    assert step_of(see(app, "/search/ada"), "search").title == "search(name='ada')"


def test_what_goes_by_a_secret_name_is_hidden(describer):
    def log_in(user, password):
        pass

    call = call_of(log_in, user="ada", password="lovelace")
    assert describer.words(call, None).title == "log_in(user='ada', password=‹hidden›)"
    assert ("password", "‹hidden›") in describer.arguments(call)


def test_an_unfinished_call_and_one_that_failed_have_no_result(describer):
    unfinished = Call(shop.hello.__code__, {}, 10)
    failed = Call(shop.hello.__code__, {}, 10, 20, error=ValueError("no"))
    assert describer.words(unfinished, None).result is None
    assert describer.words(failed, None).result is None


def test_a_stream_that_is_left_has_no_result_but_that(describer):
    left = Call(shop.streaming.__code__, {}, 10, 20, is_left=True, pieces=["one "])
    assert describer.words(left, None).result == "left before its end"


class Told(Middleware):
    """Does to an answer what it is told to."""

    deed = staticmethod(lambda response: response)

    def process_response(self, request, response):
        return self.deed(response) or response


def drop(response):
    del response.headers["X-Here"]


def change(response):
    response.headers["X-Here"] = "other"


def answer_anew(response):
    return JSONResponse({"new": True}, headers={"X-Here": "yes"})


@pytest.mark.parametrize(
    ("deed", "notes"),
    [
        (lambda response: response, []),
        (lambda response: response.headers.update({"X-New": "1"}), ["adds X-New"]),
        (change, ["changes X-Here"]),
        (drop, ["takes away X-Here"]),
        (answer_anew, ["gives another answer"]),
    ],
)
def test_what_a_middleware_did_to_the_answer_is_told(deed, notes):
    app = Roob()
    app.add_route(
        "/x", lambda request: JSONResponse({"a": 100}, headers={"X-Here": "yes"}),
        ["GET"],
    )  # fmt: skip
    app.add_middleware(type("Told", (Told,), {"deed": staticmethod(deed)}))
    (step,) = [s for s in see(app, "/x").steps if s.name.endswith(".handle_request")
               and s.layer == "middleware"]  # fmt: skip
    told = [note for note in step.notes if "Content-Length" not in note]
    assert told == notes


class Silent(Middleware):
    def handle_request(self, request):
        return JSONResponse({"closed": True}, status=503)


class Swallowing(Middleware):
    """Lets the app fail, and answers in its place."""

    def handle_request(self, request):
        try:
            return super().handle_request(request)
        except ZeroDivisionError:
            return JSONResponse({"failed": True}, status=500)


@pytest.mark.parametrize(
    ("kind", "notes"), [(Silent, ["answers by itself"]), (Swallowing, [])]
)
def test_only_a_middleware_that_called_nothing_answers_by_itself(kind, notes):
    app = Roob()
    app.add_route("/crash", shop.crash, ["GET"])
    app.add_middleware(kind)
    step = step_of(see(app, "/crash"), f"{kind.__name__}.handle_request")
    assert step.notes == notes


@dataclass
class Tag:
    title: str


class RenamingService:
    def rename(self, thing, labels):
        thing.title = "after"
        labels.append("new")
        return thing


@pytest.mark.parametrize(
    "make", [lambda: Tag("before"), lambda: shop.Book(id=1, title="before")]
)
def test_what_a_call_changes_is_shown_as_it_was(make):
    def rename(request):
        return RenamingService().rename(make(), []).title

    app = Roob()
    app.add_route("/rename", rename, ["GET"])
    step = step_of(see(app, "/rename"), "RenamingService.rename")
    shown = dict(step.arguments)
    assert "'before'" in shown["thing"]
    assert shown["labels"] == "[]"
    assert "'after'" in step.result
    assert "'before'" in step.title


def test_an_app_that_is_mounted_has_a_number():
    inner, outer = Roob(), Roob()
    inner.add_route("/x", shop.teapot, ["GET"])
    outer.mount("/inner", inner)
    whos = [(step.who, step.name) for step in see(outer, "/inner/x").steps
            if step.layer == "app"]  # fmt: skip
    assert whos == [
        ("Roob", "Roob.__call__"),
        ("Roob.handle_request", "Roob.handle_request"),
        ("Roob 2", "Roob.__call__"),
        ("Roob.handle_request 2", "Roob.handle_request"),
    ]


@pytest.mark.parametrize(
    ("error", "text"),
    [(ValueError("no"), "ValueError: no"), (ValueError(), "ValueError"),
     (shop.Unspeakable(), "Unspeakable")],
)  # fmt: skip
def test_an_error_is_told_by_its_class_and_its_words(describer, error, text):
    assert describer.error(error) == text


def test_an_environ_is_never_shown_whole(describer):
    environ = {"HTTP_COOKIE": "x", "wsgi.input": None}
    call = call_of(shop.plain_app, environ=environ, start_response=print)
    assert ("environ", "environ") in describer.arguments(call)


@pytest.mark.parametrize("name", ["environ", "env", "scope", "request"])
def test_an_environ_is_known_by_what_is_in_it(describer, name):
    made = {}
    exec(f"def helper({name}): pass", made)
    environ = Visit("GET", "/", (("X-One", "sesame"),)).environ()
    call = call_of(made["helper"], **{name: environ})
    assert describer.arguments(call) == [(name, "environ")]
    assert describer.words(call, None).title == f"helper({name}=environ)"


def test_another_dictionary_of_that_name_is_shown(describer):
    def helper(environ):
        pass

    call = call_of(helper, environ={"size": 7})
    assert describer.arguments(call) == [("environ", "{'size': 7}")]


def test_a_template_is_told_with_its_context(tmp_path):
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "page.html").write_text("<h1>{{ title }}</h1>")
    app = shop.create_shop(folder=str(tmp_path))
    app.add_route(
        "/page", lambda request: app.template("page.html", {"title": "Emma"}), ["GET"]
    )
    step = step_of(see(app, "/page"), "Roob.template")
    assert (step.layer, step.title) == ("template", "page.html")
    assert (step.result, step.notes) == ("13 characters", ["title = 'Emma'"])


def test_a_static_file_is_told_by_its_path(tmp_path):
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "a.css").write_text("b {}")
    app = shop.create_shop(folder=str(tmp_path))
    step = step_of(see(app, "/static/a.css"), "StaticFiles.respond")
    assert (step.layer, step.title) == ("static", "a.css")
    assert step.result.startswith("200 OK")
    missing = step_of(see(app, "/static/b.css"), "StaticFiles.respond")
    assert missing.result == "no such file"
