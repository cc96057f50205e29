from importlib import metadata

import click
import pytest
from roob.cli.main import COMMANDS


@click.command()
def paint():
    """Paint it."""


class Point:
    """An entry point of a distribution."""

    name, value, dist = "paint", "painter:paint", metadata.distribution("click")

    def load(self):
        return paint


@pytest.fixture
def plugin(monkeypatch):
    monkeypatch.setattr(metadata, "entry_points", lambda group: [Point()])


def test_the_commands_are_listed_whole_and_plain(roob):
    result = roob("commands")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert [line.split()[0] for line in lines] == [*COMMANDS]
    assert len({len(line) - len(line.split(None, 1)[1]) for line in lines}) == 1
    assert (
        "createdb       Make the tables that the models say in the database." in lines
    )


def test_a_plugins_distribution_is_named(roob, plugin):
    last = roob("commands").output.splitlines()[-1]
    assert last == f"paint          Paint it. [click {metadata.version('click')}]"


def test_help_alone_is_the_table(roob):
    assert roob("help").output == roob("--help").output


@pytest.mark.parametrize(
    "words", [["run"], ["migrate"], ["migrate", "make"], ["help"], ["paint"]]
)
def test_help_is_a_commands_own(roob, plugin, words):
    result = roob("help", *words)
    assert result.exit_code == 0
    assert result.output == roob(*words, "--help").output


def test_help_shows_the_whole_docstring_and_the_commands_below(roob):
    shown = roob("help", "migrate").output
    assert "The files lie in the folder migrations" in shown
    assert "\n  undo " in shown


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["migrat"], "No such command 'migrat'. Did you mean 'migrate'?"),
        (["migrate", "aply"], "No such command 'aply'. Did you mean 'apply'?"),
        (["run", "fast"], "No such command 'fast'."),
        (["zzz"], "No such command 'zzz'."),
    ],
)
def test_help_of_what_is_not_there_is_an_error(roob, words, complaint):
    result = roob("help", *words)
    assert result.exit_code == 2
    assert result.output.endswith(f"Error: {complaint}\n")
