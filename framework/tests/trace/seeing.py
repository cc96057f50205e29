"""One request seen, without the rooms that measure how long it takes without."""

from pathlib import Path
from time import perf_counter_ns
from typing import Any

from roob.trace.layers import Layers
from roob.trace.recorder import Recorder
from roob.trace.steps import Recording, Step
from roob.trace.telling import MOST_STEPS, Seen, Teller
from roob.trace.visit import Visit, send

HERE = Path(__file__).parent


def see(
    app: Any,
    path: str,
    method: str = "GET",
    body: bytes = b"",
    *,
    back_end: Any = None,
    layers: Layers | None = None,
    most_steps: int = MOST_STEPS,
) -> Recording:
    """``see(app, "/books/1") -> Recording``."""
    layers = layers or Layers(HERE)
    recorder = Recorder(layers)
    if back_end is not None:
        recorder._back_end = back_end(layers.follows)
    recorder.learn(app)
    visit = Visit(method, path, (), body)
    environ = visit.environ()
    with recorder.armed(), recorder.recording() as events:
        began = perf_counter_ns()
        answer = send(app, environ)
        ended = perf_counter_ns()
    seen = Seen(environ, body, answer, events, began, ended)
    return Teller(layers, most_steps).tell(seen)


def outline(recording: Recording) -> list[tuple[int, str, str]]:
    """``[(0, "server", "app"), (1, "app", "Roob.__call__"), ...]``."""
    return [(step.depth, step.layer, step.name) for step in recording.steps]


def step_of(recording: Recording, name: str) -> Step:
    """The one step of that name."""
    (found,) = [step for step in recording.steps if step.name == name]
    return found
