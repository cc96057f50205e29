"""What users install: the wheel, and nothing of this checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.docs.fences import fences
from tests.docs.quick_start import README, assert_answers_as_printed

SKELETON = "roob/cli/skeleton/"  # what new projects are copies of, their tests too


@pytest.fixture
def python(wheel, tmp_path):
    """The interpreter of an empty virtualenv with the wheel and what it asks for."""
    folder = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = str(folder / "bin" / "python")
    install = ["-m", "pip", "install", "--quiet", "--retries", "5", str(wheel)]
    subprocess.run([python, *install], check=True)
    return python


def test_the_wheel_alone_in_an_empty_virtualenv_runs_the_quick_start(python, tmp_path):
    project = tmp_path / "project"
    project.mkdir()

    assert_answers_as_printed(python, project)


def test_the_wheel_carries_the_package_its_types_and_its_licence_and_no_tests(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    assert "roob/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    ours = [name for name in names if not name.startswith(SKELETON)]
    assert not [name for name in ours if "test_" in name or name.startswith("tests/")]
    assert not [name for name in names if "__pycache__" in name]


def test_the_wheel_brings_the_command_and_the_page_that_it_saves(python, tmp_path):
    (tmp_path / "app.py").write_text(fences(README, "python")[0])
    roob = Path(python).parent / "roob"
    command = [roob, "trace", "--html", "trace.html", "GET", "/books/1"]

    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)

    page = (tmp_path / "trace.html").read_text()
    assert "SqliteConnection.fetch" in page
    assert not (tmp_path / "books.sqlite").exists()


def test_the_wheel_alone_makes_a_project_that_fits(python, tmp_path):
    roob = str(Path(python).parent / "roob")
    project = tmp_path / "shop"
    subprocess.run([roob, "createproject", "shop"], cwd=tmp_path, check=True)
    for words in (["addmodelview", "employees", "name:str"], ["createdb"], ["check"]):
        subprocess.run([roob, *words], cwd=project, check=True, timeout=60)

    assert (project / "data.sqlite").exists()
