"""Options of the end-to-end tests: whom they talk to.

They stand here because pytest reads this file before it looks at a test, whichever
folder it is asked for.
"""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("end to end", "tests/e2e")
    group.addoption(
        "--base-url",
        metavar="URL",
        help="test this server (with DEMO_FAULTS=1) instead of one started for it",
    )
    group.addoption(
        "--container",
        metavar="ID",
        help="the container that serves --base-url, so that tests may restart it",
    )
    group.addoption(
        "--validated",
        action="store_true",
        help="start the server with wsgiref.validate around the app",
    )
    group.addoption(
        "--asgi",
        metavar="SERVER",
        nargs="?",
        const="gunicorn",
        choices=("gunicorn", "uvicorn", "hypercorn"),
        help="serve the app through the bridge: gunicorn (-k asgi), uvicorn, hypercorn",
    )
    group.addoption(
        "--postgres",
        action="store_true",
        help="give the servers that are started a PostgreSQL server, not files",
    )


def pytest_report_header(config: pytest.Config) -> str | None:
    url, container = config.getoption("base_url"), config.getoption("container")
    if url is None or container is not None:
        return None
    return f"end to end: {url} is NOT restarted, tests of that are skipped"
