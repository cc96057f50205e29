"""The first room of ``roob``: an explicit table of commands, and those of plugins."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module, metadata
from types import MappingProxyType
from typing import Any

import click

PLUGINS = "roob.commands"
# A command's room is imported when it is asked for, so that each starts quickly.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "createproject": "roob.cli.making.createproject:createproject",
        "addview": "roob.cli.making.addview:addview",
        "addmodelview": "roob.cli.making.addmodelview:addmodelview",
        "createdb": "roob.cli.createdb:createdb",
        "migrate": "roob.cli.migrate:migrate",
        "run": "roob.cli.run:run",
        "routes": "roob.cli.routes:routes",
        "openapi": "roob.cli.openapi:openapi",
        "shell": "roob.cli.shell:shell",
        "check": "roob.cli.checking.check:check",
        "trace": "roob.cli.trace:trace",
        "why": "roob.cli.why:why",
        "rooms": "roob.cli.rooms:rooms",
        "docs": "roob.cli.docs:docs",
        "commands": "roob.cli.helping:commands",
        "help": "roob.cli.helping:help_",
    }
)


class Group(click.Group):
    """Commands below a command; what is misspelled is answered by what is like it."""

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names.

        Raises:
            click.UsageError: there is none.
        """
        if self.get_command(context, args[0]) is None and args[0][:1] != "-":
            context.fail(no_such(args[0], self.list_commands(context)))
        return super().resolve_command(context, args)

    def format_commands(
        self, context: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List them, each with the whole first line of its docstring."""
        rows = [(each.name or "", first_line(each)) for each in every(self, context)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class Table(Group):
    """The commands of the table, in its order, then those of plugins."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return [*COMMANDS, *plugins()]

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name in COMMANDS:
            room, _, attribute = COMMANDS[name].partition(":")
            command: click.Command = getattr(import_module(room), attribute)
            return command
        plugin = plugins().get(name)
        return None if plugin is None else _of_plugin(plugin)

    def invoke(self, context: click.Context) -> Any:
        """Run the command that is asked for.

        Raises:
            click.UsageError: an argument of it is missing.
        """
        try:
            return super().invoke(context)
        except click.MissingParameter as missing:
            if not isinstance(missing.param, click.Argument):
                raise
            words = f"Missing required parameter <{missing.param.name}>."
            raise click.UsageError(words, missing.ctx) from missing


def plugins() -> dict[str, metadata.EntryPoint]:
    """What distributions add to the table, by name; nothing in it is replaced."""
    found = metadata.entry_points(group=PLUGINS)
    return {each.name: each for each in found if each.name not in COMMANDS}


def _of_plugin(plugin: metadata.EntryPoint) -> click.Command:
    try:
        command = plugin.load()
    except Exception as error:  # whatever the plugin's own code raises
        return _broken(plugin, f"{type(error).__name__}: {error}")
    if not isinstance(command, click.Command):
        return _broken(plugin, f"{plugin.value} is no click.Command")
    command.name = plugin.name
    return command


def _broken(plugin: metadata.EntryPoint, reason: str) -> click.Command:
    """What stands for a plugin that cannot be loaded: it says why."""
    words = f"(cannot be loaded: {' '.join(reason.split())})"

    def fail(**_given: object) -> None:
        of = f" of {plugin.dist.name}" if plugin.dist else ""
        raise click.ClickException(f"{plugin.name}{of} {words[1:-1]}")

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(plugin.name, anything, fail, help=words)


def every(group: click.Group, context: click.Context) -> list[click.Command]:
    """The commands of a group, in its order."""
    found = [group.get_command(context, n) for n in group.list_commands(context)]
    return [command for command in found if command is not None]


def first_line(command: click.Command) -> str:
    """The first line of a command's docstring."""
    return (command.help or "").partition("\n")[0]


def no_such(name: str, names: Sequence[str]) -> str:
    """``("advew", [...]) -> "No such command 'advew'. Did you mean 'addview'?"``."""
    close = get_close_matches(name, names, 1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"No such command {name!r}.{hint}"


@click.group(
    cls=Table,
    subcommand_metavar="COMMAND [ARGS]...",
    invoke_without_command=True,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
)
@click.version_option(package_name="roob", prog_name="roob")
@click.pass_context
def main(context: click.Context) -> None:
    """Roob, the glass-box web framework: build an app, run it, watch it at work.

    Start with: roob createproject myproject
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
