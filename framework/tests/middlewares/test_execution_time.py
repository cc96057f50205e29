import re
import time

import pytest
from roob import Roob
from roob.exceptions import ResponseError
from roob.middlewares import ErrorHandlerMiddleware, ExecutionTimeMiddleware
from roob.middlewares import execution_time as room


def refuse(request):
    raise ResponseError("no", 400)


@pytest.fixture(params=[False, True], ids=["inside", "outside"])
def app(request):
    app = Roob()
    app.add_route("/", lambda request: "ok")
    app.add_route("/refuse", refuse)
    app.add_route("/fail", lambda request: 1 / 0)
    steps = [ExecutionTimeMiddleware, ErrorHandlerMiddleware]
    for step in steps[::-1] if request.param else steps:
        app.add_middleware(step)
    return app


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/nope", 404), ("/refuse", 400), ("/fail", 500)]
)
def test_every_answer_has_its_time_errors_too(app, call, path, status):
    answer = call(app, path)
    assert answer.status == status
    assert re.fullmatch(r"\d+\.\d{4}s", answer.header("X-Response-Time"))


def test_the_clock_is_the_monotonic_one(app, call, monkeypatch):
    times = iter([10.0, 10.25])
    monkeypatch.setattr(room, "perf_counter", lambda: next(times))
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert call(app).header("X-Response-Time") == "0.2500s"


def test_it_wraps_any_application(call):
    def raw(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    assert call(ExecutionTimeMiddleware(app=raw)).header("X-Response-Time")
