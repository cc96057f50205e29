"""A recording as text: one line a step, its layer first, its place last."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import wrap

from roob.trace.candidates import CHOSEN, MARKS
from roob.trace.steps import Recording, SqlDetail, Step

# Without a terminal; a terminal gives its own.
WIDTH = 124
_LAYER = 13
_INDENT = 2
_LONGEST_VALUE = 100
_PLACE = 38
_NARROWEST = 24
# Their results are worth a line of their own, on the way back.
_ANSWERING = ("handler", "service", "repository")
_ONE_LINE = ("template", "static", "mount", "error", "gateway")
_BEGINS_SELECT = ("SELECT ", "SELECT DISTINCT ")


@dataclass(frozen=True)
class Line:
    """``Line("handler", "", 4, "get_book(id=7)", "app.py:12")``.

    ``mark`` is an arrow for the way in or back, or a cross for an error. A value is
    cut where it is too long; all else goes on below.
    """

    layer: str
    mark: str
    depth: int
    text: str
    place: str = ""
    is_value: bool = False
    is_error: bool = False


def headline(recording: Recording) -> str:
    """``"GET /  →  200 OK, 53 bytes      48 µs untraced (median of 500); ..."``."""
    size = counted(recording.bytes, "byte")
    if recording.is_websocket:
        size = "a websocket"
    answer = f"{recording.status or 'no status'}, {size}"
    if recording.error:
        begun = f"{answer}, then" if recording.status else "no answer:"
        answer = f"{begun} {recording.error}"
    return f"{recording.method} {recording.path}  →  {answer}      {times(recording)}"


def counted(number: int, thing: str) -> str:
    """``(1, "byte") -> "1 byte"``, ``(12345, "byte") -> "12,345 bytes"``."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def times(recording: Recording) -> str:
    """What is known of how long it takes, and from what."""
    time = recording.time
    if time.runs:
        known = f"{duration(time.honest)} untraced (median of {time.runs})"
    else:
        known = f"about {duration(time.honest)}"
    return f"{known}; recording took {duration(time.recorded)}"


def duration(microseconds: float) -> str:
    """``0.34 -> "0.3 µs"``, ``48.2 -> "48 µs"``, ``12345 -> "12.3 ms"``."""
    if microseconds < 10:
        return f"{microseconds:.1f} µs"
    if microseconds < 10_000:
        return f"{microseconds:,.0f} µs"
    return f"{microseconds / 1000:,.1f} ms"


def lines_of(recording: Recording) -> list[Line]:
    """What ``roob trace`` prints below the headline."""
    drawing = _Drawing(recording)
    drawing.draw(0, 0)
    return drawing.lines


class _Drawing:
    """The lines so far; a step's children stand between its way in and back."""

    def __init__(self, recording: Recording) -> None:
        self.lines: list[Line] = []
        self._recording = recording
        self._children = recording.children()
        self._told: set[str] = set()
        answers = [step for step in recording.steps if step.layer == "response"]
        self._sent = answers[-1] if answers else None  # those of inner apps come before

    def draw(self, place: int, depth: int) -> None:
        step = self._recording.steps[place]
        children = self._children.get(place, [])
        shown = [*self._before(step, children, depth)]
        self.lines += shown
        for child in children:
            self.draw(child, depth + (1 if shown else 0))
        self.lines += self._after(step, children, depth)

    def _before(self, step: Step, children: list[int], depth: int) -> Iterable[Line]:
        if step.layer == "middleware":
            return self._middleware_in(step, children, depth)
        if step.layer == "router":
            return _router_lines(step, depth)
        if step.layer == "response":
            return self._response(step, depth)
        if step.layer == "parameters":
            return _refused_lines(step, depth)
        if step.sql is not None:
            return [_sql_line(step, step.sql, depth)]
        return [_one_line(step, depth)]

    def _middleware_in(
        self, step: Step, children: list[int], depth: int
    ) -> Iterable[Line]:
        if not step.name.endswith(".handle_request"):
            return []  # shown as the way in or back of its middleware
        place = self._hook(children, "process_request") or step.place
        return [Line(step.layer, "↓", depth, step.title, place)]

    def _hook(self, children: Iterable[int], name: str) -> str:
        steps = [self._recording.steps[child] for child in children]
        return next((s.place for s in steps if s.name.endswith(f".{name}")), "")

    def _response(self, step: Step, depth: int) -> Iterable[Line]:
        if step.name.endswith("make_response"):
            text = f"{cut(step.title, _LONGEST_VALUE)} → {step.result}"
            return [Line(step.layer, "", depth, text, step.place)]
        is_sent = step is self._sent
        text = (
            is_sent and self._recording.response.body
        ) or f"{step.title} {step.result}"
        return [Line(step.layer, "", depth, text, step.place, is_value=True)]

    def _after(self, step: Step, children: list[int], depth: int) -> Iterator[Line]:
        if step.error:
            place = "" if step.error in self._told else step.raised
            self._told.add(step.error)  # once: where it came from, not where it went
            yield Line(step.layer, "✗", depth, step.error, place, is_error=True)
        elif step.layer in _ANSWERING:
            pieces = f"{counted(step.pieces, 'piece')}, then " if step.pieces else ""
            text = f"{pieces}{step.result}"
            yield Line(step.layer, "→", depth, text, is_value=True)
        elif step.layer == "middleware" and step.name.endswith(".handle_request"):
            place = self._hook(children, "process_response")
            text = "  ".join([step.title, *step.notes])
            yield Line(step.layer, "↑", depth, text, place)


