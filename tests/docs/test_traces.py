"""The documents that are made from runs: as they run, and quick to say when not."""

import shutil
import subprocess
import sys

import pytest

from tests.docs.fences import ROOT, dialogue, fences, fits, typed
from tests.docs.planted import (
    HARMLESS,
    PLANTED,
    apply,
    check,
    copy_project,
    is_noticed,
)
from tests.e2e.servers import LocalServer

needs_git = pytest.mark.skipif(not shutil.which("git"), reason="git is missing here")
WATCHED = "demo_app.core.watched:app"
TOKEN = "only-for-this-page"


def test_the_documents_are_as_they_run(tmp_path):
    copy_project(tmp_path)

    done = check(tmp_path)

    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_the_documents_of_the_checkout_need_no_copy():
    command = [sys.executable, "-m", "roob", "docs", "--check", "docs/tracing.md"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stdout + done.stderr


# Three of them: each takes seconds.  `make teaches` tries them all.
@needs_git
@pytest.mark.parametrize("patch", PLANTED[::10], ids=lambda path: path.stem)
def test_a_change_of_a_requests_path_is_noticed(patch, tmp_path):
    assert is_noticed(patch, tmp_path)


@needs_git
@pytest.mark.parametrize("patch", HARMLESS[:1], ids=lambda path: path.stem)
def test_an_edit_that_changes_no_path_is_no_alarm(patch, tmp_path):
    assert not is_noticed(patch, tmp_path)


@needs_git
@pytest.mark.parametrize("patch", [*PLANTED, *HARMLESS], ids=lambda path: path.stem)
def test_a_change_that_is_kept_is_one_of_the_code_as_it_is(patch):
    apply(patch, ROOT, "--check")


def test_there_are_twenty_changes_and_ten_edits():
    assert (len(PLANTED), len(HARMLESS)) == (20, 10)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing here")
def test_the_tracing_guides_commands_print_what_it_shows(tmp_path):
    [console] = fences(ROOT / "docs" / "tracing.md", "console")
    environ = {"DEBUG": "1", "ROOB_TRACE_TOKEN": TOKEN}

    with LocalServer(tmp_path, WATCHED, workers=1, environ=environ) as server:
        for exchange in dialogue(console):
            really = typed(exchange.command, server.port, tmp_path)
            assert fits(exchange.printed, really), (exchange.command, really)
