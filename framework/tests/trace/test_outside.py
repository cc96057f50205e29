"""What a request reaches beside the copies: told by the interpreter's own events."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory, gettempdir

import pytest
from roob.trace import outside
from roob.trace.copies import Copies

WRITING = os.O_WRONLY | os.O_CREAT
TEMPORARY = f"{gettempdir()}/x"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder that counts as one of the app's, not as a temporary one."""
    monkeypatch.setattr(outside, "_NOWHERE", ("/dev/",))
    return tmp_path


def reached(deed):
    with outside.watched() as found:
        deed()
    return found


def told(event, *arguments):
    """What is told of an event that the interpreter would raise."""
    return reached(lambda: sys.audit(event, *arguments))


@pytest.mark.parametrize(
    ("event", "arguments", "words"),
    [
        ("open", ("/srv/x", "w", 0), "wrote to /srv/x"),
        ("open", ("/srv/x", "a", 0), "wrote to /srv/x"),
        ("open", ("/srv/x", "x", 0), "wrote to /srv/x"),
        ("open", ("/srv/x", "r+", 0), "wrote to /srv/x"),
        ("open", (b"/srv/x", "wb", 0), "wrote to /srv/x"),
        ("open", ("/srv/x", None, os.O_WRONLY), "wrote to /srv/x"),
        ("open", ("/srv/x", None, os.O_RDWR), "wrote to /srv/x"),
        ("open", ("/srv/x", None, os.O_APPEND), "wrote to /srv/x"),
        ("socket.connect", (None, ("mail", 25)), "connected to mail:25"),
        ("socket.connect", (None, ("::1", 25, 0, 0)), "connected to ::1:25"),
        ("socket.connect", (None, "/run/db.sock"), "connected to /run/db.sock"),
        ("socket.connect", (None, b"\0odd"), "connected"),
        ("socket.sendto", (None, ("log", 514)), "connected to log:514"),
        ("socket.sendmsg", (None, ("log", 514)), "connected to log:514"),
        ("sqlite3.connect", ("/srv/a.db",), "opened /srv/a.db and no copy of it"),
        ("sqlite3.connect", (Path("/a.db"),), "opened /a.db and no copy of it"),
        ("sqlite3.connect", (b"/a.db",), "opened /a.db and no copy of it"),
        ("subprocess.Popen", ("ls", ["ls"], None, None), "started ls"),
        ("os.system", (b"ls -l",), "started ls -l"),
        ("os.posix_spawn", ("/bin/ls", ["ls"], {}), "started /bin/ls"),
        ("os.fork", (), "started a process"),
        ("os.remove", ("/srv/x", -1), "changed /srv/x"),
        ("os.remove", (b"/srv/x", -1), "changed /srv/x"),
        ("os.rmdir", (Path("/srv"), -1), "changed /srv"),
        ("os.mkdir", ("/srv/d", 511, -1), "changed /srv/d"),
        ("os.rename", ("/srv/a", "/srv/b", -1, -1), "changed /srv/b"),
        ("os.rename", (TEMPORARY, "/srv/b", -1, -1), "changed /srv/b"),
        ("os.rename", ("/srv/a", TEMPORARY, -1, -1), "changed /srv/a"),
        ("os.link", ("/srv/a", "/srv/b", -1, -1), "changed /srv/b"),
        ("os.symlink", ("/srv/a", "/srv/b", -1), "changed /srv/b"),
        ("os.truncate", ("/srv/x", 0), "changed /srv/x"),
    ],
)
def test_each_kind_of_reaching_is_told(event, arguments, words):
    assert told(event, *arguments) == [words]


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("open", ("/srv/x", "r", os.O_RDONLY | os.O_CLOEXEC)),
        ("open", ("/srv/x", None, os.O_RDONLY)),
        ("open", (7, "w", 0)),
        ("open", ("/dev/null", "w", 0)),
        ("open", (TEMPORARY, "w", 0)),
        ("open", (TEMPORARY.encode(), "w", 0)),
        ("socket.sendmsg", (None, None)),
        ("sqlite3.connect", ("",)),
        ("sqlite3.connect", (":memory:",)),
        ("sqlite3.connect", (b":memory:",)),
        ("sqlite3.connect", ("file::memory:?cache=shared",)),
        ("sqlite3.connect", ("file:a?mode=memory&cache=shared",)),
        ("sqlite3.connect", ("file:/a?vfs=memdb",)),
        ("sqlite3.connect", ("file:///srv/a.db?mode=ro&immutable=1",)),
        ("sqlite3.connect", (TEMPORARY,)),
        ("sqlite3.connect", (f"file://{TEMPORARY}?mode=rw",)),
        ("os.remove", (TEMPORARY, -1)),
        ("os.mkdir", (TEMPORARY, 511, -1)),
        ("os.rename", (TEMPORARY, TEMPORARY, -1, -1)),
        ("os.truncate", (7, 0)),
        ("import", ("shop", None, None, None, None)),
        ("nothing.known", ()),
    ],
)
def test_what_stays_inside_is_nothing(event, arguments):
    assert told(event, *arguments) == []


