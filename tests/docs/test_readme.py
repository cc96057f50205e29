import re
import shutil

import pytest

from tests.docs.fences import ROOT, dialogue, fences, fits, typed
from tests.e2e.servers import LocalServer

README = ROOT / "README.md"
MAKEFILES = (ROOT / "Makefile", ROOT / "deploy" / "container.mk")


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing here")
def test_the_readmes_commands_print_what_it_shows(tmp_path):
    [console] = fences(README, "console")

    with LocalServer(tmp_path) as server:
        for exchange in dialogue(console):
            really = typed(exchange.command, server.port, tmp_path)
            assert fits(exchange.printed, really), (exchange.command, really)


def test_a_dialogue_that_prints_something_else_does_not_fit():
    [exchange] = dialogue('$ curl http://127.0.0.1:8000/\n{"id":1}\n')

    assert exchange.command == "curl http://127.0.0.1:8000/"
    assert fits(exchange.printed, '{"id":1}')
    assert not fits(exchange.printed, '{"id":12}')
    assert fits('{"id":...}', '{"id":12}')


def test_every_make_target_that_a_document_names_is_there():
    targets = {
        target
        for makefile in MAKEFILES
        for target in re.findall(r"^([a-z0-9-]+):", makefile.read_text(), re.MULTILINE)
    }
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    named = {
        name
        for document in documents
        for name in re.findall(
            r"`?\bmake ([a-z][a-z0-9-]+)\b(?=[`, A-Z=]|$)",
            _code_of(document.read_text()),
            re.MULTILINE,
        )
    }

    assert named - targets == set()
    assert {"run", "test", "up", "check"} <= named


def _code_of(text):
    """What stands in fences and between backticks, but for what was generated."""
    text = re.sub(r"^```[^\n]* app=.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return "\n".join(
        re.findall(r"^```.*?^```|`[^`\n]+`", text, re.MULTILINE | re.DOTALL)
    )


def test_every_file_that_a_document_links_to_is_there():
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/*.md")]
    missing = [
        (document.name, link)
        for document in documents
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text())
        if not (document.parent / link).exists()
    ]

    assert missing == []
