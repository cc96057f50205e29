"""A recording from what was seen: the request, its answer, the events and the clock."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from roob.common_handlers import shown_path
from roob.models.requests import Request
from roob.trace.bodies import (
    learn_body,
    learn_headers,
    learn_request,
    message,
    request_headers,
)
from roob.trace.calls import Call, calls_of
from roob.trace.describing import Describer, learn_from, name_of, text_of
from roob.trace.events import Event, is_generator
from roob.trace.hiding.learning import learn_all
from roob.trace.hiding.naming import HIDDEN, is_secret
from roob.trace.hiding.secrets import Secrets
from roob.trace.layers import Layers
from roob.trace.places import Places, source_of
from roob.trace.steps import (
    Message,
    Pairs,
    Recording,
    Source,
    SqlDetail,
    Step,
    Times,
)
from roob.trace.text import counted, duration
from roob.trace.timing import HonestClock, cost_of_an_event
from roob.trace.visit import Answer
from roob.types import WSGIEnvironment

_NS = 1000.0  # nanoseconds in a microsecond
# More is no story that anybody follows.
MOST_STEPS = 5000
DEEPEST_STEP = 200
_SAME = ("middleware", "response")
_TOLD_WHOLE = ("HandlerChain.respond", "ChainResponse.take")
_WEBSOCKET = "a websocket, which has ended; its messages are not recorded"
_NO_WEBSOCKET = (
    "This path is a websocket's: roob trace opens none. watch(app), as in make watch, "
    "shows those that clients open."
)


@dataclass(frozen=True)
class Seen:
    """All that is known of one request when it is over.

    ``began`` and ``ended`` are nanoseconds of the monotonic clock, ``cost`` is what
    noting an event takes here, in nanoseconds too; ``untraced`` is the median of
    ``runs`` requests in microseconds.
    """

    environ: WSGIEnvironment
    body: bytes
    answer: Answer
    events: Sequence[Event]
    began: int
    ended: int
    untraced: float | None = None
    runs: int = 0
    cost: float = 0.0


class Teller:
    """``Teller(layers).tell(seen) -> Recording``."""

    def __init__(self, layers: Layers, most_steps: int = MOST_STEPS) -> None:
        self._layers = layers
        self._most_steps = most_steps
        self._places = Places(layers.root)

    def tell(self, seen: Seen) -> Recording:
        """The steps of a request, in the words of their layers, without its secrets."""
        roots, secrets = calls_of(seen.events), Secrets()
        self._learn(seen, roots, secrets)
        clock, times = _clock(seen)
        describer = Describer(self._layers, secrets)
        story = _Story(self._layers, self._places, describer, clock, self._most_steps)
        story.open(_server_step(seen, times, describer))
        for root in roots:
            story.add(root, None, 0)
        return _recording(seen, times, story, secrets)

    def _learn(self, seen: Seen, roots: Sequence[Call], secrets: Secrets) -> None:
        learn_request(seen.environ, seen.body, secrets)
        headers = seen.answer.headers or []
        kinds = [value for name, value in headers if name.lower() == "content-type"]
        learn_headers(headers, secrets)
        learn_body(seen.answer.body, kinds[0] if kinds else "", secrets)
        if seen.answer.error is not None:
            learn_all([text_of(seen.answer.error), seen.answer.error], secrets)
        learn_from(_all_of(roots), self._layers, secrets)


class _Story:
    """The steps so far, each call's after its caller's."""

    def __init__(
        self,
        layers: Layers,
        places: Places,
        describer: Describer,
        clock: HonestClock,
        most_steps: int,
    ) -> None:
        self.steps: list[Step] = []
        self.sources: dict[str, Source] = {}
        self.left_out = 0
        self._layers = layers
        self._places = places
        self.describer = describer
        self._clock = clock
        self._most_steps = most_steps

    def open(self, step: Step) -> None:
        """The outermost step, which no function of the app is."""
        self.steps.append(step)

    def add(self, call: Call, caller: Call | None, parent: int) -> None:
        """A call and those inside it."""
        place = len(self.steps)
        if place >= self._most_steps or self.steps[parent].depth >= DEEPEST_STEP:
            self.left_out += 1 + sum(1 for _ in _all_of(call.children))
            return
        self.steps.append(self._step(call, caller, parent))
        for child in _children(call, self._layers):
            self.add(child, call, place)

    def _step(self, call: Call, caller: Call | None, parent: int) -> Step:
        words = self.describer.words(call, caller)
        file = self._places.file_of(call.code)
        start = self._clock.at(call.began)
        return Step(
            layer=self._layers.layer_of(call.code),
            who=words.who,
            name=name_of(call),
            title=words.title,
            parent=parent,
            depth=self.steps[parent].depth + 1,
            file=file,
            line=call.code.co_firstlineno,
            source=self._source(call, f"{file}:{call.code.co_firstlineno}"),
            arguments=self.describer.arguments(call),
            result=words.result,
            error=self.describer.error(call.error) if call.error else None,
            raised=self._places.raised(call.error) if call.error else "",
            notes=words.notes,
            start=round(start, 1),
            elapsed=round(self._elapsed(call, start), 1),
            candidates=words.candidates,
            sql=words.sql,
            pieces=len(call.pieces),
        )

    def _elapsed(self, call: Call, start: float) -> float:
        if not call.ended:
            return self._clock.whole - start
        spent = self._clock.at(call.ended) - start
        if is_generator(call.code):  # others ran while it waited
            spent *= call.elapsed / max(1, call.ended - call.began)
        return spent

    def _source(self, call: Call, key: str) -> str:
        if key not in self.sources:
            source = source_of(call.code)
            if source is None:
                return ""
            self.sources[key] = source
        return key


def _children(call: Call, layers: Layers) -> Iterator[Call]:
    """The calls inside one; a step that hands on to its base class is one step."""
    if _is_told_whole(call, layers):
        return
    for child in call.children:
        if _is_its_base(child, call, layers) or _is_silent(child, layers):
            yield from child.children
        else:
            yield child


def _is_told_whole(call: Call, layers: Layers) -> bool:
    """Whether its row says it all: how a gateway's response becomes another one."""
    is_own = layers.layer_of(call.code) == "gateway" and not layers.everything
    return is_own and call.code.co_qualname in _TOLD_WHOLE


