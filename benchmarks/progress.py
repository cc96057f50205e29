"""A line on stderr that says what is being measured; stdout stays the report's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed


@contextmanager
def progress(steps: int) -> Iterator[Callable[[str], None]]:
    """Show a bar of so many steps; call what it yields as each step begins.

    Where stderr is no terminal, each step is a line of its own.
    """
    console = Console(stderr=True)
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        Elapsed(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=steps)

        def tick(what: str) -> None:
            bar.update(task, description=what, advance=1)
            if not console.is_terminal:
                console.print(what)

        yield tick
