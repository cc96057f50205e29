"""A headless Chromium for the pages' tests; where there is none they say so."""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.browser.projects import MEETINGS, Site
from tests.e2e.servers import LocalServer
from tests.project.projects import create_with_employees

NAMES = ("chromium", "chromium-browser", "google-chrome")
# It runs as root in CI, and has nobody to call.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TOKEN = "a-token-of-these-tests"
REQUIRED = "ROOB_REQUIRE_BROWSER"

# Playwright is not among what `make test` installs.
collect_ignore_glob = [] if find_spec("playwright") else ["test_*.py"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        give_up = pytest.fail if os.environ.get(REQUIRED) else pytest.skip
        give_up(f"NOT TESTED: no {' or '.join(NAMES)} is installed here")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - may be missing

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS])
        yield opened
        opened.close()


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """The inventory with its glass box open."""
    environ = {"DEBUG": "1", "ROOB_TRACE_TOKEN": TOKEN}
    folder = tmp_path_factory.mktemp("watched")
    app = "demo_app.core.watched:app"
    with LocalServer(folder, app, workers=1, environ=environ) as server:
        yield server


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page as `roob trace --html` saves it, of a request with hostile words in it."""
    folder = tmp_path_factory.mktemp("saved")
    server = LocalServer(folder)
    path = folder / "trace.html"
    hostile = "/api/search?q=</script><img src=x onerror=alert(1)>"
    done = server.roob("trace", "--html", str(path), "GET", hostile)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def served_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A project with employees, and then with meetings that refer to them."""
    project = create_with_employees(tmp_path_factory.mktemp("project"))
    project.roob("addmodelview", *MEETINGS)
    project.roob("createdb")
    with project.served() as url:
        yield Site(project, url)


@pytest.fixture
def site(served_project: Site) -> Site:
    """The project without any rows."""
    served_project.empty()
    return served_project