def test_what_the_interpreter_really_does_is_told(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert reached(lambda: Path("a").write_text("x")) == ["wrote to a"]
    assert reached(lambda: Path("b").touch()) == ["wrote to b"]
    assert reached(lambda: Path("a").rename(folder / "c")) == [f"changed {folder}/c"]
    assert reached(Path("b").unlink) == ["changed b"]
    assert reached(Path("d").mkdir) == ["changed d"]
    assert reached(lambda: Path("c").read_text()) == []
    assert reached(lambda: subprocess.run(["true"], check=True)) == ["started true"]
    with closing(sqlite3.connect(folder / "e.db")):
        pass
    found = reached(lambda: sqlite3.connect("e.db").close())
    assert found == ["opened e.db and no copy of it"]


def test_temporary_files_are_nothing():
    def work():
        with NamedTemporaryFile() as file, TemporaryDirectory() as inner:
            file.write(b"x")
            (Path(inner) / "deep").mkdir()
            (Path(inner) / "deep" / "y").write_text("y")

    assert reached(work) == []


def test_what_is_removed_within_a_folder_goes_by_its_whole_name(folder):
    (folder / "tree").mkdir()
    (folder / "tree" / "leaf").touch()
    found = reached(lambda: shutil.rmtree(folder / "tree"))
    assert f"changed {folder}/tree" in found
    if Path("/proc/self/fd").exists():
        assert f"changed {folder}/tree/leaf" in found


def test_a_copy_is_nothing_and_making_one_neither(tmp_path, monkeypatch):
    file = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE book (title TEXT)")

    def work():
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("INSERT INTO book VALUES ('Emma')")
            connection.commit()
        copies.keep()
        copies.restore()

    with Copies() as copies:
        monkeypatch.setattr(outside, "_NOWHERE", (copies._folder.name,))
        assert reached(work) == []


def test_what_is_reached_again_is_told_once_and_in_its_order(folder):
    def work():
        for name in "bab":
            (folder / name).write_text(name)

    assert reached(work) == [f"wrote to {folder}/b", f"wrote to {folder}/a"]


def test_what_comes_before_and_after_is_not_told(folder):
    (folder / "before").touch()
    with outside.watched() as found:
        (folder / "meanwhile").touch()
    (folder / "after").touch()
    assert found == [f"wrote to {folder}/meanwhile"]


def test_an_error_ends_the_watching_too(folder):
    with suppress(ValueError), outside.watched() as found:
        raise ValueError
    (folder / "after").touch()
    assert found == []
    assert outside._listening == []


def test_one_watched_inside_of_another_is_told_to_both(folder):
    with outside.watched() as outer:
        with outside.watched() as inner:
            (folder / "a").touch()
        (folder / "b").touch()
    assert inner == [f"wrote to {folder}/a"]
    assert outer == [f"wrote to {folder}/a", f"wrote to {folder}/b"]


def test_there_is_one_hook_however_often_something_is_watched(monkeypatch):
    added = []
    monkeypatch.setattr(sys, "addaudithook", added.append)
    monkeypatch.setattr(outside, "_hooks", [])
    for _ in range(3):
        reached(lambda: None)
    assert added == [outside._on_event]


def without_drivers(monkeypatch):
    for name in outside.DRIVERS:
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.mark.parametrize(("driver", "server"), outside.DRIVERS.items())
def test_a_server_is_known_by_its_driver(monkeypatch, driver, server):
    without_drivers(monkeypatch)
    assert outside.servers() == []
    monkeypatch.setitem(sys.modules, driver, object())
    assert outside.servers() == [server]


def test_a_server_of_two_drivers_is_told_once(monkeypatch):
    without_drivers(monkeypatch)
    for name in ("psycopg2", "psycopg", "MySQLdb"):
        monkeypatch.setitem(sys.modules, name, object())
    assert outside.servers() == ["MySQL", "PostgreSQL"]
