import click
import pytest
from roob.cli.finding import load_app, name_of_app, settings


def test_the_line_comes_first_then_the_environment_then_the_file_then_the_usual_name(
    roob, written, folder, monkeypatch
):
    names = [written() for _ in range(3)]
    (folder / "app.py").write_text("")
    (folder / "pyproject.toml").write_text(f'[tool.roob]\napp = "{names[2]}:app"\n')
    assert name_of_app(None) == f"{names[2]}:app"
    assert name_of_app("given:app") == "given:app"
    monkeypatch.setenv("ROOB_APP", f"{names[1]}:nothing")
    assert f"{names[1]}:nothing" in roob("routes").output
    found = roob("routes", "--app", f"{names[0]}:nowhere").output
    assert f"{names[0]}:nowhere" in found


@pytest.mark.parametrize("name", ["app:app", "main:app", "wsgi:application"])
def test_an_app_of_the_usual_name_need_not_be_named(folder, name):
    (folder / f"{name.partition(':')[0]}.py").write_text("")
    assert name_of_app(None) == name


@pytest.mark.parametrize("command", ["routes", "why", "trace"])
def test_an_app_that_is_named_nowhere_is_asked_for(roob, command):
    result = roob(command, *(["/"] if command != "routes" else []))
    assert result.exit_code == 2
    assert "Which app? Give --app module:attribute" in result.output


@pytest.mark.parametrize("attribute", ["app", "create_app()", "plain"])
def test_an_app_is_an_attribute_or_what_a_factory_makes(written, attribute):
    assert callable(load_app(f"{written()}:{attribute}"))


def test_an_app_may_be_an_attribute_of_an_attribute(written):
    name = written("class held:\n    app = print\n")
    assert load_app(f"{name}:held.app") is print


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("nowhere_at_all:app", "there is no module 'nowhere_at_all' here"),
        ("nowhere_at_all.inner:app", "there is no module 'nowhere_at_all.inner' here"),
        ("{shop}:ap", "there is no 'ap' in it; did you mean 'app'?"),
        ("{shop}:zzzz", "there is no 'zzzz' in it"),
        ("{shop}:number", "is no app: 7 cannot be called"),
        ("{shop}:create_app", "is it a factory? Give {shop}:create_app()"),
        ("{shop}:get_book()", "it cannot be called without arguments"),
        ("{shop}", "is no module:attribute"),
        ("{shop}:", "is no module:attribute"),
        (":app", "is no module:attribute"),
        ("", "is no module:attribute"),
    ],
)
def test_what_is_no_app_is_refused_with_a_hint(written, name, complaint):
    shop = written()
    with pytest.raises(click.ClickException) as refusal:
        load_app(name.format(shop=shop))
    assert complaint.format(shop=shop) in refusal.value.message


def test_a_refused_app_ends_the_command_with_an_error(roob, shop):
    result = roob("trace", "GET", "/", "--app", f"{shop}:ap")
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert "did you mean 'app'?" in result.output


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("import nowhere_at_all\n",
         "ModuleNotFoundError: No module named 'nowhere_at_all'", 1),
        ("\nfrom json import nothing\n",
         "ImportError: cannot import name 'nothing'", 2),
        ("def fail():\n    raise ValueError('no')\nfail()\n", "ValueError: no", 2),
        ("x = 1\n\nx = = 2\n", "SyntaxError: invalid syntax", 3),
    ],
)  # fmt: skip
def test_what_an_app_itself_cannot_import_is_one_sentence_with_its_place(
    roob, written, folder, text, reason, line
):
    name = written(text)
    result = roob("routes", "--app", f"{name}:app")
    assert result.exit_code == 1
    (said,) = result.output.splitlines()
    assert said.startswith(f"Error: importing {name} failed: {reason}")
    assert said.endswith(f"({folder / name}.py:{line})")


def test_modules_are_found_in_a_src_folder_and_those_beside_it_come_first(
    written, folder, monkeypatch
):
    (folder / "src").mkdir()
    inner, both = written(), written()
    (folder / f"{inner}.py").rename(folder / "src" / f"{inner}.py")
    (folder / "src" / f"{both}.py").write_text("app = 7\n")
    assert callable(load_app(f"{inner}:app"))
    assert callable(load_app(f"{both}:app"))


def test_the_usual_application_of_a_wsgi_module_is_found(roob, written):
    written(name="wsgi", text="from roob import Roob\napplication = Roob()\n")
    assert "/static/" in roob("routes").output


def test_a_class_is_an_app_if_it_can_be_called(written):
    name = written("class App:\n    def __init__(self, environ, respond): pass\n")
    assert load_app(f"{name}:App").__name__ == "App"


def test_without_a_file_there_are_no_settings(folder):
    assert settings() == {}


@pytest.mark.parametrize("text", ["", "[tool]\n", "[project]\nname = 'x'\n"])
def test_a_file_without_a_table_of_roobs_has_none_either(folder, text):
    (folder / "pyproject.toml").write_text(text)
    assert settings() == {}


def test_settings_are_read_as_utf_8(folder):
    (folder / "pyproject.toml").write_bytes("[tool.roob]\napp = 'café:app'\n".encode())
    assert name_of_app(None) == "café:app"


def test_a_file_that_is_no_toml_is_named(folder, roob):
    (folder / "pyproject.toml").write_text("[tool.roob\n")
    result = roob("routes")
    assert result.exit_code == 1
    assert "pyproject.toml cannot be read" in result.output
