"""The Dockerfile and the compose file, read as text: no engine needed."""

import json
import os
import re
import runpy
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
COMPOSE = (ROOT / "docker-compose.yml").read_text()
WEB, POSTGRES = re.split("^  postgres:$", COMPOSE, maxsplit=1, flags=re.MULTILINE)


def seconds(name: str, service: str = WEB) -> int:
    found = re.search(rf"^ *{name}: (\d+)s$", service, re.MULTILINE)
    assert found, f"docker-compose.yml does not set {name}"
    return int(found[1])


def exec_form(pattern: str) -> list[str]:
    found = re.search(rf"{pattern} (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert found, f"the Dockerfile has no {pattern} in exec form"
    words: list[str] = json.loads(found[1])
    return words


class Readiness(BaseHTTPRequestHandler):
    ready = True

    def do_GET(self) -> None:
        known = self.path == "/health/ready"
        self.send_response((200 if self.ready else 503) if known else 404)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


class NotReady(Readiness):
    ready = False


@pytest.fixture
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), request.param) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def health_check(port: int) -> int:
    arguments = exec_form("HEALTHCHECK .*\\\\\n    CMD")[1:]
    environ = {**os.environ, "PORT": str(port), "http_proxy": "http://127.0.0.1:1"}
    checked = subprocess.run(
        [sys.executable, *arguments], env=environ, capture_output=True
    )
    return checked.returncode


@pytest.mark.parametrize("port", [Readiness], indirect=True)
def test_the_health_check_passes_when_ready_whatever_proxy_is_set(port: int) -> None:
    assert health_check(port) == 0


@pytest.mark.parametrize("port", [NotReady], indirect=True)
def test_the_health_check_fails_when_not_ready(port: int) -> None:
    assert health_check(port) == 1


def test_the_command_starts_gunicorn_itself() -> None:
    assert exec_form("^CMD")[0] == "gunicorn"


def test_the_engine_waits_longer_than_gunicorn_does() -> None:
    config = runpy.run_path(str(ROOT / "deploy" / "gunicorn.conf.py"))

    assert seconds("stop_grace_period") > config["graceful_timeout"]


def test_the_health_check_outlives_its_own_request() -> None:
    assert seconds("timeout") > 2


@pytest.mark.parametrize(
    "feature", [r"^RUN --", r"^\w+ .*<<", r"^COPY --link", r"^# syntax="]
)
def test_the_dockerfile_stays_within_the_classic_builder(feature: str) -> None:
    assert not re.search(feature, DOCKERFILE, re.MULTILINE)


def test_both_stages_start_from_one_image() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)

    assert bases == ["${PYTHON_IMAGE}", "${PYTHON_IMAGE}"]


def test_the_dockerfile_and_compose_name_the_same_official_image() -> None:
    assert "ARG PYTHON_IMAGE=python:3.13-slim\n" in DOCKERFILE
    assert "${PYTHON_IMAGE:-python:3.13-slim}" in COMPOSE


def test_the_port_is_published_on_this_machine_only() -> None:
    published = re.findall(r'^ *- "(.*:8000)"$', COMPOSE, re.MULTILINE)

    assert published == ["127.0.0.1:${PORT:-8000}:8000"]


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text, re.MULTILINE)
    assert found, f"there is no {pattern}"
    return int(found[1])


def test_the_container_may_start_a_thread_for_each_live_connection() -> None:
    asgi = (ROOT / "demo_app" / "core" / "asgi.py").read_text()
    workers = number(r"WEB_CONCURRENCY:-(\d+)", WEB)
    requests = number(r"WEB_THREADS:-(\d+)", WEB)
    live = number(r"^LIVE_CONNECTIONS = (\d+)$", asgi)

    assert number(r"pids_limit: (\d+)$", WEB) > workers * (requests + live)


def test_the_database_server_is_there_only_for_those_who_ask() -> None:
    assert "profiles:\n      - postgres\n" in POSTGRES
    assert "depends_on" not in COMPOSE.replace("`depends_on`", "")


def test_the_database_servers_image_can_be_another() -> None:
    assert "image: ${POSTGRES_IMAGE:-postgres:17}\n" in POSTGRES
    script = (ROOT / "deploy" / "postgres-image.sh").read_text()
    assert "POSTGRES_IMAGE postgres:17 " in script


def test_nobody_but_the_service_reaches_the_database_server() -> None:
    assert "ports:" not in POSTGRES


def test_both_services_take_one_password_from_the_environment() -> None:
    password = "${POSTGRES_PASSWORD:-inventory}\n"

    assert f"PGPASSWORD: {password}" in WEB
    assert f"POSTGRES_PASSWORD: {password}" in POSTGRES


def test_a_stopped_database_server_has_time_for_a_checkpoint() -> None:
    assert seconds("stop_grace_period", POSTGRES) >= 30


def test_the_image_can_speak_to_postgres() -> None:
    assert re.search(r"install '\.\[.*\bpostgres\b.*\]'$", DOCKERFILE, re.MULTILINE)
