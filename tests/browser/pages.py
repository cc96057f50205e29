"""A page in the browser that behaves: what every test of a page opens."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe

WIDE = {"width": 1440, "height": 900}
GRAVE = ("serious", "critical")


@contextmanager
def opened(
    browser: Any, url: str, *, refusals: Sequence[int] = (), **options: Any
) -> Iterator[Any]:
    """A page, which may complain of nothing and ask nobody but its own server.

    Nor may the tabs that are opened beside it. The browser notes each status of an
    error on its console; those that a test provokes are its ``refusals``.
    """
    context = browser.new_context(**{"viewport": WIDE, **options})
    complaints: list[str] = []

    def refuse_dialog(dialog: Any) -> None:
        complaints.append(dialog.message)
        dialog.dismiss()

    context.on("weberror", lambda event: complaints.append(str(event.error)))
    context.on("dialog", refuse_dialog)
    context.on("console", lambda m: m.type == "error" and complaints.append(m.text))
    context.on("request", lambda r: is_foreign(r.url, url) and complaints.append(r.url))
    try:
        page = context.new_page()
        page.goto(url)
        yield page
        unexpected = [each for each in complaints if not is_of(each, refusals)]
        assert not unexpected, unexpected
    finally:
        context.close()


def is_foreign(asked: str, url: str) -> bool:
    return not asked.startswith((origin(url), "data:", "blob:"))


def origin(url: str) -> str:
    """Of a file it is the file."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else url


def is_of(complaint: str, refusals: Sequence[int]) -> bool:
    return any(f"responded with a status of {code} " in complaint for code in refusals)


def grave_faults(page: Any) -> list[Any]:
    """What somebody who cannot see the page, or not well, is kept from."""
    found = Axe().run(page).response["violations"]
    return [(f["id"], f["nodes"]) for f in found if f["impact"] in GRAVE]
