"""What it costs to be watched: a request of the inventory, traced and not, in turns.

`python -m benchmarks.armed` prints, as JSON, microseconds: of the request alone, of the
same while it is recorded, and of writing the recording, which happens after the answer
is out.
"""

import gc
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from roob.trace.layers import Layers
from roob.trace.recorder import Recorder
from roob.trace.telling import Teller
from roob.trace.tracing import Tracer
from roob.trace.visit import Visit, send

ROUNDS = 7
REQUESTS = 150
VISIT = Visit("GET", "/api/products/1")


def measure() -> dict[str, float]:
    """Medians over rounds that alternate, so that all share the machine's moods."""
    os.environ["DATABASE_URL"] = "sqlite:///:memory:"
    from demo_app.core.main import app  # noqa: PLC0415 - it reads the environment

    tracer = Tracer(app, Recorder(Layers(Path.cwd())), None)
    tracer.recorder.learn(app)
    found: dict[str, list[float]] = {"alone": [], "watched": [], "written": []}
    for _ in range(ROUNDS):
        found["alone"].append(_time(lambda: send(app, VISIT.environ())))
        with tracer.recorder.armed():
            tracer._see(VISIT)  # meets every function for the first time
            found["watched"].append(_time(lambda: tracer._see(VISIT)))
            seen = tracer._see(VISIT)
        write = partial(Teller(tracer.recorder.layers).tell, seen)
        write()
        found["written"].append(_time(write, REQUESTS // 10))
    return {name: median(times) for name, times in found.items()}


def _time(run: Callable[[], object], times: int = REQUESTS) -> float:
    gc.collect()
    spent = []
    for _ in range(times):
        began = perf_counter()
        run()
        spent.append(perf_counter() - began)
    return median(spent) * 1e6


if __name__ == "__main__":
    # The inventory logs each request; the log is not what is measured.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    version = ".".join(map(str, sys.version_info[:2]))
    print(json.dumps({"python": version, **measure()}))
