import errno
import json
import os
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from roob.cli.making import copying

FILES = [
    ".dockerignore",
    ".gitignore",
    "Dockerfile",
    "Makefile",
    "README.md",
    "dbconfig.py",
    "dispatcher.py",
    "docker-compose.yml",
    "log/.gitkeep",
    "logs.py",
    "main.cgi",
    "models/__init__.py",
    "pyproject.toml",
    "requirements-dev.txt",
    "requirements.txt",
    "static/icon.svg",
    "static/style.css",
    "templates/_forms.html",
    "templates/error.html",
    "templates/index.html",
    "templates/layout.html",
    "tests/conftest.py",
    "tests/test_project.py",
    "views/__init__.py",
]


@pytest.fixture
def project(roob, folder):
    """A new project, in the working directory's folder my-shop."""
    assert roob("createproject", "my-shop").exit_code == 0
    return folder / "my-shop"


def test_a_project_is_created_and_what_comes_next_is_said(roob, folder):
    result = roob("createproject", "my-shop")
    assert result.exit_code == 0
    created, _, following = result.output.partition("\n\n")
    assert created.splitlines() == [f" created my-shop/{name}" for name in FILES]
    assert following == (
        "Next:\n"
        "  cd my-shop\n"
        "  roob addmodelview employees name:str title:str office_number:int\n"
        "  roob createdb\n"
        "  roob run\n"
    )


def test_what_is_said_to_be_created_is_what_is_there(project):
    there = [p for p in project.rglob("*") if p.is_file()]
    assert sorted(p.relative_to(project).as_posix() for p in there) == FILES
    assert [path.name for path in project.parent.iterdir()] == ["my-shop"]


def test_only_a_program_can_be_run(project):
    programs = [p.name for p in project.rglob("*") if p.is_file() and os.access(p, 1)]
    assert programs == ["main.cgi"]


def test_its_name_and_the_framework_s_version_are_filled_in(project):
    assert f"roob[server]~={version('roob')}" in (
        (project / "requirements.txt").read_text()
    )
    assert (project / "README.md").read_text().startswith("# my-shop\n")
    assert "WORKDIR /srv/my-shop\n" in (project / "Dockerfile").read_text()


def test_no_page_was_filled_in_before_its_time(project):
    for page in (project / "templates").iterdir():
        original = copying.SKELETON / "project" / "templates" / page.name
        assert page.read_bytes() == original.read_bytes()


def test_the_commands_of_roob_find_what_the_project_names(project):
    settings = tomllib.loads((project / "pyproject.toml").read_text())
    assert settings["tool"]["roob"] == {
        "app": "dispatcher:app",
        "database": "dbconfig:db",
        "models": "models",
        "migrations": "migrations",
    }


def test_the_health_check_of_the_image_is_python(project):
    lines = (project / "Dockerfile").read_text().splitlines()
    commands = [
        json.loads(line.partition("CMD ")[2]) for line in lines if "CMD" in line
    ]
    health, start = commands
    compile(health[2], "HEALTHCHECK", "exec")
    assert start == ["roob", "run", "--host", "0.0.0.0", "--migrate"]


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "a/b", ".", "", "7up", "a b"])
def test_a_project_is_created_nowhere_else(roob, folder, name):
    result = roob("createproject", name)
    assert result.exit_code == 1
    assert f"Error: {name!r} is no name for a project: use letters" in result.output
    assert list(folder.iterdir()) == []


def test_a_directory_is_not_written_into(roob, folder):
    (folder / "x").mkdir()
    result = roob("createproject", "x")
    assert (result.exit_code, result.output) == (
        1,
        "Error: Directory 'x' already exists\n",
    )
    assert list((folder / "x").iterdir()) == []


def test_a_file_is_not_replaced(roob, folder):
    (folder / "x").write_text("mine")
    result = roob("createproject", "x")
    assert (result.exit_code, result.output) == (1, "Error: File 'x' already exists\n")
    assert (folder / "x").read_text() == "mine"


def test_where_the_disk_is_full_nothing_is_left(roob, folder, monkeypatch):
    real, written = Path.write_bytes, []

    def full(path, content):
        if len(written) == 7:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(path)
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    result = roob("createproject", "x")
    assert (result.exit_code, result.output) == (
        1,
        "Error: Nothing was written: No space left on device\n",
    )
    assert len(written) == 7
    assert list(folder.iterdir()) == []


def test_the_name_has_to_be_given(roob):
    result = roob("createproject")
    assert result.exit_code == 2
    assert "Missing required parameter <name>." in result.output