def _router_lines(step: Step, depth: int) -> Iterator[Line]:
    if step.name != "RoutingHelper.find_route":
        return  # dispatch: the look-up in it tells what it does
    yield Line(step.layer, "", depth, step.title, step.place)
    widest = max((len(each.path) for each in step.candidates), default=0)
    for each in step.candidates:
        text = f"{MARKS[each.verdict]} {each.path:{widest}}  {each.reason}"
        yield Line(step.layer, "", depth + 1, text)
    if not any(each.verdict == CHOSEN for each in step.candidates):
        yield Line(step.layer, "→", depth, str(step.result))


def _refused_lines(step: Step, depth: int) -> Iterator[Line]:
    yield Line(step.layer, "", depth, step.title, step.place)
    for note in step.notes:
        yield Line(step.layer, "✗", depth + 1, note, is_error=True)


def _sql_line(step: Step, sql: SqlDetail, depth: int) -> Line:
    parameters = f"   [{', '.join(sql.parameters)}]" if sql.parameters else ""
    many = "".join(f"   {note}" for note in step.notes)
    rows = [step.result] if step.result else []
    measured = ", ".join([*rows, duration(step.elapsed)])
    text = short_statement(sql.statement) + parameters + many
    return Line(step.layer, "", depth, text, measured)


def short_statement(sql: str) -> str:
    """``'SELECT "a", "b" FROM "t"' -> 'SELECT 2 columns FROM "t"'``.

    What an INSERT selects in place of a value becomes ``(SELECT …)``.
    """
    if sql.startswith("INSERT"):
        return _folded(sql)
    columns, found, rest = sql.partition(" FROM ")
    begin = next((b for b in reversed(_BEGINS_SELECT) if columns.startswith(b)), "")
    count = columns.count(",") + 1
    if not found or not begin or count == 1 or "(" in columns:
        return sql
    return f"{begin}{count} columns FROM {rest}"


def _folded(sql: str) -> str:
    before, found, rest = sql.partition("(SELECT")
    if not found:
        return sql
    depth, end = 1, 0
    while depth and end < len(rest):
        depth += (rest[end] == "(") - (rest[end] == ")")
        end += 1
    return f"{before}(SELECT …){_folded(rest[end:])}"


def _one_line(step: Step, depth: int) -> Line:
    answers = step.layer in _ONE_LINE and step.result
    told = [step.title, *([f"→ {step.result}"] if answers else [])]
    notes = [cut(note, _LONGEST_VALUE) for note in step.notes if answers]
    return Line(step.layer, "", depth, "  ".join([*told, *notes]), step.place)


def plain(line: Line, width: int = WIDTH) -> str:
    """One line, or more where it is long: what was called is never cut short.

    ``"  handler         get_book(id=7)        app.py:12"``.
    """
    return "\n".join("".join(parts).rstrip() for parts in rows(line, width))


def rows(line: Line, width: int = WIDTH) -> list[tuple[str, str, str]]:
    """The line's layer, text and place, each with its blanks; then what goes on."""
    layer = f"{line.layer} {line.mark}".strip()
    begin = f"  {layer:{_LAYER}} "
    indent = " " * (_INDENT * line.depth)
    room = max(_NARROWEST, width - len(begin) - len(indent))
    if line.place:
        room = max(_NARROWEST, room - _PLACE)
    text = cut(line.text, room) if line.is_value else line.text
    first, *others = wrap(text, room, break_on_hyphens=False) or [""]
    found = [(begin, f"{indent}{first:{room}} " if line.place else indent + first)]
    found += [(" " * len(begin), f"{indent}  {other}") for other in others]
    places = [line.place, *[""] * len(others)]
    return [(*row, place) for row, place in zip(found, places, strict=True)]


def cut(text: str, length: int) -> str:
    """The text on one line, its end left out where it is longer."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: max(1, length - 1)] + "…"


def hints(recording: Recording) -> list[str]:
    """What the lines do not say: that one statement ran again and again."""
    found: list[str] = []
    if recording.repeated > 1:
        found.append(
            f"One statement ran {recording.repeated} times: see the SQL above."
        )
    if recording.remark:
        found.append(recording.remark)
    if recording.seldom:
        found.append(f"This request was made {recording.seldom}.")
    if recording.left_out:
        found.append(f"{recording.left_out:,} more steps are left out.")
    return found


def render(recording: Recording, width: int = WIDTH) -> str:
    """All of it as plain text."""
    body = [plain(line, width) for line in lines_of(recording)]
    told = hints(recording)
    return "\n".join([headline(recording), "", *body, *([""] if told else []), *told])
