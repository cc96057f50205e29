import pytest
from roob.trace.calls import Call
from roob.trace.describing import Describer, class_of, name_of
from roob.trace.layers import Layers
from roob.trace.secrets import Secrets

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
    words = describer.words(call_of(shop.hello, request=1, name="ada"), None)
    assert (words.who, words.title, words.result) == (
        "hello", "hello(name='ada')", "None",
    )  # fmt: skip


def test_what_goes_by_a_secret_name_is_hidden(describer):
    def log_in(request, user, password):
        pass

    call = call_of(log_in, request=1, user="ada", password="lovelace")
    assert describer.words(call, None).title == "log_in(user='ada', password=‹hidden›)"
    assert ("password", "‹hidden›") in describer.arguments(call)


def test_an_unfinished_call_and_one_that_failed_have_no_result(describer):
    unfinished = Call(shop.hello.__code__, {}, 10)
    failed = Call(shop.hello.__code__, {}, 10, 20, error=ValueError("no"))
    assert describer.words(unfinished, None).result is None
    assert describer.words(failed, None).result is None


@pytest.mark.parametrize(
    ("error", "text"),
    [(ValueError("no"), "ValueError: no"), (ValueError(), "ValueError"),
     (shop.Unspeakable(), "Unspeakable")],
)  # fmt: skip
def test_an_error_is_told_by_its_class_and_its_words(describer, error, text):
    assert describer.error(error) == text


def test_an_environ_is_never_shown_whole(describer):
    call = call_of(shop.plain_app, environ={"HTTP_COOKIE": "x"}, start_response=print)
    assert ("environ", "environ") in describer.arguments(call)


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
