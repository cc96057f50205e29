"""Files that cannot be written, and files that are no good."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from roob.orm.db_factory import DatabaseFactory
from roob.orm.exceptions import UnavailableError

from tests.reliability.children import ROOT
from tests.reliability.ledger import Account, prepare
from tests.reliability.outcome import quietly
from tests.reliability.space import NoDiskError, fill, small_disk

PAGE = 4096


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    try:
        with small_disk(tmp_path) as folder:
            yield folder
    except NoDiskError as error:
        pytest.skip(str(error))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database that was closed, with rows."""
    path = tmp_path / "some.sqlite"
    with DatabaseFactory().get_connection(path) as db:
        prepare(db, [])
        db.save_all([Account(name=f"account {number}") for number in range(2000)])
    return path


def test_a_full_disk_is_told_and_left_as_it_was(disk: Path) -> None:
    outcome = fill(disk, "disk", quietly)
    assert outcome.holds, outcome


def test_a_file_that_may_not_grow_is_told_and_left_as_it_was(tmp_path: Path) -> None:
    outcome = fill(tmp_path, "limit", quietly)
    assert outcome.holds, outcome


READ_ONLY = """
import os, sys
from roob.orm.db_factory import DatabaseFactory
from roob.orm.exceptions import UnavailableError
from tests.reliability.ledger import Account

if os.geteuid() == 0:  # whom no file is closed to
    os.setegid(65534)
    os.seteuid(65534)
try:
    with DatabaseFactory().get_connection(sys.argv[1]) as db:
        db.save(Account(name="new"))
except UnavailableError as error:
    print(error)
"""


@pytest.fixture
def locked_path(path: Path) -> Iterator[Path]:
    """The same in a folder that all may look into, and nobody write into."""
    with TemporaryDirectory(prefix="roob-read-only-") as folder:
        copy = Path(shutil.copy(path, folder))
        copy.chmod(0o444)
        Path(folder).chmod(0o555)
        yield copy
        Path(folder).chmod(0o755)


def test_a_file_that_may_only_be_read_is_told(locked_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", READ_ONLY, str(locked_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'framework'}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stderr == ""
    assert re.search("readonly database|unable to open database file", ran.stdout)
    assert str(locked_path) in ran.stdout


def test_a_damaged_file_is_told(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(PAGE)
        file.write(b"\xff" * (path.stat().st_size - PAGE))
    with (
        DatabaseFactory().get_connection(path) as db,
        pytest.raises(UnavailableError, match="malformed, in SELECT"),
    ):
        db.get_all(Account)


def test_a_file_that_was_cut_off_is_told(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)
    with (
        DatabaseFactory().get_connection(path) as db,
        pytest.raises(UnavailableError, match=r"malformed, in .*some\.sqlite"),
    ):
        db.get_all(Account)
