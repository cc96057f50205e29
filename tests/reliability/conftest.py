"""The databases of the short proofs."""

from pathlib import Path

import pytest

from framework.tests.orm.databases import (  # noqa: F401
    postgres_url,
    pytest_terminal_summary,
    server,
    server_url,
)


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'proof.sqlite'}"


@pytest.fixture(params=["file_url", "postgres_url"])
def any_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))
