"""The container scripts, run with a small fake in the place of `docker`."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
OFFICIAL = "python:3.13-slim"
OFFICIAL_POSTGRES = "postgres:17"
ON_POSTGRES = {"DATABASE": "postgres", "PYTHON_IMAGE": "mine:1"}
Answers = dict[str, str]
Run = Callable[..., subprocess.CompletedProcess[str]]

# What the fake docker does, by the start of its arguments: a line of shell each.
HEALTHY: Answers = {
    "info": "true",
    "compose version": "true",
    "compose ps": "echo c0ffee",
    "compose port": "echo 127.0.0.1:8123",
    "compose": "true",
    "inspect": "echo 0 healthy",
}
NO_REGISTRY: Answers = {
    "image inspect roob-base": "true",
    "image inspect roob-postgres": "true",
}


def script(path: Path, *lines: str) -> None:
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    # The host's own pip settings stay out of these tests.
    script(folder / "python3", "exit 1")
    return folder


@pytest.fixture
def run(tmp_path: Path, bin_folder: Path) -> Run:
    """Run a script with a docker that answers as told and fails otherwise."""

    def run_with(
        answers: Answers, command: str, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        cases = [f'"{start}"*) {action} ;;' for start, action in answers.items()]
        calls = f'echo "$*" >> "{tmp_path}/calls"'
        fake = [calls, 'case "$*" in', *cases, "*) exit 1 ;;", "esac"]
        script(bin_folder / "docker", *fake)
        name, *arguments = command.split()
        return subprocess.run(
            [DEPLOY / name, *arguments],
            env={"PATH": f"{bin_folder}:{os.defpath}", **environ},
            capture_output=True,
            text=True,
            timeout=30,
        )

    return run_with


@pytest.fixture
def calls(tmp_path: Path) -> Callable[[], list[str]]:
    return lambda: (tmp_path / "calls").read_text().splitlines()


@pytest.mark.parametrize(
    ("command", "variable"),
    [("base-image.sh", "PYTHON_IMAGE"), ("postgres-image.sh", "POSTGRES_IMAGE")],
)
def test_the_image_that_is_asked_for_is_taken_unseen(
    run: Run, tmp_path: Path, command: str, variable: str
) -> None:
    chosen = run({}, command, **{variable: "mine:1"})

    assert (chosen.stdout, chosen.stderr) == ("mine:1\n", "")
    assert not (tmp_path / "calls").exists()


@pytest.mark.parametrize("way", ["image inspect {}", "pull --quiet {}"])
@pytest.mark.parametrize(
    ("command", "official"),
    [("base-image.sh", OFFICIAL), ("postgres-image.sh", OFFICIAL_POSTGRES)],
)
def test_the_official_image_is_taken_where_it_is_or_can_be_pulled(
    run: Run, command: str, official: str, way: str
) -> None:
    chosen = run({way.format(official): "true"}, command)

    assert (chosen.stdout, chosen.stderr) == (f"{official}\n", "")


@pytest.mark.parametrize(
    ("command", "official", "stand_in"),
    [
        ("base-image.sh", OFFICIAL, "roob-base:bookworm"),
        ("postgres-image.sh", OFFICIAL_POSTGRES, "roob-postgres:bookworm"),
    ],
)
def test_without_a_registry_the_fallback_is_announced(
    run: Run, command: str, official: str, stand_in: str
) -> None:
    chosen = run(NO_REGISTRY, command)

    assert chosen.stdout == f"{stand_in}\n"
    assert f"{official} cannot be pulled" in chosen.stderr


def test_the_stand_in_for_postgres_is_built_on_debians_base(
    run: Run, calls: Callable[[], list[str]]
) -> None:
    answers = {"image inspect roob-base": "true", "build": "true"}

    built = run(answers, "airgap/build-postgres.sh")

    assert built.stdout == "roob-postgres:bookworm\n"
    assert "BASE_IMAGE=roob-base:bookworm" in calls()[-1]


def test_a_base_image_that_is_there_is_not_built_again(
    run: Run, calls: Callable[[], list[str]]
) -> None:
    built = run(NO_REGISTRY, "airgap/build-base.sh")

    assert built.stdout == "roob-base:bookworm\n"
    assert calls() == ["image inspect roob-base:bookworm"]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("up.sh", "no container engine answers"),
        ("e2e.sh", "no container engine answers"),
        ("airgap/build-base.sh", "no container engine answers"),
        ("airgap/build-postgres.sh", "no container engine answers"),
    ],
)
def test_without_an_engine_the_exit_code_says_so(
    run: Run, command: str, reason: str
) -> None:
    refused = run({}, command, PYTHON="true")

    assert (refused.returncode, refused.stdout) == (3, "")
    assert reason in refused.stderr


def test_an_engine_elsewhere_that_is_silent_is_not_replaced(run: Run) -> None:
    refused = run({}, "airgap/engine.sh start", DOCKER_HOST="tcp://127.0.0.1:1")

    assert refused.returncode == 3
    assert "DOCKER_HOST is set" in refused.stderr


def test_up_builds_on_the_chosen_image_and_prints_the_url(
    run: Run, calls: Callable[[], list[str]]
) -> None:
    up = run(HEALTHY, "up.sh", PYTHON_IMAGE="mine:1")

    assert (up.returncode, up.stdout) == (0, "http://127.0.0.1:8123\n")
    assert calls().index("compose build") < calls().index("compose up -d")


def test_up_on_postgres_starts_the_database_before_the_service(
    run: Run, calls: Callable[[], list[str]]
) -> None:
    show = 'echo "$COMPOSE_PROFILES $DATABASE_URL $POSTGRES_IMAGE"'
    answers = {"compose up -d postgres": show, **HEALTHY}

    up = run(answers, "up.sh", **ON_POSTGRES, POSTGRES_IMAGE="mine:2")

    assert up.returncode == 0
    url = "postgresql://inventory@postgres/inventory"
    assert f"postgres {url} mine:2\n" in up.stderr
    assert calls().index("compose up -d postgres") < calls().index("compose up -d")


def test_up_waits_for_a_database_that_is_sick_and_shows_its_log(
    run: Run, calls: Callable[[], list[str]]
) -> None:
    sick = {**HEALTHY, "inspect": "echo 0 unhealthy"}

    up = run(sick, "up.sh", **ON_POSTGRES, POSTGRES_IMAGE="mine:2")

    assert (up.returncode, up.stdout) == (1, "")
    assert "the service postgres is unhealthy" in up.stderr
    assert "compose logs --no-color --tail 50 postgres" in calls()


@pytest.mark.parametrize("command", ["up.sh", "e2e.sh"])
def test_a_database_that_is_not_known_is_refused(run: Run, command: str) -> None:
    refused = run(HEALTHY, command, DATABASE="mysql", PYTHON="true")

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "DATABASE=mysql is not known here" in refused.stderr


def test_up_hands_over_the_index_of_pip_but_no_addresses_of_files(
    run: Run, bin_folder: Path
) -> None:
    index = "https://index.test/simple"
    script(
        bin_folder / "python3",
        f'case "$*" in *index-url) echo "file:///opt/a {index} /opt/b" ;; esac',
    )
    show = 'echo "index=$PIP_INDEX_URL more=$PIP_EXTRA_INDEX_URL proxy=$HTTPS_PROXY"'
    answers = {"compose build": show, **HEALTHY}

    up = run(
        answers, "up.sh", PYTHON_IMAGE="mine:1", PIP_INDEX_URL="x", https_proxy="y"
    )

    assert f"index=x more={index} proxy=y\n" in up.stderr


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("0 unhealthy", "the service web is unhealthy"),
        ("3 starting", "the service web ends as soon as it starts"),
    ],
)
def test_up_gives_up_on_a_sick_service_and_shows_its_log(
    run: Run, calls: Callable[[], list[str]], state: str, reason: str
) -> None:
    sick = {**HEALTHY, "inspect": f"echo {state}"}

    up = run(sick, "up.sh", PYTHON_IMAGE="mine:1")

    assert (up.returncode, up.stdout) == (1, "")
    assert reason in up.stderr
    assert any(call.startswith("compose logs") for call in calls())


def test_compose_falls_back_to_the_older_command(run: Run, bin_folder: Path) -> None:
    script(bin_folder / "docker-compose", 'echo "older $*"')

    assert run({}, "compose.sh ps -q").stdout == "older ps -q\n"


def test_compose_prefers_the_plugin(run: Run, bin_folder: Path) -> None:
    script(bin_folder / "docker-compose", 'echo "older $*"')
    plugin = {"compose version": "true", "compose ps": "echo plugin"}

    assert run(plugin, "compose.sh ps").stdout == "plugin\n"


def test_e2e_ends_as_its_tests_did_and_takes_everything_down(
    run: Run, bin_folder: Path, calls: Callable[[], list[str]]
) -> None:
    python = bin_folder / "tests-python"
    script(python, 'case "$1" in -c) echo 8123 ;; *) echo "$*"; exit 7 ;; esac')

    tested = run(HEALTHY, "e2e.sh -x", PYTHON=str(python), PYTHON_IMAGE="mine:1")

    options = "--base-url http://127.0.0.1:8123 --container c0ffee -x"
    assert tested.stdout == f"-m pytest tests/e2e {options}\n"
    assert tested.returncode == 7
    assert calls()[-1] == "compose down --volumes"


def test_e2e_takes_down_what_could_not_start(
    run: Run, calls: Callable[[], list[str]]
) -> None:
    broken = {"compose build": "exit 1", **HEALTHY}

    tested = run(broken, "e2e.sh", PYTHON="true", PYTHON_IMAGE="mine:1")

    assert tested.returncode == 1
    assert calls()[-1] == "compose down --volumes"


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_stop_leaves_a_process_alone_that_only_has_the_number(
    run: Run, tmp_path: Path, bystander: subprocess.Popen[bytes]
) -> None:
    (tmp_path / "dockerd.pid").write_text(str(bystander.pid))

    stopped = run({}, "airgap/engine.sh stop", ROOB_ENGINE_STATE=str(tmp_path))

    assert stopped.returncode == 0
    assert "no engine of this script" in stopped.stderr
    assert bystander.poll() is None
