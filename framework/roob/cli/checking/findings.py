"""What ``roob check`` found: what is well, what is not, and what it skipped."""

from dataclasses import dataclass

import click

from roob.cli import terminal

WELL, WRONG, SKIPPED = "✓", "✗", "–"
_COLOURS = {WELL: "green", WRONG: "red", SKIPPED: "bright_black"}


@dataclass(frozen=True)
class Finding:
    """``Finding("✗", "the database file is missing", "roob createdb")``."""

    mark: str
    words: str
    remedy: str = ""

    def echo(self) -> None:
        """Print it: the mark, what was found and, in a line of its own, what to do."""
        mark = self.mark
        if terminal.has_colours():
            mark = click.style(mark, _COLOURS[mark])
        click.echo(f"{mark} {self.words}")
        if self.remedy:
            click.echo(f"  → {self.remedy}")


def well(words: str) -> Finding:
    """It is as it should be."""
    return Finding(WELL, words)


def wrong(words: str, remedy: str = "") -> Finding:
    """It is not, and this is what to do."""
    return Finding(WRONG, words, remedy)


def skipped(words: str) -> Finding:
    """There is nothing to look at."""
    return Finding(SKIPPED, words)
