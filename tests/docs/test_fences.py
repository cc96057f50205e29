"""All that a document shows in a fence is run; these are the tests that run it."""

import re

import pytest
from roob.trace.documents import blocks_of

from tests.docs.fences import ROOT

DOCUMENTS = sorted((ROOT / "docs").rglob("*.md"))
OPENING = re.compile(r"^```+(\S*)(.*)$")

# Which documents the tests of each kind read, beside the generated blocks.
RUN = {
    "python": (
        "orm.md",
        "migrations.md",
        "reliability.md",
        "tracing.md",
        "collections.md",
        "tutorial.md",
        "router.md",
        "gateway.md",
        "typed.md",
        "openapi.md",
        "asgi.md",
        "live.md",
    ),
    "console": ("tracing.md", "tutorial.md"),
    "diff": ("tutorial.md",),
}


def openings(document):
    """The languages of its fences, in order; those of generated blocks are None."""
    generated = {block.first - 1 for block in blocks_of(document)}
    fence = None
    for place, line in enumerate(document.read_text().splitlines()):
        match = OPENING.match(line)
        if match and fence is None:
            fence = match[0]
            yield None if place in generated else match[1]
        elif match and not match[1]:
            fence = None


def is_run(document, language):
    return language is None or document.name in RUN.get(language, ())


def counted():
    """How many fences there are, and how many of them a test runs."""
    found = [(d, language) for d in DOCUMENTS for language in openings(d)]
    return len(found), sum(is_run(*fence) for fence in found)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_every_fence_of_a_document_is_run(document):
    assert [lang for lang in openings(document) if not is_run(document, lang)] == []


def test_every_document_that_is_run_is_there():
    names = {document.name for document in DOCUMENTS}

    assert {name for run in RUN.values() for name in run} <= names
    assert counted()[0] > 70
