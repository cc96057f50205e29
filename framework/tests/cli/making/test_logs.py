"""The log of a new project: where its records go."""

import logging
import runpy

import pytest
from roob.cli.making.copying import SKELETON

LOGS = runpy.run_path(str(SKELETON / "project" / "logs.py"))


@pytest.fixture
def files(monkeypatch):
    """``files(usual) -> ["/srv/shop.log"]``: the files that records go to."""
    monkeypatch.delenv("LOG_FILE", raising=False)
    given = {}
    monkeypatch.setattr(logging, "basicConfig", lambda **options: given.update(options))

    def configured(usual):
        LOGS["configure_logging"](usual)
        handlers = given["handlers"]
        found = [h for h in handlers if isinstance(h, logging.FileHandler)]
        assert len(handlers) == len(found) + 1
        return [handler.baseFilename for handler in found]

    return configured


def test_the_usual_file_is_not_made_before_its_time(files, tmp_path):
    assert files(tmp_path / "shop.log") == [str(tmp_path / "shop.log")]
    assert [*tmp_path.iterdir()] == []


def test_another_file_can_be_named_or_none(files, tmp_path, monkeypatch):
    monkeypatch.setenv("LOG_FILE", str(tmp_path / "other.log"))
    assert files(tmp_path / "shop.log") == [str(tmp_path / "other.log")]
    monkeypatch.setenv("LOG_FILE", "")
    assert files(tmp_path / "shop.log") == []


def test_what_cannot_be_written_is_left_alone(files, tmp_path, monkeypatch):
    assert files(tmp_path / "nowhere" / "shop.log") == []
    theirs, other = tmp_path / "theirs.log", tmp_path / "other.log"
    theirs.touch()
    refused = [theirs, tmp_path]  # root may write everything
    monkeypatch.setattr("os.access", lambda path, _mode: path not in refused)
    assert files(theirs) == []
    assert files(other) == []
    other.touch()
    assert files(other) == [str(other)]
