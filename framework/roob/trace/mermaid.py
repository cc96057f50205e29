"""A recording as a sequence diagram for Mermaid, as GitHub draws it."""

import re
from collections.abc import Iterator

from roob.trace.steps import Recording, Step
from roob.trace.text import short_statement

_LONGEST = 60
# What ends a message, begins a comment, or is read as markup.
_SPECIAL = re.compile(r"[^\w \-./,='()?*→✓✗]")


def render(recording: Recording) -> str:
    """``sequenceDiagram``, one participant a layer's function or class."""
    return "\n".join(["sequenceDiagram", *_lines(recording)])


def _lines(recording: Recording) -> Iterator[str]:
    shown = [step.who for step in recording.steps if not _is_told_inside(step)]
    names = {who: f"p{n}" for n, who in enumerate(dict.fromkeys(shown))}
    for who, name in names.items():
        yield f"    participant {name} as {_text(who)}"
    yield from _Sequence(recording, names).inside(0, recording.steps[0])


class _Sequence:
    """The messages: there, what happens inside, and back."""

    def __init__(self, recording: Recording, names: dict[str, str]) -> None:
        self._steps = recording.steps
        self._children = recording.children()
        self._names = names

    def inside(self, place: int, caller: Step) -> Iterator[str]:
        for child in self._children.get(place, ()):
            step = self._steps[child]
            if _is_told_inside(step):
                yield from self.inside(child, caller)
            else:
                yield from self._message(caller, step, child)

    def _message(self, caller: Step, step: Step, place: int) -> Iterator[str]:
        here, there = self._names[caller.who], self._names[step.who]
        yield f"    {here}->>{there}: {_text(_title(step))}"
        yield from self.inside(place, step)
        back = step.error or step.result
        if back and here != there:
            arrow = "--x" if step.error else "-->>"
            yield f"    {there}{arrow}{here}: {_text(back)}"


def _is_told_inside(step: Step) -> bool:
    """Whether the step inside it, the router's look-up, says it all."""
    return step.name == "RouteManager.dispatch"


def _title(step: Step) -> str:
    return short_statement(step.sql.statement) if step.sql else step.title


def _text(text: str) -> str:
    """The text as Mermaid prints it: other characters by their numbers."""
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", text) or " "
