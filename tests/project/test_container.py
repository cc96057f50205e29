"""The script that serves a project in a container, where there is none to be had."""

import os
import subprocess
from pathlib import Path

from tests.e2e.servers import ROOT

SCRIPT = ROOT / "deploy" / "project-container.sh"


def test_without_an_engine_the_exit_code_says_so_and_nothing_is_left(
    tmp_path: Path,
) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\nexit 1\n")
    docker.chmod(0o755)
    left = tmp_path / "tmp"
    left.mkdir()
    path = f"{tmp_path}:{os.defpath}"

    refused = subprocess.run(
        [SCRIPT],
        env={"PATH": path, "TMPDIR": str(left), "PYTHON": "true"},
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert (refused.returncode, refused.stdout) == (3, "")
    assert "no container engine answers" in refused.stderr
    assert [*left.iterdir()] == []
