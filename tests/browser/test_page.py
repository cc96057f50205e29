"""The trace's page as one uses it: opened, read, stepped through, on any screen."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import TOKEN
from tests.browser.pages import WIDE, grave_faults, opened
from tests.e2e.client import open_client
from tests.e2e.servers import LocalServer

PHONE = {"width": 400, "height": 800}
TABS = ("sequence", "flame", "steps")


def live(server: LocalServer) -> str:
    return f"{server.base_url}/__trace__?token={TOKEN}"


def visit(server: LocalServer, method: str, path: str, **options: Any) -> Any:
    with open_client(server.base_url) as api:
        return api.request(method, path, **options)


def option(page: Any, text: str) -> Any:
    return page.locator("#list [role=option]", has_text=text)


def test_a_post_made_by_curl_appears_by_itself(
    browser: Any, watched: LocalServer
) -> None:
    visit(watched, "GET", "/api/products/1")
    with opened(browser, live(watched)) as page:
        assert page.url == f"{watched.base_url}/__trace__" or "#" in page.url
        option(page, "/api/products/1").first.wait_for()

        answer = visit(watched, "POST", "/api/brands", json={"name": "By curl"})

        posted = option(page, "/api/brands").first
        posted.wait_for(timeout=5000)
        assert "POST" in posted.inner_text()
        assert "201" in posted.inner_text()
        identity = answer.headers["X-Roob-Trace"].rpartition("/")[2]
        assert posted.get_attribute("data-request") == identity


def test_an_answers_header_leads_to_its_trace(
    browser: Any, watched: LocalServer
) -> None:
    address = visit(watched, "GET", "/api/products/9").headers["X-Roob-Trace"]
    visit(watched, "GET", "/api/products/1")
    with opened(browser, live(watched)) as page:
        page.goto(watched.base_url + address)

        chosen = page.locator("#list [aria-selected=true]")
        assert "/api/products/9" in chosen.inner_text()
        assert "404" in page.locator("#summary").inner_text()


def test_the_arrow_keys_step_through_the_request(
    browser: Any, watched: LocalServer
) -> None:
    visit(watched, "GET", "/api/products/1")
    with opened(browser, live(watched)) as page:
        option(page, "/api/products/1").first.click()
        page.locator("#panel").focus()
        details, seen = page.locator("#details"), []
        for _ in range(24):
            page.keyboard.press("ArrowDown")
            seen.append(details.inner_text())

        whole = "\n".join(seen)
        for told in (
            "RoutingHelper",
            "ProductController.get",
            "ProductService.get_product_by_id",
            "demo_app/core/repositories.py",
            "def get_product_by_id(self, product_id: int)",
        ):
            assert told in whole, told
        met = [*dict.fromkeys(seen)]  # the last one stays
        assert len(met) > 15
        page.keyboard.press("ArrowUp")
        assert details.inner_text() == met[-2]


@pytest.mark.parametrize("tab", TABS)
def test_each_picture_shows_the_layers(
    browser: Any, watched: LocalServer, tab: str
) -> None:
    visit(watched, "GET", "/api/products/1")
    with opened(browser, live(watched)) as page:
        option(page, "/api/products/1").first.click()
        page.keyboard.press(str(TABS.index(tab) + 1))

        assert page.locator(f"#tab-{tab}").get_attribute("aria-selected") == "true"
        # SVG has no inner text.
        drawn = page.locator("#panel").text_content()
        for layer in ("ReqResLogging", "ProductController", "ProductService", "SELECT"):
            assert layer in drawn, layer
        assert page.locator("#panel").bounding_box()["height"] > 200


def test_a_saved_page_needs_no_network(browser: Any, saved: Path) -> None:
    with opened(browser, saved.as_uri(), offline=True) as page:
        chosen = page.locator("#list [role=option]")

        assert "/api/search" in chosen.inner_text()
        assert "SearchController" in page.locator("#panel").text_content()


def test_what_a_client_sent_is_shown_as_text(browser: Any, saved: Path) -> None:
    with opened(browser, saved.as_uri()) as page:
        for key in "123":
            page.keyboard.press(key)
            for _ in range(30):
                page.keyboard.press("ArrowDown")

        assert page.locator("img").count() == 0
        assert "onerror" in page.locator("#main").text_content()


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("tab", "123")
def test_the_page_has_no_grave_fault_for_who_cannot_see_it(
    browser: Any, saved: Path, scheme: str, viewport: dict[str, int], tab: str
) -> None:
    options = {"color_scheme": scheme, "viewport": viewport}
    with opened(browser, saved.as_uri(), **options) as page:
        page.keyboard.press(tab)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")

        assert grave_faults(page) == []


@pytest.mark.parametrize("tab", "123")
def test_a_narrow_screen_scrolls_in_one_direction(
    browser: Any, saved: Path, tab: str
) -> None:
    with opened(browser, saved.as_uri(), viewport=PHONE) as page:
        page.keyboard.press(tab)
        page.keyboard.press("ArrowDown")

        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"]
        assert page.locator("#details").is_visible()


def test_without_its_token_the_page_stays_closed(watched: LocalServer) -> None:
    answer = visit(watched, "GET", "/__trace__")

    assert answer.status_code == 403
    assert "<script" not in answer.text
