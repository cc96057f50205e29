"""Every contestant answers every case rightly; else it would be timed at nothing."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from benchmarks.asgi import Driven
from benchmarks.cases import CASE_NAMES, TYPED_CASE_NAMES, Exchange, case_of
from benchmarks.clock import ask, check_case
from benchmarks.peers import IN_PROCESS, TYPED, is_asked, maker
from benchmarks.servers import CONTESTANTS

ROOT = Path(__file__).parents[2]
ALWAYS = ("raw", "roob")
ROUTES = 20


@pytest.fixture(scope="module", params=IN_PROCESS)
def app(request: pytest.FixtureRequest) -> Any:
    peer = request.param
    if peer not in ALWAYS:
        pytest.importorskip(
            peer.removesuffix("_orjson").replace("raw", "orjson"),
            reason=f"{peer} is not installed: see benchmarks/requirements.txt",
        )
    if peer == "django":
        pytest.skip("django is set up once per process: tested in one of its own")
    return maker(peer)(ROUTES)


@pytest.mark.parametrize("case", CASE_NAMES)
def test_an_app_answers_a_case_rightly(app: Any, case: str) -> None:
    check_case(app, case_of(case, ROUTES))


@pytest.mark.parametrize("case", TYPED_CASE_NAMES)
@pytest.mark.parametrize("peer", TYPED)
def test_a_typed_app_answers_a_typed_case_rightly(peer: str, case: str) -> None:
    package = peer.partition("_")[0]
    pytest.importorskip(package, reason=f"{package} is not installed")
    app = maker(peer)(ROUTES)
    check_case(app, case_of(case, ROUTES))
    wrong = Exchange("GET", "/typed/7?brand=Samsung&limit=0", 422, None, None)
    assert ask(app, wrong).status in (400, 422)


def test_typed_cases_are_for_typed_apps_alone() -> None:
    assert is_asked("roob_typed", "typed post")
    assert is_asked("roob", "post json")
    assert not is_asked("roob", "typed post")
    assert not is_asked("roob_typed", "post json")


def test_an_asgi_app_that_waits_cannot_be_asked_without_a_loop() -> None:
    class Waiting:
        def __await__(self) -> Any:
            yield

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await Waiting()

    with pytest.raises(RuntimeError, match="waits for something"):
        ask(Driven(app), Exchange("GET", "/", 200, None, None))


def test_an_app_has_no_route_beyond_the_last(app: Any) -> None:
    beyond = Exchange("GET", f"/r{ROUTES}/items/1", 404, None, None)
    assert ask(app, beyond).status == 404


@pytest.mark.parametrize("peer", ALWAYS)
def test_roob_and_the_raw_app_tell_a_missing_path_with_the_same_words(
    peer: str,
) -> None:
    answer = ask(maker(peer)(ROUTES), Exchange("GET", "/nope", 404, None, None))
    assert answer.media_type == "application/json"
    assert json.loads(answer.body) == {
        "message": "Requested path: /nope does not exist"
    }


def test_django_answers_every_case_rightly_in_a_process_of_its_own() -> None:
    pytest.importorskip("django", reason="django is not installed")
    program = (
        "from benchmarks.cases import CASE_NAMES, case_of\n"
        "from benchmarks.clock import check_case\n"
        "from benchmarks.peers import maker\n"
        f"app = maker('django')({ROUTES})\n"
        f"for name in CASE_NAMES: check_case(app, case_of(name, {ROUTES}))\n"
    )
    done = _python("-c", program)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("peer", ALWAYS)
def test_a_fresh_interpreter_tells_import_time_and_memory(peer: str) -> None:
    done = _python("-m", "benchmarks.first_request", peer)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["import_seconds"] > 0
    assert found["resident_kib"] > 1_000


def test_every_served_app_is_a_module_among_the_peers() -> None:
    for contestant in CONTESTANTS:
        assert find_spec(f"benchmarks.peers.{contestant.app}"), contestant.name


def test_every_server_is_given_two_workers_and_the_port() -> None:
    for contestant in CONTESTANTS:
        command = " ".join(contestant.command)
        assert "2" in contestant.command, contestant.name
        assert "{port}" in command or contestant.app == "robyn"


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
