import subprocess
import sys
import tomllib
from importlib import metadata
from importlib.metadata import version
from pathlib import Path

import click
import pytest
from roob.cli import main as room
from roob.cli.main import COMMANDS

PLUGINS = """\
import click

@click.command()
@click.argument("colour")
def paint(colour):
    \"\"\"Paint it all.

    And more.
    \"\"\"
    click.echo(f"painted {colour}")

number = 7
"""


@pytest.fixture
def plugins(written, monkeypatch, folder):
    """``plugins(paint="paint")``: entry points into a module with commands."""
    monkeypatch.syspath_prepend(folder)
    module = written(PLUGINS)

    def install(**attributes):
        found = [
            metadata.EntryPoint(name, f"{module}:{attribute}", room.PLUGINS)
            for name, attribute in attributes.items()
        ]
        points = metadata.EntryPoints(found)
        monkeypatch.setattr(metadata, "entry_points", lambda group: points)
        return module

    return install


def test_the_table_lists_every_command_with_its_first_sentence(roob):
    shown = roob("--help").output
    assert [name for name in COMMANDS if f"\n  {name} " in shown] == [*COMMANDS]
    assert "Show a request's path" in shown
    assert "..." not in shown.partition("Commands:")[2]


def test_it_goes_along_the_happy_path():
    assert " ".join(COMMANDS) == (
        "createproject addview addmodelview createdb migrate run routes openapi shell "
        "check trace why rooms docs commands help"
    )


def test_alone_it_shows_the_table(roob):
    result = roob()
    assert result.exit_code == 0
    assert result.stdout == roob("--help").stdout
    assert result.stderr == ""


@pytest.mark.parametrize("command", [*COMMANDS])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_explains_itself(roob, command, option):
    result = roob(command, option)
    assert result.exit_code == 0
    assert f"{command} [OPTIONS]" in result.output


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["createproject"], "name"),
        (["addview"], "name"),
        (["addmodelview"], "name"),
        (["why"], "request"),
    ],
)
def test_a_missing_parameter_is_named(roob, words, name):
    result = roob(*words)
    assert result.exit_code == 2
    assert result.output.splitlines()[-1] == (
        f"Error: Missing required parameter <{name}>."
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [("paint", ""), ("advew", " Did you mean 'addview'?"), ("Check", None)],
)
def test_an_unknown_command_is_refused_with_what_is_like_it(roob, name, hint):
    result = roob(name)
    assert result.exit_code == 2
    hint = " Did you mean 'check'?" if hint is None else hint
    assert result.output.endswith(f"Error: No such command {name!r}.{hint}\n")


def test_an_unknown_option_is_called_an_option(roob):
    result = roob("--paint")
    assert result.exit_code == 2
    assert "No such option" in result.output


def test_an_empty_word_is_no_command(roob):
    result = roob("")
    assert result.exit_code == 2
    assert "No such command ''" in result.output


def test_the_version_is_the_distributions(roob):
    assert roob("--version").output.strip() == f"roob, version {version('roob')}"


def test_a_plugin_is_listed_last_and_runs(roob, plugins):
    plugins(paint="paint")
    assert roob().output.splitlines()[-1].split() == ["paint", "Paint", "it", "all."]
    assert roob("paint", "it").output == "painted it\n"
    missing = roob("paint")
    assert missing.exit_code == 2
    assert "Error: Missing required parameter <colour>." in missing.output
    assert "Did you mean 'paint'?" in roob("pant").output


def test_a_plugin_replaces_nothing(roob, shop, plugins):
    plugins(routes="paint", paint="paint")
    assert "/books" in roob("routes").output
    assert roob().output.count("\n  routes ") == 1


def test_a_plugin_is_looked_for_where_the_table_has_no_such_name(
    roob, shop, monkeypatch
):
    monkeypatch.setattr(metadata, "entry_points", None)
    assert roob("routes").exit_code == 0


@pytest.mark.parametrize(
    ("attribute", "reason"),
    [
        ("nothing", "AttributeError: module '{module}' has no attribute 'nothing'"),
        ("number", "{module}:number is no click.Command"),
    ],
)
def test_a_plugin_that_cannot_be_loaded_says_why(roob, plugins, attribute, reason):
    module = plugins(broken=attribute, paint="paint")
    reason = f"cannot be loaded: {reason.format(module=module)}"
    shown = " ".join(roob().output.split())
    assert f"broken ({reason})" in shown
    assert "paint Paint it all." in shown
    result = roob("broken", "--anything", "at", "all")
    assert (result.exit_code, result.output) == (1, f"Error: broken {reason}\n")


def test_options_keep_clicks_words(roob, written, plugins, monkeypatch):
    @click.command()
    @click.option("--colour", required=True)
    def dye(colour):
        """Dye it."""

    monkeypatch.setattr(metadata.EntryPoint, "load", lambda self: dye)
    plugins(dye="paint")
    assert "Error: Missing option '--colour'." in roob("dye").output


def test_the_table_is_shown_without_importing_any_commands_room():
    code = (
        "import sys\n"
        "from roob.cli.main import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: pass\n"
        "print([n for n in sys.modules if n.startswith(('roob.trace', 'roob.orm')) "
        "or n == 'rich'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_python_runs_the_same_command(folder):
    done = subprocess.run(
        [sys.executable, "-m", "roob", "--version"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert version("roob") in done.stdout


def test_the_distribution_has_the_program_under_two_names():
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    program = "roob.cli.main:main"
    scripts = tomllib.loads(text)["project"]["scripts"]
    assert scripts == {"roob": program, "roob-admin": program}
