"""gunicorn's settings: what the environment says, and how a worker drains."""

import http.client
import runpy
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import KNOWN_SETTINGS
from hypothesis import given
from hypothesis import strategies as st

CONFIG = Path(__file__).parents[2] / "deploy" / "gunicorn.conf.py"
VARIABLES = (
    "HOST",
    "PORT",
    "WEB_CONCURRENCY",
    "WEB_THREADS",
    "WORKER_CLASS",
    "ACCESS_LOG",
    "FORWARDED_ALLOW_IPS",
)
APP = """
class App:
    draining = False

    def drain(self):
        self.draining = True
        open("drained", "w").close()

    def __call__(self, environ, start_response):
        status = "503 Service Unavailable" if self.draining else "200 OK"
        start_response(status, [("Content-Length", "0")])
        return []

app = App()
"""
APPS = {
    "gthread": APP,
    "asgi": f"from roob.bridge import WsgiToAsgi\n{APP}app = WsgiToAsgi(app)\n",
}


def load(**environ: str) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        for name in VARIABLES:
            patch.delenv(name, raising=False)
        for name, value in environ.items():
            patch.setenv(name, value)
        return runpy.run_path(str(CONFIG))


def gunicorn(folder: Path, *arguments: str, **environ: str) -> list[str]:
    (folder / "tiny.py").write_text(APPS[environ.get("WORKER_CLASS", "gthread")])
    variables = [f"{name}={value}" for name, value in environ.items()]
    command = [sys.executable, "-m", "gunicorn", "--config", str(CONFIG)]
    return ["env", *variables, *command, *arguments, "tiny:app"]


def test_without_any_setting_it_serves_this_machine_only_with_two_times_four() -> None:
    settings = load()

    assert settings["bind"] == "127.0.0.1:8000"
    assert settings["worker_class"] == "gthread"
    assert (settings["workers"], settings["threads"]) == (2, 4)
    assert settings["accesslog"] is None


def test_the_environment_decides() -> None:
    settings = load(
        HOST="0.0.0.0",
        PORT="8080",
        WEB_CONCURRENCY="3",
        WEB_THREADS="16",
        ACCESS_LOG="1",
        FORWARDED_ALLOW_IPS="10.0.0.2",
    )

    assert settings["bind"] == "0.0.0.0:8080"
    assert (settings["workers"], settings["threads"]) == (3, 16)
    assert settings["accesslog"] == "-"
    assert settings["forwarded_allow_ips"] == "10.0.0.2"


def test_on_asgi_the_threads_are_the_bridges() -> None:
    settings = load(WORKER_CLASS="asgi", WEB_THREADS="16")

    assert (settings["worker_class"], settings["threads"]) == ("asgi", 1)


def test_a_worker_class_that_is_not_prepared_for_is_refused_by_name() -> None:
    message = "^WORKER_CLASS must be gthread or asgi, not 'sync'$"
    with pytest.raises(SystemExit, match=message):
        load(WORKER_CLASS="sync")


def test_an_empty_variable_counts_as_unset() -> None:
    assert load(**dict.fromkeys(VARIABLES, ""))["bind"] == "127.0.0.1:8000"


@pytest.mark.parametrize(
    ("name", "value", "limits"),
    [
        ("PORT", "0", "from 1 to 65535"),
        ("PORT", "65536", "from 1 to 65535"),
        ("PORT", "9" * 5000, "from 1 to 65535"),
        ("PORT", "٨٠٨٠", "from 1 to 65535"),
        ("WEB_CONCURRENCY", "0", "from 1 to 64"),
        ("WEB_THREADS", "-1", "from 1 to 256"),
        ("WEB_THREADS", "4.0", "from 1 to 256"),
        ("ACCESS_LOG", "yes", "from 0 to 1"),
    ],
)
def test_a_bad_value_is_refused_by_name(name: str, value: str, limits: str) -> None:
    with pytest.raises(SystemExit, match=f"^{name} must be a whole number {limits}, "):
        load(**{name: value})


def port_or_refusal(text: str) -> int | str:
    try:
        return int(load(PORT=text)["bind"].rpartition(":")[2])
    except SystemExit as refusal:
        return str(refusal)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_is_a_port_in_range_or_refused(text: str) -> None:
    outcome = port_or_refusal(text)

    if isinstance(outcome, str):
        assert outcome.endswith(f"not {text!r}")
    else:
        assert 1 <= outcome <= 65535


def test_every_plain_setting_is_one_that_gunicorn_knows() -> None:
    # gunicorn passes over names that it does not know, misspelt ones too.
    plain = {
        name
        for name, value in load().items()
        if not name.startswith("__") and isinstance(value, str | int | None)
    }

    assert "control_socket_disable" in plain
    assert plain <= {setting.name for setting in KNOWN_SETTINGS}


@pytest.mark.parametrize("worker_class", APPS)
def test_gunicorn_accepts_the_configuration(tmp_path: Path, worker_class: str) -> None:
    command = gunicorn(tmp_path, "--check-config", WORKER_CLASS=worker_class)

    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert (checked.returncode, checked.stderr) == (0, "")


def test_gunicorn_ends_with_the_message_alone_on_a_bad_value(tmp_path: Path) -> None:
    command = gunicorn(tmp_path, "--check-config", WEB_THREADS="many")

    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    message = "WEB_THREADS must be a whole number from 1 to 256, not 'many'\n"
    assert (checked.returncode, checked.stderr) == (1, message)


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.01)


def status_and_connection(client: http.client.HTTPConnection) -> tuple[int, str | None]:
    client.request("GET", "/health/ready")
    response = client.getresponse()
    response.read()
    return response.status, response.getheader("Connection")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture(params=APPS)
def server(
    request: pytest.FixtureRequest, tmp_path: Path, listener: socket.socket
) -> Iterator[subprocess.Popen[bytes]]:
    # The listener exists already, so that no port can be lost to somebody else.
    descriptor = listener.fileno()
    command = gunicorn(
        tmp_path,
        f"--bind=fd://{descriptor}",
        WEB_CONCURRENCY="1",
        WORKER_CLASS=request.param,
    )
    with subprocess.Popen(command, cwd=tmp_path, pass_fds=[descriptor]) as process:
        yield process
        process.kill()


def test_a_draining_worker_says_503_on_a_connection_still_open(
    tmp_path: Path, listener: socket.socket, server: subprocess.Popen[bytes]
) -> None:
    host, port = listener.getsockname()
    client = http.client.HTTPConnection(host, port, timeout=10)
    before = status_and_connection(client)

    server.terminate()
    wait_for(tmp_path / "drained")
    after = status_and_connection(client)

    # Not every worker says that it keeps a connection: it is the default.
    assert before in [(200, "keep-alive"), (200, None)]
    assert after == (503, "close")
    assert server.wait(timeout=10) == 0
