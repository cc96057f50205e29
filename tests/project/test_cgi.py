"""``main.cgi``, run as a web server runs it: one process for one request."""

import os
import re
import subprocess
from email import message_from_bytes
from email.message import Message
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from tests.project.projects import Project, environ

SCRIPT = "/cgi-bin/main.cgi"
LIST = f"{SCRIPT}/employees/"
FORM = {"title": "Countess", "office_number": "7"}
SECONDS = 30


class Answer(NamedTuple):
    headers: Message
    body: str


def ask(
    project: Project, path: str, body: bytes = b"", query: str = "", **more: str
) -> Answer:
    """What the program writes; a request that has a body is a POST."""
    request = {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "a web server",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "REQUEST_METHOD": "POST" if body else "GET",
        "SCRIPT_NAME": SCRIPT,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": "application/x-www-form-urlencoded" if body else "",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "HTTP_HOST": "localhost",
        "HTTP_ACCEPT": "text/html",
        **more,
    }
    done = subprocess.run(
        [str(project.folder / "main.cgi")],
        cwd="/",  # some servers stay there
        env={**environ(), **request},
        input=body,
        capture_output=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr.decode()
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    return Answer(message_from_bytes(head), body.decode())


@pytest.fixture(scope="module")
def posted(project: Project) -> Answer:
    """The answer to the form of a new employee, filled as a browser fills it."""
    page = ask(project, "/employees/;create_form")
    found = re.search(r'name="csrf_token" value="(\w+)"', page.body)
    assert found is not None, page.body
    cookie, _, _ = page.headers["Set-Cookie"].partition(";")
    fields = {**FORM, "name": "Zoë", "csrf_token": found[1]}
    return ask(project, "/employees/", urlencode(fields).encode(), HTTP_COOKIE=cookie)


def test_it_is_a_program(project: Project) -> None:
    assert os.access(project.folder / "main.cgi", os.X_OK)


def test_every_link_of_a_page_leads_through_the_program(project: Project) -> None:
    page = ask(project, "/employees/")

    assert page.headers["Status"] == "200 OK"
    assert page.headers.get_content_type() == "text/html"
    links = re.findall(r'(?:href|action)="([^#"]+)"', page.body)
    assert f"{SCRIPT}/static/style.css" in links
    assert f"{LIST};create_form" in links
    assert [link for link in links if not link.startswith(f"{SCRIPT}/")] == []


def test_the_stylesheet_is_served_too(project: Project) -> None:
    style = ask(project, "/static/style.css")

    assert style.headers["Status"] == "200 OK"
    assert style.headers.get_content_type() == "text/css"


def test_a_form_that_is_sent_adds_a_row_and_leads_to_it(
    project: Project, posted: Answer
) -> None:
    assert posted.headers["Status"] == "303 See Other"
    assert re.fullmatch(rf"{LIST}\d+", posted.headers["Location"])

    page = ask(project, posted.headers["Location"].removeprefix(SCRIPT))

    assert page.headers["Status"] == "200 OK"
    assert "Zoë" in page.body


def test_a_search_in_other_letters_finds_it(project: Project, posted: Answer) -> None:
    page = ask(project, "/employees/", query="q=zo%C3%AB")

    assert posted.headers["Location"] in page.body


def test_a_form_without_its_token_is_refused(project: Project) -> None:
    body = urlencode({**FORM, "name": "Mallory"}).encode()

    assert ask(project, "/employees/", body).headers["Status"] == "403 Forbidden"
    assert "Mallory" not in ask(project, "/employees/").body


@pytest.mark.parametrize("path", ["/nowhere", "/employees/1234", "/employees/Zoë"])
def test_what_is_not_there_is_a_page_that_says_so(project: Project, path: str) -> None:
    page = ask(project, path)

    assert page.headers["Status"] == "404 Not Found"
    assert page.headers.get_content_type() == "text/html"
    assert f'href="{SCRIPT}/"' in page.body
