"""Many commands in one process: ``roob docs`` starts it, once for each app.

It reads a JSON list of commands from standard input, and writes a JSON list of what
each printed. The app is imported once, on copies of its databases.
"""

import io
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from typing import Any

import click

from roob.cli.main import main
from roob.cli.session import Session


def run(commands: Sequence[Sequence[str]], defaults: Mapping[str, Any]) -> list[str]:
    """What each command prints: ``[["why", "GET", "/"]] -> ["GET / is ..."]``."""
    with Session() as session:
        return [_output(command, session, defaults) for command in commands]


def _output(
    command: Sequence[str], session: Session, defaults: Mapping[str, Any]
) -> str:
    printed = io.StringIO()
    with redirect_stdout(printed):
        try:
            main.main(
                [*command],
                prog_name="roob",
                standalone_mode=False,
                obj=session,
                default_map=defaults,
            )
        except click.ClickException as error:
            print(f"Error: {error.format_message()}")
        except SystemExit:  # a verdict, as of `why`
            pass
    return printed.getvalue()


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump(run(asked["commands"], asked["defaults"]), sys.stdout)
