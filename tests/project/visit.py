"""A served project, as its first visitor meets it, from the list to what is added.

python -m tests.project.visit http://127.0.0.1:8080 ADD
python -m tests.project.visit http://127.0.0.1:8080 FIND
"""

import re
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType

from tests.e2e.client import Client, is_up, open_client
from tests.e2e.servers import wait_for

LIST = "/employees/"
ADA = MappingProxyType({"name": "Ada", "title": "Countess", "office_number": "7"})
SECONDS = 60
_TOKEN = re.compile(r'name="csrf_token" value="(\w+)"')


def token(client: Client) -> str:
    """What the form of a new row sends along."""
    page = client.get(f"{LIST};create_form").raise_for_status()
    found = _TOKEN.search(page.text)
    assert found is not None, page.text
    return found[1]


def add(client: Client) -> None:
    """Fill the form, and find on the page behind it what was typed."""
    answer = client.post(LIST, data={**ADA, "csrf_token": token(client)})
    assert answer.status_code == 303, answer.text
    page = client.get(answer.headers["Location"]).raise_for_status()
    assert ADA["title"] in page.text
    find(client)


def find(client: Client) -> None:
    """Find it in the list."""
    assert ADA["name"] in client.get(LIST).raise_for_status().text


VISITS: Mapping[str, Callable[[Client], None]] = MappingProxyType(
    {"ADD": add, "FIND": find}
)


def main(url: str, visit: str) -> None:
    """Wait until the project is ready, then make one visit."""
    wait_for(lambda: is_up(url, "/health/ready"), "ready", SECONDS)
    with open_client(url) as client:
        VISITS[visit](client)


if __name__ == "__main__":
    main(*sys.argv[1:])
