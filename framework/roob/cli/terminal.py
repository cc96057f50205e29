"""What a terminal adds to a text: colours by layer, where there is one and it may."""

import os
import shutil
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

import click

from roob.trace.steps import Recording
from roob.trace.text import WIDTH, Line, headline, hints, lines_of, plain, rows

COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "server": "bright_black",
        "app": "cyan",
        "middleware": "magenta",
        "gateway": "cyan",
        "router": "yellow",
        "parameters": "green",
        "handler": "green",
        "service": "bright_green",
        "repository": "blue",
        "sql": "bright_blue",
        "template": "bright_magenta",
        "static": "bright_yellow",
        "mount": "cyan",
        "error": "red",
        "response": "bright_cyan",
    }
)


def has_colours() -> bool:
    """Whether standard output is a terminal that wants them (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def width() -> int:
    """How long a line may be: the terminal's width, else the usual one."""
    if not sys.stdout.isatty():
        return WIDTH
    return max(80, shutil.get_terminal_size().columns)


def show(recording: Recording) -> None:
    """Print a recording."""
    echo_title(headline(recording))
    click.echo()
    for line in lines_of(recording):
        echo_line(line)
    for hint in hints(recording):
        click.echo(f"\n{hint}")


def echo_title(text: str) -> None:
    """Print a headline."""
    if has_colours():
        _rich_print(("bold", text))
    else:
        click.echo(text)


def echo_line(line: Line, sign: str = "", style: str = "") -> None:
    """Print one line; with a ``sign``, ``+`` or ``-``, as a part of a comparison."""
    room = width() - len(sign)
    if not has_colours():
        for row in plain(line, room).split("\n"):
            click.echo((sign + row).rstrip())
        return
    colour = style or ("bold red" if line.is_error else COLOURS.get(line.layer, ""))
    body = style or ("red" if line.is_error else "")
    for layer, text, place in rows(line, room):
        _rich_print(
            (style, sign), (colour, layer), (body, text), (style or "dim", place)
        )


def _rich_print(*parts: tuple[str, str]) -> None:
    text = import_module("rich.text").Text.assemble(
        *[(words, style) for style, words in parts]
    )
    _console().print(text, soft_wrap=True)


@cache
def _console() -> Any:
    # rich takes a while to import, and most output goes to files and pipes.
    return import_module("rich.console").Console(highlight=False)
