"""``roob commands`` and ``roob help``: what there is to type, and what it does."""

from collections.abc import Sequence

import click

from roob.cli.main import every, first_line, no_such, plugins


@click.command()
@click.pass_context
def commands(context: click.Context) -> None:
    """List the commands, those of plugins too, each in a line."""
    root = context.find_root()
    found = every(_group(root), root)
    width = max(len(command.name or "") for command in found)
    for command in found:
        name = command.name or ""
        click.echo(f"{name:{width}}  {first_line(command)}{_origin(name)}")


def _group(context: click.Context) -> click.Group:
    assert isinstance(context.command, click.Group)  # noqa: S101 - the root is one
    return context.command


def _origin(name: str) -> str:
    """Which distribution a plugin's command comes from."""
    plugin = plugins().get(name)
    if plugin is None or plugin.dist is None:
        return ""
    return f" [{plugin.dist.name} {plugin.dist.version}]"


@click.command("help")
@click.argument("name", nargs=-1)
@click.pass_context
def help_(context: click.Context, name: Sequence[str]) -> None:
    """Explain a command, its arguments and its options.

    \b
    roob help
    roob help migrate
    roob help migrate make
    """
    found = context.find_root()
    for word in name:
        found = _below(found, word)
    click.echo(found.command.get_help(found))


def _below(context: click.Context, word: str) -> click.Context:
    """The context of a command in a group.

    Raises:
        click.UsageError: there is no such command.
    """
    group = context.command
    names = group.list_commands(context) if isinstance(group, click.Group) else []
    if not isinstance(group, click.Group) or word not in names:
        raise click.UsageError(no_such(word, names), context)
    command = group.get_command(context, word)
    assert command is not None  # noqa: S101 - it is in the list
    return click.Context(command, parent=context, info_name=word)
