import shutil

import pytest

from tests.docs.tutorial import Typist, edit, parts


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing here")
def test_everything_in_the_tutorial_works_as_it_is_shown(tmp_path):
    typist = Typist(tmp_path)
    try:
        for part in parts():
            typist.type(part)
    finally:
        typist.stop()

    assert typist.wrong == []


def test_the_tutorial_has_commands_a_new_file_and_edits():
    assert {part.language for part in parts()} == {"console", "python", "diff"}
    assert sum(part.content.count("\n$ ") for part in parts()) > 20


def test_an_edit_that_fits_nowhere_is_no_edit(tmp_path):
    (tmp_path / "file").write_text("one\n")

    with pytest.raises(AssertionError):
        edit(tmp_path, "--- file\n+++ file\n@@\n two\n+three\n")
