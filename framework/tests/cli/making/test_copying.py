import errno
import os
from pathlib import Path

import click
import jinja2
import pytest
from roob.cli.making import copying
from roob.cli.making.copying import (
    NewFile,
    files_of,
    new_file,
    write_files,
    write_folder,
)

FILES = [
    NewFile("views/fred.py", b"x = 1\n"),
    NewFile("templates/fred/list.html", b"<h1>"),
    NewFile("main.cgi", b"#!/bin/sh\n"),
]


@pytest.fixture
def skeleton(tmp_path, monkeypatch):
    """A skeleton of its own, with what tools leave in one."""
    for name, text in {
        "house/plain.html": "{{ name }}",
        "house/filled.txt.jinja": "{% if name %}\n{{ name }} & Co\n{% endif %}\n",
        "house/dot-rules.jinja": "{{ name }}",
        "house/log/dot-keep": "",
        "house/__pycache__/plain.pyc": "x",
        "house/.cache/plain": "x",
    }.items():
        path = tmp_path / "skeleton" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(copying, "SKELETON", tmp_path / "skeleton")
    copying._sources.cache_clear()
    yield tmp_path / "skeleton"
    copying._sources.cache_clear()


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


def tree(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def refusal(write, *arguments):
    with pytest.raises(click.ClickException) as refused:
        write(*arguments)
    return refused.value.message


def test_only_what_is_marked_so_is_filled_in_and_tools_leftovers_stay(skeleton):
    assert files_of("house", {"name": "Ada"}) == [
        NewFile(".rules", b"Ada"),
        NewFile("filled.txt", b"Ada & Co\n"),
        NewFile("log/.keep", b""),
        NewFile("plain.html", b"{{ name }}"),
    ]


def test_a_value_that_is_missing_is_an_error(skeleton):
    with pytest.raises(jinja2.UndefinedError):
        new_file("x", "house/filled.txt.jinja", {})


def test_a_folder_is_written_as_a_whole(place):
    write_folder(FILES, place / "new")
    assert tree(place / "new") == [
        *("main.cgi", "templates", "templates/fred", "templates/fred/list.html"),
        *("views", "views/fred.py"),
    ]
    assert tree(place)[0] == "new"
    assert os.access(place / "new" / "main.cgi", os.X_OK)
    assert not os.access(place / "new" / "views" / "fred.py", os.X_OK)


def test_a_folder_may_be_read_by_whoever_its_maker_lets(place):
    (place / "usual").mkdir()
    write_folder(FILES, place / "new")
    assert (place / "new").stat().st_mode == (place / "usual").stat().st_mode


@pytest.mark.parametrize("content", [None, "file", "link"])
def test_a_folder_is_written_nowhere_else(place, content):
    target = place / "new"
    if content == "link":
        target.symlink_to("nowhere")
    elif content:
        target.write_text(content)
    else:
        target.mkdir()
    kind = "File" if content else "Directory"
    assert refusal(write_folder, FILES, target) == f"{kind} '{target}' already exists"
    assert tree(place) == ["new"]


def failing(monkeypatch, method, name):
    """Let the disk be full when that file's turn comes."""
    real = getattr(Path, method)

    def full(path, *arguments, **options):
        if name in (path.name, *arguments):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return real(path, *arguments, **options)

    monkeypatch.setattr(Path, method, full)


@pytest.mark.parametrize(
    ("method", "name"), [("write_bytes", "main.cgi"), ("rename", "new")]
)
def test_where_the_disk_refuses_there_is_no_folder(place, monkeypatch, method, name):
    failing(monkeypatch, method, name)
    message = refusal(write_folder, FILES, place / "new")
    assert message.startswith("Nothing was written: ")
    assert "No space left on device" in message
    assert tree(place) == []


def test_whoever_interrupts_leaves_no_folder(place, monkeypatch):
    def interrupt(_path, _content):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_folder(FILES, place / "new")
    assert tree(place) == []


def test_a_folder_that_another_makes_meanwhile_stays_as_it_is(place, monkeypatch):
    real = copying._write

    def write(path, content):
        (place / "new").mkdir(exist_ok=True)
        real(path, content)

    monkeypatch.setattr(copying, "_write", write)
    assert refusal(write_folder, FILES, place / "new").endswith("already exists")
    assert tree(place) == ["new"]


def test_what_another_puts_into_the_new_folder_meanwhile_stays(place, monkeypatch):
    real = Path.rename

    def rename(path, target):
        (target / "theirs").write_text("mine")
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    assert "not empty" in refusal(write_folder, FILES, place / "new")
    assert tree(place) == ["new", "new/theirs"]


def test_files_are_added_with_the_folders_that_they_need(place):
    (place / "views").mkdir()
    write_files(FILES, place)
    assert (place / "views" / "fred.py").read_bytes() == b"x = 1\n"
    assert [name for name in tree(place) if name.startswith(".")] == []
    assert (place / "views" / "fred.py").stat().st_nlink == 1
    assert os.access(place / "main.cgi", os.X_OK)


@pytest.mark.parametrize("name", ["views/fred.py", "templates/fred/list.html"])
def test_no_file_is_added_where_one_is_there(place, name):
    (place / name).parent.mkdir(parents=True)
    (place / name).write_text("mine")
    before = tree(place)
    assert refusal(write_files, FILES, place) == (
        f"File '{place / name}' already exists"
    )
    assert tree(place) == before
    assert (place / name).read_text() == "mine"


def test_a_file_that_another_makes_meanwhile_stays_and_none_is_added(
    place, monkeypatch
):
    real = copying._put

    def put(source, target, undo):
        if target.name == "main.cgi":
            target.write_text("theirs")
        real(source, target, undo)

    monkeypatch.setattr(copying, "_put", put)
    assert refusal(write_files, FILES, place).endswith("main.cgi' already exists")
    assert tree(place) == ["main.cgi"]
    assert (place / "main.cgi").read_text() == "theirs"


def test_what_another_has_put_into_a_new_folder_stays(place, monkeypatch):
    real = copying._put

    def put(source, target, undo):
        if target.name == "main.cgi":
            (place / "templates" / "theirs").write_text("theirs")
            raise OSError(errno.EIO, "broken")
        real(source, target, undo)

    monkeypatch.setattr(copying, "_put", put)
    assert "broken" in refusal(write_files, FILES, place)
    assert tree(place) == ["templates", "templates/theirs"]


def test_a_file_in_the_place_of_a_folder_stays(place):
    (place / "templates").write_text("mine")
    assert refusal(write_files, FILES, place).startswith("Nothing was written: ")
    assert tree(place) == ["templates"]


def test_a_disk_without_links_is_written_all_the_same(place, monkeypatch):
    def refuse(path, _target):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    write_files(FILES, place)
    assert (place / "views" / "fred.py").read_bytes() == b"x = 1\n"
    assert refusal(write_files, FILES[1:], place).endswith("already exists")


def test_a_disk_without_links_that_is_full_has_nothing_added(place, monkeypatch):
    def refuse(path, _target):
        raise OSError(errno.EPERM, "no links here")

    def full(_source, copy):
        copy.write(b"x")
        if copy.name.endswith("main.cgi"):
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    monkeypatch.setattr(copying.shutil, "copyfileobj", full)
    assert "full" in refusal(write_files, FILES, place)
    assert tree(place) == []
