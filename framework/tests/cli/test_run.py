import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
from roob.cli import run as room

VARIABLES = (
    *("HOST", "PORT", "WEB_CONCURRENCY", "WEB_THREADS"),
    *("DEBUG", "ROOB_ENV", "PYTHONPATH"),
)


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """None of what the command reads; and what it sets is undone."""
    for variable in VARIABLES:
        monkeypatch.setenv(variable, "")
        monkeypatch.delenv(variable)


@pytest.fixture
def become(monkeypatch):
    """What the process becomes: ``[(words, environment)]``."""
    calls = []

    def execvpe(file, words, environment):
        assert (file, words[:2]) == (sys.executable, [sys.executable, "-m"])
        calls.append((words[2:], environment))

    monkeypatch.setattr(os, "execvpe", execvpe)
    return calls


@pytest.fixture
def served(monkeypatch):
    """What the standard library serves: ``[(app, host, port)]``."""
    calls = []
    monkeypatch.setattr("roob.server.run", lambda *given: calls.append(given))
    monkeypatch.setattr(signal, "signal", lambda *given: None)
    return calls


@pytest.fixture
def port():
    """A port that is free."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return tried.getsockname()[1]


def without(monkeypatch, *names):
    monkeypatch.setattr(
        room, "find_spec", lambda name: None if name in names else find_spec(name)
    )


def options(words):
    """``["--a", "1", "--b", "x:app"] -> {"--a": "1", "--b": True}``."""
    pairs = zip(words, [*words[1:], "--"], strict=True)
    return {
        word: True if after.startswith("--") else after
        for word, after in pairs
        if word.startswith("--")
    }


def test_in_development_gunicorn_reloads_and_tells_each_request(
    roob, shop, become, port
):
    result = roob("run", "--port", str(port))
    assert result.exit_code == 0
    assert result.stdout == f"Serving on http://127.0.0.1:{port}/ (Ctrl-C stops)\n"
    [(words, environment)] = become
    assert (words[0], words[-1]) == ("gunicorn", "roob.cli.developed:app()")
    assert environment["ROOB_APP"] == f"{shop}:app"
    given = options(words[1:-1])
    assert given.pop("--worker-tmp-dir", "/dev/shm") == "/dev/shm"
    assert given == {
        "--bind": f"127.0.0.1:{port}",
        "--reload": True,
        "--reload-extra-file": "*.py",
        "--config": "python:roob.stopping",
        "--worker-class": "gthread",
        "--workers": "1",
        "--threads": "4",
        "--graceful-timeout": "10",
        "--keep-alive": "5",
        "--no-control-socket": True,
        "--access-logfile": "-",
    }
    assert environment["DEBUG"] == "1"


def test_in_production_it_does_neither(roob, shop, become, port, monkeypatch):
    monkeypatch.setenv("ROOB_ENV", "production")
    roob("run", "--port", str(port))
    [(words, environment)] = become
    assert words[-1] == f"{shop}:app"
    given = options(words[1:-1])
    assert (given["--workers"], given["--threads"]) == ("2", "4")
    assert "--reload" not in given
    assert "--access-logfile" not in given
    assert "DEBUG" not in environment


def test_the_environment_is_read(roob, shop, become, port, monkeypatch):
    monkeypatch.setenv("HOST", "0.0.0.0")
    monkeypatch.setenv("PORT", str(port))
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    monkeypatch.setenv("WEB_THREADS", "5")
    monkeypatch.setenv("DEBUG", "0")
    roob("run", "--no-reload")
    [(words, environment)] = become
    given = options(words[1:-1])
    assert given["--bind"] == f"0.0.0.0:{port}"
    assert (given["--workers"], given["--threads"]) == ("3", "5")
    assert "--reload" not in given
    assert environment["DEBUG"] == "0"


def test_a_file_of_gunicorns_settings_has_the_say(roob, shop, become, port, folder):
    (folder / "gunicorn.conf.py").write_text("workers = 7\n")
    roob("run", "--port", str(port))
    roob("run", "--port", str(port), "--workers", "3", "--no-reload")
    bind = ["gunicorn", "--bind", f"127.0.0.1:{port}"]
    assert [words for words, _ in become] == [
        [*bind, "--reload", "--reload-extra-file", "*.py", "roob.cli.developed:app()"],
        [*bind, "--workers", "3", f"{shop}:app"],
    ]


def test_files_that_the_settings_name_are_those_that_are_looked_at(
    roob, shop, become, port, folder
):
    (folder / "gunicorn.conf.py").write_text('reload_extra_files = [".env"]\n')
    roob("run", "--port", str(port))
    assert "--reload-extra-file" not in become[0][0]


def test_whoever_reloads_in_production_shows_no_traceback(
    roob, shop, become, port, monkeypatch
):
    monkeypatch.setenv("ROOB_ENV", "production")
    roob("run", "--port", str(port), "--reload")
    [(words, _)] = become
    assert "--reload" in words
    assert words[-1] == f"{shop}:app"


def test_what_is_looked_at_is_the_python_of_the_project(folder):
    for path in (
        *("views/fred.py", "src/shop/main.py", "odd[1]/a.py", "log/a.log"),
        *(".hidden/a.py", "env/pyvenv.cfg", "env/lib/a.py", "node_modules/a.py"),
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    below = ["odd[[]1]/**/*.py", "src/**/*.py", "views/**/*.py"]
    assert [*room.watched(folder)] == below
    (folder / "main.py").touch()
    assert [*room.watched(folder)] == ["*.py", *below]


def test_modules_are_found_where_other_commands_find_them(
    roob, written, become, port, folder, monkeypatch
):
    name = written()
    (folder / "src").mkdir()
    (folder / f"{name}.py").rename(folder / "src" / f"{name}.py")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    roob("run", "--port", str(port), "--app", f"{name}:app")
    [(_, environment)] = become
    assert environment["PYTHONPATH"] == f"{folder}:{folder / 'src'}:/elsewhere"


def test_granian_serves_if_it_is_asked_for(roob, shop, become, port, monkeypatch):
    without(monkeypatch, "watchfiles")
    roob("run", "--server", "granian", "--port", str(port))
    words = ["run", "--server", "granian", "--port", str(port), "--reload"]
    roob(*words, "--app", f"{shop}:create_app()")
    (plain, _), (factory, _) = become
    assert (plain[0], plain[-1]) == ("granian", f"{shop}:app")
    assert options(plain[1:-1]) == {
        "--interface": "wsgi",
        "--host": "127.0.0.1",
        "--port": str(port),
        "--workers": "1",
        "--blocking-threads": "4",
        "--workers-kill-timeout": "10",
        "--access-log": True,
    }
    assert factory[-4:] == [
        "--factory",
        "--reload",
        "--access-log",
        f"{shop}:create_app",
    ]


def test_without_gunicorn_the_standard_library_serves(
    roob, shop, served, port, monkeypatch
):
    without(monkeypatch, "gunicorn")
    result = roob("run", "--port", str(port))
    assert result.exit_code == 0
    assert result.stderr == (
        "gunicorn is not installed, so the standard library serves: "
        "pip install 'roob[server]'\n"
    )
    [(app, host, given)] = served
    assert (type(app).__name__, host, given) == ("Roob", "127.0.0.1", port)


@pytest.mark.parametrize(
    ("server", "extra"), [("gunicorn", "server"), ("granian", "granian")]
)
def test_a_server_that_is_asked_for_has_to_be_there(
    roob, shop, monkeypatch, server, extra
):
    without(monkeypatch, server)
    result = roob("run", "--server", server)
    assert result.exit_code == 1
    assert result.output == (
        f"Error: {server} is not installed: pip install 'roob[{extra}]'\n"
    )


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["--port", "0"], 2, "Invalid value for '--port'"),
        (["--port", "65536"], 2, "Invalid value for '--port'"),
        (["--workers", "0"], 2, "Invalid value for '--workers'"),
        (["--server", "apache"], 2, "Invalid value for '--server'"),
        (["--server", "wsgiref", "--reload"], 2, "--reload needs another server"),
        (["--app", "nowhere_at_all:app"], 1, "there is no module 'nowhere_at_all'"),
        (["--app", "nowhere.at.all:app"], 1, "there is no module 'nowhere.at.all'"),
        (["--app", "nothing"], 1, "'nothing' is no module:attribute"),
        (["--host", "256.0.0.1"], 1, "256.0.0.1:8080 cannot be listened on: "),
    ],
)
def test_what_cannot_be_served_is_said(roob, shop, become, words, code, complaint):
    result = roob("run", *words)
    assert result.exit_code == code
    assert complaint in result.output
    assert become == []


def test_a_package_that_fails_is_one_sentence(roob, folder, become):
    (folder / "failing_of_a_test").mkdir()
    (folder / "failing_of_a_test" / "__init__.py").write_text("1 / 0\n")
    result = roob("run", "--app", "failing_of_a_test.main:app")
    assert result.exit_code == 1
    assert "ZeroDivisionError: division by zero" in result.output


def test_a_port_that_is_taken_is_said_before_anything_else(roob, shop, become):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = roob("run", "--port", str(port))
    assert result.exit_code == 1
    assert f"Error: Port {port} is taken: give another, as in --port " in result.output
    assert become == []


def test_an_address_of_ipv6_is_written_in_brackets():
    serving = room.Serving("x:app", "::1", 8080, None, None, None, False)
    assert serving.address == "[::1]:8080"


def test_missing_tables_are_noted_wherever_it_is_served(
    roob, project, become, port, monkeypatch
):
    result = roob("run", "--port", str(port))
    assert result.stderr == "The database lacks the table book: roob createdb\n"
    assert not project.database.exists()
    assert len(become) == 1
    roob("createdb")
    assert roob("run", "--port", str(port)).stderr == ""
    with closing(sqlite3.connect(project.database)) as connection:
        connection.execute("DROP TABLE book")
    assert "lacks the table book" in roob("run", "--port", str(port)).stderr
    monkeypatch.setenv("ROOB_ENV", "production")
    assert "lacks the table book" in roob("run", "--port", str(port)).stderr
    assert roob("run", "--port", str(port), "--migrate").stderr == ""


@pytest.mark.parametrize("text", ["1 / 0\n", "db = 7\n"])
def test_a_database_that_cannot_be_looked_at_stops_nothing(
    roob, project, become, port, text
):
    project.change(text, project.config)
    result = roob("run", "--port", str(port))
    assert result.stderr.startswith("The database could not be looked at: ")
    assert len(become) == 1


def test_a_broken_database_stops_nothing(roob, project, become, port):
    project.database.write_text("no database at all, and longer than its header is" * 9)
    result = roob("run", "--port", str(port))
    assert result.stderr.startswith("The database could not be looked at: ")
    assert len(become) == 1


def test_migrations_are_applied_first(roob, project, become, port):
    roob("createdb")
    project.database.unlink()
    result = roob("run", "--port", str(port), "--migrate")
    assert " applied migrations/0001_create_book.py\n" in result.stdout
    assert result.stderr == ""
    assert len(become) == 1


def test_a_migration_that_fails_starts_nothing(roob, project, become, port):
    (project.folder / "migrations").mkdir()
    (project.folder / "migrations" / "0001_x.py").write_text("1 / 0\n")
    result = roob("run", "--port", str(port), "--migrate")
    assert result.exit_code == 1
    assert "Error: 0001_x.py cannot be read: division by zero" in result.output
    assert become == []


def answer_of(address):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
            return answer.read()
        time.sleep(0.02)
    raise AssertionError(f"{address} does not answer")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_standard_librarys_server_answers_and_stops(written, folder, port, number):
    app = f"{written()}:app"
    words = ["run", "--server", "wsgiref", "--port", str(port), "--app", app]
    with subprocess.Popen(
        [sys.executable, "-m", "roob", *words],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        found = answer_of(f"http://127.0.0.1:{port}/books/7")
        process.send_signal(number)
        output, _ = process.communicate(timeout=10)
    assert found == b'{"id":7,"title":"Emma"}'
    assert process.returncode == 0
    assert output.splitlines()[-1] == "Stopped"
    assert not Path(folder, "data.sqlite").exists()
