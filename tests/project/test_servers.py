"""The generated project behind each server that can serve it."""

import sys

import pytest

from tests.e2e.client import open_client
from tests.e2e.servers import free_port, wait_for
from tests.project import visit
from tests.project.projects import Project, answers, running

SERVERS = ["gunicorn", "granian", "wsgiref"]
VALIDATED = """\
from wsgiref.validate import validator

from dispatcher import app as inner

app = validator(inner)
"""


def test_the_standard_librarys_validator_finds_no_fault(project: Project) -> None:
    (project.folder / "validated.py").write_text(VALIDATED)
    options = ("--server", "wsgiref", "--app", "validated:app")

    with project.served(*options) as url:
        visit.main(url, "ADD")
        with open_client(url) as client:
            for path in ("/", "/static/style.css", "/employees/;create_form"):
                assert client.get(path).status_code == 200
                assert client.head(path).status_code == 200
            assert client.get("/nowhere").status_code == 404
            assert client.post("/employees/", data={}).status_code == 403


@pytest.mark.parametrize("server", SERVERS)
def test_roob_run_serves_by_the_server_that_is_asked_for(
    project: Project, server: str
) -> None:
    with project.served("--server", server) as url, open_client(url) as client:
        page = client.get("/employees/")

        assert page.status_code == 200
        assert "New employee" in page.text


def test_a_server_that_knows_nothing_of_roob_serves_it(project: Project) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    address = ["--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", *address, "dispatcher:app"]

    with running(project.folder, command) as process, open_client(url) as client:
        wait_for(lambda: answers(process, url), "serving", 30)

        assert client.get("/employees/").status_code == 200
