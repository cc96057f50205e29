"""Generated code is laid out as a formatter would: lines of 88 characters at most."""

import re
from collections.abc import Sequence

LINE = 88
_INDENT = " " * 4


def call(opening: str, arguments: Sequence[str], closing: str, indent: int = 0) -> str:
    """A call or the head of a class: on one line, else its arguments on one, else each.

    ``("name = Column(", ["str", "unique=True"], ")") -> "name = Column(str, ..."``.
    The first line is indented by what is there already, ``indent`` characters.
    """
    line = f"{opening}{', '.join(arguments)}{closing}"
    if indent + len(line) <= LINE:
        return line
    inner = f"{' ' * indent}{_INDENT}{', '.join(arguments)}"
    if len(inner) <= LINE:
        return f"{opening}\n{inner}\n{' ' * indent}{closing}"
    return one_each(opening, arguments, closing, indent)


def names(opening: str, texts: Sequence[str], indent: int = 0) -> str:
    """A tuple of texts: ``("long = ", ["a"]) -> 'long = ("a",)'``."""
    quoted = [f'"{text}"' for text in texts]
    line = f"{opening}({', '.join(quoted)}{',' if len(quoted) == 1 else ''})"
    if indent + len(line) <= LINE:
        return line
    return one_each(f"{opening}(", quoted, ")", indent)


def one_each(opening: str, items: Sequence[str], closing: str, indent: int = 0) -> str:
    """Each item on a line of its own."""
    inner = "".join(f"{' ' * indent}{_INDENT}{item},\n" for item in items)
    return f"{opening}\n{inner}{' ' * indent}{closing}"


def import_line(module: str, name: str) -> str:
    """``("models.posts", "Post") -> "from models.posts import Post"``."""
    line = f"from {module} import {name}"
    return (
        line if len(line) <= LINE else one_each(f"{line[: -len(name)]}(", [name], ")")
    )


def natural(text: str) -> list[str | int]:
    """What sorts ``post2`` before ``post10``, as imports are sorted."""
    parts = re.split("([0-9]+)", text)
    return [int(part) if part.isdigit() else part for part in parts]
