"""Each example as its first lines say that it is run."""

import logging
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
from roob import server

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = ["json_rpc", "rest", "reverse_proxy"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_it_serves_an_application_when_it_is_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str
) -> None:
    served: list[Any] = []
    monkeypatch.setattr(server, "run", lambda app, **_: served.append(app))
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    monkeypatch.setattr(sys, "argv", [f"{program}.py"])
    monkeypatch.chdir(tmp_path)

    runpy.run_path(str(EXAMPLES / f"{program}.py"), run_name="__main__")

    (app,) = served
    assert callable(app)


@pytest.mark.parametrize("program", ["json_rpc", "rest"])
def test_its_port_is_the_environments(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str
) -> None:
    served: list[Any] = []
    monkeypatch.setattr(server, "run", lambda _app, port: served.append(port))
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    monkeypatch.setattr(sys, "argv", [f"{program}.py"])
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.chdir(tmp_path)

    runpy.run_path(str(EXAMPLES / f"{program}.py"), run_name="__main__")

    assert served == [9000]


@pytest.mark.parametrize("program", PROGRAMS)
def test_its_first_lines_say_how_to_run_it(program: str) -> None:
    source = (EXAMPLES / f"{program}.py").read_text()
    assert f"python -m examples.{program}" in source.partition('"""\n\n')[0]