def _is_silent(call: Call, layers: Layers) -> bool:
    """Whether it is a typed handler's parameters, read without a complaint."""
    is_read = layers.layer_of(call.code) == "parameters" and call.error is None
    return is_read and call.code.co_name == "bind" and not layers.everything


def _is_its_base(child: Call, call: Call, layers: Layers) -> bool:
    return (
        layers.layer_of(call.code) in _SAME
        and not layers.everything
        and child.code.co_name == call.code.co_name
        and "self" in child.arguments
        and _self_of(child) is _self_of(call)
    )


def _self_of(call: Call) -> object:
    this = call.arguments.get("self")
    return getattr(this, "response", this)


def _all_of(calls: Iterable[Call]) -> Iterator[Call]:
    waiting = [*calls][::-1]
    while waiting:
        call = waiting.pop()
        yield call
        waiting += call.children[::-1]


def _clock(seen: Seen) -> tuple[HonestClock, Times]:
    recorded = (seen.ended - seen.began) / _NS
    cost = seen.cost
    if seen.untraced is not None:
        cost = min(cost, cost_of_an_event(recorded, seen.untraced, len(seen.events)))
    ticks = [seen.began, *(event.at for event in seen.events), seen.ended]
    clock = HonestClock(ticks, cost, seen.untraced)
    return clock, Times(round(recorded, 1), round(clock.whole, 1), seen.runs)


def _server_step(seen: Seen, times: Times, describer: Describer) -> Step:
    software = str(seen.environ.get("SERVER_SOFTWARE", "")) or "WSGI server"
    answer = seen.answer
    return Step(
        layer="server",
        who="server",
        name="app",
        title="app(environ, start_response)",
        result=answer.status or None,
        error=describer.error(answer.error) if answer.error else None,
        notes=[software],
        elapsed=times.honest,
    )


def _recording(seen: Seen, times: Times, story: _Story, secrets: Secrets) -> Recording:
    environ, answer = seen.environ, seen.answer
    error = answer.error
    return Recording(
        method=str(environ["REQUEST_METHOD"]),
        path=secrets.scrub(_path_of(environ)),
        status=secrets.scrub(answer.status),
        bytes=answer.length,
        time=times,
        steps=[_scrubbed(step, secrets) for step in story.steps],
        left_out=story.left_out,
        remark=_remark(answer, times, story.describer),
        request=message(request_headers(environ), seen.body, secrets),
        response=_response(answer, secrets),
        error=story.describer.error(error) if error else None,
        sources={
            key: replace(source, lines=[*map(secrets.scrub_known, source.lines)])
            for key, source in story.sources.items()
        },
    )


def _response(answer: Answer, secrets: Secrets) -> Message:
    if answer.headers is None:
        return Message()
    if answer.status.startswith("101 "):  # what WSGI asks for was not sent
        return Message(body=_WEBSOCKET)
    return message(answer.headers, answer.body, secrets, answer.length)


def _remark(answer: Answer, times: Times, describer: Describer) -> str:
    if answer.is_cut:
        seen = f"{duration(times.recorded)}, {counted(answer.pieces, 'piece')}"
        return f"The answer went on: this is what was seen of it in {seen}."
    is_opened = answer.status.startswith("101 ")
    return _NO_WEBSOCKET if describer.has_met_websocket and not is_opened else ""


def _path_of(environ: WSGIEnvironment) -> str:
    path = shown_path(Request(environ))
    query = [
        (name, HIDDEN if is_secret(name) else value)
        for name, value in parse_qsl(environ.get("QUERY_STRING", ""), True)
    ]
    return f"{path}?{urlencode(query, safe='‹›/')}" if query else path


def _scrubbed(step: Step, secrets: Secrets) -> Step:
    """Once more, now that all the secrets of the request are known."""
    scrub = secrets.scrub_known
    pairs: Pairs = [(name, scrub(value)) for name, value in step.arguments]
    return replace(
        step,
        title=scrub(step.title),
        arguments=pairs,
        result=scrub(step.result) if step.result else step.result,
        error=scrub(step.error) if step.error else step.error,
        sql=_scrubbed_sql(step.sql, secrets) if step.sql else None,
        notes=[*map(scrub, step.notes)],
        candidates=[replace(c, reason=scrub(c.reason)) for c in step.candidates],
    )


def _scrubbed_sql(sql: SqlDetail, secrets: Secrets) -> SqlDetail:
    scrub = secrets.scrub_known
    shown = [*map(scrub, sql.parameters)]
    return replace(sql, statement=scrub(sql.statement), parameters=shown)
