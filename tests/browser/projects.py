"""What a person does in a generated project's pages, and the page of a forger."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.project.projects import Project

ADA = {"name": "Ada", "title": "Countess", "office_number": "7"}
MEETINGS = (
    "meetings",
    "topic:str:unique",
    "notes:text",
    "starts:datetime",
    "day:date",
    "open:bool",
    "host:employees:optional",
)
FILL = """\
from dbconfig import db
from models.employees import Employee

with db.transaction():
    db.save_all(
        Employee(name=f"Person {{n:04}}", title="Clerk", office_number=10_000 - n)
        for n in range(1, {count} + 1)
    )
"""
FOCUSED = """() => {
    const {id, innerText} = document.activeElement
    return [id, innerText]
}"""


@dataclass(frozen=True)
class Site:
    """A project that is served."""

    project: Project
    url: str

    @property
    def employees(self) -> str:
        return f"{self.url}/employees/"

    def rows(self, table: str = "employees") -> list[dict[str, Any]]:
        """What the database has, past the project."""
        with closing(self._connection()) as connection:
            connection.row_factory = sqlite3.Row
            found = connection.execute(f"SELECT * FROM {table} ORDER BY id")
            return [dict(row) for row in found]

    def empty(self) -> None:
        with closing(self._connection()) as connection, connection:
            connection.executescript("DELETE FROM meetings; DELETE FROM employees")

    def fill(self, count: int) -> None:
        """Person 0001, Person 0002 ..., in offices 9999, 9998 ..."""
        self.project.python("-c", FILL.format(count=count))

    def add(self, **values: str) -> str:
        """One employee more; the address of its page."""
        row = {**ADA, **values}
        command = "INSERT INTO employees (name, title, office_number, version) "
        with closing(self._connection()) as connection, connection:
            added = connection.execute(
                f"{command} VALUES (?, ?, ?, 1)", [*row.values()]
            )
        return f"{self.employees}{added.lastrowid}"

    def _connection(self) -> sqlite3.Connection:
        return sqlite3.connect(self.project.folder / "data.sqlite", timeout=10)


def fill(page: Any, **values: str) -> None:
    for name, value in values.items():
        page.locator(f"#field-{name}").fill(value)


def follow(page: Any, name: str) -> None:
    """Click the first link of that name, and be where it leads."""
    with page.expect_navigation():
        page.get_by_role("link", name=name).first.click()


def send(page: Any, label: str) -> Any:
    """Press the form's button; the answer to what it sent, once its page is there."""
    button = page.get_by_role("button", name=label, exact=True)
    with page.expect_navigation(), page.expect_response(is_to_post) as got:
        button.click()
    return got.value


def is_to_post(answer: Any) -> bool:
    return bool(answer.request.method == "POST")


def send_unasked(page: Any, label: str) -> Any:
    """As :func:`send`, without what the browser itself would object to."""
    page.locator("form[method=post]").evaluate("form => { form.noValidate = true }")
    return send(page, label)


def typed_anyhow(page: Any, name: str, value: str) -> None:
    """Type what a field of its type does not let through."""
    field = page.locator(f"#field-{name}")
    field.evaluate("input => { input.type = 'text' }")
    field.fill(value)


def tab_to(page: Any, what: str) -> None:
    """Press Tab until what has this id or these words has the focus."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if what in page.evaluate(f"({FOCUSED})()"):
            return
    raise AssertionError(f"no Tab leads to {what}")


def first_column(page: Any) -> list[str]:
    found: list[str] = page.locator("tbody td:first-child").all_inner_texts()
    return found


@contextmanager
def forger(body: str) -> Iterator[int]:
    """A page of somebody else's, at a port of this machine."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()
