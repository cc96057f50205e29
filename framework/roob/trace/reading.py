"""What one has to read to follow a request: its functions, as they are met."""

from collections.abc import Iterator

from roob.trace.steps import Recording, Step
from roob.trace.text import counted

# Slow enough to understand, quick enough to finish.
LINES_A_MINUTE = 12


def render(recording: Recording) -> str:
    """Each function once, with its place and how many lines it has."""
    steps = [*_once(recording)]
    lines = sum(_length(recording, step) for step in steps)
    minutes = max(1, round(lines / LINES_A_MINUTE))
    head = (
        f"To follow {recording.method} {recording.path} read "
        f"{counted(len(steps), 'function')}, {counted(lines, 'line')}: "
        f"about {counted(minutes, 'minute')}"
    )
    width = max((len(step.place) for step in steps), default=0)
    rows = [
        f"  {step.place:{width}}  {_length(recording, step):3} lines  {step.name}"
        for step in steps
    ]
    return "\n".join([head, "", *rows])


def _once(recording: Recording) -> Iterator[Step]:
    met: set[str] = set()
    for step in recording.steps:
        if step.source and step.source not in met:
            met.add(step.source)
            yield step


def _length(recording: Recording, step: Step) -> int:
    return len(recording.sources[step.source].lines)
