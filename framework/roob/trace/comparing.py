"""Two recordings, and where their ways part."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from roob.trace.steps import Recording
from roob.trace.text import Line, headline, lines_of


def difference(first: Recording, second: Recording) -> Iterator[tuple[str, Line | str]]:
    """The lines of both: ``"-"`` those of the first alone, ``"+"`` of the second.

    Times are no difference; what a function was called with is.
    """
    yield "-", headline(first)
    yield "+", headline(second)
    yield "", ""
    ours, theirs = lines_of(first), lines_of(second)
    matcher = SequenceMatcher(None, [*map(_key, ours)], [*map(_key, theirs)], False)
    for kind, begin, end, other_begin, other_end in matcher.get_opcodes():
        if kind == "equal":
            yield from (("", line) for line in ours[begin:end])
            continue
        yield from (("-", line) for line in ours[begin:end])
        yield from (("+", line) for line in theirs[other_begin:other_end])


def _key(line: Line) -> tuple[str, str, int, str, str]:
    place = "" if line.layer == "sql" else line.place
    return line.layer, line.mark, line.depth, line.text, place
