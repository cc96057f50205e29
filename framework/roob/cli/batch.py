"""Many commands in one process: ``roob docs`` starts it, once for each app.

It reads a JSON list of commands from standard input, and writes a JSON list of what
each printed. The app is imported once, on copies of its databases. A command that
cannot be run ends it, with its reason on standard error.
"""

import io
import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout, suppress
from typing import Any

import click

from roob.cli.main import main
from roob.cli.sandbox import Sandbox


def run(commands: Sequence[Sequence[str]], defaults: Mapping[str, Any]) -> list[str]:
    """What each command prints: ``[["why", "GET", "/"]] -> ["GET / is ..."]``."""
    with Sandbox() as sandbox:
        return [_output(command, sandbox, defaults) for command in commands]


def _output(
    command: Sequence[str], sandbox: Sandbox, defaults: Mapping[str, Any]
) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed), suppress(SystemExit):  # a verdict, as of `why`
        try:
            main.main(
                [*command],
                prog_name="roob",
                standalone_mode=False,
                obj=sandbox,
                default_map=defaults,
            )
        except click.ClickException as error:
            words = f"roob {shlex.join(command)}: {error.format_message()}"
            raise click.ClickException(words) from error
    return printed.getvalue()


def _answer() -> None:
    asked = json.load(sys.stdin)
    try:
        outputs = run(asked["commands"], asked["defaults"])
    except click.ClickException as error:
        raise SystemExit(error.format_message()) from error
    json.dump(outputs, sys.stdout)


if __name__ == "__main__":
    _answer()
