"""The generated project while it is worked on: it breaks, says why, and goes on."""

from tests.e2e.client import Response, TransportError, open_client
from tests.e2e.servers import wait_for
from tests.project.projects import Project

SECONDS = 20


def answered(url: str, status: int) -> list[Response]:
    """The page where it is answered so; none where another answers, or nobody yet."""
    try:
        with open_client(url) as client:
            page = client.get("/employees/")
    except TransportError:  # of a worker that has just gone
        return []
    return [page] if page.status_code == status else []


def test_a_project_that_is_broken_says_why_until_it_is_mended(project: Project) -> None:
    dispatcher = project.folder / "dispatcher.py"
    text = dispatcher.read_text()
    told: list[Response] = []

    with project.served() as url:
        wait_for(lambda: bool(answered(url, 200)), "well", SECONDS)
        dispatcher.write_text(f"import nosuchmodule\n{text}")
        wait_for(lambda: bool(told.extend(answered(url, 500)) or told), "bad", SECONDS)
        dispatcher.write_text(text)
        wait_for(lambda: bool(answered(url, 200)), "mended", SECONDS)

    assert told[0].headers["Content-Type"] == "text/plain; charset=utf-8"
    assert 'dispatcher.py", line 1' in told[0].text
    assert "No module named 'nosuchmodule'" in told[0].text


STREAMING = """
from roob.events import Broadcast, EventStream

changes = Broadcast()
app.add_route("/changes", lambda request: EventStream(changes.subscribe()))
"""


def test_an_open_stream_does_not_keep_a_changed_project_from_beginning_anew(
    project: Project,
) -> None:
    dispatcher = project.folder / "dispatcher.py"
    text = dispatcher.read_text()
    dispatcher.write_text(text + STREAMING)

    with project.served() as url, open_client(url) as client:
        wait_for(lambda: bool(answered(url, 200)), "well", SECONDS)
        with client.stream("GET", "/changes") as stream:
            assert stream.status_code == 200
            dispatcher.write_text(f"import nosuchmodule\n{text}")
            # The worker would wait for the stream, and then be killed: half a minute.
            wait_for(lambda: bool(answered(url, 500)), "begun anew", SECONDS)
    dispatcher.write_text(text)
