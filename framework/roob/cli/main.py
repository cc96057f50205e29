"""The first room of ``roob``: an explicit table of commands."""

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from types import MappingProxyType

import click

# A command's room is imported when it is asked for, so that each starts quickly.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "trace": "roob.cli.trace:trace",
        "why": "roob.cli.why:why",
        "routes": "roob.cli.routes:routes",
        "rooms": "roob.cli.rooms:rooms",
        "docs": "roob.cli.docs:docs",
    }
)


class Table(click.Group):
    """The commands of the table, in its order."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        room, _, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(room), attribute)
        return command


@click.group(cls=Table, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("roob"), prog_name="roob")
def main() -> None:
    """Roob, the glass-box web framework: watch an app at work.

    Every command takes the app as --app module:attribute.
    """
