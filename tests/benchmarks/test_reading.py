"""What is counted of the code behind a request, and what is printed of it."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks import reading
from benchmarks.cases import Answer, WrongAnswerError
from benchmarks.reading import (
    Function,
    Reading,
    Recording,
    ask_asgi,
    ask_wsgi,
    compiled_modules,
    in_order,
    main,
    read,
    render,
    verdicts,
)
from benchmarks.reading_apps import FRAMEWORKS

ROOT = Path(__file__).parents[2]
RIGHT = Answer(200, "application/json", b'{"id": 1}')
HEADERS = [("Content-Type", "application/json")]


def as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


@as_it_is  # 1
def example(number: int) -> Callable[[], int]:
    """Eight lines are executable, the one that it begins at with them.

    These are not.
    """
    # Nor is this one, nor the next.

    numbers = {  # 2
        "one": number,  # 3
        "two": number + 1,  # 4
    }

    def nested() -> int:  # 5
        """Three lines: its own two, and its `def`."""
        numbers["one"] *= 3
        return numbers["one"]

    if number < 0:  # 6
        raise ValueError(number)  # 7
    return nested  # 8


class Body:
    """A body that is read and closed."""

    def __iter__(self) -> Iterator[bytes]:
        yield RIGHT.body

    def close(self) -> None:
        pass


def app(environ: Any, start_response: Callable[..., Any]) -> Body:
    start_response("200 OK", HEADERS)
    return Body()


async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(0)
    await receive()
    headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": RIGHT.body, "more_body": True})
    await send({"type": "http.response.body"})


def names(recording: Recording) -> list[str]:
    return [one.code.co_qualname for one in recording.functions]


def made_of(*functions: Callable[..., Any], package: str) -> tuple[Function, ...]:
    return tuple(Function(one.__code__, package) for one in functions)


def test_lines_are_neither_docstring_nor_comment_nor_blank() -> None:
    assert len(Function(example.__code__, "x").lines) == 8


def test_a_nested_function_has_lines_of_its_own() -> None:
    nested = example(1)
    inner = Function(nested.__code__, "x").lines
    assert len(inner) == 3
    assert inner & Function(example.__code__, "x").lines == {min(inner)}  # its `def`


def test_a_function_counts_once_and_a_nested_one_only_if_it_is_entered() -> None:
    with (recording := Recording()):
        example(1)
        nested = example(2)
    assert names(recording) == ["example"]
    with (recording := Recording()):
        nested()
        example(3)()
    assert names(recording) == ["example.<locals>.nested", "example"]


def test_what_is_entered_before_and_after_is_not_recorded() -> None:
    nested = example(1)
    with (recording := Recording()):
        pass
    nested()
    assert recording.functions == ()
    assert sys.getprofile() is None


def test_an_error_ends_the_recording() -> None:
    with pytest.raises(ValueError, match="-1"), Recording():
        example(-1)
    assert sys.getprofile() is None


def test_threads_that_a_request_starts_are_read_too() -> None:
    with (recording := Recording()):
        thread = threading.Thread(target=example, args=(1,))
        thread.start()
        thread.join()
    assert "example" in names(recording)
    assert {"threading"} < {one.package for one in recording.functions}


def test_functions_of_equal_code_in_two_files_are_two() -> None:
    one, other = (_compiled(file) for file in ("one.py", "other.py"))
    with (recording := Recording()):
        one()
        other()
    files = [function.code.co_filename for function in recording.functions]
    assert files == ["one.py", "other.py"]


def test_generated_code_without_a_module_belongs_to_who_calls_it() -> None:
    generated = _compiled("<string>")
    with (recording := Recording()):
        generated()
    assert [one.module for one in recording.functions] == [__name__]


def _compiled(file: str) -> Callable[[], int]:
    scope: dict[str, Any] = {}
    exec(compile("def one():\n    return 1", file, "exec"), scope)
    return scope["one"]


def test_a_wsgi_app_is_read_to_the_end_of_its_body_and_closed() -> None:
    recording = Recording()
    assert ask_wsgi(app, recording) == RIGHT
    assert names(recording) == ["app", "Body.__iter__", "Body.close"]


def test_an_asgi_app_is_read_without_the_event_loop_that_drives_it() -> None:
    recording = Recording()
    assert ask_asgi(asgi_app, recording) == RIGHT
    assert {one.package for one in recording.functions} == {__name__.partition(".")[0]}
    assert names(recording)[0] == "asgi_app"


def test_a_function_is_placed_where_an_editor_finds_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    first = example.__code__.co_firstlineno
    function = Function(example.__code__, "tests.benchmarks.test_reading")
    assert function.place == f"tests/benchmarks/test_reading.py:{first}"
    assert function.package == "tests"


def test_the_second_request_is_recorded_and_not_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given an app that is not ready before its first request
    def lazy(environ: Any, start_response: Callable[..., Any]) -> Body:
        if not ready:
            ready.append(example(1))
        return app(environ, start_response)

    ready: list[object] = []
    monkeypatch.setattr(reading, "make", lambda framework: lazy)
    entered = [one.code.co_name for one in read("lazy").functions]
    assert entered == ["lazy", "app", "__iter__", "close"]


def test_a_wrong_answer_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(environ: Any, start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", HEADERS)
        return [b'{"id": "1"}']

    monkeypatch.setattr(reading, "make", lambda framework: wrong)
    with pytest.raises(WrongAnswerError, match="body is"):
        read("wrong")


def test_roob_is_read_from_its_call_to_its_answer_with_the_handler() -> None:
    found = read("roob")
    entered = [one.code.co_qualname for one in found.functions]
    assert entered[0] == "Roob.__call__"
    assert "RouteManager.dispatch" in entered
    assert "make.<locals>.item" in entered
    assert found.lines > found.own_lines > 50
    assert all(verdict.is_met for verdict in verdicts([found]))


def test_reading_again_gives_the_same() -> None:
    one, again = read("roob"), read("roob")
    assert in_order(one) == in_order(again)


def test_the_table_begins_with_the_least_to_read_and_ends_with_who_is_missing() -> None:
    readings = [
        Reading("rolo"),
        Reading("falcon", made_of(example, app, package="falcon"), ("falcon.app",)),
        Reading("roob", made_of(example, package="roob") + made_of(names, package="x")),
    ]
    assert render(readings).splitlines() == [
        "|        | functions | lines in all packages | lines of its own package |",
        "| :----- | --------: | --------------------: | -----------------------: |",
        "| roob   |         2 |                    10 |                        8 |",
        "| falcon |         2 |                    11 |                       11 |",
        "| rolo   |         - |                     - |                        - |",
        "",
        "* rolo: not installed",
        "* falcon (compiled: not all is visible): falcon.app",
    ]


def test_a_framework_that_is_not_installed_is_an_empty_reading() -> None:
    assert read("no_such_framework") == Reading("no_such_framework")


def test_the_last_lines_hold_roob_against_its_goals() -> None:
    roob = Reading("roob", made_of(example, package="roob"))
    assert [str(verdict) for verdict in verdicts([Reading("flask"), roob])] == [
        "lines to read, all packages: 8.000 (goal: at most 250): met",
        "lines of Roob's own: 8.000 (goal: at most 120): met",
    ]
    assert not any(verdict.is_met for verdict in verdicts([]))


def test_the_compiled_modules_of_a_package_are_its_extensions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = {
        "hawk.app": "/x/hawk/app.cpython-311-x86_64-linux-gnu.so",
        "hawk.uri": "/x/hawk/uri.py",
        "hawkeye.app": "/x/hawkeye/app.so",
    }
    for name, file in files.items():
        module = ModuleType(name)
        module.__file__ = file
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(sys.modules, "hawk.built_in", ModuleType("hawk.built_in"))
    assert compiled_modules("hawk") == ("hawk.app",)


def test_the_list_is_in_the_order_of_reading(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    main(["--list", "roob"])
    first, *rest = capsys.readouterr().out.splitlines()
    lines, place, name = first.split()
    assert int(lines) > 0
    assert place.partition(":")[0].endswith("roob/framework.py")
    assert name == "Roob.__call__"
    assert any(line.endswith("make.<locals>.item") for line in rest)


def test_the_command_has_a_row_for_everyone_and_then_the_goals() -> None:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.reading"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    rows = {line.split()[1] for line in lines if line.startswith("| ")}
    assert rows >= set(FRAMEWORKS)
    assert all(line.endswith(": met") for line in lines[-2:])
