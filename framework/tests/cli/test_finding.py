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


@pytest.mark.parametrize("name", ["app", "main", "wsgi"])
def test_an_app_of_the_usual_name_need_not_be_named(folder, name):
    (folder / f"{name}.py").write_text("")
    assert name_of_app(None) == f"{name}:app"


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
        ("{shop}", "is no module:attribute"),
        ("{shop}:", "is no module:attribute"),
        (":app", "is no module:attribute"),
        ("", "is no module:attribute"),
    ],
)
def test_what_is_no_app_is_refused_with_a_hint(written, name, complaint):
    with pytest.raises(click.ClickException) as refusal:
        load_app(name.format(shop=written()))
    assert complaint in refusal.value.message


def test_a_refused_app_ends_the_command_with_an_error(roob, shop):
    result = roob("trace", "GET", "/", "--app", f"{shop}:ap")
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert "did you mean 'app'?" in result.output


def test_what_an_app_itself_cannot_import_is_its_own_error(written):
    with pytest.raises(ModuleNotFoundError, match="nowhere_at_all"):
        load_app(f"{written('import nowhere_at_all')}:app")


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
