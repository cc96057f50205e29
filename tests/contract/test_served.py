"""The same of a server: schemathesis by itself, which also makes each kind of mistake.

A body too many, a field missing, a verb that is not there, what was made and then
deleted: in about twenty seconds, the same requests each time.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.servers import LocalServer

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "missing_required_header",
    "use_after_free",
    "ensure_resource_availability",
)
PHASES = "coverage,fuzzing,stateful"
SECONDS = 180


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    folder = tmp_path_factory.mktemp("contract")
    # Without the route that crashes on purpose.
    environ = {"DEMO_FAULTS": "0"}
    with LocalServer(folder, workers=1, environ=environ) as server:
        yield server


def schemathesis(folder: Path, url: str, *words: str) -> tuple[int, str]:
    main = "from schemathesis.cli import schemathesis; schemathesis()"
    command = [sys.executable, "-c", main, "run", f"{url}/openapi.json", *words]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=SECONDS
    )
    return done.returncode, done.stdout + done.stderr


def test_each_kind_of_mistake_is_answered_as_documented(
    server: LocalServer, tmp_path: Path
) -> None:
    options = ["--seed", "1", "--max-examples", "10", "--no-color", "--phases", PHASES]
    endless = ["--exclude-path", "/api/stock/events"]

    code, said = schemathesis(
        tmp_path, server.base_url, *options, *endless, "--checks", ",".join(CHECKS)
    )

    assert code == 0, said
    assert "Selected: 38/39" in said, said
    assert "Tested: 38" in said, said
