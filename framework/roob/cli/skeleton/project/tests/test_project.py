"""The project as a whole: its home page, its health, what it refuses."""

from pathlib import Path

import pytest
from roob.orm.exceptions import UnavailableError

from dbconfig import db
from dispatcher import views


def test_the_home_page_has_the_projects_name(client):
    answer = client.get("/")
    assert answer.status_code == 200
    assert Path(__file__).parent.parent.name in answer.text


def test_every_view_is_on_the_home_page(client):
    page = client.get("/").text
    assert [name for name in views.names() if f'href="/{name}/"' not in page] == []


def test_every_view_can_be_imported():
    assert [*views.found()] == views.names()


def test_a_path_that_is_unknown_is_not_found(client):
    assert client.get("/nowhere").status_code == 404


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_the_project_is_well(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_without_its_database_it_is_not_ready(client, monkeypatch):
    def fail():
        raise UnavailableError("no answer")

    monkeypatch.setattr(db, "ping", fail)
    assert client.get("/health/ready").status_code == 503
    assert client.get("/health/live").status_code == 200


def test_a_form_of_another_site_is_refused(client):
    assert client.post("/", data={"name": "Mallory"}).status_code == 403
